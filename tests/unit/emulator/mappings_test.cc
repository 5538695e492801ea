#include "emulator/mappings.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>

#include "unit/sys/scratch.h"

namespace pytune::emulator {
namespace {

class MappingsOf : public sys_test::Scratch {
 protected:
  std::uint64_t map(const std::string& name, off_t offset, void* where = nullptr) {
    const int fd = open(at(name).c_str(), O_RDONLY);
    void* pages =
        mmap(where, 4096, PROT_READ, MAP_PRIVATE | (where == nullptr ? 0 : MAP_FIXED), fd, offset);
    close(fd);
    return reinterpret_cast<std::uint64_t>(pages);
  }
};

TEST_F(MappingsOf, TellsFileAndOffset) {
  sys_test::write(at("a library"), std::string(3 * 4096, 'x'));
  const std::uint64_t address = map("a library", 8192);
  Mappings mappings;
  const Place place = mappings.find(address + 5);
  EXPECT_EQ(mappings.files().at(place.file), at("a library").string());
  EXPECT_EQ(place.offset, 8197U);
  EXPECT_EQ(mappings.find(address).file, place.file);
  munmap(reinterpret_cast<void*>(address), 4096);
}

TEST_F(MappingsOf, CodeOfNoFileHasItsAddress) {
  void* page = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const auto address = reinterpret_cast<std::uint64_t>(page);
  Mappings mappings;
  const Place place = mappings.find(address + 8);
  EXPECT_EQ(place.file, 0U);
  EXPECT_EQ(place.offset, address + 8);
  EXPECT_EQ(mappings.files().at(0), "");
  EXPECT_EQ(mappings.find(8).offset, 8U);
  munmap(page, 4096);
}

TEST_F(MappingsOf, SeesWhatIsMappedLaterAndAfterForgettingWhatIsMappedInstead) {
  sys_test::write(at("first"), std::string(4096, 'x'));
  sys_test::write(at("second"), std::string(4096, 'x'));
  Mappings mappings;
  mappings.find(8);
  const std::uint64_t address = map("first", 0);
  EXPECT_EQ(mappings.files().at(mappings.find(address).file), at("first").string());
  map("second", 0, reinterpret_cast<void*>(address));
  mappings.forget();
  EXPECT_EQ(mappings.files().at(mappings.find(address).file), at("second").string());
  munmap(reinterpret_cast<void*>(address), 4096);
}

}  // namespace
}  // namespace pytune::emulator
