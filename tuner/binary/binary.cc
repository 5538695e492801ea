#include "binary/binary.h"

#include <algorithm>
#include <set>

namespace pytune {
namespace {

bool digits(std::string_view text) {
  return !text.empty() && text.size() <= 3 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "3.13.5", "3.14.0rc2+", as PY_VERSION has it.
bool reads_like_python_version(std::string_view text) {
  if (!text.starts_with("3.") || text.size() > 16) return false;
  text.remove_prefix(2);
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || !digits(text.substr(0, dot))) return false;
  std::string_view patch = text.substr(dot + 1);
  if (patch.ends_with('+')) patch.remove_suffix(1);
  for (const std::string_view stage : {"a", "b", "rc"}) {
    const auto at = patch.find(stage);
    if (at != std::string_view::npos)
      return digits(patch.substr(0, at)) && digits(patch.substr(at + stage.size()));
  }
  return digits(patch);
}

// Of the texts that read like one, the only one. Other libraries inside are of version 3 too; and
// "3.2.0" is no CPython's but the old Unicode that the module unicodedata carries.
std::string python_version(const Image& image) {
  std::set<std::string> found;
  for (const auto& section : image.sections) {
    if (!section.name.starts_with(".rodata") && section.name != ".data") continue;
    std::size_t at = 0;
    while (at < section.bytes.size()) {
      const auto end = std::min(section.bytes.find('\0', at), section.bytes.size());
      // PyPy's: "3.11.11 (7.3.19+dfsg-2, Apr 11 2025, ...".
      const auto text = section.bytes.substr(at, end - at);
      const auto version = text.substr(0, std::min(text.find(" ("), text.size()));
      if (reads_like_python_version(version) && version != "3.2.0") found.emplace(version);
      at = end + 1;
    }
  }
  if (found.size() == 1) return *found.begin();
  // "libpython3.13.so.1.0": linkers let a text end another, where it is not found.
  constexpr std::string_view kLibrary = "libpython";
  const std::string& name = image.needs.soname;
  if (!name.starts_with(kLibrary)) return {};
  const std::string version = name.substr(kLibrary.size(), name.find(".so") - kLibrary.size());
  return version.starts_with("3.") && digits(std::string_view(version).substr(2)) ? version
                                                                                  : std::string();
}

}  // namespace

const char* machine_name(Machine machine) {
  return machine == Machine::aarch64 ? "aarch64" : "x86_64";
}

Binary inspect_binary(std::string_view bytes, const std::string& name) {
  const Image image = read_image(bytes, name);
  Binary binary;
  binary.machine = image.machine;
  binary.file_bytes = bytes.size();
  binary.python_version = python_version(image);
  binary.linking = inspect_linking(image);
  binary.code = inspect_code(image, binary.hardening);
  inspect_properties(image, binary.hardening);
  binary.compilation = inspect_compilation(image, binary.code);
  return binary;
}

}  // namespace pytune
