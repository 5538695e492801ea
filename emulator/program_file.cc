#include "emulator/program_file.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace pytune::emulator {
namespace {

// The kernel reads this much of a script (BINPRM_BUF_SIZE) and follows so many of them (execve(2)).
constexpr std::size_t kFirstBytes = 256;
constexpr int kMostScripts = 5;

const Guest kGuests[] = {
    {"aarch64", EM_AARCH64, 221, 281, 222},
    {"x86_64", EM_X86_64, 59, 322, 9},
};

// Empty when it is no regular file that this user may execute.
std::string first_bytes(const std::string& file) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
      access(file.c_str(), X_OK) != 0)
    return {};
  std::string bytes(kFirstBytes, '\0');
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t size = read(fd, bytes.data(), bytes.size());
  close(fd);
  bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return bytes;
}

bool is_program_of(const Guest& guest, const std::string& bytes) {
  Elf64_Ehdr header;
  if (bytes.size() < sizeof header) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB &&
         header.e_machine == guest.machine && (header.e_type == ET_EXEC || header.e_type == ET_DYN);
}

// The interpreter, and its one argument if the line has more (execve(2), "Interpreter scripts").
std::vector<std::string> script_words(std::string_view bytes) {
  constexpr std::string_view kBlank = " \t";
  if (!bytes.starts_with("#!")) return {};
  const std::size_t end = bytes.find_first_of(std::string_view("\n\0", 2));
  std::string_view line =
      bytes.substr(2, end == std::string_view::npos ? std::string_view::npos : end - 2);
  const std::size_t start = line.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return {};
  line = line.substr(start, line.find_last_not_of(kBlank) + 1 - start);
  const std::size_t gap = line.find_first_of(kBlank);
  std::vector<std::string> words = {std::string(line.substr(0, gap))};
  if (gap != std::string_view::npos)
    words.emplace_back(line.substr(line.find_first_not_of(kBlank, gap)));
  return words;
}

}  // namespace

std::optional<Guest> find_guest(const std::string& name) {
  const auto* found = std::find_if(std::begin(kGuests), std::end(kGuests),
                                   [&](const Guest& guest) { return guest.name == name; });
  if (found == std::end(kGuests)) return std::nullopt;
  return *found;
}

std::string under_prefix(const std::string& prefix, const std::string& path) {
  if (prefix.empty() || !path.starts_with('/')) return path;
  const std::string inside = prefix + path;
  return access(inside.c_str(), F_OK) == 0 ? inside : path;
}

std::optional<Started> find_started(const Guest& guest, const std::string& prefix,
                                    const std::string& path, std::vector<std::string> arguments) {
  std::string next = path;
  for (int scripts = 0; scripts <= kMostScripts; ++scripts) {
    const std::string file = under_prefix(prefix, next);
    const std::string bytes = first_bytes(file);
    if (is_program_of(guest, bytes)) return Started{file, std::move(arguments)};
    std::vector<std::string> words = script_words(bytes);
    if (words.empty()) return std::nullopt;
    // The interpreter gets the script's path in place of the script's own name.
    if (!arguments.empty()) arguments.erase(arguments.begin());
    words.push_back(next);
    next = words.front();
    arguments.insert(arguments.begin(), words.begin(), words.end());
  }
  return std::nullopt;
}

}  // namespace pytune::emulator
