// QEMU's user-mode emulators: found, asked what they can, and given their words.
//
// An emulator runs one program of another architecture. Together with pytune's plugin (emulator/)
// it also runs what that program executes, and counts.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sys/process.h"

namespace pytune {

struct Emulator {
  std::string architecture;       // of its guests: "aarch64", "x86_64"
  std::string path;               // absolute
  std::string version;            // "7.2.22"
  std::vector<std::string> cpus;  // the models it knows, as -cpu takes them
  std::string sha256;             // counts may differ between emulators: a part of keys
};

// qemu-ARCHITECTURE, else qemu-ARCHITECTURE-static, on PATH. Throws Failure with what to install;
// UsageError for an architecture that the plugin does not know.
Emulator find_emulator(ProcessRunner& runner, const std::string& architecture);

// Tries to load the plugin. Throws Failure with a remedy: an emulator that is linked statically, as
// Debian 13's all are, takes none.
void require_plugin(ProcessRunner& runner, const Emulator& emulator,
                    const std::filesystem::path& plugin);

// Words that start a program so that the plugin ends it at once, with status 0, and `file` made
// such a program: for trying whether the emulator knows a CPU.
std::vector<std::string> trial_words(const Emulator& emulator, const std::filesystem::path& plugin,
                                     const std::filesystem::path& file);

struct Emulation {
  // The guest's files are looked for here first; empty: the machine's own.
  std::filesystem::path sysroot = {};
  // One of Emulator::cpus, properties after a comma ("max,sve=off"); empty: the emulator's own
  // choice.
  std::string cpu = {};
  std::filesystem::path plugin = {};  // empty: none, and what is executed has to be of this machine
  // Each process leaves its counts there (emulator/counts_file.h), a folder that exists; empty:
  // nothing is counted.
  std::filesystem::path counts = {};
  bool functions = false;  // of each block of code, too
  // LD_LIBRARY_PATH and the like, which the emulator's own loader must not see. No value with a
  // comma: QEMU ends it there.
  std::map<std::string, std::string> loader_environment = {};
};

// A machine that an emulator pretends to be: what it takes to run its programs.
struct EmulatedMachine {
  Emulator emulator;
  std::string cpu;               // Emulation::cpu
  std::filesystem::path plugin;  // Emulation::plugin
};
// Running a program of this machine's whose system is in `root`, uncounted.
Emulation emulation_in(const EmulatedMachine& machine, const std::filesystem::path& root);

// The words before a program of the guest's. Throws UsageError for a CPU model that the emulator
// does not know, with the nearest it does, and for a value that cannot be passed on.
std::vector<std::string> emulator_words(const Emulator& emulator, const Emulation& emulation);

// The models of `-cpu help`.
std::vector<std::string> parse_cpu_models(const std::string& text);

}  // namespace pytune
