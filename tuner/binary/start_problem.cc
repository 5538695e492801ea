#include "binary/start_problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "binary/elf_versions.h"
#include "binary/image.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestStarted = 1U << 30U;
constexpr std::size_t kBytesLookedAt = 4096;
constexpr std::size_t kKernelsLine = 255;  // BINPRM_BUF_SIZE of Linux, less its end
constexpr std::string_view kShebang = "#!";

std::string start_of(const fs::path& file) {
  std::string start(kBytesLookedAt, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return start;
}

std::string problem_of_script(std::string_view text, const std::string& file) {
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r'))
    return fmt::format(
        "its first line ends in a carriage return, as Windows writes lines: sed -i 's/\\r$//' {}",
        file);
  const bool cut = line.size() > kKernelsLine;
  line.remove_prefix(kShebang.size());
  line = trim(line);
  const std::string runner(line.substr(0, std::min(line.find_first_of(" \t"), line.size())));
  if (runner.empty()) return "its first line, #!, names no program; put one there, such as /bin/sh";
  if (cut)
    return fmt::format(
        "its first line is longer than the {} bytes that Linux reads of it; move what it names to "
        "a shorter path",
        kKernelsLine);
  std::error_code none;
  if (!fs::exists(runner, none))
    return fmt::format(
        "it is a script for {}, which is not there; make it anew, or give the interpreter itself",
        printable(runner));
  return {};
}

// Of one for this machine.
std::string problem_of_program(const fs::path& program) {
  std::error_code none;
  if (fs::file_size(program, none) > kLargestStarted) return {};
  const std::string bytes = read_file(program);
  const auto facts = read_elf(bytes);
  if (facts && !facts->loader.empty() && !fs::exists(facts->loader, none))
    return fmt::format(
        "it needs the loader {}, which this machine does not have; install the C library that it "
        "belongs to, or give the interpreter in a system unpacked with it",
        printable(facts->loader));
  try {
    read_image(bytes, "it");
  } catch (const Failure& damage) {  // "it: cut off: ..."
    return fmt::format("it is {}", std::string_view(damage.what()).substr(4));
  } catch (const UsageError& other) {  // an object file, a core dump
    return fmt::format("it is {}", std::string_view(other.what()).substr(4));
  }
  return {};
}

}  // namespace

std::string other_than_file(const fs::path& path) {
  std::error_code none;
  switch (fs::status(path, none).type()) {
    case fs::file_type::character:
    case fs::file_type::block:
      return "a device";
    case fs::file_type::fifo:
      return "a named pipe";
    case fs::file_type::socket:
      return "a socket";
    default:
      return {};
  }
}

std::string foreign_format(std::string_view bytes) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kFormats{{
      {"MZ", "a program for Windows"},
      {"\xcf\xfa\xed\xfe", "a program for macOS"},
      {"\xfe\xed\xfa\xcf", "a program for macOS"},
      {"\xca\xfe\xba\xbe", "a program for macOS, or a class of Java"},
      {"!<arch>", "a library of objects (.a)"},
      {"!<thin>", "a library of objects (.a)"},
      {"PK\x03\x04", "a zip file"},
      {"\x1f\x8b", "a file that gzip compressed"},
      {std::string_view("\0asm", 4), "a WebAssembly module"},
      {"BC\xc0\xde", "bitcode of LLVM"},
  }};
  for (const auto& [start, name] : kFormats)
    if (bytes.starts_with(start)) return std::string(name);
  return {};
}

std::string start_problem(const fs::path& program, const std::string& architecture) {
  std::error_code none;
  if (!fs::is_regular_file(program, none)) return {};
  const std::string start = start_of(program);
  if (start.empty()) return fs::file_size(program, none) == 0 ? "it is empty" : "";
  if (start.starts_with(kShebang)) return problem_of_script(start, printable(program.string()));
  if (const std::string machine = elf_machine(start); !machine.empty()) {
    if (machine == architecture) return problem_of_program(program);
    return fmt::format("it is for {}, and this machine's architecture is {}", machine,
                       architecture);
  }
  if (const std::string format = foreign_format(start); !format.empty())
    return fmt::format("it is {}", format);
  if (start.find('\0') != std::string::npos) return {};
  return "it is a text without #! in its first line, which only a shell starts; put #!/bin/sh "
         "there";
}

}  // namespace pytune
