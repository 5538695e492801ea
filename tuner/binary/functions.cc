#include "binary/functions.h"

#include <fmt/format.h>
#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <optional>

namespace pytune {
namespace {

// .eh_frame_hdr: version, three encodings, the address of .eh_frame, the number of entries, then
// pairs (start of function, address of its FDE), sorted. Linux Standard Base 5.0, 10.6.2. The
// encodings are those that GNU ld, gold, lld and mold write; there is no need for others.
constexpr std::string_view kHeaderStart("\x01\x1b\x03\x3b", 4);
constexpr std::size_t kTableAt = 12;
constexpr std::size_t kEntrySize = 8;

constexpr std::size_t kMostLinkageTables = 4;  // .plt, .plt.got, .plt.sec

std::uint64_t relative(std::uint64_t base, std::uint32_t offset) {
  return base +
         static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(offset)));
}

// The length of the function that the frame description at `address` is for; nothing when the
// description has another form than PC-relative signed words.
std::optional<std::uint32_t> described_size(const Image& image, std::uint64_t address,
                                            std::uint64_t start) {
  constexpr std::size_t kStartAt = 8;
  const auto bytes = image.loaded_at(address);
  if (bytes.size() < kStartAt + 8) return std::nullopt;
  if (relative(address + kStartAt, word_at(bytes, kStartAt)) != start) return std::nullopt;
  return word_at(bytes, kStartAt + 4);
}

void add_unwound(const Image& image, std::vector<FunctionRange>& functions) {
  std::uint64_t base = 0;
  std::string_view bytes;
  if (const auto* segment = image.segment(llvm::ELF::PT_GNU_EH_FRAME)) {
    base = segment->address;
    bytes = segment->bytes;
  } else if (const auto* section = image.section(".eh_frame_hdr")) {
    base = section->address;
    bytes = section->bytes;
  }
  if (bytes.size() < kTableAt || !bytes.starts_with(kHeaderStart)) return;
  const std::size_t count =
      std::min<std::size_t>(word_at(bytes, 8), (bytes.size() - kTableAt) / kEntrySize);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = kTableAt + i * kEntrySize;
    FunctionRange function;
    function.start = relative(base, word_at(bytes, at));
    const auto size = described_size(image, relative(base, word_at(bytes, at + 4)), function.start);
    if (!size || *size > UINT64_MAX - function.start) continue;
    function.end = function.start + *size;
    functions.push_back(function);
  }
}

void add_symbols(const std::vector<ImageSymbol>& symbols, std::vector<FunctionRange>& functions) {
  for (const auto& symbol : symbols) {
    const bool ifunc = symbol.type == llvm::ELF::STT_GNU_IFUNC;
    if (!symbol.defined || (symbol.type != llvm::ELF::STT_FUNC && !ifunc)) continue;
    if (symbol.size > UINT64_MAX - symbol.address) continue;
    functions.push_back({symbol.address, symbol.address + symbol.size, symbol.name, ifunc});
  }
}

}  // namespace

std::vector<FunctionRange> function_ranges(const Image& image) {
  std::vector<FunctionRange> all;
  add_symbols(image.symbols, all);
  add_symbols(image.dynamic_symbols, all);
  add_unwound(image, all);
  // Stable: of several names for one place the first of .symtab counts.
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.start < b.start; });
  std::vector<FunctionRange> ranges;
  for (const auto& function : all) {
    if (!ranges.empty() && ranges.back().start == function.start) {
      auto& same = ranges.back();
      same.end = std::max(same.end, function.end);
      if (same.name.empty()) same.name = function.name;
      same.ifunc |= function.ifunc;
      continue;
    }
    if (!ranges.empty()) ranges.back().end = std::min(ranges.back().end, function.start);
    ranges.push_back(function);
  }
  // The unwind table has all of a procedure linkage table as one function; calls go to its middle.
  std::vector<const ImageSection*> linkage;
  for (const auto& section : image.sections)
    if (section.name.starts_with(".plt") && linkage.size() < kMostLinkageTables)
      linkage.push_back(&section);
  std::erase_if(ranges, [&](const auto& function) {
    return function.end <= function.start ||
           std::any_of(linkage.begin(), linkage.end(), [&](const ImageSection* section) {
             return function.start >= section->address &&
                    function.start - section->address < section->bytes.size();
           });
  });
  return ranges;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> data_in_code(const Image& image) {
  std::vector<std::pair<std::uint64_t, bool>> marks;  // address, whether data begins there
  for (const auto& symbol : image.symbols) {
    if (!symbol.defined || symbol.name.size() < 2 || symbol.name[0] != '$') continue;
    if (symbol.name.size() > 2 && symbol.name[2] != '.') continue;
    if (symbol.name[1] == 'd' || symbol.name[1] == 'x')
      marks.emplace_back(symbol.address, symbol.name[1] == 'd');
  }
  std::sort(marks.begin(), marks.end());
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (std::size_t i = 0; i < marks.size(); ++i)
    if (marks[i].second)
      ranges.emplace_back(marks[i].first, i + 1 < marks.size() ? marks[i + 1].first : UINT64_MAX);
  return ranges;
}

std::string shown_name(const FunctionRange& function) {
  return function.name.empty() ? fmt::format("0x{:x}", function.start) : std::string(function.name);
}

}  // namespace pytune
