#include "measure/block_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "input/json.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

constexpr int kBlockSchema = 1;
constexpr std::size_t kMostBlockEvents = 1000;
constexpr std::size_t kLongestBlockName = 100;

bool same_head(const Block& a, const Block& b) {
  return a.round == b.round && a.phase == b.phase && a.workload == b.workload &&
         a.hash_seed == b.hash_seed && a.padding_bytes == b.padding_bytes;
}

// A good sample has as many values as were asked for, and a block has each arm at its place.
bool fits(const Block& block, const BlockSpec& spec) {
  if (!same_head(block, spec.head) || block.samples.size() != spec.arms.size()) {
    return false;
  }
  return std::all_of(block.samples.begin(), block.samples.end(), [&](const Sample& sample) {
    const auto place = static_cast<std::size_t>(sample.position);
    return spec.arms.at(place) == sample.arm &&
           (!sample.error.empty() ||
            sample.wall_values.size() == static_cast<std::size_t>(spec.values));
  });
}

Block parse_block(const std::filesystem::path& path, const BlockSpec& spec) {
  const nlohmann::json document = parse_json(read_file(path));
  const JsonView root(document);
  root.at("schema").integer(kBlockSchema, kBlockSchema);
  const auto most = std::numeric_limits<long>::max();
  const bool same_worker = root.at("loops").integer(0, most) == spec.loops &&
                           root.at("warmups").integer(0, most) == spec.warmups &&
                           root.at("values").integer(0, most) == spec.values;
  std::vector<std::string> events;
  if (root.has("events"))
    for (const JsonView& event : root.at("events").elements(kMostBlockEvents))
      events.push_back(event.name(kLongestBlockName));
  const auto block = value_of<Block>(root.at("block"));
  if (!same_worker || events != spec.events || !fits(block, spec)) {
    throw UsageError("was measured with other settings or arms");
  }
  return block;
}

}  // namespace

std::filesystem::path block_path(const std::filesystem::path& directory, const Block& block) {
  return directory /
         fmt::format("{}-{:04}-{}.json", name_of(block.phase), block.round, block.workload);
}

void write_block(const std::filesystem::path& path, const BlockSpec& spec, const Block& block) {
  nlohmann::json document = {{"schema", kBlockSchema},
                             {"loops", spec.loops},
                             {"warmups", spec.warmups},
                             {"values", spec.values},
                             {"block", block}};
  if (!spec.events.empty()) document["events"] = spec.events;
  write_file_atomic(path, dump_json(document, 1) + "\n");
}

FoundBlock read_block(const std::filesystem::path& path, const BlockSpec& spec) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return {};
  }
  try {
    return {parse_block(path, spec), ""};
  } catch (const std::exception& problem) {
    return {std::nullopt, problem.what()};
  }
}

}  // namespace pytune
