#include "input/unpack.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "input/archive_entries.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestName = 4000;
constexpr std::size_t kLongestShown = 300;
constexpr std::uint64_t kLargestProgram = std::uint64_t{1} << 30;  // a libpython with debug symbols
constexpr long kDeepestName = 100;                                 // directories above it

// How an archive's names and links are taken.
enum class Layout {
  as_it_is,
  system_root,  // see unpack_root
};

struct Rules {
  UnpackLimits limits;
  Layout layout = Layout::as_it_is;
  bool symbolic_links = true;  // are taken; else refused
  bool hard_links = true;
  bool repetitions = true;  // a later entry of a name replaces an earlier one
};

// Directories that a merged system has below /usr (hier(7), Debian's usrmerge).
constexpr std::array<std::string_view, 6> kMerged = {"bin",   "sbin",  "lib",
                                                     "lib32", "lib64", "libx32"};

bool is_merged(std::string_view part) {
  return std::find(kMerged.begin(), kMerged.end(), part) != kMerged.end();
}

// `path`, relative to a system's root, where a merged system has it.
std::string merged(const std::string& path) {
  return is_merged(path.substr(0, path.find('/'))) ? "usr/" + path : path;
}

class Unpacker {
 public:
  Unpacker(fs::path root, Rules rules) : root_(std::move(root)), rules_(std::move(rules)) {
    // The checks in place() come first; these are the second lock on the same door. "No absolute
    // paths" cannot be among them because everything is placed under an absolute path of ours.
    archive_write_disk_set_options(disk_.get(), ARCHIVE_EXTRACT_TIME |
                                                    ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                                    ARCHIVE_EXTRACT_SECURE_NODOTDOT);
  }

  // Puts all of `entries` in place.
  void unpack(ArchiveEntries& entries) {
    shown_ = entries.shown();
    while (archive_entry* entry = entries.next()) {
      throw_if_stopped();
      place(entry, entries);
    }
  }

  Unpacked finish() {
    written(archive_write_close(disk_.get()));
    return unpacked_;
  }

 private:
  void place(archive_entry* entry, ArchiveEntries& entries) {
    if (++entries_ > rules_.limits.entries) {
      throw UsageError(fmt::format("{}: holds more than {} files; is it really {}?", shown_,
                                   rules_.limits.entries, rules_.limits.what));
    }
    const std::string in_archive =
        inside(text(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry)));
    const std::string name = placed(in_archive);
    // "./", and in a root what unpack_root() makes itself.
    if (name.empty() || (rules_.layout == Layout::system_root && is_merged(in_archive))) return;
    const ArchiveEntryHandle made(archive_entry_new());
    archive_entry_copy_pathname(made.get(), (root_ / name).c_str());
    if (archive_entry_mtime_is_set(entry) != 0)
      archive_entry_set_mtime(made.get(), archive_entry_mtime(entry), 0);
    describe(made.get(), entry, in_archive);
    written(archive_write_header(disk_.get(), made.get()));
    const bool has_data = archive_entry_filetype(made.get()) == AE_IFREG &&
                          archive_entry_hardlink(made.get()) == nullptr;
    if (has_data) {
      const bool declared = archive_entry_size_is_set(made.get()) != 0;
      copy_data(entries, name,
                declared ? std::optional(archive_entry_size(made.get())) : std::nullopt);
    }
    written(archive_write_finish_entry(disk_.get()));
  }

  // What `made` is to become: a directory, a file or a link.
  void describe(archive_entry* made, archive_entry* entry, const std::string& in_archive) {
    const std::string name = placed(in_archive);
    const std::string hard_link =
        text(archive_entry_hardlink(entry), archive_entry_hardlink_utf8(entry));
    const auto type = archive_entry_filetype(entry);
    const bool again = !names_.insert(name).second;
    if (again && !rules_.repetitions && type != AE_IFDIR) refuse(name, "comes twice");
    if (!hard_link.empty()) {
      make_hard_link(made, name, hard_link);
    } else if (type == AE_IFDIR) {
      archive_entry_set_filetype(made, AE_IFDIR);
      archive_entry_set_perm(made, 0755);
      if (!again) ++unpacked_.directories;
    } else if (type == AE_IFREG) {
      make_file(made, name, entry);
    } else if (type == AE_IFLNK) {
      const std::string target =
          text(archive_entry_symlink(entry), archive_entry_symlink_utf8(entry));
      make_symlink(made, name, link_target(in_archive, target));
    } else {
      refuse(name, "is neither a file, a directory nor a link");
    }
  }

  [[noreturn]] void refuse(const std::string& name, const std::string& why) const {
    throw UsageError(
        fmt::format("{}: refused: \"{}\" {}", shown_, printable(name, kLongestShown), why));
  }

  [[noreturn]] void too_big(const std::string& name) const {
    refuse(name, fmt::format("makes it more than {} MiB", rules_.limits.bytes >> 20));
  }

  [[noreturn]] void too_large(const std::string& name) const {
    refuse(name, fmt::format("is larger than {} MiB, as no file of {} is",
                             rules_.limits.file_bytes >> 20, rules_.limits.what));
  }

  void written(int result) const {
    if (result >= ARCHIVE_WARN) return;
    throw Failure(fmt::format("{}: cannot unpack it: {}", shown_, archive_problem(disk_.get())));
  }

  // A name that the C locale cannot spell is only there as UTF-8.
  static std::string text(const char* bytes, const char* utf8) {
    if (bytes != nullptr) return bytes;
    return utf8 != nullptr ? utf8 : "";
  }

  // `name` without "." and empty parts; refuses what would leave the tree.
  std::string inside(const std::string& name) const {
    if (name.empty()) refuse(name, "is an empty name");
    if (name.front() == '/') refuse(name, "is an absolute path");
    if (name.size() > kLongestName) refuse(name, "is too long a name");
    if (std::count(name.begin(), name.end(), '/') > kDeepestName)
      refuse(name, fmt::format("lies more than {} directories deep", kDeepestName));
    std::string clean;
    for (const fs::path& part : fs::path(name)) {
      if (part == "..") refuse(name, "leaves the archive's directory");
      if (part.empty() || part == ".") continue;
      if (!clean.empty()) clean += '/';
      clean += part.string();
    }
    const std::string whole = placed(clean);
    for (std::size_t end = whole.find('/'); end != std::string::npos;
         end = whole.find('/', end + 1))
      if (symlinks_.contains(whole.substr(0, end))) refuse(name, "goes through a symbolic link");
    return clean;
  }

  std::string placed(const std::string& name) const {
    return rules_.layout == Layout::system_root ? merged(name) : name;
  }

  // In a root, the target is looked up as on that system, from where the archive has the link, and
  // told from where the link is put. Above "/" is "/", for the kernel as for lexically_normal().
  std::string link_target(const std::string& name, const std::string& target) const {
    if (rules_.layout == Layout::as_it_is || target.empty()) return target;
    const fs::path meant =
        (fs::path("/") / fs::path(name).parent_path() / target).lexically_normal().relative_path();
    const fs::path from = fs::path(merged(name)).parent_path();
    const fs::path to = merged(meant.string());
    return to.lexically_proximate(from).string();
  }

  void make_file(archive_entry* made, const std::string& name, archive_entry* entry) {
    const la_int64_t size = archive_entry_size(entry);
    // Ten kilobytes could claim gigabytes, which everything that reads the file would have to read.
    if (archive_entry_sparse_count(entry) > 0) refuse(name, "is a sparse file");
    if (archive_entry_size_is_set(entry) != 0) {
      if (size > 0 && static_cast<std::uint64_t>(size) > rules_.limits.file_bytes) too_large(name);
      if (size < 0 || static_cast<std::uint64_t>(size) > rules_.limits.bytes - bytes_)
        too_big(name);
      bytes_ += static_cast<std::uint64_t>(size);
      archive_entry_set_size(made, size);
    }
    archive_entry_set_filetype(made, AE_IFREG);
    archive_entry_set_perm(made, (archive_entry_perm(entry) & 0100) != 0 ? 0755 : 0644);
    symlinks_.erase(name);
    ++unpacked_.files;
  }

  void make_symlink(archive_entry* made, const std::string& name, const std::string& target) {
    if (!rules_.symbolic_links) refuse(name, "is a link");
    if (!link_stays_inside(name, target)) refuse(name, "is a link that leaves the tree");
    archive_entry_set_filetype(made, AE_IFLNK);
    archive_entry_copy_symlink(made, target.c_str());
    symlinks_.insert(name);
    ++unpacked_.links;
  }

  void make_hard_link(archive_entry* made, const std::string& name, const std::string& target) {
    if (!rules_.hard_links) refuse(name, "is a hard link");
    const fs::path existing = root_ / placed(inside(target));
    if (fs::symlink_status(existing).type() != fs::file_type::regular) {
      refuse(name, "is a hard link to something that is no file of the archive");
    }
    archive_entry_set_filetype(made, AE_IFREG);
    archive_entry_copy_hardlink(made, existing.c_str());
    symlinks_.erase(name);
    ++unpacked_.files;
  }

  // What a header does not declare is counted as it comes; what it does declare is all that may
  // come: the disk writer would leave out the rest, after all of it was decompressed.
  void copy_data(ArchiveEntries& entries, const std::string& name,
                 std::optional<la_int64_t> declared) {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    std::uint64_t own = 0;
    while (entries.block(&data, &size, &offset)) {
      throw_if_stopped();
      own += size;
      if (declared && own > static_cast<std::uint64_t>(*declared))
        refuse(name, "holds more than it declares");
      if (own > rules_.limits.file_bytes) too_large(name);
      if (!declared) {
        if (size > rules_.limits.bytes - bytes_) too_big(name);
        bytes_ += size;
      }
      const la_ssize_t result = archive_write_data_block(disk_.get(), data, size, offset);
      written(result < 0 ? static_cast<int>(result) : ARCHIVE_OK);
    }
  }

  fs::path root_;
  Rules rules_;
  std::string shown_;
  std::size_t entries_ = 0;
  std::uint64_t bytes_ = 0;
  std::set<std::string> symlinks_;
  std::set<std::string> names_;
  Unpacked unpacked_;
  ArchiveWriter disk_{archive_write_disk_new()};
};

// Canonical: SECURE_SYMLINKS also looks at the directories above, where a link is the user's
// business.
Unpacked unpack_into(const fs::path& existing, ArchiveEntries& entries, const Rules& rules) {
  Unpacker unpacker(fs::canonical(existing), rules);
  unpacker.unpack(entries);
  return unpacker.finish();
}

std::string text_of(ArchiveEntries& entries) {
  std::string text;
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  while (text.size() <= kMostRead && entries.block(&data, &size, &offset))
    text.append(static_cast<const char*>(data), std::min(size, kMostRead + 1 - text.size()));
  return text;
}

}  // namespace

bool link_stays_inside(std::string_view name, std::string_view target) {
  if (target.empty() || target.front() == '/') return false;
  auto above = std::count(name.begin(), name.end(), '/');
  bool descended = false;
  while (!target.empty()) {
    const std::size_t end = std::min(target.find('/'), target.size());
    const std::string_view part = target.substr(0, end);
    target.remove_prefix(std::min(end + 1, target.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      descended = true;
    } else if (descended || --above < 0) {
      return false;
    }
  }
  return true;
}

void unpack_source(const fs::path& archive, const fs::path& into, const std::string& shown,
                   const UnpackLimits& limits) {
  const fs::path raw = into.string() + ".raw";
  fs::create_directory(raw);
  {
    TarEntries entries(archive, shown, limits);
    unpack_into(raw, entries, {.limits = limits});
  }
  std::vector<fs::directory_entry> top(fs::directory_iterator(raw), fs::directory_iterator{});
  if (top.size() == 1 && top.front().is_directory() && !top.front().is_symlink()) {
    fs::rename(top.front().path(), into);
    fs::remove(raw);
  } else {
    fs::rename(raw, into);
  }
}

std::map<std::string, std::string> read_from_source(const fs::path& archive,
                                                    const std::vector<std::string>& names,
                                                    const std::string& shown,
                                                    const UnpackLimits& limits) {
  std::map<std::string, std::string> read;  // by the whole name in the archive
  std::set<std::string> tops;
  bool file_at_top = false;
  TarEntries entries(archive, shown, limits);
  for (std::size_t seen = 0; archive_entry* entry = entries.next(); ++seen) {
    throw_if_stopped();
    if (seen > limits.entries) break;
    const char* path = archive_entry_pathname(entry);
    const std::string name = fs::path(path == nullptr ? "" : path).lexically_normal().string();
    if (name.empty() || name == "." || name == "./") continue;
    const std::size_t slash = name.find('/');
    tops.insert(name.substr(0, slash));
    file_at_top |= slash == std::string::npos && archive_entry_filetype(entry) != AE_IFDIR;
    const bool wanted = std::any_of(names.begin(), names.end(), [&](const std::string& one) {
      return name == one || (slash != std::string::npos && name.substr(slash + 1) == one);
    });
    if (wanted && archive_entry_filetype(entry) == AE_IFREG) read[name] = text_of(entries);
  }
  const bool stripped = tops.size() == 1 && !file_at_top;
  std::map<std::string, std::string> found;
  for (const std::string& name : names) {
    const auto one = read.find(stripped ? *tops.begin() + "/" + name : name);
    if (one != read.end()) found[name] = one->second;
  }
  return found;
}

void unpack_root(const std::vector<std::pair<fs::path, std::string>>& tarballs,
                 const fs::path& into, const UnpackLimits& limits) {
  fs::create_directory(into);
  Unpacker unpacker(fs::canonical(into), {.limits = limits, .layout = Layout::system_root});
  for (const auto& [file, shown] : tarballs) {
    TarEntries entries(file, shown, limits);
    unpacker.unpack(entries);
  }
  unpacker.finish();
  for (const std::string_view name : kMerged) {
    const fs::path below = fs::path("usr") / name;
    if (fs::is_directory(into / below)) fs::create_symlink(below, into / name);
  }
}

Unpacked unpack_package(const fs::path& archive, const fs::path& into, const std::string& shown) {
  const UnpackLimits limits{
      .file_bytes = kLargestProgram, .entries = 200'000, .what = "a package of pytune's"};
  TarEntries entries(archive, shown, limits);
  return unpack_into(into, entries, {.limits = limits, .hard_links = false, .repetitions = false});
}

Unpacked unpack_wheel(const fs::path& wheel, const fs::path& into, const std::string& shown) {
  const UnpackLimits limits{.bytes = std::uint64_t{64} << 20,
                            .file_bytes = kLargestProgram,  // all of it together is less
                            .entries = 10'000,
                            .what = "a wheel of Python code"};
  ZipEntries entries(wheel, shown);
  return unpack_into(
      into, entries,
      {.limits = limits, .symbolic_links = false, .hard_links = false, .repetitions = false});
}

}  // namespace pytune
