// A plugin for QEMU's user-mode emulation: counts what a program and its children execute, and
// lets them execute other programs of the guest's.
//
//   qemu-aarch64 -plugin libpytune_counts.so,out=FOLDER[,functions=on] PROGRAM
//   qemu-aarch64 -plugin libpytune_counts.so PROGRAM
//
//   out=FOLDER     count, and leave a file for each process there (counts_file.h); without it only
//                  exec is followed (follow_exec.h)
//   functions=on   say for each block of code how often it ran, too
//   predict=on     say how often models of branch predictors are wrong, too; several times as slow
//   check=on       end with status 0 before anything runs: this emulator takes the plugin
#include <endian.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/block_counts.h"
#include "emulator/branch_watch.h"
#include "emulator/counts_file.h"
#include "emulator/follow_exec.h"
#include "emulator/guest_memory.h"
#include "emulator/instruction_kinds.h"
#include "emulator/mappings.h"
#include "emulator/plugin_api.h"
#include "emulator/program_file.h"

// QEMU compares this with what it supports before anything else of the plugin runs, but the loader
// has run this initialiser by then.
int qemu_plugin_version = qemu_plugin_scoreboard_new == nullptr ? 1 : kFirstPerVcpuVersion;

namespace pytune::emulator {
namespace {

constexpr std::size_t kLongestInstruction = 16;  // x86: 15 (SDM vol. 2, 2.3.11)

struct Options {
  std::string out;  // empty: nothing is counted
  bool functions = false;
  bool predict = false;
  bool check = false;
};

struct Counting {
  Counting(const Options& options, const Guest& guest)
      : functions(options.functions),
        is_aarch64(guest.name == "aarch64"),
        predict(options.predict),
        blocks(options.functions),
        file(options.out, guest.name, is_aarch64 ? kAarch64Kinds : kX86_64Kinds) {}

  const bool functions;
  const bool is_aarch64;
  const bool predict;
  std::mutex mutex;  // guards all of what follows
  BlockCounts blocks;
  BranchWatch branches;
  Mappings mappings;
  CountsFile file;
};

// Until the process ends, for QEMU may call back as long as it exists.
struct Plugin {
  Guest guest;
  ExecFollower follower;
  bool insn_data_copies;
  std::unique_ptr<Counting> counting;  // null: nothing is counted
};
Plugin* plugin;

KindMask kinds_of(const qemu_plugin_insn* instruction) {
  std::uint8_t bytes[kLongestInstruction] = {};
  const std::size_t size = std::min(qemu_plugin_insn_size(instruction), sizeof bytes);
  const void* data = qemu_plugin_insn_data(instruction, bytes, size);
  if (!plugin->insn_data_copies) std::memcpy(bytes, data, size);
  if (!plugin->counting->is_aarch64) return x86_64_kinds(bytes, size);
  std::uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return aarch64_kinds(le32toh(word));
}

void on_translation(qemu_plugin_id_t, qemu_plugin_tb* tb) {
  const std::size_t size = qemu_plugin_tb_n_insns(tb);
  if (size == 0) return;
  const qemu_plugin_insn* first = qemu_plugin_tb_get_insn(tb, 0);
  const auto address = reinterpret_cast<std::uintptr_t>(qemu_plugin_insn_haddr(first));
  set_guest_base(address - qemu_plugin_insn_vaddr(first));
  if (!plugin->counting) return;
  Block block;
  block.instructions = static_cast<std::uint32_t>(size);
  KindMask kinds = 0;  // of the last
  for (std::size_t i = 0; i < size; ++i) {
    kinds = kinds_of(qemu_plugin_tb_get_insn(tb, i));
    for (std::size_t kind = 0; kind < kKinds; ++kind) block.kinds[kind] += (kinds >> kind) & 1U;
  }
  Counting& counting = *plugin->counting;
  const std::lock_guard lock(counting.mutex);
  if (counting.functions) block.place = counting.mappings.find(address);
  counting.blocks.count(tb, block);
  if (!counting.predict) return;
  const bool indirect = (kinds & mask_of(kIndirectBranches)) != 0;
  const std::uint64_t last = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, size - 1));
  counting.branches.watch(tb, qemu_plugin_insn_vaddr(first), indirect ? last : 0);
}

void on_new_vcpu(qemu_plugin_id_t, unsigned vcpu) {
  const std::lock_guard lock(plugin->counting->mutex);
  plugin->counting->blocks.add_vcpu(vcpu);
}

void on_flush(qemu_plugin_id_t) {
  const std::lock_guard lock(plugin->counting->mutex);
  plugin->counting->blocks.forget_blocks();
}

void write_counts(const char* ended) {
  Counting& counting = *plugin->counting;
  const std::lock_guard lock(counting.mutex);
  const auto [totals, places] = counting.blocks.take();
  const std::vector<std::string> files =
      counting.functions ? counting.mappings.files() : std::vector<std::string>();
  const std::optional<PredictionCounts> predictions =
      counting.predict ? std::optional(counting.branches.take()) : std::nullopt;
  if (!counting.file.write({plugin->follower.program(), ended, totals, places, files, predictions}))
    std::fprintf(stderr, "pytune's plugin: cannot write its counts\n");
}

void on_exit(qemu_plugin_id_t, void*) { write_counts("exit"); }

void before_exec() {
  if (plugin->counting) write_counts("exec");
}

// NOLINTNEXTLINE(readability-function-size): its list is QEMU's.
void on_system_call(qemu_plugin_id_t, unsigned, std::int64_t number, std::uint64_t a1,
                    std::uint64_t a2, std::uint64_t a3, std::uint64_t a4, std::uint64_t a5,
                    std::uint64_t, std::uint64_t, std::uint64_t) {
  const Guest& guest = plugin->guest;
  if (number == guest.execve_number) {
    plugin->follower.follow({AT_FDCWD, a1, a2, a3, 0}, before_exec);
  } else if (number == guest.execveat_number) {
    plugin->follower.follow({static_cast<int>(a1), a2, a3, a4, static_cast<int>(a5)}, before_exec);
  } else if (number == guest.mmap_number && (a3 & PROT_EXEC) != 0 && plugin->counting) {
    const std::lock_guard lock(plugin->counting->mutex);
    plugin->counting->mappings.forget();
  }
}

// Around the emulator's own fork(), which is the guest's fork(), vfork() and posix_spawn().
void before_fork() { plugin->counting->mutex.lock(); }
void after_fork_in_parent() { plugin->counting->mutex.unlock(); }
void after_fork_in_child() {
  plugin->counting->blocks.take();  // they are the parent's
  plugin->counting->branches.take();
  plugin->counting->file.begin();
  plugin->counting->mutex.unlock();
}

// Nothing, and said why, when they are not understood.
std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 0; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option.starts_with("out=") && option.size() > 4) {
      options.out = option.substr(4);
    } else if (option == "functions=on" || option == "functions=off") {
      options.functions = option.ends_with("on");
    } else if (option == "predict=on" || option == "predict=off") {
      options.predict = option.ends_with("on");
    } else if (option == "check=on") {
      options.check = true;
    } else {
      std::fprintf(stderr, "pytune's plugin: unknown option '%s'\n", argv[i]);
      return std::nullopt;
    }
  }
  if ((options.functions || options.predict) && options.out.empty()) {
    std::fprintf(stderr, "pytune's plugin: %s=on needs out=FOLDER\n",
                 options.functions ? "functions" : "predict");
    return std::nullopt;
  }
  return options;
}

bool start_counting(qemu_plugin_id_t id, const Options& options) {
  plugin->counting = std::make_unique<Counting>(options, plugin->guest);
  if (!plugin->counting->file.begin()) {
    std::fprintf(stderr, "pytune's plugin: cannot write to the folder %s: %s\n",
                 options.out.c_str(), std::strerror(errno));
    return false;
  }
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  if (qemu_plugin_scoreboard_new == nullptr) qemu_plugin_register_vcpu_init_cb(id, on_new_vcpu);
  qemu_plugin_register_flush_cb(id, on_flush);
  qemu_plugin_register_atexit_cb(id, on_exit, nullptr);
  return true;
}

bool start(qemu_plugin_id_t id, const qemu_info_t& info, int argc, char** argv) {
  if (info.version.cur > kNewestKnownVersion) {
    std::fprintf(
        stderr,
        "pytune's plugin: this QEMU's plugin interface is version %d, and %d is the newest "
        "one that is known; use QEMU 10.2 or older\n",
        info.version.cur, kNewestKnownVersion);
    return false;
  }
  const auto guest = find_guest(info.target_name);
  if (!guest || info.system_emulation) {
    std::fprintf(stderr, "pytune's plugin: works with qemu-aarch64 and qemu-x86_64 only, not %s\n",
                 info.target_name);
    return false;
  }
  const auto options = parse_options(argc, argv);
  if (!options) return false;
  if (options->check) _exit(0);
  plugin = new Plugin{*guest, ExecFollower(*guest), info.version.cur >= kFirstCopyingVersion, {}};
  if (!options->out.empty() && !start_counting(id, *options)) return false;
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_vcpu_syscall_cb(id, on_system_call);
  return true;
}

}  // namespace
}  // namespace pytune::emulator

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv) {
  try {
    return pytune::emulator::start(id, *info, argc, argv) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pytune's plugin: %s\n", error.what());
    return 1;
  }
}
