// What reaches the terminal.
#pragma once

#include <memory>
#include <streambuf>
#include <string_view>

namespace pytune {

// While it lives, std::cout and std::cerr let no escape sequence through, whoever wrote it into a
// sweep definition, an archive's name or a compiler's banner: escape_controls() of input/text.h.
// The colours of reports pass where stdout is a terminal; those of no input do, since the reports
// print inputs by printable().
class EscapedOutput {
 public:
  EscapedOutput();
  EscapedOutput(const EscapedOutput&) = delete;
  EscapedOutput& operator=(const EscapedOutput&) = delete;
  ~EscapedOutput();

 private:
  std::unique_ptr<std::streambuf> out_;
  std::unique_ptr<std::streambuf> error_;
  std::streambuf* plain_out_;
  std::streambuf* plain_error_;
};

// Whether the kind of terminal (TERM) does: not "dumb", as in an editor's shell, and not unknown.
bool obeys_sequences();

// Passes what is written on to `to`, but for escape sequences.
std::unique_ptr<std::streambuf> escaping_buffer(std::streambuf* to, bool with_colours);

// A sequence of pytune's own to the terminal at stderr, such as one that empties the line.
void command_terminal(std::string_view sequence);

// A file's content to stdout: byte for byte into a file or a pipe, harmless on a terminal.
void print_content(std::string_view bytes);

}  // namespace pytune
