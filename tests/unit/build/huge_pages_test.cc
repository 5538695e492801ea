#include "build/huge_pages.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::HasSubstr;

constexpr const char* kMeminfo =
    "MemTotal:        8000000 kB\nHugePages_Total:      16\nHugePages_Free:       16\n"
    "Hugepagesize:       2048 kB\nHugetlb:           32768 kB\n";

const Environment kPymalloc{{"PYTHON_PYMALLOC_HUGEPAGES", "1"}};
const Environment kGlibc{{"GLIBC_TUNABLES", "glibc.malloc.hugetlb=2"}};

TEST(HugePagePool, IsWhatIsReservedAndWhatMayBeAdded) {
  const HugePagePool pool = parse_huge_pages(kMeminfo, "4\n");
  EXPECT_EQ(pool.page_bytes, 2U << 20);
  EXPECT_EQ(pool.pages, 20U);
  EXPECT_EQ(parse_huge_pages("", "").page_bytes, 0U);
  EXPECT_EQ(parse_huge_pages("Hugepagesize: many\n", "x").page_bytes, 0U);
}

TEST(WithoutHugePages, NobodyAsksForAnyThatGetsThem) {
  const HugePagePool pool = parse_huge_pages(kMeminfo, "0");
  EXPECT_EQ(without_huge_pages(kPymalloc, pool), std::nullopt);
  EXPECT_EQ(without_huge_pages(kGlibc, pool), std::nullopt);
  for (const Environment& silent :
       {Environment{}, Environment{{"PYTHON_PYMALLOC_HUGEPAGES", "0"}},
        Environment{{"GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"}},
        Environment{{"GLIBC_TUNABLES", "glibc.malloc.hugetlb=2097152"}}})
    EXPECT_EQ(without_huge_pages(silent, {}), std::nullopt);
}

TEST(WithoutHugePages, SaysWhatTheMachineLacks) {
  EXPECT_THAT(*without_huge_pages(kPymalloc, {}), HasSubstr("this kernel has no huge pages"));
  EXPECT_THAT(*without_huge_pages(kPymalloc, {2U << 20, 0}),
              HasSubstr("no huge pages are reserved"));
  EXPECT_THAT(*without_huge_pages(kGlibc, {2U << 20, 0}), HasSubstr("vm.nr_hugepages"));
  // 64 KiB pages: AArch64 kernels of Red Hat.
  EXPECT_THAT(*without_huge_pages(kPymalloc, {512U << 20, 8}), HasSubstr("have 512 MiB here"));
  EXPECT_EQ(without_huge_pages(kGlibc, {512U << 20, 8}), std::nullopt);
}

}  // namespace
}  // namespace pytune
