// Modules of CPython's standard library that are built only where another
// library's headers are.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// Modules whose headers a compiler does not find. `answer`: what its
// preprocessor makes of header_questions(); a text without the answers, as of
// no compiler, gives none.
std::string header_questions();
std::vector<std::string> modules_without_headers(std::string_view answer);

// Of `modules`, those that the source tree of this version has at all.
std::vector<std::string> modules_of_version(const std::vector<std::string>& modules,
                                            const std::filesystem::path& source_tree);

// The optional modules that a source tree has and an installed prefix lacks.
std::vector<std::string> missing_modules(const std::filesystem::path& source_tree,
                                         const std::filesystem::path& prefix);

// The names of all modules in C in a prefix, files and those inside the interpreter, sorted:
// "_ssl".
std::vector<std::string> extension_modules(const std::filesystem::path& prefix);

// "_ssl (libssl-dev), _lzma (liblzma-dev)": with Debian's packages that bring
// them.
std::string with_packages(const std::vector<std::string>& modules);
// "libssl-dev liblzma-dev"
std::string packages_for(const std::vector<std::string>& modules);

// Those that pytune's own list of packages (setup/debian-packages) leaves out:
// a server has no display, and dbm.gnu and dbm.sqlite3 do what dbm.ndbm does.
bool is_rarely_missed(const std::string& module);

}  // namespace pytune
