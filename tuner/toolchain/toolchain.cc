#include "toolchain/toolchain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>

#include "binary/start_problem.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"
#include "sys/user_variables.h"
#include "toolchain/companions.h"
#include "toolchain/compiler_call.h"
#include "toolchain/compiler_kind.h"
#include "toolchain/launchers.h"
#include "toolchain/optional_modules.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::vector<fs::path> path_directories() {
  const char* path = std::getenv("PATH");
  std::vector<fs::path> result;
  std::string rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) result.emplace_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  return result;
}

// The highest N for which PROGRAM-N (or plain PROGRAM) is on PATH.
std::optional<std::string> newest(const std::string& program) {
  for (int n = 40; n >= 10; --n) {
    if (const auto path = find_program(fmt::format("{}-{}", program, n))) return path->string();
  }
  if (const auto path = find_program(program)) return path->string();
  return std::nullopt;
}

// Of "LLVM version 19.1.7" in what a tool says of itself.
int major_of_llvm(const std::string& said) {
  static const std::regex version(R"(LLVM version (\d{1,4}))");
  std::smatch match;
  return std::regex_search(said, match, version) ? std::stoi(match[1]) : 0;
}

Tool tool(const std::string& name, const std::string& path, const std::string& version) {
  const fs::path real = program_behind(path);
  return {name, path, version, real.empty() ? "" : sha256_file(real)};
}

std::string shown(const std::string& text) { return printable(text, 60); }

// "aarch64-unknown-linux-gnu" of crosstool-ng is Debian's "aarch64-linux-gnu".
bool same_target(const std::string& triple, const std::string& wanted) {
  const auto rest = wanted.substr(wanted.find('-'));
  return triple.substr(0, triple.find('-')) == wanted.substr(0, wanted.find('-')) &&
         triple.ends_with(rest);
}

bool is_path(const std::string& name) { return name.find('/') != std::string::npos; }
bool called_clang(const std::string& name) { return name.starts_with("clang"); }

// Words with which a compiler takes headers and libraries from the sysroot and from nowhere else.
// Debian's cross gcc searches the host's own /usr/TRIPLE/include and /usr/TRIPLE/lib before the
// directories of --sysroot: -isystem and -B go before both. The order of the two -isystem is that
// of the directories they stand for.
std::vector<std::string> target_words(CompilerFamily family, const CrossTarget& target) {
  std::vector<std::string> words;
  if (target.triple.empty()) return words;
  if (family == CompilerFamily::clang) words.push_back("--target=" + target.triple);
  if (target.sysroot.empty()) return words;
  words.push_back("--sysroot=" + target.sysroot.string());
  if (family == CompilerFamily::gcc) {
    words.push_back("-B" + (target.sysroot / "usr/lib" / target.triple).string());
    words.insert(words.end(),
                 {"-isystem", "=/usr/include/" + target.triple, "-isystem", "=/usr/include"});
  }
  return words;
}

// clang has its profile runtime in its own directory, for this machine only; named outright, the
// target's is taken instead, and the symbol makes the linker take its start-up too
// (InstrProfilingRuntime of compiler-rt).
std::vector<std::string> profile_link_words(const CrossTarget& target, const std::string& major) {
  const auto runtime = target.clang_profile_runtimes.find(major);
  if (runtime == target.clang_profile_runtimes.end()) return {};
  return {"-noprofilelib", runtime->second.string(), "-Wl,-u,__llvm_profile_runtime"};
}

// Debian's package that holds a cross compiler or what belongs to it.
std::string package_of(const std::string& name, const std::string& triple) {
  return triple.empty() || called_clang(name) ? name : name + "-" + triple;
}

}  // namespace

Outcome ToolchainProbe::ask(const std::vector<std::string>& argv, const fs::path& directory) {
  Command command;
  command.argv = argv;
  command.cwd = directory;
  command.timeout = std::chrono::seconds(30);
  command.environment = environment_for(Audience::compiler);
  return runner_.run(command);
}

std::string ToolchainProbe::version_of(const std::string& program) {
  const auto known = versions_.find(program);
  if (known != versions_.end()) return known->second;
  return versions_[program] = find_program(program) ? ask({program, "--version"}).output : "";
}

// Without what it writes to standard error: wrappers and licence managers complain there.
Outcome ToolchainProbe::ask_for_output(const std::vector<std::string>& argv) {
  Command command;
  command.argv = argv;
  command.timeout = std::chrono::seconds(30);
  command.environment = environment_for(Audience::compiler);
  command.log = "/dev/null";
  command.capture_stdout_only = true;
  return runner_.run(command);
}

// The last line of that: a wrapper may greet before.
std::string ToolchainProbe::answer(const std::vector<std::string>& argv) {
  const std::string output = ask_for_output(argv).output;
  std::string last;
  for (const std::string_view line : split_lines(output))
    if (const std::string_view text = trim(line); !text.empty()) last = text;
  return last;
}

std::vector<std::string> ToolchainProbe::discover(CompilerFamily family) {
  const std::string prefix =
      family == CompilerFamily::gcc && !target_.triple.empty() ? target_.triple + "-" : "";
  const std::regex pattern(fmt::format("{}{}-([0-9]+)", prefix, to_string(family)));
  std::set<int, std::greater<>> versions;
  std::error_code ignored;
  for (const auto& directory : path_directories()) {
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
      std::smatch match;
      const std::string name = entry.path().filename();
      if (std::regex_match(name, match, pattern) && match[1].length() < 4 &&
          access(entry.path().c_str(), X_OK) == 0)
        versions.insert(std::stoi(match[1]));
    }
  }
  std::vector<std::string> names;
  names.reserve(versions.size());
  for (const int version : versions)
    names.push_back(fmt::format("{}-{}", to_string(family), version));
  const std::string plain(to_string(family));
  if (names.empty() && find_program(program(plain))) names.push_back(plain);
  return names;
}

// What a compiler of this name is called on PATH.
std::string ToolchainProbe::program(const std::string& name) const {
  if (target_.triple.empty() || is_path(name) || called_clang(name)) return name;
  return target_.triple + "-" + name;
}

// What to do about a compiler that is not on PATH.
std::string ToolchainProbe::not_there(const std::string& name) {
  if (is_path(name)) return fmt::format("{}: not an executable file", name);
  static const std::regex in_debian("(gcc|clang)(-[0-9]+)?");
  if (!std::regex_match(name, in_debian))
    return fmt::format("{} is not on PATH; if it is installed elsewhere, give its path",
                       shown(name));
  const CompilerFamily family = called_clang(name) ? CompilerFamily::clang : CompilerFamily::gcc;
  const auto there = discover(family);
  return fmt::format("{} is not installed; on Debian: apt-get install {}{}", program(name),
                     package_of(name, target_.triple),
                     there.empty() ? "" : fmt::format("; installed: {}", fmt::join(there, ", ")));
}

// How companions of `t` are found: by its name and place, then by asking it.
NamedBy ToolchainProbe::named_by(const Toolchain& t) {
  return [this, &t](const std::string& program) -> std::optional<std::string> {
    const std::string named = answer(t.call({"-print-prog-name=" + program}));
    // A compiler that knows of none repeats the name.
    if (!is_path(named)) return std::nullopt;
    const auto found = find_program(named);
    return found ? std::optional(found->string()) : std::nullopt;
  };
}

// The programs that a compiler starts.
void ToolchainProbe::add_programs(Toolchain& t, bool aimed) {
  for (const char* part : {"cc1", "as", "ld"}) {
    const bool compiler_proper = std::string_view(part) == "cc1";
    if (t.family == CompilerFamily::clang && compiler_proper) continue;
    std::vector<std::string> question;
    if (aimed) question.push_back("--target=" + target_.triple);
    question.push_back(fmt::format("-print-prog-name={}", part));
    const auto found = find_program(answer(t.call(question)));
    if (!found) continue;
    const std::string version =
        compiler_proper ? "" : first_line(ask({found->string(), "--version"}).output);
    t.tools.push_back(tool(part, found->string(), version));
  }
}

// Why it cannot build for the target; empty: it can.
std::string ToolchainProbe::add_parts_of_clang(Toolchain& t, const std::string& major, bool aimed) {
  // clang's driver is a thin program; the code generator is in these.
  std::error_code ignored;
  const fs::path lib = fs::canonical(t.path, ignored).parent_path().parent_path() / "lib";
  for (const auto& library :
       {fmt::format("libclang-cpp.so.{}", major), fmt::format("libLLVM-{}.so", major),
        fmt::format("libLLVM.so.{}.1", major)}) {
    if (fs::exists(lib / library)) t.tools.push_back(tool(library, lib / library, ""));
  }
  t.profdata = companion(t, "llvm-profdata", named_by(t));
  if (t.profdata) t.tools.push_back(tool("llvm-profdata", *t.profdata, ""));
  if (!aimed) return "";
  // The host's linker knows nothing of the target, and a cross binutils need not be there.
  const auto lld = companion(t, "ld.lld", nullptr);
  if (!lld)
    return fmt::format(
        "clang-{} links for {} with lld {}, which is not installed; on Debian: apt-get install "
        "lld-{}",
        major, target_.triple, major, major);
  t.tools.push_back(tool("ld.lld", *lld, first_line(ask({*lld, "--version"}).output)));
  t.link_words.emplace_back("-fuse-ld=lld");
  t.profile_link_words = profile_link_words(target_, major);
  return "";
}

// Its family, version and words, or why it is none.
std::string ToolchainProbe::recognize(Toolchain& t) {
  const TemporaryDirectory scratch(temporary_files(), "pytune-macros");
  write_file_atomic(scratch.path() / "empty.c", "");
  const Outcome macros = ask(t.call(list_macros((scratch.path() / "empty.c").string())));
  Outcome banner = ask_for_output(t.call({"--version"}));
  if (banner.ok() && trim(banner.output).empty()) banner = ask(t.call({"--version"}));
  if (banner.ok()) t.version_text = first_line(banner.output);
  if (!macros.ok()) {
    const std::string calls_itself =
        t.version_text.empty() ? ""
                               : fmt::format("; it calls itself \"{}\"", shown(t.version_text));
    const std::string unstartable =
        macros.started ? "" : start_problem(t.path, host_architecture());
    return fmt::format("{}: does not list its macros as gcc and clang do (-dM -E: {}){}", t.path,
                       unstartable.empty() ? complaint_of(macros) : unstartable, calls_itself);
  }
  const CompilerKind kind = compiler_kind(macros.output);
  if (!kind.refusal.empty()) return fmt::format("{}: {}", t.path, kind.refusal);
  t.family = kind.family;
  t.version = kind.version;
  t.words.insert(t.words.end(), kind.words.begin(), kind.words.end());
  const bool aimed = t.family == CompilerFamily::clang && !target_.triple.empty();
  t.triple = aimed ? target_.triple : answer(t.call({"-dumpmachine"}));
  if (t.triple.find('-') == std::string::npos)
    return fmt::format("{}: does not answer like gcc or clang (target \"{}\")", t.path,
                       shown(t.triple));
  if (!target_.triple.empty() && !same_target(t.triple, target_.triple))
    return fmt::format("{} generates code for {}, not for {}", t.path, t.triple, target_.triple);
  t.architecture = t.triple.substr(0, t.triple.find('-'));
  const auto more = target_words(t.family, target_);
  t.words.insert(t.words.end(), more.begin(), more.end());
  return "";
}

std::vector<std::string> ToolchainProbe::absent_modules(const Toolchain& t) {
  const TemporaryDirectory scratch(temporary_files(), "pytune-headers");
  const fs::path questions = scratch.path() / "headers.c";
  write_file_atomic(questions, header_questions());
  const Outcome outcome = ask(t.call({"-E", "-P", questions.string()}));
  return outcome.ok() ? modules_without_headers(outcome.output) : std::vector<std::string>{};
}

const BoltTools& ToolchainProbe::bolt_tools() {
  if (bolt_tools_) return *bolt_tools_;
  BoltTools tools;
  tools.bolt = newest("llvm-bolt");
  if (tools.bolt) tools.major = major_of_llvm(ask_for_output({*tools.bolt, "--version"}).output);
  tools.merge_fdata = newest("merge-fdata");
  return bolt_tools_.emplace(std::move(tools));
}

Toolchain ToolchainProbe::examine(const std::vector<std::string>& call, const std::string& path,
                                  std::string& reason) {
  Toolchain t;
  t.path = fs::absolute(path).lexically_normal();
  t.words.assign(call.begin() + 1, call.end());
  reason = recognize(t);
  if (!reason.empty()) return t;
  const bool gcc = t.family == CompilerFamily::gcc;
  const bool aimed = !gcc && !target_.triple.empty();
  const std::string major = t.version.substr(0, t.version.find('.'));
  const std::string usual = fmt::format("{}-{}", to_string(t.family), major);
  // gcc is called gcc-12 only where that name leads to the same program: a later look-up by name
  // must find this one.
  std::string unused;
  const auto same = compiler_program(program(usual), unused);
  std::error_code unequal;
  const bool known_as_usual =
      call.front() == usual || (same && fs::equivalent(*same, t.path, unequal));
  t.name = !is_path(call.front()) && known_as_usual ? usual : t.path;
  for (auto word = call.begin() + 1; word != call.end(); ++word) t.name += " " + *word;

  t.tools.push_back(tool(usual, t.path, t.version_text));
  add_programs(t, aimed);
  if (!gcc) reason = add_parts_of_clang(t, major, aimed);
  if (!reason.empty()) return t;
  set_binutils(t, target_.triple, named_by(t));
  const BoltTools& bolt = bolt_tools();
  t.bolt = bolt.bolt;
  t.bolt_major = bolt.major;
  t.merge_fdata = bolt.merge_fdata;
  if (const auto runtime = target_.bolt_runtimes.find(std::to_string(bolt.major));
      runtime != target_.bolt_runtimes.end())
    t.bolt_runtime = runtime->second;

  std::string identity = t.triple + t.version_text;
  for (const auto& part : t.tools) identity += part.name + part.sha256;
  t.identity = sha256(identity);
  t.absent_modules = absent_modules(t);
  return t;
}

std::optional<Toolchain> ToolchainProbe::look_up(const std::string& name, std::string& reason) {
  if (trim(name).starts_with(kUnpacked)) return look_up_unpacked(std::string(trim(name)), reason);
  const CompilerCall call = compiler_call(name);
  if (!call.problem.empty()) {
    reason = fmt::format("compiler \"{}\": {}", shown(name), call.problem);
    return std::nullopt;
  }
  const std::string& first = call.words.front();
  auto path = compiler_program(program(first), reason);
  if (!reason.empty()) return std::nullopt;
  // On a machine of the target's own kind the compiler goes by its plain name.
  if (!path && !target_.triple.empty()) {
    if (const auto own = compiler_program(first, reason);
        own && answer({own->string(), "-dumpmachine"}) == target_.triple)
      path = own;
  }
  if (!path) {
    reason = not_there(first);
    return std::nullopt;
  }
  Toolchain t = examine(call.words, path->string(), reason);
  if (!reason.empty()) return std::nullopt;
  return t;
}

const Toolchain* ToolchainProbe::probe(const std::string& name, std::string& reason) {
  auto found = known_.find(name);
  if (found == known_.end()) {
    std::pair<std::optional<Toolchain>, std::string> answer;
    answer.first = look_up(name, answer.second);
    found = known_.emplace(name, std::move(answer)).first;
  }
  reason = found->second.second;
  return found->second.first ? &*found->second.first : nullptr;
}

// gcc lists the options that "native" stands for, a line each ("  -march=      znver3"); clang
// shows the words it would start its compiler proper with.
std::optional<std::string> ToolchainProbe::native_name(const Toolchain& toolchain) {
  if (toolchain.stand_in) return std::nullopt;
  const std::string option = toolchain.architecture == "x86_64" ? "-march=" : "-mcpu=";
  const bool gcc = toolchain.family == CompilerFamily::gcc;
  std::vector<std::string> question{option + "native"};
  if (gcc)
    question.insert(question.end(), {"-Q", "--help=target"});
  else
    question.insert(question.end(), {"-###", "-c", "-x", "c", "/dev/null"});
  const Outcome outcome = ask(toolchain.call(question));
  std::smatch match;
  const std::regex pattern(gcc ? "(?:^|\n)\\s*" + option + "\\s+([a-z0-9._-]+)"
                               : std::string("\"-target-cpu\" \"([a-z0-9._-]+)\""));
  if (!outcome.ok() || !std::regex_search(outcome.output, match, pattern)) return std::nullopt;
  return match[1].str();
}

}  // namespace pytune
