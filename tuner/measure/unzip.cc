#include "measure/unzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "measure/one_line.h"
#include "sys/error.h"

namespace pytune::measure {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 10'000;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

class ZipReader {
 public:
  explicit ZipReader(const fs::path& path)
      : path_(path), archive_(archive_read_new(), &archive_read_free) {
    // The seekable reader goes by the central directory, as Python's does; a streaming one would
    // believe the local headers, which do not know of links.
    archive_read_support_format_zip_seekable(archive_.get());
    constexpr std::size_t kBlockSize = 65536;
    if (archive_read_open_filename(archive_.get(), path.c_str(), kBlockSize) != ARCHIVE_OK) {
      fail("cannot be opened as a zip file");
    }
  }

  // The next entry, or null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) {
      return nullptr;
    }
    if (status != ARCHIVE_OK) {
      fail("cannot be read as a zip file");
    }
    return entry;
  }

  // Contents of the entry last returned.
  std::string contents(std::size_t most) {
    std::string bytes;
    std::vector<char> buffer(65536);
    while (true) {
      const la_ssize_t count = archive_read_data(archive_.get(), buffer.data(), buffer.size());
      if (count < 0) {
        fail("is damaged");
      }
      if (count == 0) {
        return bytes;
      }
      if (bytes.size() + static_cast<std::size_t>(count) > most) {
        throw Failure(fmt::format("{}: unpacks to more than {} MiB; refused", path_.string(),
                                  kMostBytes >> 20));
      }
      bytes.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    const char* reason = archive_error_string(archive_.get());
    throw Failure(fmt::format("{}: {}: {}", path_.string(), what,
                              one_line(reason == nullptr ? "no reason given" : reason, 200)));
  }

  fs::path path_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
};

[[noreturn]] void refuse(const fs::path& archive, std::string_view name, const char* why) {
  throw Failure(
      fmt::format("{}: entry \"{}\" {}; refused", archive.string(), one_line(name, 200), why));
}

// Where the entry goes, relative; refuses what is neither a file nor a directory below the target.
fs::path safe_name(const fs::path& archive, archive_entry* entry) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr || *name == '\0') {
    refuse(archive, "", "has no readable name");
  }
  const auto type = archive_entry_filetype(entry);
  if ((type != AE_IFREG && type != AE_IFDIR) || archive_entry_hardlink(entry) != nullptr ||
      archive_entry_symlink(entry) != nullptr) {
    refuse(archive, name, "is a link or a special file");
  }
  const fs::path path(name);
  if (path.is_absolute()) {
    refuse(archive, name, "has an absolute name");
  }
  for (const fs::path& part : path) {
    if (part == "..") {
      refuse(archive, name, "would leave the directory");
    }
  }
  return path.lexically_normal();
}

void write_new_file(const fs::path& archive, const fs::path& target, const std::string& bytes) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(target, error))) {
    refuse(archive, target.filename().string(), "comes twice");
  }
  fs::create_directories(target.parent_path(), error);
  std::ofstream file(target, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (error || !file) {
    throw Failure(fmt::format("{}: cannot write {}", archive.string(), target.string()));
  }
}

}  // namespace

std::size_t unzip(const fs::path& archive, const fs::path& directory) {
  ZipReader reader(archive);
  std::size_t entries = 0;
  std::size_t files = 0;
  std::size_t left = kMostBytes;
  while (archive_entry* entry = reader.next()) {
    if (++entries > kMostEntries) {
      throw Failure(
          fmt::format("{}: more than {} entries; refused", archive.string(), kMostEntries));
    }
    const fs::path name = safe_name(archive, entry);
    if (archive_entry_filetype(entry) == AE_IFDIR) {
      continue;  // made when a file needs it
    }
    const std::string bytes = reader.contents(left);
    left -= bytes.size();
    write_new_file(archive, directory / name, bytes);
    ++files;
  }
  return files;
}

}  // namespace pytune::measure
