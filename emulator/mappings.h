// Which file the code at an address comes from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pytune::emulator {

struct Place {
  std::uint32_t file = 0;  // index into files()
  std::uint64_t offset = 0;
};

class Mappings {
 public:
  Mappings() : files_{""} {}
  // By the emulator's address. What comes from no file is in file 0, whose name is empty, at its
  // address.
  Place find(std::uint64_t address);
  // Something was mapped or unmapped.
  void forget() { ranges_.clear(); }
  const std::vector<std::string>& files() const { return files_; }

 private:
  struct Range {
    std::uint64_t start, end;
    std::uint64_t offset;  // of `start`
    std::string file;      // empty: none
  };
  const Range* known(std::uint64_t address) const;
  void read();
  std::uint32_t number_of(const std::string& file);
  std::vector<Range> ranges_;  // in order
  std::vector<std::string> files_;
};

}  // namespace pytune::emulator
