// What apt prints, and a .dsc.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "input/text.h"
#include "source/apt_sources.h"
#include "sys/error.h"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& targets : {pytune::parse_index_targets(text), pytune::parse_print_uris(text)}) {
    for (const std::string& mirror : pytune::debian_mirrors(targets)) {
      // One line of sources.list, whatever it holds.
      require(mirror.find_first_of(" \t\r\n[]#") == std::string::npos);
    }
  }
  for (const auto& package : pytune::parse_source_packages(text)) {
    // Both become a word of a command: name=version.
    require(package.version.find_first_of("= \t\n/") == std::string::npos);
    require(pytune::is_plain_name(package.name));
  }
  const std::string_view half = text.substr(0, size / 2);
  const std::string_view rest = text.substr(size / 2);
  require((pytune::compare_debian_versions(half, rest) < 0) ==
          (pytune::compare_debian_versions(rest, half) > 0));
  const auto complaint = pytune::read_apt_complaint(text, "trixie", "");
  require(complaint.line.find('\n') == std::string::npos && !complaint.remedy.empty());
  try {
    const pytune::Dsc dsc = pytune::parse_dsc(text, "fuzz.dsc");
    // The name is opened below a directory of ours.
    require(!dsc.archive.empty() && dsc.archive.front() != '.');
    require(dsc.archive.find('/') == std::string::npos);
    require(pytune::is_sha256(dsc.sha256));
  } catch (const pytune::Failure& failure) {
    require(std::string_view(failure.what()).find('\n') == std::string_view::npos);
  }
  try {
    for (const auto& package : pytune::parse_package_uris(text, "fuzz")) {
      // The name is opened below a directory of ours.
      require(!package.file.empty() && package.file.front() != '.');
      require(package.file.find('/') == std::string::npos);
      require(pytune::is_sha256(package.sha256) && !package.name.empty());
    }
  } catch (const pytune::Failure& failure) {
    require(std::string_view(failure.what()).find('\n') == std::string_view::npos);
  }
  return 0;
}
