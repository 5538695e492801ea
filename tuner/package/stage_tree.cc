#include "package/stage_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Where CPython's releases since 3.9 keep tests (TESTSUBDIRS in Makefile.pre.in).
constexpr std::array<std::string_view, 8> kTestPackages = {
    "test",          "idlelib/idle_test", "tkinter/test", "unittest/test",
    "lib2to3/tests", "distutils/tests",   "ctypes/test",  "sqlite3/test"};
// Extension modules that only tests import (--disable-test-modules leaves the same ones out).
constexpr std::array<std::string_view, 5> kTestExtensions = {"_test", "_ctypes_test", "_xxtestfuzz",
                                                             "xxlimited", "xxsubtype"};

bool below(const std::string& name, const std::string& directory) {
  return name == directory || (name.starts_with(directory) && name[directory.size()] == '/');
}

std::string dotted(std::string text) {
  std::replace(text.begin(), text.end(), '/', '.');
  return text;
}

std::string slashed(std::string text) {
  std::replace(text.begin(), text.end(), '.', '/');
  return text;
}

std::vector<fs::path> entries_of(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    entries.push_back(it->path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

void require_inside(const fs::path& root, const fs::path& link) {
  const fs::path target = fs::read_symlink(link);
  const fs::path resolved =
      (link.parent_path() / target).lexically_relative(root).lexically_normal();
  if (target.is_absolute() || resolved.empty() || *resolved.begin() == "..")
    throw Failure(
        fmt::format("{}: the link leads out of the installation, to {}; remove it or build again",
                    link.string(), target.string()));
}

}  // namespace

std::vector<std::string> StagedPrefix::interpreter_words() const {
  std::vector<std::string> words = run_words;
  words.push_back((root / "bin" / interpreter).string());
  return words;
}

bool StagedPrefix::is_test(const std::string& name) const {
  for (const auto& package : test_packages)
    if (below(name, stdlib + "/" + slashed(package))) return true;
  const std::string extensions = stdlib + "/lib-dynload/";
  if (!name.starts_with(extensions)) return false;
  const auto module = std::string_view(name).substr(extensions.size());
  return std::any_of(kTestExtensions.begin(), kTestExtensions.end(),
                     [&](auto prefix) { return module.starts_with(prefix); });
}

bool StagedPrefix::is_static_library(const std::string& name) const {
  const fs::path path(name);
  const std::string file = path.filename().string();
  const std::string directory = path.parent_path().string();
  if (directory != "lib" && (config.empty() || directory != config)) return false;
  return (file.starts_with("libpython") && file.ends_with(".a")) || file == "python.o";
}

StagedPrefix examine_prefix(const fs::path& root, const std::string& interpreter) {
  StagedPrefix staged;
  staged.root = root;
  staged.interpreter = interpreter;
  if (interpreter.empty() || !fs::is_regular_file(root / "bin" / interpreter))
    throw Failure(fmt::format("{}: no interpreter bin/{} there; build it again (`pytune sweep`)",
                              root.string(), interpreter.empty() ? "python3" : interpreter));
  for (const auto& library : {root / "lib" / interpreter, root / "lib64" / interpreter}) {
    if (!fs::is_regular_file(library / "os.py")) continue;
    staged.stdlib = fs::path(library).lexically_relative(root).generic_string();
    for (const auto& entry : entries_of(library))
      if (entry.filename().string().starts_with("config-") && fs::is_directory(entry))
        staged.config = staged.stdlib + "/" + entry.filename().string();
    for (const auto package : kTestPackages)
      if (fs::is_directory(library / package))
        staged.test_packages.push_back(dotted(std::string(package)));
    std::sort(staged.test_packages.begin(), staged.test_packages.end());
    return staged;
  }
  throw Failure(
      fmt::format("{}: no standard library lib/{}/os.py there; build it again (`pytune sweep`)",
                  root.string(), interpreter));
}

StagedPrefix stage_tree(const fs::path& prefix, const std::string& interpreter,
                        const fs::path& root) {
  if (!fs::is_directory(prefix))
    throw Failure(
        fmt::format("{}: the build's installation is missing; build it again (`pytune sweep`)",
                    prefix.string()));
  examine_prefix(prefix, interpreter);  // refuses before it copies
  copy_tree(prefix, root, true);
  return examine_prefix(root, interpreter);
}

std::vector<std::string> list_tree(const fs::path& root) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_symlink())
      require_inside(root, entry.path());
    else if (!entry.is_directory() && !entry.is_regular_file())
      throw Failure(
          fmt::format("{}: neither file, directory nor link; an installation has no such thing",
                      entry.path().string()));
    names.push_back(entry.path().lexically_relative(root).generic_string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void replace_file(const fs::path& path, const std::string& bytes) {
  const auto mode = fs::status(path).permissions();
  write_file_atomic(path, bytes);
  fs::permissions(path, mode);
}

}  // namespace pytune
