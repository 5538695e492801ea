#include "package/licences.h"

#include <algorithm>
#include <array>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

struct Place {
  const char* component;
  const char* spdx;
  const char* path;
  bool comment;  // the licence is the comment at the head of this C file
};

// Several places of one component: releases moved the files about, and the first one found counts.
constexpr std::array<Place, 12> kPlaces = {{
    {"cpython", "Python-2.0", "LICENSE", false},
    {"incorporated-software", "", "Doc/license.rst",
     false},  // Mersenne Twister, dtoa, SipHash, mimalloc, asyncio, ...
    {"expat", "MIT", "Modules/expat/COPYING", false},
    {"mpdecimal", "BSD-2-Clause", "Modules/_decimal/libmpdec/mpdecimal.h", true},
    {"hacl-star", "MIT", "Modules/_hacl/Hacl_Hash_SHA2.c", true},
    {"hacl-star", "MIT", "Modules/_hacl/Hacl_Streaming_SHA2.c", true},
    {"libb2", "CC0-1.0", "Modules/_blake2/impl/blake2.h", true},
    {"mimalloc", "MIT", "Objects/mimalloc/LICENSE", false},
    {"mimalloc", "MIT", "Objects/mimalloc/alloc.c", true},
    {"libffi", "MIT", "Modules/_ctypes/libffi/LICENSE", false},
    {"zlib", "Zlib", "Modules/zlib/README", false},
    {"tiny-sha3", "MIT", "Modules/_sha3/LICENSE", false},
}};

}  // namespace

std::string leading_comment(const std::string& text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string::npos || text.compare(start, 2, "/*") != 0) return {};
  const auto end = text.find("*/", start);
  if (end == std::string::npos) return {};
  std::string result;
  std::size_t at = start + 2;
  while (at < end) {
    const auto line_end = std::min(text.find('\n', at), end);
    std::string line = text.substr(at, line_end - at);
    at = line_end + 1;
    // " * text" and "-----" rules.
    const auto body = line.find_first_not_of(" \t*-\r");
    line = body == std::string::npos ? "" : line.substr(line.find_first_not_of(" \t*\r"));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    if (!line.empty() || !result.empty()) result += line + "\n";
  }
  while (result.ends_with("\n\n")) result.pop_back();
  return result;
}

std::vector<Licence> collect_licences(const fs::path& source_tree, const StagedPrefix& staged) {
  std::vector<Licence> licences;
  const auto have = [&](const std::string& component) {
    return std::any_of(licences.begin(), licences.end(),
                       [&](const auto& one) { return one.component == component; });
  };
  const auto add = [&](const Place& place, const fs::path& path) {
    if (have(place.component) || !fs::is_regular_file(path)) return;
    std::string text = read_file(path);
    if (place.comment) text = leading_comment(text);
    if (text.empty()) return;
    const std::string suffix = path.extension() == ".rst" ? ".rst" : ".txt";
    licences.push_back({std::string("LICENSE.") + place.component + suffix, place.component,
                        place.spdx, place.path, std::move(text)});
  };
  if (!source_tree.empty())
    for (const auto& place : kPlaces) add(place, source_tree / place.path);
  const std::string installed = staged.stdlib + "/LICENSE.txt";
  add({"cpython", "Python-2.0", installed.c_str(), false}, staged.root / installed);
  if (!have("cpython"))
    throw Failure(source_tree.string() +
                  ": no LICENSE of CPython there or in the installation; give the source tree that "
                  "was built");
  return licences;
}

}  // namespace pytune
