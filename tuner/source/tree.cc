#include "source/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "input/text.h"
#include "input/unpack.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr int kOldestMinor = 11;
constexpr int kDeepestTree = 100;                                 // CPython's is 8 deep
constexpr std::uintmax_t kLargestFile = std::uintmax_t{1} << 30;  // CPython's has 6 MiB
constexpr std::uintmax_t kLargestTree = std::uintmax_t{8} << 30;  // with builds of it in folders

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() == fs::file_type::regular;
}

// Makefile and pyconfig.h win over the build directory's own through VPATH and -I; the other three
// are what CPython's check-clean-src looks for (Makefile.pre.in).
void require_clean(const fs::path& tree, const std::string& shown) {
  for (const char* product : {"Makefile", "pyconfig.h", "python", "Programs/python.o",
                              "Python/frozen_modules/importlib._bootstrap.h"}) {
    if (!is_file(tree / product)) continue;
    const bool makefile = is_file(tree / "Makefile");
    throw UsageError(
        fmt::format("{}: was built in place ({} is there), which breaks builds outside "
                    "of it; run `{}` in it, or give a clean tree",
                    shown, product, makefile ? "make distclean" : "git clean -fdx"));
  }
}

constexpr const char* kPatchlevel = "Include/patchlevel.h";
constexpr const char* kConfigure = "configure";

struct Marks {
  std::optional<std::string> patchlevel;  // the file's text
  bool configure = false;
};

PatchLevel checked(const Marks& marks, const std::string& shown, const std::string& remedy) {
  const auto reject = [&](const std::string& why) -> UsageError {
    return UsageError(fmt::format("{}: not a CPython source tree ({}); {}", shown, why, remedy));
  };
  if (!marks.patchlevel) throw reject(fmt::format("no {}", kPatchlevel));
  if (!marks.configure) throw reject(fmt::format("no {}", kConfigure));
  const auto level = parse_patchlevel(*marks.patchlevel);
  if (!level) throw reject(fmt::format("{} has no sound PY_VERSION", kPatchlevel));
  if (level->major != 3 || level->minor < kOldestMinor)
    throw UsageError(fmt::format("{}: is CPython {}; pytune builds 3.{} and later", shown,
                                 level->version, kOldestMinor));
  return *level;
}

}  // namespace

PatchLevel require_cpython(const fs::path& tree, const std::string& shown,
                           const std::string& remedy) {
  const fs::path header = tree / kPatchlevel;
  std::optional<std::string> text;
  // It has 1 KiB.
  if (is_file(header)) text = fs::file_size(header) <= kMostRead ? read_file(header) : "";
  const PatchLevel level = checked({text, is_file(tree / kConfigure)}, shown, remedy);
  require_clean(tree, shown);
  return level;
}

PatchLevel require_cpython_in(const fs::path& archive, const std::string& shown,
                              const std::string& remedy) {
  auto files = read_from_source(archive, {kPatchlevel, kConfigure}, shown);
  Marks marks{std::nullopt, files.contains(kConfigure)};
  if (const auto header = files.find(kPatchlevel); header != files.end())
    marks.patchlevel = header->second.size() <= kMostRead ? header->second : "";
  return checked(marks, shown, remedy);
}

std::vector<TreeEntry> list_tree(const fs::path& tree, const std::string& shown) {
  std::vector<TreeEntry> entries;
  std::uintmax_t total = 0;
  std::error_code error;
  fs::recursive_directory_iterator it(tree, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    throw_if_stopped();
    if (it.depth() > kDeepestTree)
      throw UsageError(fmt::format("{}: has directories more than {} deep; is it really CPython?",
                                   shown, kDeepestTree));
    const std::string file_name = it->path().filename().string();
    if (file_name == "__pycache__" || (file_name == ".git" && it.depth() == 0)) {
      it.disable_recursion_pending();
      continue;
    }
    TreeEntry entry;
    entry.name = it->path().lexically_relative(tree).generic_string();
    const fs::file_status status = it->symlink_status();
    if (status.type() == fs::file_type::symlink) {
      entry.kind = TreeEntry::Kind::symlink;
      entry.target = fs::read_symlink(it->path()).string();
      if (!link_stays_inside(entry.name, entry.target)) {
        throw UsageError(
            fmt::format("{}: {} is a symbolic link that leaves the tree; replace it "
                        "with what it points to",
                        shown, printable(entry.name)));
      }
    } else if (status.type() == fs::file_type::directory) {
      entry.kind = TreeEntry::Kind::directory;
    } else if (status.type() == fs::file_type::regular) {
      const bool program = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
      entry.kind = program ? TreeEntry::Kind::program : TreeEntry::Kind::file;
      const std::uintmax_t size = fs::file_size(it->path());
      total += size;
      if (total > kLargestTree)
        throw UsageError(fmt::format("{}: holds more than {} GiB; give a clean tree", shown,
                                     kLargestTree >> 30U));
      if (size > kLargestFile)
        throw UsageError(fmt::format("{}: {} is larger than any file of CPython; remove it", shown,
                                     printable(entry.name)));
    } else {
      throw UsageError(fmt::format("{}: {} is neither a file, a directory nor a link; remove it",
                                   shown, printable(entry.name)));
    }
    entries.push_back(std::move(entry));
  }
  if (error) {
    throw Failure(fmt::format("{}: cannot read all of it: {}; check its permissions", shown,
                              error.message()));
  }
  std::sort(entries.begin(), entries.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
  return entries;
}

TreeDigest digest_tree(const fs::path& tree, const std::vector<TreeEntry>& entries) {
  TreeDigest digest;
  Sha256 hash;
  for (const TreeEntry& entry : entries) {
    throw_if_stopped();
    // Directories count through what they hold, as in git. No name and no target holds a NUL, so
    // the parts cannot run into each other.
    std::string line;
    switch (entry.kind) {
      case TreeEntry::Kind::directory:
        continue;
      case TreeEntry::Kind::symlink:
        line = "link";
        break;
      case TreeEntry::Kind::file:
        line = "file";
        break;
      case TreeEntry::Kind::program:
        line = "program";
        break;
    }
    line += '\0';
    line += entry.name;
    line += '\0';
    if (entry.kind == TreeEntry::Kind::symlink) {
      line += entry.target;
    } else {
      line += sha256_file(tree / entry.name);
      digest.files += 1;
      digest.bytes += fs::file_size(tree / entry.name);
    }
    line += '\0';
    hash.update(line);
  }
  digest.sha256 = hash.hex();
  return digest;
}

void copy_entries(const fs::path& from, const std::vector<TreeEntry>& entries, const fs::path& to) {
  fs::create_directory(to);
  for (const TreeEntry& entry : entries) {
    throw_if_stopped();
    // Sorted, so a directory comes before what is in it.
    if (entry.kind == TreeEntry::Kind::directory) {
      fs::create_directory(to / entry.name);
    } else {
      copy_tree(from / entry.name, to / entry.name);
    }
  }
}

}  // namespace pytune
