#include "measure/complete_blocks.h"

#include <algorithm>

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

std::vector<const Block*> complete_blocks(const Measurement& measurement,
                                          const std::string& workload,
                                          const std::vector<Arm>& arms) {
  std::vector<const Block*> blocks;
  for (const Block& block : measurement.blocks)
    if (block.workload == workload && counts(block, arms)) blocks.push_back(&block);
  return blocks;
}

}  // namespace pytune
