// Command lines read as shells, compilers and configure read them: word by word, the last one
// counts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// The words of a command line as a POSIX shell makes them of what has nothing to expand: single and
// double quotes and backslashes are taken away. A quote that is not closed ends with the text.
std::vector<std::string> unquoted_words(std::string_view line);

struct OptionState {
  enum class Is { unsaid, off, on } is = Is::unsaid;
  std::size_t word = 0;  // index of the one that decides
};

// Of a compiler's option by any of its names, without "-f": {"lto"} is on by "-flto" and
// "-flto=auto", off by "-fno-lto". A word that is the value of another option ("-o -flto") says
// nothing.
OptionState compiler_option(const std::vector<std::string>& words,
                            const std::vector<std::string_view>& names);

// "-O3" of "-g -O2 -O3"; empty: none is given.
std::string compiler_level(const std::vector<std::string>& words);

// Of configure, as Autoconf reads it: "with-lto" is on by `--with-lto`, `-with-lto` and
// `--with-lto=thin`, off by `--with-lto=no` and `--without-lto`; '_' is as good as '-', and nothing
// is abbreviated.
OptionState configure_option(const std::vector<std::string>& words, std::string_view feature);

}  // namespace pytune
