// What pyperformance's metadata files say of a program.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pytune {

struct ProgramMetadata {
  std::filesystem::path script;  // not yet looked at: it may not be there, or be anything
  std::vector<std::string> arguments;
  std::vector<std::string> tags;
  std::string requires_python;   // "" for any: ">= 3.10, <4"
  bool installs_itself = false;  // by pip, into the interpreter that runs it
};

// Of a metafile in the format of pyperformance 1.14.0 (doc/custom_benchmarks.rst): a pyproject.toml
// with an optional table tool.pyperformance (runscript, extra_opts, tags, install_setup, inherits).
// What it does not say is taken from the file that it inherits from; a variant, bm_NAME.toml in a
// folder bm_OTHER, inherits from the pyproject.toml beside it. Throws UsageError naming file and
// line.
ProgramMetadata read_metafile(const std::filesystem::path& metafile);

// The minors of Python 3 that a specifier of PEP 440 admits, as far as that is a range: 10 and 13
// of ">=3.10, <3.14". 0 where there is no such bound; the oldest is kNoMinor where it admits none.
struct PythonRange {
  int oldest_minor = 0;
  int newest_minor = 0;
};
PythonRange python_range(const std::string& specifier);

// A small file of text, without the comments and blank lines of manifests and requirements.
struct Line {
  int number = 0;
  std::string text;
};
std::vector<Line> lines_of(const std::string& text);
[[noreturn]] void refuse_line(const std::filesystem::path& file, int line, const std::string& what);

}  // namespace pytune
