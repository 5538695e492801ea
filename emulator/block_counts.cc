#include "emulator/block_counts.h"

#include <cstdio>
#include <cstdlib>

namespace pytune::emulator {
namespace {

bool has_scoreboards() { return qemu_plugin_scoreboard_new != nullptr; }

// A count that is silently wrong would be worse.
[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "pytune's plugin: %s\n", why);
  std::abort();
}

}  // namespace

BlockCounts::BlockCounts(bool per_place) : per_place_(per_place) {
  if (!has_scoreboards()) add_vcpu(0);
}

void BlockCounts::add_vcpu(unsigned vcpu) {
  if (has_scoreboards()) return;
  if (vcpu >= kMostVcpus) give_up("more than 4096 threads at once");
  // Numbers are used again when their thread has ended.
  if (vcpus_[vcpu] == nullptr) vcpus_[vcpu] = new Vcpu;
  if (vcpu > 0) threads_ = true;
}

BlockCounts::Executions* BlockCounts::chunk_of(Vcpu& vcpu, std::size_t chunk) {
  Executions* executions = vcpu.chunks[chunk].load(std::memory_order_acquire);
  if (executions == nullptr) {
    executions = new Executions{};
    vcpu.chunks[chunk].store(executions, std::memory_order_release);
  }
  return executions;
}

// Only the vCPU's own thread gets here, so that nothing is lost between load and store.
void BlockCounts::on_block(unsigned vcpu, void* block) {
  const std::size_t number = static_cast<const Block*>(block)->number;
  std::atomic<std::uint64_t>& executions =
      (*chunk_of(*vcpus_[vcpu], number / kChunk))[number % kChunk];
  executions.store(executions.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void BlockCounts::count(qemu_plugin_tb* tb, Block block) {
  const std::size_t number = block.number = blocks_.size();
  const std::size_t chunk = number / kChunk;
  if (chunk >= kMostChunks) give_up("more than 8 million blocks in one translation cache");
  blocks_.push_back(block);
  if (has_scoreboards()) {
    if (chunk == scoreboards_.size())
      scoreboards_.push_back(qemu_plugin_scoreboard_new(kChunk * sizeof(std::uint64_t)));
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
        tb, QEMU_PLUGIN_INLINE_ADD_U64,
        {scoreboards_[chunk], number % kChunk * sizeof(std::uint64_t)}, 1);
  } else if (threads_) {
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, &blocks_.back());
  } else {
    qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
                                             &(*chunk_of(*vcpus_[0], chunk))[number % kChunk], 1);
  }
}

std::uint64_t BlockCounts::take_executions(std::size_t block) {
  std::uint64_t sum = 0;
  const std::size_t chunk = block / kChunk;
  if (has_scoreboards()) {
    for (int vcpu = 0; vcpu < qemu_plugin_num_vcpus(); ++vcpu) {
      auto* executions = static_cast<std::atomic<std::uint64_t>*>(
          qemu_plugin_scoreboard_find(scoreboards_[chunk], static_cast<unsigned>(vcpu)));
      sum += executions[block % kChunk].exchange(0, std::memory_order_relaxed);
    }
    return sum;
  }
  for (std::atomic<Vcpu*>& entry : vcpus_) {
    Vcpu* vcpu = entry;
    if (vcpu == nullptr) continue;
    Executions* executions = vcpu->chunks[chunk].load(std::memory_order_acquire);
    if (executions != nullptr)
      sum += (*executions)[block % kChunk].exchange(0, std::memory_order_relaxed);
  }
  return sum;
}

void BlockCounts::fold() {
  for (const Block& block : blocks_) {
    const std::uint64_t executions = take_executions(block.number);
    if (executions == 0) continue;
    const std::uint64_t instructions = executions * block.instructions;
    totals_.instructions += instructions;
    for (std::size_t kind = 0; kind < kKinds; ++kind)
      totals_.kinds[kind] += executions * block.kinds[kind];
    if (!per_place_) continue;
    PlaceCounts& counts = places_[{block.place.file, block.place.offset, block.instructions}];
    counts.executions += executions;
    counts.instructions += instructions;
  }
}

void BlockCounts::forget_blocks() {
  fold();
  blocks_.clear();
}

std::pair<Totals, PlaceTable> BlockCounts::take() {
  fold();
  return {std::exchange(totals_, {}), std::exchange(places_, {})};
}

}  // namespace pytune::emulator
