#include "emulator/guest_memory.h"

#include <gmock/gmock.h>
#include <sys/mman.h>

#include <cstring>

namespace pytune::emulator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

// Two pages, of which only the first may be read.
class TwoPages : public testing::Test {
 protected:
  TwoPages()
      : pages_(static_cast<char*>(
            mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    munmap(pages_ + 4096, 4096);
  }
  void TearDown() override { munmap(pages_, 4096); }
  char* end() const { return pages_ + 4096; }

 private:
  char* pages_;
};

TEST_F(TwoPages, AStringUpToTheLastByteIsRead) {
  std::memcpy(end() - 5, "four", 5);
  EXPECT_THAT(guest_string(address_of(end() - 5)), Optional(std::string("four")));
}

TEST_F(TwoPages, AStringThatRunsIntoNothingIsNone) {
  std::memcpy(end() - 4, "four", 4);
  EXPECT_EQ(guest_string(address_of(end() - 4)), std::nullopt);
  EXPECT_EQ(guest_string(0), std::nullopt);
}

TEST(GuestMemory, StringsAcrossPagesAreRead) {
  const std::string text(20000, 'x');
  EXPECT_THAT(guest_string(address_of(text.c_str())), Optional(text));
}

TEST(GuestMemory, TheLongestThatLinuxTakesIsTheLongestRead) {
  EXPECT_NE(guest_string(address_of(std::string(131000, 'x').c_str())), std::nullopt);
  EXPECT_EQ(guest_string(address_of(std::string(200000, 'x').c_str())), std::nullopt);
}

TEST(GuestMemory, ArraysEndAtTheNullPointer) {
  const char* const strings[] = {"one", "", "three", nullptr, "four"};
  EXPECT_THAT(guest_strings(address_of(&strings)), Optional(ElementsAre("one", "", "three")));
  EXPECT_THAT(guest_strings(0), Optional(IsEmpty()));
}

TEST(GuestMemory, AnArrayWithAWrongPointerIsNone) {
  const char* const strings[] = {"one", reinterpret_cast<const char*>(8), nullptr};
  EXPECT_EQ(guest_strings(address_of(&strings)), std::nullopt);
  EXPECT_EQ(guest_strings(8), std::nullopt);
}

TEST(GuestMemory, AddressesAreRelativeToTheGuestsBase) {
  const std::string text = "0123456789";
  const std::uint64_t address = address_of(text.c_str());
  const std::uint64_t in_page = address % 4096;
  set_guest_base(address - in_page - 0x1000);
  const auto found = guest_string(0x1000 + in_page + 3);
  set_guest_base(0);
  EXPECT_THAT(found, Optional(std::string("3456789")));
}

}  // namespace
}  // namespace pytune::emulator
