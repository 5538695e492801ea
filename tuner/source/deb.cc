#include "source/deb.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>

#include "input/archive_entries.h"
#include "input/text.h"
#include "input/unpack.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

class Package {
 public:
  explicit Package(const fs::path& file) : shown_(printable(file.filename().string())) {
    archive_read_support_format_ar(ar_.get());
    if (archive_read_open_filename(ar_.get(), file.c_str(), 65536) != ARCHIVE_OK) damaged();
    // The first member says that it is a package, and of which kind (deb(5)).
    if (next() != "debian-binary" || !text().starts_with("2."))
      throw UsageError(shown_ + ": not a Debian package");
  }

  // Copies the member with the package's files to `into`.
  void extract_data(const fs::path& into) {
    for (std::string name = next(); !name.empty(); name = next()) {
      if (name == "data.tar" || name.starts_with("data.tar.")) return copy(into);
    }
    throw UsageError(shown_ + ": a Debian package without files");
  }

  const std::string& shown() const { return shown_; }

 private:
  [[noreturn]] void damaged() const {
    throw UsageError(fmt::format("{}: truncated or damaged ({}); get it again", shown_,
                                 archive_problem(ar_.get())));
  }

  // The next member's name; empty behind the last one.
  std::string next() {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(ar_.get(), &entry);
    if (result == ARCHIVE_EOF) return "";
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) damaged();
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || *name == '\0') damaged();
    return name;
  }

  std::string text() {
    char bytes[16];
    const la_ssize_t size = archive_read_data(ar_.get(), bytes, sizeof bytes);
    if (size < 0) damaged();
    return {bytes, static_cast<std::size_t>(size)};
  }

  void copy(const fs::path& into) {
    std::ofstream out(into, std::ios::binary);
    char bytes[65536];
    la_ssize_t size = 0;
    while ((size = archive_read_data(ar_.get(), bytes, sizeof bytes)) > 0) {
      throw_if_stopped();
      out.write(bytes, size);
    }
    if (size < 0) damaged();
    out.close();
    if (!out) throw Failure(fmt::format("{}: cannot be written; free some space", into.string()));
  }

  std::string shown_;
  ArchiveReader ar_{archive_read_new()};
};

}  // namespace

void unpack_debs(const std::vector<fs::path>& packages, const fs::path& scratch,
                 const fs::path& into, const UnpackLimits& limits) {
  std::vector<std::pair<fs::path, std::string>> tarballs;
  for (const auto& file : packages) {
    Package package(file);
    const fs::path data = scratch / fmt::format("data{}.tar", tarballs.size());
    package.extract_data(data);
    tarballs.emplace_back(data, package.shown());
  }
  unpack_root(tarballs, into, limits);
}

}  // namespace pytune
