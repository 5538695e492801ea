#include "emulator/mappings.h"

#include <algorithm>
#include <fstream>
#include <ios>
#include <sstream>

namespace pytune::emulator {

Place Mappings::find(std::uint64_t address) {
  const Range* range = known(address);
  if (range == nullptr) {
    read();
    range = known(address);
  }
  if (range == nullptr || range->file.empty()) return {0, address};
  return {number_of(range->file), range->offset + (address - range->start)};
}

const Mappings::Range* Mappings::known(std::uint64_t address) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), address,
                       [](std::uint64_t value, const Range& range) { return value < range.end; });
  return after == ranges_.end() || address < after->start ? nullptr : &*after;
}

// proc(5): "start-end permissions offset device inode    path". QEMU maps a guest's code from the
// guest's own file and without leave to execute: it runs translations.
void Mappings::read() {
  ranges_.clear();
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t offset = 0;
    char dash = 0;
    std::string permissions;
    words >> std::hex >> start >> dash >> end >> permissions >> offset;
    if (!words) continue;
    const std::size_t slash = line.find('/');
    const std::string file = slash == std::string::npos ? std::string() : line.substr(slash);
    ranges_.push_back({start, end, offset, file});
  }
}

std::uint32_t Mappings::number_of(const std::string& file) {
  const auto found = std::find(files_.begin(), files_.end(), file);
  const auto number = static_cast<std::uint32_t>(found - files_.begin());
  if (found == files_.end()) files_.push_back(file);
  return number;
}

}  // namespace pytune::emulator
