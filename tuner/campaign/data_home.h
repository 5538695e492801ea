// Where pytune's own data is, builds/, profiles/ and patches/, and its plugin.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pytune {

// $PYTUNE_HOME, else the checkout it was built from, else where it was installed. Throws Failure
// when none has profiles/.
std::filesystem::path data_home();

// The sweep definitions that come with pytune, by the name that --preset takes, sorted.
std::vector<std::string> preset_names(const std::filesystem::path& home);

// The plugin for QEMU (emulator/): beside this program, where a build leaves it, else where it was
// installed. Throws Failure when it is in neither place.
std::filesystem::path emulator_plugin();

}  // namespace pytune
