// Where pytune's own data is: builds/, profiles/, patches/.
#pragma once

#include <filesystem>

namespace pytune {

// $PYTUNE_HOME, else the checkout it was built from, else where it was installed. Throws Failure
// when none has profiles/.
std::filesystem::path data_home();

}  // namespace pytune
