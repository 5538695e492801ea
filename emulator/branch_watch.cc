#include "emulator/branch_watch.h"

#include <utility>

namespace pytune::emulator {

void BranchWatch::watch(qemu_plugin_tb* tb, std::uint64_t start, std::uint64_t branch) {
  blocks_.push_back({start, branch});
  qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, &blocks_.back());
}

void BranchWatch::on_block(unsigned vcpu, void* block) {
  if (vcpu >= kMostVcpus) return;
  const auto& here = *static_cast<const WatchedBlock*>(block);
  Vcpu* state = vcpus_[vcpu].load(std::memory_order_relaxed);
  if (state == nullptr) {
    state = new Vcpu;
    vcpus_[vcpu].store(state, std::memory_order_release);
  }
  if (const std::uint64_t from = std::exchange(state->branch, here.branch); from != 0)
    state->predictors.branch(from, here.start);
}

PredictionCounts BranchWatch::take() {
  PredictionCounts all;
  for (const auto& slot : vcpus_) {
    Vcpu* state = slot.load(std::memory_order_acquire);
    if (state == nullptr) continue;
    const PredictionCounts& counts = state->predictors.counts();
    all.branches += counts.branches;
    all.last_target_misses += counts.last_target_misses;
    all.history_misses += counts.history_misses;
    state->predictors.forget_counts();
  }
  return all;
}

}  // namespace pytune::emulator
