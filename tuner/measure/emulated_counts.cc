#include "measure/emulated_counts.h"

#include <fmt/format.h>

#include <algorithm>

#include "binary/code_symbols.h"
#include "input/json.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

constexpr long kCountsVersion = 1;
constexpr long kLargestEmulatedCount = 1'000'000'000'000'000;  // weeks of emulation
constexpr long kLargestGuestPid = 4'194'304;                   // proc(5), pid_max
constexpr std::size_t kMostKinds = 100;
constexpr std::size_t kLongestPath = 6 * 4096;
constexpr std::size_t kMostMappedFiles = 100'000;
constexpr std::size_t kMostTranslatedBlocks = 10'000'000;
constexpr int kMostCountedPrograms = 100'000;  // times kLargestCount is more than a long holds

// The bytes of a name, of which the plugin writes those above 0x7F as U+0080 to U+00FF.
std::string path_of(const JsonView& view) {
  const std::string text = view.text(kLongestPath);
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes += text[i];
    } else if ((lead == 0xC2 || lead == 0xC3) && i + 1 < text.size()) {
      bytes += static_cast<char>((lead << 6) | (static_cast<unsigned char>(text[++i]) & 0x3F));
    } else {
      view.fail("has a character that stands for no byte");
    }
  }
  if (bytes.find('\0') != std::string::npos) view.fail("has a zero byte");
  return bytes;
}

void add(long& sum, long value) {
  if (__builtin_add_overflow(sum, value, &sum)) throw UsageError("more than can be counted");
}

void read_places(const JsonView& root, PlaceExecutionsTable& places) {
  std::vector<std::string> files;
  for (const JsonView& file : root.at("files").elements(kMostMappedFiles))
    files.push_back(path_of(file));
  if (files.empty()) root.at("files").fail("is empty");
  for (const JsonView& block : root.at("blocks").elements(kMostTranslatedBlocks)) {
    const auto entries = block.elements(4);
    if (entries.size() != 4) block.fail("has to be file, offset, executions, instructions");
    const long file = entries[0].integer(0, static_cast<long>(files.size()) - 1);
    const long offset = entries[1].integer(0, std::numeric_limits<long>::max());
    PlaceExecutions& place =
        places[{files[static_cast<std::size_t>(file)], static_cast<std::uint64_t>(offset)}];
    add(place.executions, entries[2].integer(1, kLargestEmulatedCount));
    add(place.instructions, entries[3].integer(1, kLargestEmulatedCount));
  }
}

void add(EmulatedCounts& sum, const EmulatedCounts& other) {
  if (sum.programs == 0) {
    sum = other;
    return;
  }
  if (other.guest != sum.guest)
    throw UsageError(
        fmt::format("is of an {} program, and others are of {}", other.guest, sum.guest));
  // What one of them did not count is not known of all.
  std::erase_if(sum.counts, [&](const auto& kind) { return !other.counts.contains(kind.first); });
  for (auto& [kind, count] : sum.counts) add(count, other.counts.at(kind));
  for (const auto& [place, executions] : other.places) {
    add(sum.places[place].executions, executions.executions);
    add(sum.places[place].instructions, executions.instructions);
  }
  ++sum.programs;
}

std::string read_limited(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(file)))
    throw UsageError("is no file");
  if (std::filesystem::file_size(file) > kLongestCountsFile) throw UsageError("is too long");
  return read_file(file);
}

}  // namespace

EmulatedCounts parse_counts_file(std::string_view text) {
  if (text.size() > kLongestCountsFile) throw UsageError("is too long");
  const nlohmann::json document = parse_json(text);
  const JsonView root(document);
  root.only_keys(
      {"format", "version", "guest", "program", "pid", "ended", "counts", "files", "blocks"});
  root.at("format").one_of({"pytune-counts"});
  root.at("version").integer(kCountsVersion, kCountsVersion);
  EmulatedCounts result;
  result.guest = root.at("guest").one_of({"aarch64", "x86_64"});
  path_of(root.at("program"));
  root.at("pid").integer(1, kLargestGuestPid);
  root.at("ended").one_of({"exit", "exec"});
  const JsonView counts = root.at("counts");
  if (!counts.value().is_object() || counts.value().size() > kMostKinds)
    counts.fail("has to be an object of kinds and counts");
  for (const auto& [kind, count] : counts.value().items()) {
    if (!is_plain_name(kind)) counts.fail("has a kind that is no plain name");
    result.counts[kind] = counts.at(kind).integer(0, kLargestEmulatedCount);
  }
  if (!result.counts.contains(kInstructions)) counts.fail("has no instructions");
  if (root.has("files") || root.has("blocks")) read_places(root, result.places);
  result.programs = 1;
  return result;
}

EmulatedCounts read_emulated_counts(const std::filesystem::path& folder) {
  EmulatedCounts sum;
  int lost = 0;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".running") ++lost;
    if (extension != ".json") continue;
    try {
      if (sum.programs == kMostCountedPrograms) throw UsageError("is one of too many");
      add(sum, parse_counts_file(read_limited(entry.path())));
    } catch (const UsageError& error) {
      throw Failure(
          printable(fmt::format("counts file {}: {}", entry.path().string(), error.what()), 400));
    }
  }
  if (problem) throw Failure(fmt::format("counts in {}: {}", folder.string(), problem.message()));
  if (sum.programs == 0)
    throw Failure(fmt::format(
        "no counts in {}: {}", folder.string(),
        lost == 0 ? "the emulator did not load the plugin" : "the program was killed by a signal"));
  sum.lost = lost;
  return sum;
}

std::vector<FunctionCount> count_functions(
    const std::map<std::pair<std::string, std::uint64_t>, double>& instructions_by_place) {
  std::map<std::pair<std::string, std::string>, double> sums;
  std::string open;  // places are in order of files
  std::vector<CodeSymbol> symbols;
  for (const auto& [place, instructions] : instructions_by_place) {
    const auto& [file, offset] = place;
    if (file != open) {
      open = file;
      try {
        symbols = code_symbols(file);
      } catch (const Failure&) {
        symbols.clear();
      }
    }
    const CodeSymbol* symbol = file.empty() ? nullptr : find_symbol(symbols, offset);
    sums[{file, symbol == nullptr ? std::string() : symbol->name}] += instructions;
  }
  std::vector<FunctionCount> functions;
  functions.reserve(sums.size());
  for (const auto& [name, instructions] : sums)
    functions.push_back({name.first, name.second, instructions});
  std::stable_sort(functions.begin(), functions.end(),
                   [](const auto& a, const auto& b) { return a.instructions > b.instructions; });
  return functions;
}

}  // namespace pytune
