// A build: one configuration made real. The record of every command, version, hash and time behind
// an install prefix.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "input/record.h"
#include "spec/configuration.h"

namespace pytune {

// One command that was run, pastable: `cd DIRECTORY && ENV... COMMAND`.
struct RecordedCommand {
  std::string stage;      // "configure", "instrument", "train", "compile", "bolt", "install"
  std::string directory;  // with the slot's path replaced by $WORK and the source tree's by $SOURCE
  std::string
      line;  // shell-quoted argv with its environment assignments in front, same replacements
  double seconds = 0;
};

struct RecordedTool {
  std::string name;  // "gcc-12"
  std::string path;
  std::string version;  // "12.2.0 (Debian 12.2.0-14+deb12u1)"
  std::string sha256;  // of the program that does the work (cc1, not the driver, is hashed with it)
};

// Why a configuration has no build.
struct BuildFailure {
  std::string stage;
  std::string failure_class;  // "compiler-crash", "missing-header", "hang", "disk-full",
                              // "tool-vanished", "out-of-memory", "training-failed", ...
  std::string message;        // the telling line of the log
  std::string remedy;
  std::string log;            // path in the store
  bool deterministic = true;  // would fail again the same way: recorded and not retried
};

// The machine that a build is for when it is not the one that built it, and what was used instead.
struct RecordedTarget {
  std::string profile;  // "neoverse-n1"
  std::string triple;   // "aarch64-linux-gnu"
  std::filesystem::path sysroot;
  std::filesystem::path native;  // prefix of an interpreter of the same source for this machine
  std::filesystem::path plugin;  // for the emulator
  std::filesystem::path profile_runtime;    // clang's library for code that counts; may be empty
  std::string profile_runtime_link;         // its name in the work slot
  std::vector<std::string> run_words;       // before a program of the target's, to run it here
  std::filesystem::path bolt_runtime = {};  // what BOLT counts with; may be empty
};

struct Build {
  std::string id;  // store key of the "build" step; STORE/build/<id>/prefix is the install prefix
  Configuration configuration;
  std::string name;  // from the sweep definition ("debian"), or the difference to the baseline
  int rebuild = 0;   // Recipe::rebuild
  std::string source_version;  // "3.13.5"
  std::string source_archive;  // archive file name, "" for a tree
  std::string source_sha256;   // of the archive, or of the tree
  std::string source_origin;
  std::filesystem::path prefix;
  std::filesystem::path python;                  // prefix/bin/python3.13
  std::vector<std::string> configure_arguments;  // what the user would pass to ./configure
  std::vector<std::string> make_variables;  // "OPT=-DNDEBUG -O3 -Wall", "CFLAGS_NODIST=...", ...
  std::vector<std::string>
      profile_make_variables;  // the same for the instrumented build; empty without PGO
  std::vector<std::string> training_command;  // argv after the interpreter; ";" parts two runs;
                                              // empty without PGO and BOLT
  std::string training_sha256;                // hash of the training programs; empty likewise
  std::string profile_sha256;                 // hash of the profile data used; empty without PGO
  std::filesystem::path profile;              // directory with the profile data; empty without PGO
  std::vector<std::string> bolt_arguments;    // empty without BOLT
  // Functions that the training's profile counts, and those of them that it never ran, whose names
  // are in never-run.txt beside `profile`; of clang alone, and 0 where it is not known.
  std::uint64_t counted_functions = 0;
  std::uint64_t never_run_functions = 0;
  std::vector<RecordedCommand> commands;
  std::vector<RecordedTool> tools;
  std::string effective_flags;  // from the compile log of Python/ceval.c, after last-one-wins
  // Functions that were optimized without their profile, which was counted on another control flow.
  std::vector<std::string> unprofiled_functions;
  std::vector<std::string> flag_mismatches;  // "asked -O3, ceval.c was compiled with -O2"
  std::string
      cpu_requirement;  // "x86-64 baseline", "sapphirerapids: runs only on CPUs with its features"
  std::string code_sha256;  // over the executable sections of interpreter, libpython and extension
                            // modules: equal code, equal hash
  // Of the standard library, left out since a library or its headers were not there.
  std::vector<std::string> missing_modules;
  std::uint64_t interpreter_bytes = 0;  // size of the interpreter (and libpython)
  std::uint64_t prefix_bytes = 0;
  double build_seconds = 0;              // all stages, wall, as if nothing had been shared
  std::optional<RecordedTarget> target;  // nothing: for the machine that built it
  std::optional<BuildFailure> failure;

  bool ok() const { return !failure.has_value(); }
};

DECLARE_RECORD(RecordedCommand);
DECLARE_RECORD(RecordedTool);
DECLARE_RECORD(RecordedTarget);
DECLARE_RECORD(BuildFailure);
DECLARE_RECORD(Build);

}  // namespace pytune
