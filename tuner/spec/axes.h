// The axes of a sweep, in one file because they are one table. Each axis is a type: its values, its
// default, and a table from value to flags per compiler family. Adding an axis is adding its struct
// and naming it in `Axes`; parsing, canonical form, help, flags, contributions follow.
//
// Where a row's words go: `compile` to every C file (CFLAGS_NODIST), `on_x86_64` and `on_aarch64`
// too where the compiler generates code for that, `link` to every link (LDFLAGS_NODIST),
// `executable` to the link of executables only (LINKCC), `configure` to ./configure, of which a
// word ends where " --" follows, `make` to make. `impossible` says why that compiler family cannot
// do it; the point is then dropped with this reason. `environment` is no part of a build: it is
// measured with these variables, which a recommendation says as lines to export.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tuple>

namespace pytune {

enum class CompilerFamily { gcc, clang };
constexpr std::string_view to_string(CompilerFamily f) {
  return f == CompilerFamily::gcc ? "gcc" : "clang";
}

struct FlagRow {
  std::string_view compile{};
  std::string_view link{};
  std::string_view executable{};
  std::string_view configure{};
  std::string_view make{};  // one variable for make
  std::string_view impossible{};
  std::string_view on_x86_64{};
  std::string_view on_aarch64{};
};

template <class V>
struct Choice {
  V value;
  std::string_view name;
  FlagRow gcc;
  FlagRow clang;
  std::string_view environment{};  // NAME=VALUE, parted by blanks
  std::string_view abi_flags{};    // sys.abiflags, which stand in the names of installed files
};

// Open axes (any string): the compiler, the CPU, patches, extra flags. The rest are closed: an enum
// and a table.

struct Compiler {
  using Value = std::string;  // "gcc", "gcc-12", "clang-19", "debian:13/gcc-14", or a path
  static constexpr std::string_view name = "compiler";
  static constexpr std::string_view summary =
      "C compiler: gcc, gcc-N, clang, clang-N, a path, gcc-*/clang-* for all found, or "
      "debian:RELEASE/gcc-N for another release's";
  static Value initial() { return "gcc"; }
};

struct OptLevel {
  enum class Value { O1, O2, O3, Os };
  static constexpr std::string_view name = "opt";
  static constexpr std::string_view summary = "optimization level";
  static constexpr std::array<Choice<Value>, 4> choices{{
      {Value::O1, "O1", {.compile = "-O1"}, {.compile = "-O1"}},
      {Value::O2, "O2", {.compile = "-O2"}, {.compile = "-O2"}},
      {Value::O3, "O3", {.compile = "-O3"}, {.compile = "-O3"}},
      {Value::Os, "Os", {.compile = "-Os"}, {.compile = "-Os"}},
  }};
  static Value initial() { return Value::O3; }
};

struct Cpu {
  using Value =
      std::string;  // "generic", "native", a CPU or architecture name, optionally "NAME,tune=NAME"
  static constexpr std::string_view name = "cpu";
  static constexpr std::string_view summary =
      "CPU target: generic, native, or a name LLVM knows (-mcpu on Arm, -march on x86-64); "
      "\",tune=NAME\" may follow";
  static Value initial() { return "generic"; }
};

struct Pgo {
  enum class Value { none, upstream, training, both };
  static constexpr std::string_view name = "pgo";
  static constexpr std::string_view summary =
      "profile-guided optimization: none, CPython's own task, pytune's training programs, or both";
  // The profile flags depend on the build stage and are in build/; the rows are empty on purpose.
  static constexpr std::array<Choice<Value>, 4> choices{{
      {Value::none, "none", {}, {}},
      {Value::upstream, "upstream", {}, {}},
      {Value::training, "training", {}, {}},
      {Value::both, "both", {}, {}},
  }};
  static Value initial() { return Value::none; }
};

struct PgoKind {
  enum class Value { front_end, ir, csir };
  static constexpr std::string_view name = "pgo_kind";
  static constexpr std::string_view summary =
      "where clang counts: in the source's control flow (front-end), in its intermediate code "
      "(ir), "
      "or there again after inlining, by a second training (csir)";
  static constexpr bool later = true;  // see BytecodeDispatch
  static constexpr FlagRow kOfClang{
      .impossible = "gcc has one kind of profile; leave pgo_kind out, or use a clang"};
  static constexpr std::array<Choice<Value>, 3> choices{{
      {Value::front_end, "front-end", {}, {}},
      {Value::ir, "ir", kOfClang, {}},
      {Value::csir, "csir", kOfClang, {}},
  }};
  static Value initial() { return Value::front_end; }
};

struct Lto {
  enum class Value { none, thin, full };
  static constexpr std::string_view name = "lto";
  static constexpr std::string_view summary = "link-time optimization";
  // gcc: partitioned (-flto=auto), not -flto-partition=none as configure's --with-lto has it: four
  // times the link time for nothing measurable (shared experience of distributors). Slim objects:
  // fat ones compile everything twice.
  static constexpr std::array<Choice<Value>, 3> choices{{
      {Value::none, "none", {}, {}},
      {Value::thin,
       "thin",
       {.impossible = "gcc has no ThinLTO; use lto=full or a clang"},
       {.compile = "-flto=thin", .link = "-flto=thin"}},
      {Value::full,
       "full",
       {.compile = "-flto=auto -fno-fat-lto-objects", .link = "-flto=auto -fuse-linker-plugin"},
       {.compile = "-flto=full", .link = "-flto=full"}},
  }};
  static Value initial() { return Value::none; }
};

struct Pie {
  enum class Value { pie, no_pie };
  static constexpr std::string_view name = "pie";
  static constexpr std::string_view summary = "position-independent executable";
  // -pie must reach executables only (with -shared it would clash), and all of them: the helpers
  // that the build itself runs are linked from the same objects.
  static constexpr std::array<Choice<Value>, 2> choices{{
      {Value::pie,
       "pie",
       {.compile = "-fPIE", .executable = "-pie"},
       {.compile = "-fPIE", .executable = "-pie"}},
      {Value::no_pie,
       "no-pie",
       {.compile = "-fno-pie", .executable = "-no-pie"},
       {.compile = "-fno-pie", .executable = "-no-pie"}},
  }};
  static Value initial() { return Value::pie; }
};

struct Libpython {
  enum class Value { static_, shared, both };
  static constexpr std::string_view name = "libpython";
  static constexpr std::string_view summary =
      "interpreter linked statically into the executable, in a shared libpython, or both: in the "
      "executable, with a shared libpython beside it for programs that embed it";
  static constexpr FlagRow kBoth{.configure = "--enable-shared",
                                 .make = "LINK_PYTHON_OBJS=$(LIBRARY_OBJS)"};
  static constexpr std::array<Choice<Value>, 3> choices{{
      {Value::static_,
       "static",
       {.configure = "--disable-shared"},
       {.configure = "--disable-shared"}},
      {Value::shared, "shared", {.configure = "--enable-shared"}, {.configure = "--enable-shared"}},
      // 3.15 has an option for it (--enable-static-libpython-for-interpreter), which sets this
      // variable of the Makefile; setting it does the same in every version.
      {Value::both, "both", kBoth, kBoth},
  }};
  static Value initial() { return Value::static_; }
};

struct Interposition {
  enum class Value { on, off };
  static constexpr std::string_view name = "interposition";
  static constexpr std::string_view summary =
      "semantic interposition of libpython's functions (off lets the compiler inline them)";
  static constexpr std::array<Choice<Value>, 2> choices{{
      {Value::on,
       "on",
       {.compile = "-fsemantic-interposition", .link = "-fsemantic-interposition"},
       {.compile = "-fsemantic-interposition", .link = "-fsemantic-interposition"}},
      {Value::off,
       "off",
       {.compile = "-fno-semantic-interposition", .link = "-fno-semantic-interposition"},
       {.compile = "-fno-semantic-interposition", .link = "-fno-semantic-interposition"}},
  }};
  static Value initial() { return Value::on; }
};

struct Linker {
  enum class Value { standard, bfd, gold, lld, mold };
  static constexpr std::string_view name = "linker";
  static constexpr std::string_view summary =
      "linker; default is the compiler's own choice (lld for clang LTO)";
  static constexpr std::array<Choice<Value>, 5> choices{{
      {Value::standard, "default", {}, {}},
      {Value::bfd, "bfd", {.link = "-fuse-ld=bfd"}, {.link = "-fuse-ld=bfd"}},
      {Value::gold, "gold", {.link = "-fuse-ld=gold"}, {.link = "-fuse-ld=gold"}},
      {Value::lld, "lld", {.link = "-fuse-ld=lld"}, {.link = "-fuse-ld=lld"}},
      {Value::mold, "mold", {.link = "-fuse-ld=mold"}, {.link = "-fuse-ld=mold"}},
  }};
  static Value initial() { return Value::standard; }
};

struct FramePointers {
  enum class Value { omit, keep, reserve };
  static constexpr std::string_view name = "frame_pointers";
  static constexpr std::string_view summary =
      "frame pointers: omit for speed, keep for profilers, or keep but in the bytecode handlers, "
      "which leave their caller's alone (reserve; CPython 3.14 and later, clang 21 and later)";
  static constexpr std::array<Choice<Value>, 3> choices{{
      {Value::omit,
       "omit",
       {.compile = "-fomit-frame-pointer"},
       {.compile = "-fomit-frame-pointer"}},
      {Value::keep,
       "keep",
       {.compile = "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer"},
       {.compile = "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer"}},
      // https://github.com/python/cpython/issues/154124
      {Value::reserve,
       "reserve",
       {.impossible = "gcc has no -mreserve-frame-pointer-reg; use a clang of 21 or later"},
       {.compile = "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer",
        .configure = "CFLAGS_CEVAL=-fomit-frame-pointer -momit-leaf-frame-pointer "
                     "-mreserve-frame-pointer-reg"}},
  }};
  static Value initial() { return Value::omit; }
};

struct BytecodeDispatch {
  enum class Value { goto_, tail_call, switch_ };
  static constexpr std::string_view name = "dispatch";
  static constexpr std::string_view summary =
      "how the interpreter gets to the next bytecode: computed goto, a call that is a jump "
      "(CPython 3.14 and later), or one switch";
  // Came after results were kept: unsaid at its default, so that their keys hold.
  static constexpr bool later = true;
  static constexpr std::array<Choice<Value>, 3> choices{{
      {Value::goto_, "goto", {}, {}},
      {Value::tail_call,
       "tail-call",
       {.configure = "--with-tail-call-interp"},
       {.configure = "--with-tail-call-interp"}},
      {Value::switch_,
       "switch",
       {.configure = "--without-computed-gotos"},
       {.configure = "--without-computed-gotos"}},
  }};
  static Value initial() { return Value::goto_; }
};

struct ModuleLinkage {
  enum class Value { shared, static_ };
  static constexpr std::string_view name = "modules";
  static constexpr std::string_view summary =
      "the standard library's C modules: files of their own, or inside the interpreter, where LTO "
      "and PGO see them";
  static constexpr bool later = true;
  static constexpr FlagRow kStatic{.configure = "MODULE_BUILDTYPE=static"};
  static constexpr std::array<Choice<Value>, 2> choices{{
      {Value::shared, "shared", {}, {}},
      {Value::static_, "static", kStatic, kStatic},
  }};
  static Value initial() { return Value::shared; }
};

struct HardeningFlags {
  enum class Value { none, debian, fedora, pbs };
  static constexpr std::string_view name = "hardening";
  static constexpr std::string_view summary =
      "protection by the compiler: none, or what Debian, Fedora or python-build-standalone (pbs) "
      "compile Python with";
  static constexpr bool later = true;
  // dpkg-buildflags(1) of dpkg 1.22, "hardening" and "branch", without what only warns.
  static constexpr FlagRow kDebian{
      .compile =
          "-fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE "
          "-D_FORTIFY_SOURCE=2",
      .link = "-Wl,-z,relro",
      .on_x86_64 = "-fcf-protection",
      .on_aarch64 = "-mbranch-protection=standard"};
  // redhat-rpm-config of Fedora 44, buildflags.md. PIE is an axis of its own.
  static constexpr FlagRow kFedora{
      .compile =
          "-fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE "
          "-D_FORTIFY_SOURCE=3",
      .link = "-Wl,-z,relro,-z,now",
      .on_x86_64 = "-fcf-protection",
      .on_aarch64 = "-mbranch-protection=standard"};
  // python-build-standalone, commit 47041064 (2026-07): chosen by measuring.
  static constexpr FlagRow kPbs{
      .compile = "-fstack-protector -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2",
      .link = "-Wl,-z,relro,-z,now"};
  static constexpr std::array<Choice<Value>, 4> choices{{
      {Value::none, "none", {}, {}},
      {Value::debian, "debian", kDebian, kDebian},
      {Value::fedora, "fedora", kFedora, kFedora},
      {Value::pbs, "pbs", kPbs, kPbs},
  }};
  static Value initial() { return Value::none; }
};

struct AtomicInstructions {
  enum class Value { standard, outline, lse };
  static constexpr std::string_view name = "atomics";
  static constexpr std::string_view summary =
      "on AArch64: the compiler's choice, a call that asks the CPU (outline), or ARMv8.1's "
      "instructions in place (lse)";
  static constexpr bool later = true;
  static constexpr FlagRow kOutline{.compile = "-moutline-atomics"};
  static constexpr FlagRow kLse{.compile = "-mno-outline-atomics"};
  static constexpr std::array<Choice<Value>, 3> choices{{
      {Value::standard, "default", {}, {}},
      {Value::outline, "outline", kOutline, kOutline},
      {Value::lse, "lse", kLse, kLse},
  }};
  static Value initial() { return Value::standard; }
};

struct HugePages {
  enum class Value { standard, text, arenas, both };
  static constexpr std::string_view name = "pages";
  static constexpr std::string_view summary =
      "huge pages: none asked for, 2 MiB pages for the interpreter's code (2M; a kernel with huge "
      "pages of files maps them as such), for the objects that pymalloc allocates (pymalloc; "
      "CPython 3.15 and later), or for both (2M+pymalloc)";
  static constexpr bool later = true;
  static constexpr std::string_view on_2m =
      "-Wl,-z,max-page-size=0x200000,-z,common-page-size=0x200000";
  // The option alone makes arenas of 2 MiB; the variable has them taken from the kernel's pool.
  static constexpr std::string_view arenas = "--with-pymalloc-hugepages";
  static constexpr std::string_view switched_on = "PYTHON_PYMALLOC_HUGEPAGES=1";
  static constexpr FlagRow kText{.link = on_2m};
  static constexpr FlagRow kArenas{.configure = arenas};
  static constexpr FlagRow kBoth{.link = on_2m, .configure = arenas};
  static constexpr std::array<Choice<Value>, 4> choices{{
      {Value::standard, "default", {}, {}},
      {Value::text, "2M", kText, kText},
      {Value::arenas, "pymalloc", kArenas, kArenas, switched_on},
      {Value::both, "2M+pymalloc", kBoth, kBoth, switched_on},
  }};
  static Value initial() { return Value::standard; }
};

struct Usdt {
  enum class Value { off, on };
  static constexpr std::string_view name = "usdt";
  static constexpr std::string_view summary =
      "probes for bpftrace, SystemTap and perf in the interpreter (--with-dtrace)";
  static constexpr bool later = true;
  static constexpr FlagRow kOn{.configure = "--with-dtrace"};
  static constexpr std::array<Choice<Value>, 2> choices{{
      {Value::off, "off", {}, {}},
      {Value::on, "on", kOn, kOn},
  }};
  static Value initial() { return Value::off; }
};

struct Gil {
  enum class Value { on, off };
  static constexpr std::string_view name = "gil";
  static constexpr std::string_view summary =
      "the global interpreter lock: off builds the free-threaded interpreter (CPython 3.13 and "
      "later)";
  static constexpr bool later = true;
  static constexpr std::array<Choice<Value>, 2> choices{{
      {Value::on, "on", {}, {}},
      {.value = Value::off,
       .name = "off",
       .gcc = {.configure = "--disable-gil"},
       .clang = {.configure = "--disable-gil"},
       .abi_flags = "t"},
  }};
  static Value initial() { return Value::on; }
};

struct Jit {
  enum class Value { none, off, on };
  static constexpr std::string_view name = "jit";
  static constexpr std::string_view summary =
      "CPython's JIT compiler: not built in, or built in and switched off or on when it is run";
  static constexpr bool later = true;
  static constexpr std::string_view built = "--enable-experimental-jit=yes-off";
  // off and on are one build, trained once.
  static constexpr std::array<Choice<Value>, 3> choices{{
      {Value::none, "none", {}, {}},
      {Value::off, "off", {.configure = built}, {.configure = built}, "PYTHON_JIT=0"},
      {Value::on, "on", {.configure = built}, {.configure = built}, "PYTHON_JIT=1"},
  }};
  static Value initial() { return Value::none; }
};

struct Runtime {
  using Value = std::string;  // "none", a name of kRuntimes (environment.h), or NAME=VALUE words
  static constexpr std::string_view name = "runtime";
  static constexpr std::string_view summary =
      "what one build is run with: none, malloc, thp, hugepages, jemalloc, mimalloc, mimalloc3, "
      "tcmalloc, or NAME=VALUE words of the environment";
  static constexpr bool later = true;
  static Value initial() { return "none"; }
};

struct Bolt {
  enum class Value { off, on };
  static constexpr std::string_view name = "bolt";
  static constexpr std::string_view summary =
      "post-link layout by llvm-bolt, trained on pytune's training programs";
  // BOLT moves whole functions, for which it needs the relocations kept and gcc's hot/cold
  // splitting off.
  static constexpr std::array<Choice<Value>, 2> choices{{
      {Value::off, "off", {}, {}},
      {Value::on,
       "on",
       {.compile = "-fno-reorder-blocks-and-partition", .link = "-Wl,--emit-relocs"},
       {.link = "-Wl,--emit-relocs"}},
  }};
  static Value initial() { return Value::off; }
};

struct Patches {
  using Value = std::string;  // "none", "series", or the name of one patch
  static constexpr std::string_view name = "patches";
  static constexpr std::string_view summary =
      "interpreter patches: none, series (all for the version), or the name of one";
  static Value initial() { return "none"; }
};

struct ExtraCflags {
  using Value = std::string;  // words separated by single spaces
  static constexpr std::string_view name = "cflags";
  static constexpr std::string_view summary = "extra compiler flags, words separated by spaces";
  static Value initial() { return ""; }
};

using Axes =
    std::tuple<Compiler, OptLevel, Cpu, Pgo, PgoKind, Lto, Pie, Libpython, Interposition, Linker,
               FramePointers, BytecodeDispatch, ModuleLinkage, HardeningFlags, AtomicInstructions,
               HugePages, Usdt, Gil, Jit, Runtime, Bolt, Patches, ExtraCflags>;

template <class Axis>
concept ClosedAxis = requires { Axis::choices; };
template <class Axis>
concept LaterAxis = requires { Axis::later; };

// Calls f(Axis{}) for every axis, in order.
template <class F>
constexpr void for_each_axis(F&& f) {
  std::apply([&](auto... axis) { (f(axis), ...); }, Axes{});
}

}  // namespace pytune
