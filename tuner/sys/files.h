// Files: atomic writes, temporary directories, locks, hashes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace pytune {

// Whole file as bytes. Throws Failure naming the file.
std::string read_file(const std::filesystem::path& path);

// Temporary file beside `path`, fsync, rename, fsync of the directory: readers see the old bytes or
// the new, never a part.
void write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

// Flushes everything below `dir` to the disk (one syncfs), then renames it to `target` and flushes
// the parent. Returns false, leaving `dir`, when `target` already exists.
bool publish_directory(const std::filesystem::path& dir, const std::filesystem::path& target);

// Removes a tree, also one with read-only directories. Missing is fine.
void remove_tree(const std::filesystem::path& dir);

// Copies a tree: symlinks stay symlinks, modes and times are kept; `hard_link` shares regular files
// instead of copying.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to,
               bool hard_link = false);

std::uint64_t tree_bytes(
    const std::filesystem::path& dir);  // allocated bytes; a hard-linked file counts once
std::uint64_t free_bytes(const std::filesystem::path& dir);

// A fresh directory below `parent`, removed when this object dies unless released.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent, std::string_view stem = "tmp");
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }
  void release() { path_.clear(); }

 private:
  std::filesystem::path path_;
};

// An advisory lock on a file (flock), held until destruction or the death of the process, however
// it dies.
class FileLock {
 public:
  static std::optional<FileLock> try_acquire(const std::filesystem::path& path);
  static FileLock acquire(
      const std::filesystem::path& path);  // waits; throws Interrupted on a stop request
  // With others that share it, and while nobody has it alone. Waits likewise.
  static FileLock share(const std::filesystem::path& path);
  // Whether somebody has it alone; whether somebody has it at all. Make no file.
  static bool is_held(const std::filesystem::path& path);
  static bool is_locked(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
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
