// Debian binary packages, deb(5), from anybody.
#pragma once

#include <filesystem>
#include <vector>

#include "input/unpack.h"

namespace pytune {

// Unpacks the files of `packages`, in order, as the system root `into` (see unpack_root), without
// running anything of theirs. `scratch` is an empty directory on the same disk. Throws UsageError
// for a package that is none, naming it, and Failure when the disk refuses.
void unpack_debs(const std::vector<std::filesystem::path>& packages,
                 const std::filesystem::path& scratch, const std::filesystem::path& into,
                 const UnpackLimits& limits = {});

}  // namespace pytune
