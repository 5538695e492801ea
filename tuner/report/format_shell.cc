// A POSIX shell script that makes the build: the recorded commands, in order, in a directory of the
// reader's.
//
// All of it stands between parentheses. A shell reads such a group to its end before it runs any of
// it, so that
// `... | sh` works although make and configure read standard input too, and when it is pasted into
// a terminal neither `set -e` nor `exit` nor a variable reaches the shell it was pasted into.
#include <fmt/format.h>

#include "build/stage_kinds.h"
#include "input/text.h"
#include "report/formats.h"
#include "report/recorded_line.h"
#include "report/reproduction.h"
#include "report/sentences.h"
#include "report/text.h"
#include "sys/process.h"

namespace pytune {
namespace {

constexpr std::size_t kShellWidth = 100;

class Script {
 public:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  void comment(std::string_view text) {
    for (const std::string& part : wrap(printable(text), kShellWidth - 2)) line("# {}", part);
  }
  void heading(std::string_view text) {
    line("");
    line("# --- {} ---", text);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// A record without a hash must not match every file: an empty pattern would.
std::vector<std::string> check_words(const RecordedTool& tool) {
  std::vector<std::string> words{printable(tool.name), tool.path,
                                 tool.sha256.empty() ? "none" : tool.sha256};
  for (const std::string& part : version_parts(tool)) words.push_back(part);
  return words;
}

void write_header(Script& script, const SweepResult& result, const Build& build) {
  script.line("#!/bin/sh");
  for (const std::string& fact : provenance(result, build)) script.comment(fact);
  script.comment(
      "Save it and run `sh FILE`, or paste it into a shell. Where things go can be changed: "
      "WORK=/var/tmp/python PREFIX=/opt/python JOBS=8 sh FILE");
  script.line("(");
  script.line("set -eu");
}

// NAME=${NAME:-default}: the default's quotes are removed there as they are anywhere else.
void write_default(Script& script, std::string_view name, const std::string& value,
                   std::string_view what) {
  script.line("{}=${{{}:-{}}}  # {}", name, name, value.empty() ? "" : shell_quote(value), what);
}

bool counts_by_bolt(const Build& build) {
  return !build.bolt_arguments.empty() && !build.target->bolt_runtime.empty();
}

void write_variables(Script& script, const ChosenBuild& chosen, const Reproduction& reproduction) {
  const Build& build = chosen.build;
  script.heading("where things are");
  script.line("WORK=${{WORK:-$PWD/pytune-build}}  # built here; must not exist yet");
  script.line("PREFIX=${{PREFIX:-$PWD/{}}}  # the finished tree goes here",
              shell_quote("python-" + build.source_version));
  script.line("JOBS=${{JOBS:-$(nproc)}}  # compilers at a time");
  if (build.source_archive.empty()) {
    write_default(script, "TREE", "", "the source tree that was swept");
  } else if (const auto archive = stored_archive(build)) {
    write_default(script, "ARCHIVE", archive->string(), "the source, from pytune's store");
  } else {
    script.line("ARCHIVE=${{ARCHIVE:-$PWD/{}}}  # the source", shell_quote(build.source_archive));
  }
  if (reproduction.uses_training)
    write_default(script, "TRAINING", training_directory(chosen.home),
                  "pytune's profiles/training");
  if (!build.profile.empty())
    write_default(script, "PROFILE", build.profile.string(),
                  "the profile that was used; where it is missing, training makes one anew");
  if (reproduction.needs_patches)
    write_default(script, "PATCHES", patches_directory(chosen.home, reproduction),
                  "pytune's patches/" + reproduction.minor);
  if (build.target) {
    write_default(script, "SYSROOT", build.target->sysroot.string(),
                  "headers and libraries of the target, " + printable(build.target->triple));
    write_default(script, "NATIVE", build.target->native.string(),
                  "prefix of the same CPython for this machine");
    if (!build.target->profile_runtime.empty())
      write_default(script, "RUNTIME", build.target->profile_runtime.string(),
                    "the target's libclang_rt.profile");
    if (counts_by_bolt(build))
      write_default(script, "BOLT_RUNTIME", build.target->bolt_runtime.string(),
                    "the target's libbolt_rt_instr.a");
    if (reproduction.uses_training)
      write_default(script, "PLUGIN", build.target->plugin.string(),
                    "pytune's plugin for QEMU, which runs what the interpreter executes");
  }
  write_default(script, "ORIGINAL", build.python.string(),
                "pytune's own build, to compare with at the end");
}

void write_directory_check(Script& script, std::string_view name, std::string_view what) {
  script.line("if [ ! -d \"${}\" ]; then", name);
  script.line("  printf '%s\\n' \"{}: '${}' is no directory; set {} to {}.\" >&2", name, name, name,
              what);
  script.line("  exit 1");
  script.line("fi");
}

// By hash where the recorded file is there, which covers the compiler proper behind its driver;
// else by version.
void write_tool_check(Script& script, const Build& build) {
  script.comment("Another version of a tool builds a working interpreter, but not this code.");
  script.line("check_tool() {{  # name, path, sha256, what its --version must hold...");
  script.line("  name=$1 path=$2 hash=$3");
  script.line("  shift 3");
  script.line("  case $(sha256sum <\"$path\" 2>/dev/null) in \"$hash\"*) return ;; esac");
  script.line("  [ -x \"$path\" ] || path=$name");
  script.line("  said=$(\"$path\" --version 2>/dev/null </dev/null) || said=nothing");
  script.line("  [ $# -gt 0 ] || set -- 'the file with the recorded hash'");
  script.line("  for part in \"$@\"; do");
  script.line("    case $said in");
  script.line("      *\"$part\"*) ;;");
  script.line(
      "      *) printf 'warning: %s is not %s: the code may differ\\n' \"$name\" \"$part\" >&2 ;;");
  script.line("    esac");
  script.line("  done");
  script.line("}}");
  for (const RecordedTool& tool : build.tools)
    script.line("check_tool {}", shell_quote(check_words(tool)));
}

void write_checks(Script& script, const Build& build, const Reproduction& reproduction) {
  script.heading("can it be done here?");
  script.line("case $WORK in /*) ;; *) WORK=$PWD/$WORK ;; esac");
  script.line("case $WORK in");
  script.line("  *[[:space:]]*)");
  script.line(
      "    printf '%s\\n' \"WORK: '$WORK' holds a blank, which make install cannot take; set WORK "
      "to "
      "a path without.\" >&2");
  script.line("    exit 1 ;;");
  script.line("esac");
  script.line("if [ -e \"$WORK\" ]; then");
  script.line(
      "  printf '%s\\n' \"$WORK exists: remove it, or set WORK to a directory to be made.\" >&2");
  script.line("  exit 1");
  script.line("fi");
  if (reproduction.uses_training) {
    if (!build.profile.empty()) script.line("if [ ! -d \"$PROFILE\" ]; then");
    write_directory_check(script, "TRAINING", "profiles/training of a pytune checkout");
    if (!build.profile.empty()) script.line("fi");
  }
  if (reproduction.needs_patches)
    write_directory_check(script, "PATCHES",
                          fmt::format("patches/{} of a pytune checkout", reproduction.minor));
  if (build.target) {
    write_directory_check(script, "SYSROOT", "the target's system");
    write_directory_check(script, "NATIVE", "an installed CPython");
  }
  if (!build.tools.empty()) write_tool_check(script, build);
  script.line("mkdir -p \"$WORK/build\" \"$WORK/home\" \"$WORK/profile\"");
  script.line("WORK=$(cd \"$WORK\" && pwd -P)");
  script.line("SOURCE=$WORK/src");
  if (build.target) {
    if (!build.target->profile_runtime.empty())
      script.line("ln -s \"$RUNTIME\" \"$WORK/\"{}",
                  shell_quote(build.target->profile_runtime_link));
    if (counts_by_bolt(build)) script.line("ln -s \"$BOLT_RUNTIME\" \"$WORK/libbolt_rt_instr.a\"");
    script.line("ln -s \"$SYSROOT\" \"$WORK/sysroot\"");
    script.line("ln -s \"$NATIVE\" \"$WORK/native\"");
    if (reproduction.uses_training) script.line("ln -s \"$PLUGIN\" \"$WORK/plugin.so\"");
  }
  if (reproduction.uses_strip)
    script.line(
        "STRIP=$(printf '%s' \"$WORK/build\" | tr -cd / | wc -c)  # directories above the objects");
  script.line("enter() {{ mkdir -p \"$1\" && cd \"$1\"; }}");
  script.comment("The whole environment: a CFLAGS or MAKEFLAGS of yours would make another build.");
  script.line("clean() {{ env -i {} \"$@\"; }}", reproduction.environment);
  if (!reproduction.fixed_addresses) return;
  script.comment(
      "Training runs without address randomization, so that its counts, and with them the code, "
      "come out the same each time.");
  script.line("clean_at_fixed_addresses() {{");
  script.line("  if setarch -R true 2>/dev/null; then");
  script.line("    clean setarch -R env \"$@\"");
  script.line("  else");
  script.line(
      "    printf '%s\\n' 'warning: addresses stay random here (in docker: --security-opt "
      "seccomp=unconfined); the code may differ a little' >&2");
  script.line("    clean \"$@\"");
  script.line("  fi");
  script.line("}}");
}

void write_source(Script& script, const Build& build, const Reproduction& reproduction) {
  script.heading("source: CPython " + printable(build.source_version));
  if (build.source_archive.empty()) {
    script.line("if [ ! -f \"$TREE/configure\" ]; then");
    script.line(
        "  printf '%s\\n' {} >&2",
        shell_quote(fmt::format("Set TREE to the CPython {} source tree that was swept ({}).",
                                printable(build.source_version), printable(build.source_origin))));
    script.line("  exit 1");
    script.line("fi");
    script.line("mkdir \"$SOURCE\"");
    script.line("cp -a \"$TREE/.\" \"$SOURCE/\"");
  } else {
    script.line("if [ ! -f \"$ARCHIVE\" ]; then");
    script.line("  printf '%s\\n' \"$ARCHIVE is not there.\" \\");
    const auto instructions = archive_instructions(build);
    for (const std::string& instruction : instructions)
      script.line("    {}{}", shell_quote(instruction),
                  &instruction == &instructions.back() ? " >&2" : " \\");
    script.line("  exit 1");
    script.line("fi");
    script.comment("Copied first: the check reads names, and this one needs no quoting.");
    script.line("cp \"$ARCHIVE\" \"$WORK/source-archive\"");
    script.line("(cd \"$WORK\" && printf '%s  source-archive\\n' {} | sha256sum -c -)",
                shell_quote(build.source_sha256));
    script.line("mkdir \"$SOURCE\"");
    script.line(
        "tar -xf \"$WORK/source-archive\" -C \"$SOURCE\" --strip-components=1 --no-same-owner");
  }
  if (!reproduction.needs_patches) return;
  if (reproduction.one_patch.empty())
    script.line("grep -v -e '^#' -e '^ *$' \"$PATCHES/series\" >\"$WORK/series\"");
  else
    script.line("printf '%s\\n' {} >\"$WORK/series\"", reproduction.one_patch);
  script.line("while read -r patch; do");
  script.line("  patch -d \"$SOURCE\" -p1 -F0 <\"$PATCHES/$patch\"");
  script.line("done <\"$WORK/series\"");
}

bool makes_profile(const std::string& stage) {
  return stage == facts_of(StageKind::instrument).name || stage == facts_of(StageKind::train).name;
}

// Counts of two training runs agree to a few parts in a million (random seeds drawn by the library,
// addresses), not to the last one: only the very profile that was used gives the very code.
void write_steps(Script& script, const Build& build, const Reproduction& reproduction) {
  std::string stage;
  bool skippable = false;
  for (const ReproductionStep& step : reproduction.steps) {
    if (step.stage != stage) {
      stage = step.stage;
      if (!build.profile.empty() && makes_profile(stage) != skippable) {
        skippable = !skippable;
        script.line("");
        script.line(
            "{}", skippable
                      ? "if [ -d \"$PROFILE\" ]; then cp -a \"$PROFILE/.\" \"$WORK/profile/\"; else"
                      : "fi");
      }
      script.heading(stage_words(stage));
      script.line("printf '%s\\n' {}", shell_quote("== " + stage_words(stage)));
    }
    std::vector<std::string> words = step.words;
    insert_runner(words, take_setarch(words) ? "clean_at_fixed_addresses" : "clean");
    script.line("enter {}", step.directory);
    script.line("{}", join_words(words, kShellWidth, "  "));
  }
}

// Compares the bytes of the code sections: that takes nothing but binutils, which building took as
// well.
void write_comparison(Script& script, const Build& build, const Reproduction& reproduction) {
  script.heading("is it the same code?");
  script.line(
      "code_of() {{ {}objcopy -O binary -j .init -j '.plt*' -j '.text*' -j .fini \"$1\" \"$2\"; }}",
      build.target ? shell_quote(build.target->triple) + "-" : "");
  script.line("same_code() {{");
  script.line("  code_of \"$1\" \"$WORK/code.1\" && code_of \"$2\" \"$WORK/code.2\" &&");
  script.line("    cmp -s \"$WORK/code.1\" \"$WORK/code.2\"");
  script.line("}}");
  script.line("if [ -x \"$ORIGINAL\" ]; then");
  script.line("  different=");
  script.line("  for file in \"$PREFIX/bin/{0}\" \"$PREFIX/lib/lib{0}.so.1.0\" \\",
              reproduction.interpreter);
  script.line("    \"$PREFIX/lib/{}/lib-dynload\"/*.so; do", reproduction.interpreter);
  script.line("    [ -f \"$file\" ] || continue");
  script.line("    file=${{file#\"$PREFIX/\"}}");
  script.line(
      "    same_code \"$PREFIX/$file\" \"${{ORIGINAL%/bin/*}}/$file\" || different=\"$different "
      "$file\"");
  script.line("  done");
  script.line("  if [ -n \"$different\" ]; then");
  script.line("    printf '%s\\n' \"NOT the code that was measured:$different\" \\");
  script.line("      'Did a warning above name a tool?' >&2");
  script.line("    exit 1");
  script.line("  fi");
  script.line("  printf '%s\\n' \"The same code as in pytune's build.\"");
  script.line("else");
  script.line("  printf '%s\\n' {} \\",
              shell_quote("expected code_sha256 " + printable(build.code_sha256)));
  script.line("    \"  (to see this build's: pytune inspect $PREFIX/bin/{})\"",
              reproduction.interpreter);
  script.line("fi");
}

void write_result(Script& script, const Build& build, const Reproduction& reproduction) {
  if (reproduction.installed.empty()) {
    script.line("");
    script.line("printf '%s\\n' \"Built in $WORK.\" {}",
                shell_quote("Expected code_sha256 " + printable(build.code_sha256)));
    return;
  }
  script.heading("the finished tree");
  script.comment(
      "CPython finds its library beside itself, so the tree may be moved. make left most of its "
      "bytecode out.");
  script.line("mkdir -p \"$PREFIX\"");
  script.line("cp -a {}/. \"$PREFIX/\"", reproduction.installed);
  script.line("clean \"{}/bin/{}\" -B -m compileall -f -q -j0 \\",
              build.target ? "$NATIVE" : "$PREFIX",
              build.target ? "python" + reproduction.minor : reproduction.interpreter);
  script.line("  --invalidation-mode unchecked-hash -x '/(test|tests|idle_test|lib2to3)/' \\");
  script.line("  \"$PREFIX/lib/{}\"", reproduction.interpreter);
  write_comparison(script, build, reproduction);
  script.line("printf '%s\\n' \"The interpreter: $PREFIX/bin/{}\"", reproduction.interpreter);
  if (const std::string line = run_with_sentence(build); !line.empty())
    script.line("printf '%s\\n' {}", shell_quote(line));
}

}  // namespace

std::string shell_form(const ChosenBuild& chosen) {
  const SweepResult& result = chosen.sweep;
  const Build& build = chosen.build;
  const Reproduction reproduction = reproduction_of(build);
  Script script;
  write_header(script, result, build);
  write_variables(script, chosen, reproduction);
  write_checks(script, build, reproduction);
  write_source(script, build, reproduction);
  write_steps(script, build, reproduction);
  write_result(script, build, reproduction);
  script.line(")");
  return script.take();
}

}  // namespace pytune
