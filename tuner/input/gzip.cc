#include "input/gzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::size_t kNeverTooLarge = std::size_t{16} << 20;
constexpr std::size_t kLargestRatio = 100;

struct Closer {
  void operator()(archive* open) const { archive_read_free(open); }
};

}  // namespace

std::string gunzipped(std::string bytes, const std::string& shown, std::size_t most) {
  constexpr std::string_view kMagic = "\x1f\x8b";
  if (!bytes.starts_with(kMagic)) return bytes;
  const std::size_t limit = std::min(most, std::max(kNeverTooLarge, bytes.size() * kLargestRatio));
  const std::unique_ptr<archive, Closer> reader(archive_read_new());
  const auto damaged = [&] {
    const char* why = archive_error_string(reader.get());
    throw UsageError(fmt::format("{}: truncated or damaged gzip file ({})", shown,
                                 why == nullptr ? "it breaks off" : printable(why)));
  };
  archive_entry* entry = nullptr;
  if (archive_read_support_filter_gzip(reader.get()) != ARCHIVE_OK ||
      archive_read_support_format_raw(reader.get()) != ARCHIVE_OK ||
      archive_read_support_format_empty(reader.get()) != ARCHIVE_OK ||
      archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    damaged();
  const int begun = archive_read_next_header(reader.get(), &entry);
  if (archive_filter_code(reader.get(), 0) != ARCHIVE_FILTER_GZIP) damaged();
  if (begun == ARCHIVE_EOF) return "";
  if (begun != ARCHIVE_OK) damaged();
  std::string text;
  std::array<char, 1 << 16> buffer{};
  while (true) {
    const la_ssize_t size = archive_read_data(reader.get(), buffer.data(), buffer.size());
    if (size < 0) damaged();
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > limit)
      throw UsageError(
          fmt::format("{}: unpacks to more than {} MB, which no result file of its size does",
                      shown, limit / 1'000'000));
  }
}

}  // namespace pytune
