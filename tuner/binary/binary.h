// What a program or shared library really is: how it was linked and hardened, what compiled it and
// how, and what its instructions need. From its bytes alone; it is never run.
//
// Any bytes may come: a damaged file is a Failure, and work and memory grow with the size of the
// file only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binary/image.h"
#include "binary/python_version.h"

namespace pytune {

enum class Relro { none, partial, full };

struct Linking {
  bool executable = false;            // a program, not a library: it names its interpreter (ld.so)
  bool position_independent = false;  // of a program: PIE
  Relro relro = Relro::none;          // full: the GOT is read-only before the program starts
  bool bind_now = false;
  bool executable_stack = false;
  bool text_relocations = false;
  bool writable_code = false;  // a segment that is loaded is both writable and executable
  std::string build_id;        // hex
  bool stripped = true;        // without .symtab
  bool debug_info = false;
  std::uint64_t segment_align = 0;  // the smallest of the loaded segments, bytes
  bool pages_64k = false;           // no two loaded segments share a page of 64 KiB
  std::vector<std::string> needed;
  std::vector<std::string> run_paths;
  Libc libc = Libc::none;
  std::string glibc;                          // "2.34": the newest version asked for; empty: none
  std::vector<std::string> glibc_beyond;      // needs of glibc that no release stands for
  std::vector<std::string> beyond_manylinux;  // of `needed`: not in manylinux2014's list, PEP 599
};

// Something found in the file that speaks for a property. An empty list is "no evidence", which is
// not "no".
using Traces = std::vector<std::string>;

struct Hardening {
  Traces stack_protector;             // none: no function of it calls __stack_chk_fail
  std::vector<std::string> declared;  // .note.gnu.property: "BTI", "PAC", "IBT", "SHSTK"
  std::string declared_isa;           // x86: the level the linker was told, "x86-64-v2"
  std::uint64_t functions = 0;        // of so many
  std::uint64_t landing_pads = 0;     // ... begin with BTI c, PACIASP or ENDBR64
  std::uint64_t signed_returns = 0;   // ... sign their return address (AArch64)
};

struct Compilation {
  std::vector<std::string> compilers;      // .comment: "GCC: (Debian 12.2.0-14) 12.2.0"
  std::vector<std::string> producers;      // DW_AT_producer of the first compilation units
  std::vector<std::string> command_lines;  // .GCC.command.line
  Traces lto;
  Traces pgo;
  Traces bolt;
};

// One feature beyond the baseline that instructions need.
struct FeatureUse {
  std::string feature;
  std::uint64_t instructions = 0;
  std::uint64_t dispatched = 0;  // of these, in functions that are there for one kind of processor
  std::vector<std::string> functions;  // the first ones; those not dispatched before the others
  std::uint64_t function_count = 0;
  std::string first_function;  // and the first instruction, outside dispatched functions if any
  std::uint64_t first_address = 0;
  std::string first_instruction;
};

struct Architecture {
  std::string minimum;          // without dispatched functions: "armv8-a", "x86-64-v2+aes"
  std::string minimum_version;  // the first version with all of it: "armv8.1-a"; empty: none
  std::string with_dispatched;  // with them: what it may make use of
  std::vector<FeatureUse> features;
  // Beyond the baseline, but between functions, where it may as well be data; not in `minimum`.
  std::uint64_t doubtful_instructions = 0;
};

struct Atomics {
  std::uint64_t outline_calls = 0;    // AArch64: calls of __aarch64_* helpers
  std::uint64_t outline_helpers = 0;  // functions
  std::uint64_t lse = 0;              // instructions outside these helpers
  std::uint64_t exclusive_loops = 0;  // store-exclusives outside these helpers
  std::uint64_t locked = 0;           // x86
};

struct Dispatch {
  std::string function;  // the evaluation loop: its name, or address
  bool by_name = false;  // else: the function with the most indirect jumps
  std::uint64_t indirect_jumps = 0;
  std::uint64_t bytes = 0;
  std::uint64_t tail_call_handlers = 0;  // functions named _TAIL_CALL_*
};

struct Code {
  std::uint64_t bytes = 0;
  std::uint64_t instructions = 0;
  std::uint64_t undecoded_bytes = 0;  // within functions: data, or newer than LLVM 19
  std::uint64_t functions = 0;
  std::uint64_t between_functions = 0;  // bytes, padding apart
  std::uint64_t split_functions = 0;    // jump into the middle of another: hot and cold parts
  // So many functions at the start of the code are mostly not aligned to 16 bytes, and those after
  // them mostly are; 0: there is no such border.
  std::uint64_t unaligned_first = 0;
  std::uint64_t framed_functions = 0;  // have a stack frame, and call others
  std::uint64_t frame_pointers = 0;    // of these, point the frame pointer at it
  Architecture architecture;
  Atomics atomics;
  Dispatch dispatch;
};

// A USDT probe, as SystemTap's header leaves it in .note.stapsdt.
struct Probe {
  std::string name;          // "python:function__entry"
  std::uint64_t places = 0;  // in the code
};

struct Binary {
  Machine machine = Machine::x86_64;
  std::uint64_t file_bytes = 0;
  // "3.13.5", or "3.13" where no text in it says more; empty: nothing in it says that it is a
  // Python.
  std::string python_version;
  VersionEvidence version_evidence;  // in the file; what lies beside it is not looked at
  std::string abi_flags;             // "t" of a free-threaded one, "d" of a debug build
  Linking linking;
  Hardening hardening;
  Compilation compilation;
  Code code;
  std::vector<Probe> probes;  // sorted by name
};

// Throws UsageError for what is no program or library of x86-64 or AArch64 and Failure for a
// damaged one, both beginning with `name`.
Binary inspect_binary(std::string_view bytes, const std::string& name);

// The parts, in the order they are found out.
Linking inspect_linking(const Image& image);
Code inspect_code(const Image& image, Hardening& hardening);
void inspect_properties(const Image& image, Hardening& hardening);
std::vector<Probe> inspect_probes(const Image& image);
Compilation inspect_compilation(const Image& image, const Code& code);

const char* machine_name(Machine machine);  // "x86_64", "aarch64"
const char* relro_name(Relro relro);        // "none", "partial", "full"

}  // namespace pytune
