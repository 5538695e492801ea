// Files: atomic writes, temporary directories, hashes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sys/file_lock.h"

namespace pytune {

// Whole file as bytes. Throws Failure naming the file.
std::string read_file(const std::filesystem::path& path);

// Temporary file beside `path`, fsync, rename, fsync of the directory: readers see the old bytes or
// the new, never a part.
void write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

// The same for a file that the user named: with the modes that they give to new files.
void write_user_file(const std::filesystem::path& path, std::string_view bytes);

// Flushes everything below `dir` to the disk (one syncfs), then renames it to `target` and flushes
// the parent. Returns false, leaving `dir`, when `target` already exists.
bool publish_directory(const std::filesystem::path& dir, const std::filesystem::path& target);

// Where temporary files can be made and programs run from: $TMPDIR, else /tmp, else /var/tmp.
// Throws Failure where none will do.
std::filesystem::path temporary_files();

// Removes a tree, also one with read-only directories, or deeper than there may be open files.
// Missing is fine. Throws Failure.
void remove_tree(const std::filesystem::path& dir);

// Copies a tree: symlinks stay symlinks, modes and times are kept; `hard_link` shares regular files
// instead of copying.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to,
               bool hard_link = false);

std::uint64_t tree_bytes(
    const std::filesystem::path& dir);  // allocated bytes; a hard-linked file counts once
std::uint64_t free_bytes(const std::filesystem::path& dir);

// `path`, or the nearest directory above it that exists.
std::filesystem::path nearest_directory(std::filesystem::path path);

// Of a TemporaryDirectory: whether a file beside it, of its name and kLivenessSuffix, is locked as
// long as the object lives. That tells others, also in other containers, that it is not a dead
// run's.
enum class Liveness { unknown, locked };
constexpr std::string_view kLivenessSuffix = ".lock";

// A fresh directory below `parent`, removed when this object dies unless released.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent, std::string_view stem = "tmp",
                              Liveness liveness = Liveness::unknown);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }
  void release() { path_.clear(); }

 private:
  std::filesystem::path path_;
  std::filesystem::path lock_file_;
  std::optional<FileLock> alive_;
};

// SHA-256 as 64 lower-case hex digits.
std::string sha256(std::string_view bytes);
std::string sha256_file(const std::filesystem::path& path);  // streams; throws Failure

// Incremental form, for values made of several parts.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();
  void update(std::string_view bytes);
  std::string hex();

 private:
  void* context_;
};

}  // namespace pytune
