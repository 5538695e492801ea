#include "input/json.h"

#include <gmock/gmock.h>

#include "sys/error.h"

namespace pytune {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

template <typename Act>
std::string error_of(const Act& act) {
  try {
    act();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

std::string parse_error(const std::string& text, const std::string& file = "") {
  return error_of([&] { (void)parse_json(text, file); });
}

TEST(ParseJson, RefusesAKeyGivenTwiceInOneObjectOnly) {
  EXPECT_EQ(parse_error("{\"a\":{\"b\":1},\"c\":{\"b\":1}}"), "");
  EXPECT_EQ(parse_error("[{\"a\":1,\"b\":2,\"a\":3}]"), "has the key \"a\" twice in one object");
}

TEST(ParseJson, KeepsOrderAndKeysApartInOrderedDocuments) {
  const auto ordered = parse_ordered_json(R"({"b":{"z":1,"a":[2,{"y":3}]},"a":null})");
  EXPECT_EQ(ordered.dump(), R"({"b":{"z":1,"a":[2,{"y":3}]},"a":null})");
  EXPECT_EQ(error_of([] { (void)parse_ordered_json(R"([{"a":1,"b":2,"a":3}])"); }),
            "has the key \"a\" twice in one object");
}

TEST(ParseJson, ReadsEveryKindOfValue) {
  const json all = parse_json(R"([null,true,-1,18446744073709551615,1.5,"x",[],{},{"k":[0]}])");
  EXPECT_EQ(all.dump(), R"([null,true,-1,18446744073709551615,1.5,"x",[],{},{"k":[0]}])");
  EXPECT_EQ(parse_json("7"), 7);
}

TEST(ParseJson, RefusesDeepNestingButNotWidth) {
  EXPECT_EQ(parse_error(std::string(30, '[') + std::string(30, ']')), "");
  EXPECT_THAT(parse_error(std::string(1'000'000, '[')), HasSubstr("nested deeper"));
  std::string wide = "[0";
  for (int i = 0; i < 100'000; ++i) {
    wide += ",0";
  }
  EXPECT_EQ(parse_error(wide + "]"), "");
}

TEST(ParseJson, SaysWhatIsWrongInAWordOrTwo) {
  EXPECT_EQ(parse_error(""), "is empty");
  EXPECT_EQ(parse_error("[1, 2"), "breaks off after 5 bytes");
  EXPECT_EQ(parse_error("[1, -Infinity]"), "has -Infinity as a value");
  EXPECT_EQ(parse_error("[1e999]"), "has a number above 1e308");
}

TEST(ParseJson, SaysWhatElseAFileIs) {
  EXPECT_EQ(parse_error(" \n\n"), "is empty");
  EXPECT_THAT(parse_error("BZh91AY&SY"), HasSubstr("compressed by bzip2: unpack it first"));
  EXPECT_THAT(parse_error("\xfd"
                          "7zXZ"),
              HasSubstr("compressed by xz"));
  EXPECT_THAT(parse_error("\x28\xb5\x2f\xfd"), HasSubstr("compressed by zstd"));
  EXPECT_THAT(parse_error("PK\x03\x04"), HasSubstr("is a zip archive"));
  EXPECT_THAT(parse_error(std::string("\xff\xfe{\0}\0", 6)), HasSubstr("is UTF-16"));
  EXPECT_THAT(parse_error(std::string("{\0}\0", 4)), HasSubstr("is UTF-16"));
  EXPECT_THAT(parse_error("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("Git LFS"));
  EXPECT_THAT(parse_error("<!DOCTYPE html>"), HasSubstr("is HTML or XML"));
  EXPECT_EQ(parse_error("{\"a\": \"caf\xe9\"}"),
            "is not JSON, for it is not UTF-8 (byte 12 of 13)");
  EXPECT_THAT(parse_error("{}\n{}\n"), HasSubstr("(byte 4 of 6): it goes on after its end"));
}

TEST(ParseJson, NamesThePlaceInAFileAsEditorsOpenIt) {
  EXPECT_EQ(parse_error("{\n  \"a\" 1}", "x.json"), "x.json:2:7: is not JSON (byte 9 of 10)");
  EXPECT_EQ(parse_error("{\"a\": 1, \"a\": 2}", "x.json"),
            "x.json: has the key \"a\" twice in one object");
}

TEST(JsonViewTest, EveryComplaintNamesFileAndPath) {
  const json document = {{"a", {{{"b", "text"}}}}, {"n", 12}};
  const JsonView root(document, "x.json");
  EXPECT_EQ(error_of([&] { (void)root.at("a").elements(9)[0].at("b").integer(0, 9); }),
            "x.json: a[0].b: expected an integer from 0 to 9, got \"text\"");
  EXPECT_EQ(error_of([&] { (void)root.at("n").integer(0, 9); }),
            "x.json: n: expected an integer from 0 to 9, got 12");
  EXPECT_EQ(error_of([&] { (void)root.at("c"); }), "x.json: c: missing");
  EXPECT_EQ(error_of([&] { (void)JsonView(document).at("a").text(9); }),
            "a: expected a text, got an array of 1");
  EXPECT_EQ(error_of([&] { root.only_keys({"a", "nn"}); }),
            "x.json: unknown key \"n\"; did you mean \"nn\"?");
}

TEST(JsonViewTest, TypesAndRangesAreChecked) {
  const auto refuses = [](const json& value, const auto& read) {
    return !error_of([&] { read(JsonView(value)); }).empty();
  };
  EXPECT_TRUE(refuses(18446744073709551615U, [](auto v) { v.integer(0, 100); }));
  EXPECT_TRUE(refuses(1.5, [](auto v) { v.integer(0, 100); }));
  EXPECT_TRUE(refuses(1, [](auto v) { v.boolean(); }));
  EXPECT_TRUE(refuses(json::array({1, 0}), [](auto v) { v.positive_numbers(9, 9); }));
  EXPECT_TRUE(refuses("", [](auto v) { v.nonempty_text(9); }));
  EXPECT_TRUE(refuses("../x", [](auto v) { v.name(9); }));
  EXPECT_TRUE(refuses("c", [](auto v) { v.one_of({"a", "b"}); }));
  EXPECT_TRUE(refuses(json::array({1, 2}), [](auto v) { v.elements(1); }));
}

TEST(JsonViewTest, MembersKeepTheOrderTheyWereWrittenIn) {
  const auto document = parse_ordered_json(R"({"z": 1, "a": 2})");
  std::vector<std::pair<std::string, long>> members;
  for (const auto& [key, view] : OrderedJsonView(document).members(9))
    members.emplace_back(key, view.integer(0, 9));
  EXPECT_THAT(members, ElementsAre(Pair("z", 1), Pair("a", 2)));
}

}  // namespace
}  // namespace pytune
