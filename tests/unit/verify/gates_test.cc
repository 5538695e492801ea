// What the gates make of what programs said, without running any.
#include <gmock/gmock.h>

#include "sys/error.h"
#include "unit/patches/support.h"
#include "verify/applies.h"
#include "verify/differential.h"
#include "verify/generated.h"
#include "verify/micro_benchmarks.h"
#include "verify/objects.h"
#include "verify/verify.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using patches_test::file_before;
using patches_test::kChange;
using patches_test::message;
using patches_test::patch;
using patches_test::write;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kDigest(64, 'a');
const std::string kOther(64, 'b');

class Gates : public ::testing::Test {
 protected:
  TemporaryDirectory folder_{fs::temp_directory_path(), "gates"};
  fs::path tree_ = folder_.path();
};

TEST_F(Gates, AppliesSaysWhereTheHunksAre) {
  write(tree_ / "Objects/a.c", file_before());
  const Patch fits = patch(kChange);
  auto rows = verify_applies(tree_, {{"0001-x", {fits}}});
  EXPECT_EQ(rows[0].outcome, GateOutcome::passed);
  EXPECT_EQ(rows[0].why, "2 hunks in 1 file, where the patch says");
  write(tree_ / "Objects/a.c", "a line more\n" + file_before());
  EXPECT_THAT(verify_applies(tree_, {{"0001-x", {fits}}})[0].why, HasSubstr("2 of them on other"));
  write(tree_ / "Objects/a.c", "another file\n");
  rows = verify_applies(tree_, {{"0001-x", {fits}}});
  EXPECT_EQ(rows[0].outcome, GateOutcome::failed);
  EXPECT_THAT(rows[0].why, HasSubstr("Objects/a.c, hunk 1"));
}

TEST_F(Gates, VariantsAreEachPatchAloneAndAllTogether) {
  PatchSeries series;
  series.patches = {patch(kChange, "0001-a"), patch(kChange, "0002-b")};
  const auto names = [](const std::vector<Variant>& variants) {
    std::vector<std::string> list;
    for (const auto& one : variants) list.push_back(one.patch);
    return list;
  };
  VerifyOptions options;
  EXPECT_THAT(names(variants_to_build(series, options)), ElementsAre("0001-a", "0002-b", "series"));
  options.reduced = true;
  EXPECT_THAT(names(variants_to_apply(series, options)), ElementsAre("0001-a", "0002-b", "series"));
  EXPECT_THAT(names(variants_to_build(series, options)), ElementsAre("series"));
  options.patch = "0002-b";
  EXPECT_THAT(names(variants_to_build(series, options)), ElementsAre("0002-b"));
}

TEST_F(Gates, DigestsAreReadStrictly) {
  const auto digests =
      parse_digests("hex 12 " + kDigest + "\nascii-decode 0 " + kOther + "\n", "x");
  ASSERT_EQ(digests.size(), 2U);
  EXPECT_EQ(digests[0].inputs, 12);
  EXPECT_EQ(digests[1].area, "ascii-decode");
  for (const std::string& line :
       {std::string(), std::string("hex"), std::string("hex 12"), "hex 12 " + kDigest.substr(1),
        "hex -1 " + kDigest, "hex 1x " + kDigest, "h\x1b[2J 1 " + kDigest,
        "hex 12 " + kDigest + " more", std::string("Traceback (most recent call last):")})
    EXPECT_THAT(message([&] { parse_digests(line + "\n", "gcc-12, series"); }),
                HasSubstr("gcc-12, series: "))
        << line;
}

TEST_F(Gates, DifferingAreasAreNamed) {
  const std::vector<AreaDigest> before = {{"hex", 3, kDigest}, {"find", 3, kDigest}};
  EXPECT_EQ(differing_areas(before, before), "");
  EXPECT_EQ(differing_areas(before, {{"hex", 3, kDigest}, {"find", 3, kOther}}),
            "other answers than without the patches in: find");
  EXPECT_EQ(differing_areas(before, {{"hex", 4, kDigest}, {"find", 3, kDigest}}),
            "other answers than without the patches in: hex");
  EXPECT_EQ(differing_areas(before, {{"hex", 3, kDigest}}), "2 areas before and 1 after");
}

TEST_F(Gates, GeneratorsAreThoseWhoseInputsOrOutputsChange) {
  const auto names = [&](const std::vector<std::string>& paths) {
    std::vector<std::string> list;
    for (const auto& one : generators_for(tree_, paths)) list.push_back(one.name);
    return list;
  };
  EXPECT_THAT(names({"Python/bytecodes.c"}), IsEmpty());  // a version without that generator
  for (const char* script : {"opcode_id", "target", "uop_id", "py_metadata", "tier1", "tier2",
                             "optimizer", "opcode_metadata", "uop_metadata"})
    write(tree_ / "Tools/cases_generator" / (std::string(script) + "_generator.py"), "");
  write(tree_ / "Parser/asdl_c.py", "");
  write(tree_ / "Tools/clinic/clinic.py", "");
  write(tree_ / "Modules/b.c", "/*[clinic input]\n");
  write(tree_ / "Modules/c.c", "int c;\n");
  EXPECT_THAT(names({"Python/bytecodes.c", "Makefile.pre.in"}), ElementsAre("the bytecodes"));
  EXPECT_THAT(names({"Python/generated_cases.c.h"}), ElementsAre("the bytecodes"));
  EXPECT_THAT(names({"Python/Python-ast.c"}), ElementsAre("the syntax tree"));
  EXPECT_THAT(names({"Modules/b.c", "Modules/c.c"}), ElementsAre("the arguments of Modules/b.c"));
  EXPECT_THAT(names({"Makefile.pre.in"}), IsEmpty());
}

TEST_F(Gates, ObjectsOfAHeaderAreThoseOfAllThatIncludeIt) {
  write(tree_ / "Objects/stringlib/find.h", "x\n");
  write(tree_ / "Objects/stringlib/all.h", "#include \"stringlib/find.h\"\n");
  write(tree_ / "Objects/a.c", "#  include \"stringlib/all.h\"  // all\n");
  write(tree_ / "Objects/b.c", "#include <stringlib/all.h>\n#include \"\n#include\n");
  write(tree_ / "Modules/m.c", "int m;\n");
  EXPECT_THAT(objects_of(tree_, {"Objects/stringlib/find.h"}), ElementsAre("Objects/a.o"));
  EXPECT_THAT(objects_of(tree_, {"Modules/m.c", "Objects/stringlib/all.h"}),
              ElementsAre("Modules/m.o", "Objects/a.o"));
  EXPECT_THAT(objects_of(tree_, {"Makefile.pre.in"}), IsEmpty());
}

TEST_F(Gates, OnlyPatchesForOtherMachinesMustLeaveX86Alone) {
  PatchHeader header;
  for (const auto& [architecture, gated] :
       {std::pair("any", false), std::pair("any of 64 bits", false), std::pair("aarch64", true),
        std::pair("x86_64 aarch64", false)}) {
    header.architecture = architecture;
    EXPECT_EQ(gated_off_x86(header), gated) << architecture;
  }
}

TEST_F(Gates, StatementNamesAreReadStrictly) {
  EXPECT_THAT(parse_statement_names("hex 8\n100 x 14 bytecodes\n", "x.py"),
              ElementsAre("hex 8", "100 x 14 bytecodes"));
  for (const std::string& text :
       {std::string(), std::string("a\n\nb\n"), std::string("\x1b[2J\n"), std::string(200, 'x')})
    EXPECT_THROW(parse_statement_names(text, "x.py"), Failure) << text;
}

TEST_F(Gates, APatchThatMakesEveryStatementDearerFailsWhereItClaimsACount) {
  const std::string claim = "counted: 2x";
  const auto judged = [](std::vector<StatementCount> counts, const std::string& effect) {
    GateRow row;
    judge_counts(row, counts, effect);
    return row;
  };
  EXPECT_EQ(judged({{"a", 100, 50}, {"b", 100, 110}}, claim).outcome, GateOutcome::passed);
  EXPECT_EQ(judged({{"a", 100, 50}, {"b", 100, 110}}, claim).why,
            "2 statements, 0.909x to 2.000x fewer instructions (counted)");
  EXPECT_EQ(judged({{"a", 100, 101}, {"b", 100, 110}}, claim).outcome, GateOutcome::failed);
  EXPECT_EQ(judged({{"a", 100, 100.001}}, claim).outcome, GateOutcome::passed);
  EXPECT_EQ(judged({{"a", 100, 101}}, "not counted: jumps").outcome, GateOutcome::passed);
}

}  // namespace
}  // namespace pytune
