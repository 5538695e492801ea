// The part of QEMU's TCG plugin interface that is used here, as QEMU's documentation gives it
// (docs/devel/tcg-plugins): Debian's qemu-user comes without the header.
//
//   version 1   QEMU 4.2 to 8.2   inline additions to one place, which threads race for
//   version 2   QEMU 9.0          inline additions per virtual CPU, in scoreboards
//   version 3   QEMU 9.1          qemu_plugin_insn_data copies
//   version 4+  QEMU 9.2 to 10.2  nothing that is used here changes
//   version 7   QEMU 11.1         other arguments to all callbacks: not supported
//
// What not every version has is weak: null where the emulator that loads the plugin lacks it.
#pragma once

#include <cstddef>
#include <cstdint>

inline constexpr int kFirstPerVcpuVersion = 2;
inline constexpr int kFirstCopyingVersion = 3;
inline constexpr int kNewestKnownVersion = 6;

#define PYTUNE_EXPORTED __attribute__((visibility("default")))
#define PYTUNE_NOT_IN_EVERY_VERSION __attribute__((weak))

extern "C" {

using qemu_plugin_id_t = std::uint64_t;

struct qemu_info_t {
  const char* target_name;  // "aarch64"
  struct {
    int min;
    int cur;
  } version;
  bool system_emulation;
  struct {
    int smp_vcpus;
    int max_vcpus;
  } system;
};

// A translated block and one of its instructions: valid while the translation callback runs.
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;

struct qemu_plugin_u64 {
  qemu_plugin_scoreboard* score;
  std::size_t offset;  // in the element of a virtual CPU
};

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

using qemu_plugin_simple_cb_t = void (*)(qemu_plugin_id_t id);
using qemu_plugin_udata_cb_t = void (*)(qemu_plugin_id_t id, void* userdata);
using qemu_plugin_vcpu_simple_cb_t = void (*)(qemu_plugin_id_t id, unsigned vcpu);
using qemu_plugin_vcpu_udata_cb_t = void (*)(unsigned vcpu, void* userdata);
using qemu_plugin_vcpu_tb_trans_cb_t = void (*)(qemu_plugin_id_t id, qemu_plugin_tb* tb);
using qemu_plugin_vcpu_syscall_cb_t = void (*)(qemu_plugin_id_t id, unsigned vcpu,
                                               std::int64_t number, std::uint64_t, std::uint64_t,
                                               std::uint64_t, std::uint64_t, std::uint64_t,
                                               std::uint64_t, std::uint64_t, std::uint64_t);

// What a plugin gives: the version of the interface it was made for, and where it starts.
PYTUNE_EXPORTED extern int qemu_plugin_version;
PYTUNE_EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc,
                                        char** argv);

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_simple_cb_t callback);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           qemu_plugin_vcpu_tb_trans_cb_t callback);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t id,
                                          qemu_plugin_vcpu_syscall_cb_t callback);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_udata_cb_t callback,
                                    void* userdata);
// Every vCPU is stopped while this one runs, and no block translated before is run after it.
void qemu_plugin_register_flush_cb(qemu_plugin_id_t id, qemu_plugin_simple_cb_t callback);
void qemu_plugin_register_vcpu_tb_exec_cb(qemu_plugin_tb* tb, qemu_plugin_vcpu_udata_cb_t callback,
                                          qemu_plugin_cb_flags flags, void* userdata);

std::size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb* tb);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb* tb, std::size_t index);
std::size_t qemu_plugin_insn_size(const qemu_plugin_insn* insn);
std::uint64_t qemu_plugin_insn_vaddr(const qemu_plugin_insn* insn);
void* qemu_plugin_insn_haddr(const qemu_plugin_insn* insn);
// Versions 1 and 2 read the first argument only; later ones copy, and return the size.
const void* qemu_plugin_insn_data(const qemu_plugin_insn* insn, void* copy, std::size_t size);

// Version 1 only. Not atomic.
PYTUNE_NOT_IN_EVERY_VERSION void qemu_plugin_register_vcpu_tb_exec_inline(qemu_plugin_tb* tb,
                                                                          qemu_plugin_op operation,
                                                                          void* place,
                                                                          std::uint64_t addend);

// Versions 2 and later.
PYTUNE_NOT_IN_EVERY_VERSION qemu_plugin_scoreboard* qemu_plugin_scoreboard_new(
    std::size_t element_size);
PYTUNE_NOT_IN_EVERY_VERSION void* qemu_plugin_scoreboard_find(qemu_plugin_scoreboard* score,
                                                              unsigned vcpu);
PYTUNE_NOT_IN_EVERY_VERSION int qemu_plugin_num_vcpus();
PYTUNE_NOT_IN_EVERY_VERSION void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
    qemu_plugin_tb* tb, qemu_plugin_op operation, qemu_plugin_u64 entry, std::uint64_t addend);

}  // extern "C"
