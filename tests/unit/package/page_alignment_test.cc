#include "package/page_alignment.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ElfFacts file(const std::string& machine, std::uint64_t align, bool pages_64k) {
  ElfFacts facts;
  facts.machine = machine;
  facts.segment_align = align;
  facts.pages_64k = pages_64k;
  return facts;
}

TEST(PageAlignment, EachFileForAArch64MustBeAlignedForTheLargestPages) {
  std::map<std::string, ElfFacts> binaries = {
      {"bin/python3.13", file("aarch64", 0x10000, true)},
      {"lib/python3.13/lib-dynload/_a.so", file("aarch64", 0x10000, true)},
      {"share/x86.so", file("x86_64", 0x1000, false)}};
  EXPECT_NO_THROW(require_64k_pages(binaries));
  const auto refusal = [&] {
    return sys_test::message<Failure>([&] { require_64k_pages(binaries); });
  };
  binaries["lib/libpython3.13.so.1.0"] = file("aarch64", 0x1000, false);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("lib/libpython3.13.so.1.0 (4 KiB);"),
                               HasSubstr("max-page-size=65536"), Not(HasSubstr("_a.so"))));
  // Aligned by its header, but two segments share such a page.
  for (int i = 0; i < 6; ++i)
    binaries["lib/python3.13/lib-dynload/_" + std::to_string(i) + ".so"] =
        file("aarch64", 0x10000, false);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("_0.so (64 KiB)"), HasSubstr("and 2 more")));
}

}  // namespace
}  // namespace pytune
