#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

#include "input/text.h"

namespace pytune {
namespace {

// What paint() of report/text.cc makes.
constexpr std::array<std::string_view, 6> kColours = {"\x1b[0m",  "\x1b[1m",  "\x1b[2m",
                                                      "\x1b[31m", "\x1b[32m", "\x1b[33m"};

std::streambuf* beneath_out = nullptr;
std::streambuf* beneath_error = nullptr;

bool is_plain(char c) { return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t'; }

class EscapingBuffer : public std::streambuf {
 public:
  EscapingBuffer(std::streambuf* to, bool with_colours) : to_(to), with_colours_(with_colours) {}
  EscapingBuffer(const EscapingBuffer&) = delete;
  EscapingBuffer& operator=(const EscapingBuffer&) = delete;
  ~EscapingBuffer() override { put(escape_controls(rest_)); }

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char character = traits_type::to_char_type(c);
    return xsputn(&character, 1) == 1 ? c : traits_type::eof();
  }

  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    const std::string_view text(bytes, static_cast<std::size_t>(size));
    if (rest_.empty() && std::all_of(text.begin(), text.end(), is_plain))
      return put(text) ? size : 0;
    rest_.append(text);
    const std::string all = std::exchange(rest_, {});
    const std::size_t whole = whole_characters(all);
    rest_ = all.substr(whole);
    return put(escaped(std::string_view(all).substr(0, whole))) ? size : 0;
  }

  int sync() override { return to_->pubsync(); }

 private:
  bool put(std::string_view text) {
    const auto size = static_cast<std::streamsize>(text.size());
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): its size goes along
    return to_->sputn(text.data(), size) == size;
  }

  std::string escaped(std::string_view text) const {
    if (!with_colours_) return escape_controls(text);
    std::string shown;
    while (!text.empty()) {
      const std::size_t escape = std::min(text.find('\x1b'), text.size());
      shown += escape_controls(text.substr(0, escape));
      text.remove_prefix(escape);
      const auto colour = std::find_if(kColours.begin(), kColours.end(),
                                       [&](std::string_view one) { return text.starts_with(one); });
      const std::size_t length = colour == kColours.end() ? 0 : colour->size();
      shown += text.substr(0, length);
      if (length == 0 && !text.empty()) shown += escape_controls(text.substr(0, 1));
      text.remove_prefix(std::max<std::size_t>(length, text.empty() ? 0 : 1));
    }
    return shown;
  }

  std::streambuf* to_;
  bool with_colours_;
  std::string rest_;  // the beginning of a character
};

}  // namespace

bool obeys_sequences() {
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

std::unique_ptr<std::streambuf> escaping_buffer(std::streambuf* to, bool with_colours) {
  return std::make_unique<EscapingBuffer>(to, with_colours);
}

EscapedOutput::EscapedOutput()
    : out_(escaping_buffer(std::cout.rdbuf(), isatty(STDOUT_FILENO) != 0)),
      error_(escaping_buffer(std::cerr.rdbuf(), false)),
      plain_out_(std::cout.rdbuf(out_.get())),
      plain_error_(std::cerr.rdbuf(error_.get())) {
  beneath_out = plain_out_;
  beneath_error = plain_error_;
}

EscapedOutput::~EscapedOutput() {
  beneath_out = beneath_error = nullptr;
  std::cout.rdbuf(plain_out_);
  std::cerr.rdbuf(plain_error_);
}

void command_terminal(std::string_view sequence) {
  std::streambuf* to = beneath_error == nullptr ? std::cerr.rdbuf() : beneath_error;
  to->sputn(sequence.data(), static_cast<std::streamsize>(sequence.size()));
  to->pubsync();
}

void print_content(std::string_view bytes) {
  if (beneath_out == nullptr || isatty(STDOUT_FILENO) != 0) {
    std::cout << bytes;
    return;
  }
  std::cout.flush();
  const auto size = static_cast<std::streamsize>(bytes.size());
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): its size goes along
  if (beneath_out->sputn(bytes.data(), size) != size) std::cout.setstate(std::ios::badbit);
}

}  // namespace pytune
