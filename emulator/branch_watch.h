// Tells the predictors of each thread where its indirect branches go: the block that runs after one
// is where it went. Every block calls back, so that a program takes several times as long.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>

#include "emulator/branch_predictors.h"
#include "emulator/plugin_api.h"

namespace pytune::emulator {

class BranchWatch {
 public:
  // `branch`: the address of the block's last instruction if that is an indirect branch, else 0.
  // Not to be called by two threads at once, nor with what follows.
  void watch(qemu_plugin_tb* tb, std::uint64_t start, std::uint64_t branch);
  // Of all threads since the last call.
  PredictionCounts take();

 private:
  static constexpr std::size_t kMostVcpus = 4096;
  struct WatchedBlock {
    std::uint64_t start, branch;
  };
  struct Vcpu {
    std::uint64_t branch = 0;  // that ended the block before; 0: none
    BranchPredictors predictors;
  };

  static void on_block(unsigned vcpu, void* block);

  std::deque<WatchedBlock> blocks_;  // translations refer to them
  static inline std::array<std::atomic<Vcpu*>, kMostVcpus> vcpus_ = {};
};

}  // namespace pytune::emulator
