#include "build/link_order.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

namespace pytune {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr const char* kMakefile = R"(PREFIX=	/opt/python
NOT_OBJECT_OBJS= x.o y.o z.o
OBJECT_OBJS=	\
		Objects/a.o \
		Objects/b.o \
		Objects/c.o \
		Objects/d.o

MODOBJS=  Modules/one.o Modules/two.o
MODULE_OBJS=	Modules/alone.o
LIBRARY_OBJS= $(OBJECT_OBJS)
)";

std::vector<std::string> words(const std::string& variable) {
  std::istringstream text(variable.substr(variable.find('=') + 1));
  return {std::istream_iterator<std::string>(text), {}};
}

TEST(LinkOrder, EachListKeepsItsObjects) {
  const auto variables = shuffled_link_order(kMakefile, 1);
  ASSERT_THAT(variables, SizeIs(2));
  EXPECT_THAT(variables[0], StartsWith("OBJECT_OBJS="));
  EXPECT_THAT(words(variables[0]),
              UnorderedElementsAre("Objects/a.o", "Objects/b.o", "Objects/c.o", "Objects/d.o"));
  EXPECT_THAT(words(variables[1]), UnorderedElementsAre("Modules/one.o", "Modules/two.o"));
}

TEST(LinkOrder, OneSeedIsOneOrderAndOthersDiffer) {
  EXPECT_EQ(shuffled_link_order(kMakefile, 3), shuffled_link_order(kMakefile, 3));
  std::vector<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 8; ++seed)
    orders.push_back(shuffled_link_order(kMakefile, seed).front());
  std::sort(orders.begin(), orders.end());
  orders.erase(std::unique(orders.begin(), orders.end()), orders.end());
  EXPECT_GT(orders.size(), 3U);
}

TEST(LinkOrder, AMakefileWithoutListsHasNoOrder) {
  EXPECT_THAT(shuffled_link_order("all:\n\ttrue\n", 1), IsEmpty());
  EXPECT_THAT(shuffled_link_order("", 1), IsEmpty());
  EXPECT_THAT(shuffled_link_order("OBJECT_OBJS", 1), IsEmpty());
  EXPECT_THAT(shuffled_link_order("OBJECT_OBJS= a.o \\", 1), IsEmpty());
}

}  // namespace
}  // namespace pytune
