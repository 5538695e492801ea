// What an installation tells people who build extensions: a plain compiler with plain flags, and no
// path of the machine that the build ran on.
//
// The flags that made this interpreter fast (-mcpu, -flto, -fprofile-use, a certain clang) are
// wrong for an extension that is built elsewhere, by another compiler, for other machines. They are
// in the manifest instead.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pytune {

class Scrubber {
 public:
  // `build_paths`: directories of the build, which nothing may name afterwards. `prefix`: what
  // ./configure was told; an -L or -I that names it is of no use to an extension, and breaks where
  // the package is unpacked below a space.
  explicit Scrubber(const std::vector<std::string>& build_paths, std::string prefix = "");

  // The value of one Makefile or sysconfig variable as it goes into the package. Unchanged text
  // comes back byte for byte.
  std::string value(std::string_view name, std::string_view text) const;

  // `text` with every build path replaced by /build.
  std::string without_build_paths(std::string text) const;
  bool names_build_path(std::string_view text) const;

 private:
  bool names_prefix(std::string_view text) const;

  std::vector<std::string> build_paths_;  // longest first
  std::string prefix_;
};

}  // namespace pytune
