// One block on disk: directory/<phase>-RRRR-<workload>.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "measure/sample.h"

namespace pytune {

// All that must agree for a block on disk to be the block that would be measured now.
struct BlockSpec {
  Block head;                     // round, phase, workload, hash seed, padding; no samples
  std::vector<std::string> arms;  // ids in the order of the block
  long loops = 0;
  int warmups = 0;
  int values = 0;
  std::vector<std::string> events = {};  // counted; none where times are measured
};

std::filesystem::path block_path(const std::filesystem::path& directory, const Block& block);

void write_block(const std::filesystem::path& path, const BlockSpec& spec, const Block& block);

struct FoundBlock {
  std::optional<Block> block;
  std::string
      problem;  // why a file that exists is of no use; empty when there is none or it is fine
};

FoundBlock read_block(const std::filesystem::path& path, const BlockSpec& spec);

}  // namespace pytune
