// The part of ToolchainProbe that is about compilers which are not installed.
#include <fmt/format.h>

#include <filesystem>

#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"
#include "toolchain/toolchain.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

// Calls into the C library, whose headers must be this machine's, and says that it ran.
constexpr const char* kHello =
    "#include <math.h>\n#include <stdio.h>\n"
    "int main(int n, char **v) { (void)v; return printf(\"%.0f\\n\", floor(n + 0.5)) < 0; }\n";

// What a plan says of a compiler that is to be fetched.
Toolchain stand_in_for(const UnpackedCompiler& compiler) {
  Toolchain t;
  t.stand_in = true;
  t.name = compiler.name;
  t.family = compiler.clang ? CompilerFamily::clang : CompilerFamily::gcc;
  t.path = compiler.program;
  t.version = compiler.version;
  t.version_text = "not fetched yet";
  t.architecture = host_architecture();
  t.triple = t.architecture + "-linux-gnu";
  const std::string prefix = compiler.clang ? "llvm-" : "gcc-";
  const auto companion = [&](const char* what) {
    return fmt::format("{}{}-{}", prefix, what, compiler.version);
  };
  t.ar = companion("ar");
  t.ranlib = companion("ranlib");
  t.nm = companion("nm");
  if (compiler.clang) t.profdata = companion("profdata");
  t.folder = "not fetched yet";
  t.identity = "notfetchedyet000";
  return t;
}

std::optional<std::string> program_in(const fs::path& folder, const std::string& name) {
  std::error_code none;
  if (!fs::exists(folder / name, none)) return std::nullopt;
  return (folder / name).string();
}

}  // namespace

// Why nothing that it compiles runs here; empty: it does.
std::string ToolchainProbe::cannot_work(const Toolchain& t) {
  const TemporaryDirectory scratch(fs::temp_directory_path(), "pytune-trial");
  const fs::path made = scratch.path() / "hello";
  write_file_atomic(scratch.path() / "hello.c", kHello);
  const Outcome compiled =
      ask(t.call({"-O1", (scratch.path() / "hello.c").string(), "-o", made.string(), "-lm"}));
  if (!compiled.ok())
    return fmt::format(
        "{} does not compile here: {}", t.name,
        compiled.output.empty() ? compiled.describe() : printable(compiled.output, 300));
  const Outcome ran = ask({made.string()});
  // Where temporary files may not be executed, nothing is known of it.
  if (!ran.started && ran.start_error.find("Permission denied") != std::string::npos) return "";
  if (ran.ok() && ran.output == "1\n") return "";
  return fmt::format("{}: what it compiles does not run here: {} {}", t.name, ran.describe(),
                     last_line(ran.output, 200));
}

std::optional<Toolchain> ToolchainProbe::look_up_unpacked(const std::string& name,
                                                          std::string& reason) {
  if (!target_.triple.empty() || !unpacked_) {
    reason = fmt::format(
        "{}: compilers of other releases build for this machine only, and are not for this use; "
        "name an installed one",
        printable(name));
    return std::nullopt;
  }
  UnpackedCompiler compiler;
  try {
    compiler = unpacked_(name);
  } catch (const Failure& failure) {
    reason = failure.what();
  } catch (const UsageError& error) {
    reason = error.what();
  }
  if (!reason.empty()) return std::nullopt;
  if (compiler.folder.empty()) return stand_in_for(compiler);
  Toolchain t = examine({compiler.program}, compiler.folder / compiler.program, reason);
  if (!reason.empty()) return std::nullopt;
  t.name = compiler.name;
  t.folder = compiler.folder;
  // Libraries that it works with are none of its tools.
  t.identity = sha256(t.identity + compiler.contents);
  const auto bolt = program_in(compiler.folder, "llvm-bolt-" + compiler.version);
  const auto merge = program_in(compiler.folder, "merge-fdata-" + compiler.version);
  if (bolt && merge) {
    t.bolt = bolt;
    t.merge_fdata = merge;
  }
  reason = cannot_work(t);
  if (!reason.empty()) return std::nullopt;
  return t;
}

}  // namespace pytune
