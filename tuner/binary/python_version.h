// Which Python an interpreter's file is, by all that speaks for it: the libraries inside have
// versions that read like one too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "binary/image.h"

namespace pytune {

struct VersionEvidence {
  // In the file: "3.13.5", but "3.49.1" (SQLite) and "3.0.16" (OpenSSL) as well.
  std::vector<std::string> texts;
  // "3.13", of what only a Python has, the strongest first: the tag of its bytecode
  // ("cpython-313"), the soname, the names of its files.
  std::vector<std::string> minors;
  std::vector<std::string> installed;  // "3.13": standard libraries beside it
  std::string described;               // "3.13.5", by patchlevel.h or build-details.json of that
  // It has an interpreter in it, or the name of one: else what is installed beside it says nothing.
  bool is_python = false;
};

// "3.13.5", or "3.13" where no text of that version is there, or several. Empty: nothing backs any.
std::string python_version_of(const VersionEvidence& evidence);
// "3.13", by the same; the standard library of that one is its own.
std::string python_minor_of(const VersionEvidence& evidence);

// What the file itself has. `abi_flags`: "t" (free-threaded), "d" (debug), by the suffix of its
// extension modules.
VersionEvidence version_evidence(const Image& image, std::string& abi_flags);

// Whether it is called as interpreters and their libraries are.
bool named_as_python(std::string_view file_name);
// "t" of "python3.13t", "td" of "libpython3.14td.so.1.0"; empty for other names.
std::string abi_flags_in_name(std::string_view file_name);

// "3.13" of "python3.13", "libpython3.13t.so.1.0", "pypy3.11"; empty for other names.
std::string minor_in_name(std::string_view file_name);

// "3.13.5", "3.14.0rc2+", as PY_VERSION has it.
bool reads_like_python_version(std::string_view text);

}  // namespace pytune
