#include "spec/configuration.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "input/suggestion.h"
#include "sys/error.h"

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Configuration with(std::initializer_list<std::pair<const char*, const char*>> values) {
  Configuration configuration;
  for (const auto& [axis, value] : values)
    EXPECT_EQ(set_value(configuration, axis, value), std::nullopt) << axis;
  return configuration;
}

TEST(Axes, NamesAreUnique) {
  const auto names = axis_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_EQ(names.front(), "compiler");
}

TEST(Axes, ClosedTablesListEachValueOnceTheInitialAmongThem) {
  for_each_axis([](auto axis) {
    EXPECT_FALSE(axis.name.empty());
    EXPECT_FALSE(axis.summary.empty());
    if constexpr (ClosedAxis<decltype(axis)>) {
      std::set<std::string> names;
      std::set<int> values;
      for (const auto& choice : axis.choices) {
        names.emplace(choice.name);
        values.insert(static_cast<int>(choice.value));
        EXPECT_TRUE(choice.gcc.impossible.empty() || choice.clang.impossible.empty())
            << choice.name;
      }
      EXPECT_EQ(names.size(), axis.choices.size()) << axis.name;
      EXPECT_EQ(values.size(), axis.choices.size()) << axis.name;
      EXPECT_TRUE(values.contains(static_cast<int>(axis.initial()))) << axis.name;
    }
  });
}

TEST(Axes, EveryValueRoundTripsThroughItsName) {
  for (const auto& axis : axis_names()) {
    for (const auto& name : axis_value_names(axis)) {
      Configuration configuration;
      EXPECT_EQ(set_value(configuration, axis, name), std::nullopt);
      EXPECT_EQ(configuration.value(axis), name);
      EXPECT_EQ(configuration_from_json(configuration.canonical()), configuration);
    }
  }
}

TEST(Axes, OpenAxesHaveNoValueNames) {
  for (const char* axis : {"compiler", "cpu", "cflags", "no-such-axis"})
    EXPECT_THAT(axis_value_names(axis), IsEmpty());
  EXPECT_THAT(axis_value_names("lto"), ElementsAre("none", "thin", "full"));
}

// What is in people's stores and reports is found by these: a change here makes every old result
// unknown.
TEST(Configuration, CanonicalFormAndIdAreStable) {
  EXPECT_EQ(
      Configuration().canonical().dump(),
      R"({"compiler":"gcc","opt":"O3","cpu":"generic","pgo":"none","lto":"none","pie":"pie","libpython":"static",)"
      R"("interposition":"on","linker":"default","frame_pointers":"omit","bolt":"off","patches":"none","cflags":""})");
  EXPECT_EQ(Configuration().id(), "254c4e299171");
}

TEST(Configuration, IdDependsOnEveryAxis) {
  const std::map<std::string, std::string> open = {{"compiler", "clang"},
                                                   {"cpu", "native"},
                                                   {"patches", "series"},
                                                   {"cflags", "-g"},
                                                   {"runtime", "malloc"}};
  std::set<std::string> ids{Configuration().id()};
  for (const std::string& axis : axis_names()) {
    const std::string plain = Configuration().value(axis);
    std::string other = open.contains(axis) ? open.at(axis) : "";
    for (const std::string& value : axis_value_names(axis))
      if (value != plain) other = value;
    Configuration changed;
    EXPECT_EQ(set_value(changed, axis, other), std::nullopt) << axis;
    ids.insert(changed.id());
  }
  EXPECT_EQ(ids.size(), axis_names().size() + 1);
}

TEST(Configuration, DifferenceListsOnlyWhatDiffers) {
  EXPECT_EQ(Configuration().difference(Configuration()), "baseline");
  EXPECT_EQ(with({{"lto", "full"}, {"cpu", "native"}}).difference(Configuration()),
            "cpu=native lto=full");
  EXPECT_EQ(with({{"cpu", "znver4,no=pku+sgx"}}).difference(Configuration()), "cpu=znver4");
  EXPECT_EQ(with({{"cpu", "neoverse-n1,tune=generic,no=ssbs"}}).difference(Configuration()),
            "cpu=neoverse-n1,tune=generic");
  EXPECT_EQ(with({{"cflags", "-fa -fb"}}).difference(Configuration()), "cflags=\"-fa -fb\"");
  EXPECT_EQ(Configuration().difference(with({{"cflags", "-fa"}})), "cflags=(none)");
}

TEST(SetValue, NamesTheNearestValue) {
  Configuration c;
  EXPECT_EQ(set_value(c, "lto", "thn"), R"(unknown value "thn"; did you mean "thin"?)");
  EXPECT_EQ(set_value(c, "lto", "xyz"), R"(unknown value "xyz"; one of: none, thin, full)");
  EXPECT_EQ(set_value(c, "ltoo", "thin"), R"(unknown axis "ltoo"; did you mean "lto"?)");
  EXPECT_EQ(set_value(c, "pie", "nopie"), R"(unknown value "nopie"; did you mean "no-pie"?)");
  EXPECT_EQ(c, Configuration());
}

TEST(SetValue, OpenAxesRefuseEmptyAndControlCharacters) {
  Configuration c;
  EXPECT_EQ(set_value(c, "compiler", ""), "must not be empty");
  EXPECT_EQ(set_value(c, "cpu", "a\nb"), "has a control character");
  EXPECT_EQ(set_value(c, "cflags", ""), std::nullopt);
  EXPECT_EQ(set_value(c, "patches", "serie"), R"(unknown value "serie"; did you mean "series"?)");
  EXPECT_EQ(c, Configuration());
}

TEST(SetValue, PatchesAreNamedByNumberToo) {
  Configuration c;
  for (const char* name : {"0004", "0004-hex", "0004-hex.patch"})
    EXPECT_EQ(set_value(c, "patches", name), std::nullopt) << name;
  for (const char* name : {"4", "hex", "0004hex", "00004", "0004-../x", "0004-Hex", "../0004"})
    EXPECT_NE(set_value(c, "patches", name), std::nullopt) << name;
}

TEST(ConfigurationFromJson, TakesASubsetOverABase) {
  const Configuration base = with({{"lto", "full"}});
  EXPECT_EQ(configuration_from_json({{"pie", "no-pie"}}, base),
            with({{"lto", "full"}, {"pie", "no-pie"}}));
  EXPECT_THROW(configuration_from_json(nlohmann::json::array()), UsageError);
  EXPECT_THROW(configuration_from_json({{"lto", 1}}), UsageError);
  EXPECT_THROW(configuration_from_json({{"lto", "x"}}), UsageError);
}

TEST(Closest, SuggestsMisspellingsOnly) {
  EXPECT_EQ(closest("thn", {"none", "thin", "full"}), "thin");
  EXPECT_EQ(closest("neoverse-n11", {"neoverse-v1", "neoverse-n1"}), "neoverse-n1");
  EXPECT_EQ(closest("thin", {"thin"}), "thin");
  EXPECT_EQ(closest("x", {"no", "on"}), std::nullopt);
  EXPECT_EQ(closest("x", {"y"}), std::nullopt);
  EXPECT_EQ(closest("", {"a", "none"}), std::nullopt);
  EXPECT_EQ(closest("banana", {"none", "thin", "full"}), std::nullopt);
  EXPECT_EQ(closest("thin", {}), std::nullopt);
}

TEST(Suggestion, ListsAFewButNotMany) {
  EXPECT_EQ(suggestion("xxxx", {"a", "b"}), "; one of: a, b");
  EXPECT_EQ(suggestion("xxxx", {}), "");
  EXPECT_EQ(suggestion("xxxx", std::vector<std::string>(21, "long-name")), "");
}

TEST(ConfigurationText, FeaturesThatACpuIsWithoutAreCounted) {
  EXPECT_EQ(features_without("znver4"), 0U);
  EXPECT_EQ(features_without("neoverse-n1,tune=generic,no=ssbs"), 1U);
  EXPECT_EQ(features_without("znver4,no=pku+sgx+sse4.2"), 3U);
}

}  // namespace
}  // namespace pytune
