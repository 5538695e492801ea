// How often each translated block has run, and what it is made of.
//
// A block costs one addition when it runs, whatever is counted of it: the executions are counted
// inline, and multiplied by what its instructions are when the counts are read.
//
//   version 1 of the plugin interface adds to one place, for which threads would race. QEMU throws
//   all translations away when the first thread is started (CF_PARALLEL, linux-user/syscall.c), so
//   those made from then on call back instead, with the number of their virtual CPU, and each of
//   these has a place of its own.
//   version 2 and later have a place for each virtual CPU from the start: a scoreboard.
//
// A block that a fault ends early counts as a whole.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "emulator/instruction_kinds.h"
#include "emulator/mappings.h"
#include "emulator/plugin_api.h"

namespace pytune::emulator {

struct Block {
  std::uint32_t instructions = 0;
  std::array<std::uint32_t, kKinds> kinds = {};  // instructions of each
  Place place;                                   // of its first
  std::size_t number = 0;                        // given when it is counted
};

struct Totals {
  std::uint64_t instructions = 0;
  std::array<std::uint64_t, kKinds> kinds = {};
};

struct PlaceCounts {
  std::uint64_t executions = 0;
  std::uint64_t instructions = 0;
};
// By file, offset and length in instructions: two blocks may begin at one place.
using PlaceTable = std::map<std::array<std::uint64_t, 3>, PlaceCounts>;

class BlockCounts {
 public:
  explicit BlockCounts(bool per_place);
  BlockCounts(const BlockCounts&) = delete;
  BlockCounts& operator=(const BlockCounts&) = delete;

  // A thread is there, or will be before any block is translated again.
  void add_vcpu(unsigned vcpu);
  // Counts `block` whenever `tb` runs. Not to be called by two threads at once, nor with what
  // follows.
  void count(qemu_plugin_tb* tb, Block block);
  // No block of before will run again.
  void forget_blocks();
  // What has been counted since the last call.
  std::pair<Totals, PlaceTable> take();

 private:
  static constexpr std::size_t kChunk = 1024;  // blocks
  static constexpr std::size_t kMostChunks = 8192;
  static constexpr std::size_t kMostVcpus = 4096;
  using Executions = std::array<std::atomic<std::uint64_t>, kChunk>;
  struct Vcpu {
    std::array<std::atomic<Executions*>, kMostChunks> chunks = {};
  };

  static void on_block(unsigned vcpu, void* block);
  static Executions* chunk_of(Vcpu& vcpu, std::size_t chunk);
  void fold();
  std::uint64_t take_executions(std::size_t block);

  bool per_place_;
  bool threads_ = false;
  std::deque<Block> blocks_;                          // translations refer to them
  std::vector<qemu_plugin_scoreboard*> scoreboards_;  // one for each chunk; version 2 on
  static inline std::array<std::atomic<Vcpu*>, kMostVcpus> vcpus_ = {};  // version 1
  Totals totals_;
  PlaceTable places_;
};

}  // namespace pytune::emulator
