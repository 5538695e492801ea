#include "measure/emulated_counts.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

json document() {
  return {{"format", "pytune-counts"},
          {"version", 1},
          {"guest", "aarch64"},
          {"program", "/usr/bin/python3"},
          {"pid", 71},
          {"ended", "exit"},
          {"counts", {{"instructions", 1000}, {"loads", 300}}}};
}

json with(const std::string& pointer, json value) {
  json changed = document();
  changed[json::json_pointer(pointer)] = std::move(value);
  return changed;
}

json with_blocks(json blocks) {
  json changed = with("/files", {"", "/lib/libc.so.6"});
  changed["blocks"] = std::move(blocks);
  return changed;
}

std::string refusal(const json& changed) {
  return sys_test::message<UsageError>([&] { parse_counts_file(changed.dump()); });
}

class EmulatedCountsIn : public sys_test::Scratch {
 protected:
  void leave(const std::string& name, const std::string& text) { sys_test::write(at(name), text); }
  std::string problem() {
    return sys_test::message<Failure>([&] { read_emulated_counts(root()); });
  }
};

TEST(CountsFile, HasCountsByKind) {
  const EmulatedCounts counts = parse_counts_file(document().dump());
  EXPECT_EQ(counts.guest, "aarch64");
  EXPECT_EQ(counts.programs, 1);
  EXPECT_EQ(counts.counts.at("instructions"), 1000);
  EXPECT_EQ(counts.counts.at("loads"), 300);
  EXPECT_THAT(counts.places, IsEmpty());
}

TEST(CountsFile, HasPlacesWhenAskedFor) {
  const EmulatedCounts counts =
      parse_counts_file(with_blocks({{1, 64, 3, 12}, {1, 64, 2, 10}, {0, 7, 1, 1}}).dump());
  ASSERT_THAT(counts.places, SizeIs(2));
  EXPECT_EQ(counts.places.at({"/lib/libc.so.6", 64}).executions, 5);
  EXPECT_EQ(counts.places.at({"/lib/libc.so.6", 64}).instructions, 22);
}

TEST(CountsFile, ThatIsNotAsItShouldBeNamesTheKey) {
  EXPECT_THAT(refusal(with("/format", "x")), HasSubstr("format"));
  EXPECT_THAT(refusal(with("/version", 2)), HasSubstr("version"));
  EXPECT_THAT(refusal(with("/guest", "riscv64")), HasSubstr("guest"));
  EXPECT_THAT(refusal(with("/pid", 0)), HasSubstr("pid"));
  EXPECT_THAT(refusal(with("/ended", "well")), HasSubstr("ended"));
  EXPECT_THAT(refusal(with("/counts", json::array())), HasSubstr("counts"));
  EXPECT_THAT(refusal(with("/counts", {{"loads", 1}})), HasSubstr("no instructions"));
  EXPECT_THAT(refusal(with("/counts/loads", -1)), HasSubstr("counts.loads"));
  EXPECT_THAT(refusal(with("/counts/loads", 1e18)), HasSubstr("counts.loads"));
  EXPECT_THAT(refusal(with("/counts/a b", 1)), HasSubstr("plain name"));
  EXPECT_THAT(refusal(with("/extra", 1)), HasSubstr("extra"));
  EXPECT_THAT(refusal(with("/program", "/\xE2\x82\xAC")), HasSubstr("stands for no byte"));
}

TEST(CountsFile, WithWrongPlacesNamesThem) {
  EXPECT_THAT(refusal(with_blocks({{2, 64, 3, 12}})), HasSubstr("blocks[0][0]"));
  EXPECT_THAT(refusal(with_blocks({{1, -1, 3, 12}})), HasSubstr("blocks[0][1]"));
  EXPECT_THAT(refusal(with_blocks({{1, 1, 0, 12}})), HasSubstr("blocks[0][2]"));
  EXPECT_THAT(refusal(with_blocks({{1, 1, 1}})), HasSubstr("blocks[0]"));
  EXPECT_THAT(refusal(with("/files", {"a"})), HasSubstr("blocks"));
  EXPECT_THAT(refusal(with("/blocks", json::array())), HasSubstr("files"));
}

TEST_F(EmulatedCountsIn, AFolderAreSummed) {
  leave("1-1-0.json", document().dump());
  leave("2-1-0.json", with("/counts/loads", 5).dump());
  leave("3-1-0.running", "");
  leave("readme", "nothing of ours");
  const EmulatedCounts counts = read_emulated_counts(root());
  EXPECT_EQ(counts.counts.at("instructions"), 2000);
  EXPECT_EQ(counts.counts.at("loads"), 305);
  EXPECT_EQ(counts.programs, 2);
  EXPECT_EQ(counts.lost, 1);
}

TEST_F(EmulatedCountsIn, PlacesAreSummedByFileAndOffset) {
  leave("1-1-0.json", with_blocks({{1, 64, 3, 12}}).dump());
  leave("2-1-0.json", with_blocks({{1, 64, 1, 4}, {1, 80, 1, 2}}).dump());
  const EmulatedCounts counts = read_emulated_counts(root());
  EXPECT_EQ(counts.places.at({"/lib/libc.so.6", 64}).instructions, 16);
  EXPECT_EQ(counts.places.at({"/lib/libc.so.6", 80}).instructions, 2);
}

TEST_F(EmulatedCountsIn, WhatOneProcessDidNotCountIsAbsentAndNotLess) {
  leave("1-1-0.json", document().dump());
  leave("2-1-0.json", with("/counts", {{"instructions", 5}, {"stores", 1}}).dump());
  const auto counts = read_emulated_counts(root()).counts;
  EXPECT_THAT(counts, SizeIs(1));
  EXPECT_EQ(counts.at("instructions"), 1005);
}

TEST_F(EmulatedCountsIn, AnEmptyFolderSaysWhatMayBeWrong) {
  EXPECT_THAT(problem(), HasSubstr("did not load the plugin"));
  leave("3-1-0.running", "");
  EXPECT_THAT(problem(), HasSubstr("killed by a signal"));
}

TEST_F(EmulatedCountsIn, AFolderThatIsNotThereIsAFailure) {
  EXPECT_THAT(sys_test::message<Failure>([&] { read_emulated_counts(at("absent")); }),
              HasSubstr("absent"));
}

TEST_F(EmulatedCountsIn, ADamagedFileIsNamed) {
  leave("1-1-0.json", document().dump().substr(0, 50));
  EXPECT_THAT(problem(), AllOf(HasSubstr("1-1-0.json"), HasSubstr("breaks off")));
}

TEST_F(EmulatedCountsIn, OnlyFilesAreRead) {
  std::filesystem::create_symlink("/dev/zero", at("1-1-0.json"));
  EXPECT_THAT(problem(), HasSubstr("is no file"));
}

TEST_F(EmulatedCountsIn, ProgramsOfTwoArchitecturesDoNotAddUp) {
  leave("1-1-0.json", document().dump());
  leave("2-1-0.json", with("/guest", "x86_64").dump());
  EXPECT_THAT(problem(), HasSubstr("x86_64"));
}

TEST(CountFunctions, SumsPlacesMostFirst) {
  const auto functions =
      count_functions({{{"", 64}, 5}, {{"/not/there", 1}, 4}, {{"/not/there", 9}, 3}});
  ASSERT_THAT(functions, SizeIs(2));
  EXPECT_EQ(functions[0].file, "/not/there");
  EXPECT_EQ(functions[0].function, "");
  EXPECT_EQ(functions[0].instructions, 7);
  EXPECT_EQ(functions[1].instructions, 5);
}

}  // namespace
}  // namespace pytune
