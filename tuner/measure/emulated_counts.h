// What pytune's plugin has counted under an emulator (emulator/counts_file.h describes the files),
// read as if an enemy had written it: the program that is counted may write to the same folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pytune {

// The kind that comparisons are of.
inline constexpr const char* kInstructions = "instructions";

struct PlaceExecutions {
  long executions = 0;
  long instructions = 0;
};
// By file, whose name is empty for code of none, and offset in it: where a block of code begins.
using PlaceExecutionsTable = std::map<std::pair<std::string, std::uint64_t>, PlaceExecutions>;

struct EmulatedCounts {
  std::string guest;  // "aarch64"
  // Instructions executed, by kind (emulator/instruction_kinds.h). A kind that is not there was not
  // counted, which is not zero.
  std::map<std::string, long> counts;
  PlaceExecutionsTable places;  // empty: not asked for
  int programs = 0;             // a process that became another program is two
  // Processes that were killed before they could say what they had executed. QEMU 7.2 lets nobody
  // say so whom any signal ends; 10.0 does, except for SIGKILL.
  int lost = 0;
};

inline constexpr std::size_t kLongestCountsFile = std::size_t{64} << 20;

// One file. Throws UsageError: which key is wrong, and how.
EmulatedCounts parse_counts_file(std::string_view text);

// The sum over all processes of one run, which left their files in `folder`. Throws Failure naming
// the file at fault, or when there is none.
EmulatedCounts read_emulated_counts(const std::filesystem::path& folder);

struct FunctionCount {
  std::string file;
  std::string function;  // empty: the file has no symbol there
  double instructions = 0;
};

// By function, most instructions first. A file that cannot be read has no symbols.
std::vector<FunctionCount> count_functions(
    const std::map<std::pair<std::string, std::uint64_t>, double>& instructions_by_place);

}  // namespace pytune
