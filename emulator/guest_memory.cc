#include "emulator/guest_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace pytune::emulator {
namespace {

// Linux refuses longer ones: MAX_ARG_STRLEN, and 3/4 of the largest stack (execve(2)) by pointers.
constexpr std::size_t kLongestString = 131072;
constexpr std::size_t kMostStrings = 6291456 / sizeof(std::uint64_t);
constexpr std::uint64_t kPage = 4096;

std::atomic<std::uint64_t> guest_base{0};

// A load from a wrong pointer would end the emulator; a read of this file fails.
class Memory {
 public:
  Memory() : fd_(open("/proc/self/mem", O_RDONLY | O_CLOEXEC)) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    if (fd_ >= 0) close(fd_);
  }
  bool read(std::uint64_t address, void* copy, std::size_t size) const {
    return pread(fd_, copy, size, static_cast<off_t>(address + guest_base)) ==
           static_cast<ssize_t>(size);
  }
  std::optional<std::string> string(std::uint64_t address) const {
    std::string text;
    while (text.size() <= kLongestString) {
      char page[kPage];
      const std::size_t size = kPage - address % kPage;  // never into the next page
      if (!read(address, page, size)) return std::nullopt;
      const std::size_t length = strnlen(page, size);
      text.append(page, length);
      if (length < size) return text;
      address += size;
    }
    return std::nullopt;
  }

 private:
  int fd_;
};

}  // namespace

void set_guest_base(std::uint64_t host_address) { guest_base = host_address; }

std::optional<std::string> guest_string(std::uint64_t address) { return Memory().string(address); }

std::optional<std::vector<std::string>> guest_strings(std::uint64_t address) {
  std::vector<std::string> strings;
  if (address == 0) return strings;
  const Memory memory;
  while (strings.size() < kMostStrings) {
    std::uint64_t pointer = 0;
    if (!memory.read(address, &pointer, sizeof pointer)) return std::nullopt;
    if (pointer == 0) return strings;
    auto text = memory.string(pointer);
    if (!text) return std::nullopt;
    strings.push_back(std::move(*text));
    address += sizeof pointer;
  }
  return std::nullopt;
}

}  // namespace pytune::emulator
