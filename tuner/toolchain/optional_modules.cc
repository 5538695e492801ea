#include "toolchain/optional_modules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "input/text.h"
#include "sys/files.h"
#include "toolchain/flags.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

struct OptionalModule {
  std::string_view name;
  std::string_view source;   // below Modules/, in the versions that have it
  std::string_view headers;  // alternatives, by blanks
  std::string_view package;  // Debian's
};

// CPython's Doc/using/configure.rst, "Options for third-party dependencies",
// and configure.ac.
constexpr OptionalModule kModules[] = {
    {"_ssl", "_ssl.c", "openssl/ssl.h", "libssl-dev"},
    {"_hashlib", "_hashopenssl.c", "openssl/evp.h", "libssl-dev"},
    {"_ctypes", "_ctypes", "ffi.h ffi/ffi.h", "libffi-dev"},
    {"_zstd", "_zstd", "zstd.h", "libzstd-dev"},
    {"_sqlite3", "_sqlite", "sqlite3.h", "libsqlite3-dev"},
    {"_lzma", "_lzmamodule.c", "lzma.h", "liblzma-dev"},
    {"_bz2", "_bz2module.c", "bzlib.h", "libbz2-dev"},
    {"zlib", "zlibmodule.c", "zlib.h", "zlib1g-dev"},
    {"readline", "readline.c", "readline/readline.h editline/readline.h", "libreadline-dev"},
    {"_curses", "_cursesmodule.c", "ncurses.h ncursesw/ncurses.h curses.h", "libncurses-dev"},
    {"_curses_panel", "_curses_panel.c", "panel.h ncursesw/panel.h", "libncurses-dev"},
    {"_uuid", "_uuidmodule.c", "uuid/uuid.h uuid.h", "uuid-dev"},
    {"_gdbm", "_gdbmmodule.c", "gdbm.h", "libgdbm-dev"},
    {"_dbm", "_dbmmodule.c", "ndbm.h gdbm-ndbm.h gdbm/ndbm.h db.h", "libgdbm-compat-dev"},
    {"_tkinter", "_tkinter.c", "tk.h tcl8.6/tk.h tcl9.0/tk.h tcl/tk.h", "tk-dev"},
};

constexpr std::string_view kAsked = "pytune_asked";

const OptionalModule* find_module(std::string_view name) {
  const auto* found = std::find_if(std::begin(kModules), std::end(kModules),
                                   [&](const OptionalModule& one) { return one.name == name; });
  return found == std::end(kModules) ? nullptr : found;
}

}  // namespace

std::string header_questions() {
  std::string text = fmt::format("{}\n", kAsked);
  for (const auto& module : kModules) {
    std::string condition;
    for (const auto& header : words(module.headers))
      condition += fmt::format("{}__has_include(<{}>)", condition.empty() ? "" : " || ", header);
    text += fmt::format("#if {}\nfound {}\n#endif\n", condition, module.name);
  }
  return text;
}

std::vector<std::string> modules_without_headers(std::string_view answer) {
  std::set<std::string_view> found;
  bool asked = false;
  constexpr std::string_view kFound = "found ";
  for (const std::string_view line : split_lines(answer)) {
    asked = asked || line == kAsked;
    if (line.starts_with(kFound)) found.insert(line.substr(kFound.size()));
  }
  std::vector<std::string> absent;
  for (const auto& module : kModules)
    if (asked && !found.contains(module.name)) absent.emplace_back(module.name);
  return absent;
}

std::vector<std::string> modules_of_version(const std::vector<std::string>& modules,
                                            const fs::path& source_tree) {
  std::vector<std::string> of_version;
  std::error_code none;
  for (const auto& name : modules) {
    const OptionalModule* module = find_module(name);
    if (module != nullptr && fs::exists(source_tree / "Modules" / module->source, none))
      of_version.push_back(name);
  }
  return of_version;
}

namespace {

// The words behind "NAME=" in a Makefile.
std::set<std::string> words_of_variable(const std::string& makefile, std::string_view name) {
  std::set<std::string> found;
  for (const std::string_view line : split_lines(makefile)) {
    if (!line.starts_with(name) || !line.substr(name.size()).starts_with('=')) continue;
    std::istringstream words{std::string(line.substr(name.size() + 1))};
    for (std::string word; words >> word;) found.insert(word);
  }
  return found;
}

// Those inside the interpreter, as the installed Makefile has them: what is configured
// (MODBUILT_NAMES) but for what is a file of its own, which may not have been built.
void add_linked_in(const fs::path& library, std::set<std::string>& names) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(library, none)) {
    const fs::path makefile = entry.path() / "Makefile";
    if (!entry.path().filename().string().starts_with("config-") || !fs::exists(makefile, none))
      continue;
    const std::string text = read_file(makefile);
    const auto files = words_of_variable(text, "MODSHARED_NAMES");
    for (const std::string& name : words_of_variable(text, "MODBUILT_NAMES"))
      if (!files.contains(name)) names.insert(name);
  }
}

}  // namespace

std::vector<std::string> extension_modules(const fs::path& prefix) {
  std::set<std::string> names;
  std::error_code none;
  for (const auto& library : fs::directory_iterator(prefix / "lib", none)) {
    add_linked_in(library.path(), names);
    std::error_code no_modules;
    for (const auto& entry : fs::directory_iterator(library.path() / "lib-dynload", no_modules)) {
      const std::string file = entry.path().filename();
      if (file.ends_with(".so")) names.insert(file.substr(0, file.find('.')));
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> missing_modules(const fs::path& source_tree, const fs::path& prefix) {
  std::vector<std::string> all;
  for (const auto& module : kModules) all.emplace_back(module.name);
  std::vector<std::string> missing = modules_of_version(all, source_tree);
  const auto there = extension_modules(prefix);
  std::erase_if(missing, [&](const std::string& name) {
    return std::binary_search(there.begin(), there.end(), name);
  });
  return missing;
}

std::string with_packages(const std::vector<std::string>& modules) {
  std::vector<std::string> texts;
  for (const auto& name : modules) {
    const OptionalModule* module = find_module(name);
    texts.push_back(module == nullptr ? name : fmt::format("{} ({})", name, module->package));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string packages_for(const std::vector<std::string>& modules) {
  std::vector<std::string_view> packages;
  for (const auto& name : modules) {
    const OptionalModule* module = find_module(name);
    if (module != nullptr &&
        std::find(packages.begin(), packages.end(), module->package) == packages.end())
      packages.push_back(module->package);
  }
  return fmt::format("{}", fmt::join(packages, " "));
}

bool is_rarely_missed(const std::string& module) {
  return module == "_tkinter" || module == "_dbm";
}

}  // namespace pytune
