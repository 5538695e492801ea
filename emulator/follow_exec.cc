#include "emulator/follow_exec.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>

#include "emulator/guest_memory.h"

namespace pytune::emulator {
namespace {

// All options of linux-user from QEMU 4.2 to 10.2; those without a value, then those that concern
// one program.
constexpr std::string_view kWithoutValue[] = {
    "h",       "help",   "singlestep", "one-insn-per-tb", "strace", "version", "xtensa-abi-call0",
    "perfmap", "jitdump"};
constexpr std::string_view kOfOneProgram[] = {"0", "E", "U"};
constexpr std::string_view kVariablesOfOneProgram[] = {"QEMU_ARGV0", "QEMU_SET_ENV",
                                                       "QEMU_UNSET_ENV"};

template <std::size_t N>
bool is_one_of(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

std::vector<std::string> own_command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(std::move(word));
  return words;
}

std::string link_target(const std::string& path) {
  char target[4096];
  const ssize_t size = readlink(path.c_str(), target, sizeof target);
  return size <= 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

std::string absolute(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> name(realpath(path.c_str(), nullptr),
                                                         &std::free);
  return name ? name.get() : path;
}

// As execveat(2) has it; an open file by the name it has now, since its descriptor may be one that
// is closed on execution. Empty: no name.
std::string resolved(const ExecCall& call, const std::string& path) {
  if (path.starts_with('/') || (call.directory == AT_FDCWD && !path.empty())) return path;
  if (path.empty() && (call.flags & AT_EMPTY_PATH) == 0) return {};
  std::string base = link_target("/proc/self/fd/" + std::to_string(call.directory));
  if (base.empty() || path.empty()) return base;
  return base + "/" + path;
}

bool is_own_program(const std::string& path) {
  return path == "/proc/self/exe" || path == "/proc/" + std::to_string(getpid()) + "/exe";
}

// QEMU's handler of host signals blocks all of them until the guest has taken the one that came,
// also the two that glibc lets nobody block (linux-user/signal.c). Its own execve() then returns to
// deliver the signal first, and is called again.
bool signal_is_pending() {
  constexpr unsigned kReserved[] = {32, 33};
  std::uint64_t blocked = 0;
  if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &blocked, sizeof blocked) != 0) return false;
  return std::all_of(std::begin(kReserved), std::end(kReserved),
                     [&](unsigned signal) { return (blocked >> (signal - 1)) & 1; });
}

std::string_view name_of(std::string_view assignment) {
  return assignment.substr(0, assignment.find('='));
}

// What the guest's dynamic loader shall see, and not the emulator's: moved from the environment to
// options. QEMU takes a comma for the end of a value; what holds one stays.
void hide_from_own_loader(std::vector<std::string>& environment,
                          std::vector<std::string>& options) {
  std::erase_if(environment, [&](const std::string& variable) {
    if (!variable.starts_with("LD_") || variable.find(',') != std::string::npos) return false;
    options.insert(options.end(), {"-E", variable});
    return true;
  });
}

// The emulator's own settings last, whatever environment the guest gives its child.
void add_emulator_variables(std::vector<std::string>& environment) {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view name = name_of(*variable);
    if (!name.starts_with("QEMU_") || is_one_of(kVariablesOfOneProgram, name)) continue;
    const bool given =
        std::any_of(environment.begin(), environment.end(),
                    [&](const std::string& other) { return name_of(other) == name; });
    if (!given) environment.emplace_back(*variable);
  }
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& words) {
  CommandLine line;
  std::size_t i = 1;
  for (; i < words.size(); ++i) {
    std::string_view name = words[i];
    if (!name.starts_with('-')) break;
    name.remove_prefix(name.starts_with("--") ? 2 : 1);
    if (name.empty()) break;
    const bool has_value = !is_one_of(kWithoutValue, name) && i + 1 < words.size();
    if (!is_one_of(kOfOneProgram, name)) {
      line.options.push_back(words[i]);
      if (has_value) line.options.push_back(words[i + 1]);
    }
    if (has_value) ++i;
  }
  if (i < words.size()) line.program = words[i];
  return line;
}

std::string prefix_of(const std::vector<std::string>& options) {
  const char* variable = std::getenv("QEMU_LD_PREFIX");
  std::string prefix = variable == nullptr ? "" : variable;
  for (std::size_t i = 0; i + 1 < options.size(); ++i)
    if (options[i] == "-L" || options[i] == "--L") prefix = options[i + 1];
  while (prefix.ends_with('/')) prefix.pop_back();
  return prefix;
}

ExecFollower::ExecFollower(Guest guest)
    : guest_(std::move(guest)),
      command_line_(parse_command_line(own_command_line())),
      prefix_(prefix_of(command_line_.options)) {
  // The guest may change to another folder.
  command_line_.program = absolute(command_line_.program);
}

void ExecFollower::follow(const ExecCall& call, void (*before)()) const {
  if (signal_is_pending()) return;
  const auto given = guest_string(call.path);
  auto arguments = guest_strings(call.arguments);
  auto environment = guest_strings(call.environment);
  if (!given || !arguments || !environment) return;
  std::string path = resolved(call, *given);
  if (is_own_program(path)) path = command_line_.program;
  if (arguments->empty()) arguments->emplace_back();  // as Linux does
  const auto started = find_started(guest_, prefix_, path, std::move(*arguments));
  if (started || access(path.c_str(), X_OK) == 0) before();
  if (!started) return;
  // By this name it is found from inside a chroot, too.
  std::vector<std::string> words = {"/proc/self/exe"};
  words.insert(words.end(), command_line_.options.begin(), command_line_.options.end());
  hide_from_own_loader(*environment, words);
  // A relative name may look like an option.
  const std::string file = (started->file.starts_with('-') ? "./" : "") + started->file;
  words.insert(words.end(), {"-0", started->arguments.front(), file});
  words.insert(words.end(), started->arguments.begin() + 1, started->arguments.end());
  add_emulator_variables(*environment);
  execve("/proc/self/exe", pointers_to(words).data(), pointers_to(*environment).data());
}

}  // namespace pytune::emulator
