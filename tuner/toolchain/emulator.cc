#include "toolchain/emulator.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <regex>
#include <sstream>

#include "input/suggestion.h"
#include "spec/configuration.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

struct GuestArchitecture {
  const char* name;
  std::uint16_t machine;                // e_machine (ELF gABI)
  std::array<std::uint8_t, 12> exit_1;  // code that ends with status 1
};
constexpr GuestArchitecture kArchitectures[] = {
    // mov x0, #1; mov x8, #93; svc #0
    {"aarch64", EM_AARCH64, {0x20, 0, 0x80, 0xD2, 0xA8, 0x0B, 0x80, 0xD2, 0x01, 0, 0, 0xD4}},
    // mov $1, %edi; mov $60, %eax; syscall
    {"x86_64", EM_X86_64, {0xBF, 1, 0, 0, 0, 0xB8, 60, 0, 0, 0, 0x0F, 0x05}},
};
constexpr std::uint64_t kProgramAddress = 0x400000;
constexpr std::size_t kOutputLimit = std::size_t{1} << 20;
constexpr std::size_t kLongestReason = 200;

Outcome ask(ProcessRunner& runner, std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  command.cwd = "/";
  command.timeout = std::chrono::seconds(30);
  command.output_limit = kOutputLimit;
  return runner.run(command);
}

// Printable: it goes into an error.
std::string shown_line(const std::string& text) {
  std::string line = text.substr(0, text.find('\n')).substr(0, kLongestReason);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c > 0x7E; }, '?');
  return line;
}

std::string parse_version(const Outcome& outcome, const std::string& path) {
  static const std::regex pattern(R"(^qemu-\S{1,40} version (\d{1,4}(\.\d{1,4}){1,3}))");
  const std::string line = shown_line(outcome.output);
  std::smatch match;
  if (!outcome.ok() || !std::regex_search(line, match, pattern))
    throw Failure(
        fmt::format("{} is no QEMU emulator: --version gave \"{}\" ({}); install "
                    "qemu-user anew",
                    path, line, outcome.describe()));
  return match[1];
}

// QEMU takes one comma for the end of a value, and two for one of it (qemu-option).
std::string option_value(const std::string& value) {
  return std::regex_replace(value, std::regex(","), ",,");
}

// The smallest program there is, of this architecture: an emulator looks at the program before it
// loads plugins.
std::string small_program(const GuestArchitecture& architecture) {
  struct {
    Elf64_Ehdr header = {};
    Elf64_Phdr segment = {};
    std::array<std::uint8_t, 12> code = {};
  } program;
  std::memcpy(program.header.e_ident, ELFMAG, SELFMAG);
  program.header.e_ident[EI_CLASS] = ELFCLASS64;
  program.header.e_ident[EI_DATA] = ELFDATA2LSB;
  program.header.e_ident[EI_VERSION] = EV_CURRENT;
  program.header.e_type = ET_EXEC;
  program.header.e_machine = architecture.machine;
  program.header.e_version = EV_CURRENT;
  program.header.e_entry = kProgramAddress + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  program.header.e_phoff = sizeof(Elf64_Ehdr);
  program.header.e_ehsize = sizeof(Elf64_Ehdr);
  program.header.e_phentsize = sizeof(Elf64_Phdr);
  program.header.e_phnum = 1;
  program.segment.p_type = PT_LOAD;
  program.segment.p_flags = PF_R | PF_X;
  program.segment.p_vaddr = program.segment.p_paddr = kProgramAddress;
  program.segment.p_filesz = program.segment.p_memsz = sizeof program;
  program.segment.p_align = 0x10000;
  program.code = architecture.exit_1;
  return {reinterpret_cast<const char*>(&program), sizeof program};
}

std::string plugin_option(const Emulation& emulation) {
  std::string option = option_value(emulation.plugin.string());
  if (!emulation.counts.empty()) option += ",out=" + option_value(emulation.counts.string());
  if (emulation.functions) option += ",functions=on";
  return option;
}

}  // namespace

std::vector<std::string> parse_cpu_models(const std::string& text) {
  // "  neoverse-n1" (arm), "x86 Skylake-Server-v2  Intel ..." (x86), after and before other lines.
  static const std::regex pattern(R"(^(?:x86|\s)\s*([A-Za-z0-9][A-Za-z0-9_.+-]{0,60})(\s.*)?$)");
  std::vector<std::string> models;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    // x86 goes on with the names of features, many on a line.
    if (line.starts_with("Recognized")) break;
    if (line.size() < 200 && std::regex_match(line, match, pattern)) models.push_back(match[1]);
  }
  return models;
}

Emulator find_emulator(ProcessRunner& runner, const std::string& architecture) {
  std::vector<std::string> known;
  for (const GuestArchitecture& one : kArchitectures) known.emplace_back(one.name);
  if (std::find(known.begin(), known.end(), architecture) == known.end())
    throw UsageError(fmt::format("no emulator for \"{}\" is supported{}", architecture,
                                 suggestion(architecture, known)));
  const std::string name = "qemu-" + architecture;
  auto path = find_program(name);
  if (!path) path = find_program(name + "-static");
  if (!path)
    throw Failure(
        fmt::format("{} programs need an emulator, and {} is not on PATH: install it "
                    "(setup/install emulator, or on Debian 12: apt-get install qemu-user)",
                    architecture, name));
  Emulator emulator;
  emulator.architecture = architecture;
  emulator.path = std::filesystem::absolute(*path).string();
  emulator.version = parse_version(ask(runner, {emulator.path, "--version"}), emulator.path);
  emulator.cpus = parse_cpu_models(ask(runner, {emulator.path, "-cpu", "help"}).output);
  emulator.sha256 = sha256_file(emulator.path);
  return emulator;
}

std::vector<std::string> trial_words(const Emulator& emulator, const std::filesystem::path& plugin,
                                     const std::filesystem::path& file) {
  const auto* architecture =
      std::find_if(std::begin(kArchitectures), std::end(kArchitectures),
                   [&](const GuestArchitecture& one) { return one.name == emulator.architecture; });
  write_file_atomic(file, small_program(*architecture));
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  // The plugin ends it with status 0, before the program would with 1.
  return {emulator.path, "-plugin", option_value(plugin.string()) + ",check=on"};
}

void require_plugin(ProcessRunner& runner, const Emulator& emulator,
                    const std::filesystem::path& plugin) {
  const TemporaryDirectory folder(temporary_files(), "pytune-emulator");
  const std::filesystem::path program = folder.path() / "program";
  std::vector<std::string> words = trial_words(emulator, plugin, program);
  words.push_back(program.string());
  const Outcome outcome = ask(runner, words);
  if (outcome.ok()) return;
  if (outcome.output.find("unknown option") != std::string::npos)
    throw Failure(fmt::format(
        "{} (QEMU {}) takes no plugins, so it can neither count nor run what a program executes: "
        "it is linked statically; put one that is not first on PATH (Debian 12: apt-get install "
        "qemu-user; newer ones: build QEMU with --enable-plugins)",
        emulator.path, emulator.version));
  const std::string said = shown_line(outcome.output);
  throw Failure(fmt::format("{} (QEMU {}) does not load {}: {}; use QEMU 7.2 to 10.2",
                            emulator.path, emulator.version, plugin.string(),
                            said.empty() ? outcome.describe() : said));
}

Emulation emulation_in(const EmulatedMachine& machine, const std::filesystem::path& root) {
  return {.sysroot = root, .cpu = machine.cpu, .plugin = machine.plugin};
}

std::vector<std::string> emulator_words(const Emulator& emulator, const Emulation& emulation) {
  std::vector<std::string> words = {emulator.path};
  if (!emulation.sysroot.empty()) words.insert(words.end(), {"-L", emulation.sysroot.string()});
  if (!emulation.cpu.empty()) {
    const std::string model = emulation.cpu.substr(0, emulation.cpu.find(','));
    if (std::find(emulator.cpus.begin(), emulator.cpus.end(), model) == emulator.cpus.end())
      throw UsageError(fmt::format("{} (QEMU {}) does not emulate the CPU \"{}\"{}", emulator.path,
                                   emulator.version, model, suggestion(model, emulator.cpus)));
    words.insert(words.end(), {"-cpu", emulation.cpu});
  }
  for (const auto& [name, value] : emulation.loader_environment) {
    if (value.find(',') != std::string::npos)
      throw UsageError(
          fmt::format("{}={}: QEMU cannot pass on a value with a comma; rename that "
                      "folder",
                      name, value));
    words.insert(words.end(), {"-E", fmt::format("{}={}", name, value)});
  }
  if (!emulation.plugin.empty()) words.insert(words.end(), {"-plugin", plugin_option(emulation)});
  return words;
}

}  // namespace pytune
