#include "measure/complete_blocks.h"

#include <algorithm>
#include <iterator>

namespace pytune {
namespace {

bool counts(const Block& block, const std::vector<Arm>& arms) {
  const Sample* first = arms.empty() ? nullptr : good_sample(block, arms.front().id);
  return first != nullptr && std::all_of(arms.begin(), arms.end(), [&](const Arm& arm) {
           const Sample* sample = good_sample(block, arm.id);
           return sample != nullptr && sample->wall_values.size() == first->wall_values.size();
         });
}

}  // namespace

const Sample* good_sample(const Block& block, const std::string& arm) {
  const auto found =
      std::find_if(block.samples.begin(), block.samples.end(), [&](const Sample& sample) {
        return sample.arm == arm && sample.error.empty() && !sample.wall_values.empty();
      });
  return found == block.samples.end() ? nullptr : &*found;
}

std::vector<Arm> arms_with_samples(const Measurement& measurement) {
  std::vector<Arm> arms;
  std::copy_if(measurement.arms.begin(), measurement.arms.end(), std::back_inserter(arms),
               [&](const Arm& arm) {
                 return std::any_of(
                     measurement.blocks.begin(), measurement.blocks.end(),
                     [&](const Block& block) { return good_sample(block, arm.id) != nullptr; });
               });
  return arms;
}

BlocksOfWorkloads blocks_of_workloads(const Measurement& measurement) {
  BlocksOfWorkloads blocks;
  for (const Block& block : measurement.blocks) blocks[block.workload].push_back(&block);
  return blocks;
}

std::vector<const Block*> complete_blocks(const BlocksOfWorkloads& blocks,
                                          std::string_view workload, const std::vector<Arm>& arms) {
  std::vector<const Block*> complete;
  const auto own = blocks.find(workload);
  if (own == blocks.end()) return complete;
  std::copy_if(own->second.begin(), own->second.end(), std::back_inserter(complete),
               [&](const Block* block) { return counts(*block, arms); });
  return complete;
}

}  // namespace pytune
