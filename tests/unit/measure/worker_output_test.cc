#include "measure/worker_output.h"

#include <gmock/gmock.h>

#include "unit/measure/fake_worker.h"

namespace pytune {
namespace {

using measure_test::worker_document;
using nlohmann::json;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const WorkerRequest kRequest = {"nbody", 4, 1, 3};

json good() { return worker_document("nbody", 4, 1, {0.5, 0.25, 1.0}); }
json& run_of(json& document) { return document["benchmarks"][0]["runs"][0]; }

WorkerValues parse(const json& document) { return parse_worker_values(document.dump(), kRequest); }
WorkerValues parse(const std::string& text) { return parse_worker_values(text, kRequest); }

// A good document with its second value replaced by this text.
std::string with_value(const std::string& text) {
  std::string document = good().dump();
  return document.replace(document.find("0.25"), 4, text);
}

TEST(WorkerOutput, ReadsTheValuesOfAGoodWorker) {
  const WorkerValues values = parse(good().dump() + "\n");
  EXPECT_EQ(values.error, "");
  EXPECT_THAT(values.wall, ElementsAre(0.5, 0.25, 1.0));
  EXPECT_THAT(values.cpu, IsEmpty());
}

TEST(WorkerOutput, FindsMetadataOnWhateverLevelPyperfPutIt) {
  json document = good();
  run_of(document)["metadata"] = document["metadata"];
  document.erase("metadata");
  EXPECT_EQ(parse(document).error, "");
}

TEST(WorkerOutput, DividesTheHooksCpuSecondsByAllLoopsAndDropsTheWarmUps) {
  json document = good();
  document["metadata"]["inner_loops"] = 10;
  document["metadata"]["pytune_cpu_seconds"] = "99.0 4.0 8.0 1e-05";
  document["metadata"]["pytune_cpu_batches"] = "1 3";
  EXPECT_THAT(parse(document).cpu, ElementsAre(DoubleEq(0.1), DoubleEq(0.2), DoubleEq(2.5e-7)));
}

TEST(WorkerOutput, LeavesOutCpuSecondsOfAClockThatTicksTooSlowly) {
  json document = good();
  document["metadata"]["pytune_cpu_seconds"] = "0.01 0.01 0.0 0.01";
  const WorkerValues values = parse(document);
  EXPECT_EQ(values.error, "");
  EXPECT_THAT(values.cpu, IsEmpty());
  EXPECT_EQ(values.wall.size(), 3);
}

TEST(WorkerOutput, NamesABadValue) {
  EXPECT_EQ(parse(with_value("NaN")).error, "worker sent NaN as a value");
  EXPECT_EQ(parse(with_value("Infinity")).error, "worker sent Infinity as a value");
  EXPECT_EQ(parse(with_value("-Infinity")).error, "worker sent -Infinity as a value");
  EXPECT_EQ(parse(with_value("-0.5")).error, "worker sent -0.5 as a value");
  EXPECT_EQ(parse(with_value("0")).error, "worker sent 0 as a value");
  EXPECT_EQ(parse(with_value("0.0")).error, "worker sent 0.0 as a value");
  EXPECT_EQ(parse(with_value("1e300")).error, "worker sent 1e+300 as a value");
  EXPECT_EQ(parse(with_value("null")).error, "worker sent null as a value");
  EXPECT_EQ(parse(with_value("\"1.0\"")).error, "worker sent \"1.0\" as a value");
  EXPECT_EQ(parse(with_value("[1.0]")).error, "worker sent [1.0] as a value");
  EXPECT_THAT(parse(with_value("1e999")).error, HasSubstr("number above 1e308"));
}

TEST(WorkerOutput, GivesNoValuesTogetherWithAnError) {
  const WorkerValues values = parse(with_value("-1"));
  EXPECT_THAT(values.wall, IsEmpty());
  EXPECT_THAT(values.cpu, IsEmpty());
}

TEST(WorkerOutput, SaysThatNothingCame) {
  EXPECT_EQ(parse(std::string()).error, "worker ended without sending a result");
  EXPECT_EQ(parse(std::string("\n\n")).error, "worker ended without sending a result");
}

TEST(WorkerOutput, SaysWhereATruncatedResultBreaksOff) {
  const std::string whole = good().dump();
  for (std::size_t length = 1; length < whole.size(); ++length) {
    EXPECT_THAT(parse(whole.substr(0, length)).error, HasSubstr("breaks off after")) << length;
  }
}

TEST(WorkerOutput, SurvivesGarbage) {
  EXPECT_EQ(parse(std::string("Segmentation fault")).error,
            "worker sent a result that is not JSON (byte 1 of 18)");
  EXPECT_THAT(parse(std::string("\x00\xff\x80{", 4)).error, HasSubstr("is not JSON"));
  EXPECT_THAT(parse(good().dump() + good().dump()).error, HasSubstr("is not JSON"));
  EXPECT_EQ(parse(good().dump() + "\n" + good().dump()).error, "worker sent more than one result");
}

TEST(WorkerOutput, RefusesBottomlessNestingWithoutOverflowingTheStack) {
  const std::string deep = std::string(2'000'000, '[');
  EXPECT_THAT(parse(deep).error, HasSubstr("nested deeper than 32 levels"));
  EXPECT_THAT(parse("{\"version\":\"1.0\",\"x\":" + deep).error, HasSubstr("nested deeper"));
}

TEST(WorkerOutput, RefusesAFloodOfBytes) {
  EXPECT_THAT(parse(std::string(std::size_t{5} << 20, ' ')).error, HasSubstr("5242880 bytes"));
}

TEST(WorkerOutput, RefusesTheWrongNumberOfValuesOrWarmUps) {
  EXPECT_EQ(parse(worker_document("nbody", 4, 1, {1.0})).error,
            "worker sent 1 values instead of 3");
  EXPECT_EQ(parse(worker_document("nbody", 4, 2, {1, 1, 1})).error,
            "worker sent 2 warm-ups instead of 1");
  EXPECT_EQ(parse(worker_document("nbody", 4, 0, {1, 1, 1})).error,
            "worker sent 0 warm-ups instead of 1");
}

TEST(WorkerOutput, RefusesAnotherBenchmarksResult) {
  EXPECT_EQ(parse(worker_document("float", 4, 1, {1, 1, 1})).error,
            "worker measured \"float\" instead of \"nbody\"");
}

TEST(WorkerOutput, RefusesOtherLoopsThanAskedFor) {
  EXPECT_EQ(parse(worker_document("nbody", 8, 1, {1, 1, 1})).error,
            "worker sent a result in which metadata.loops: expected an integer from 4 to 4, got 8");
}

TEST(WorkerOutput, RefusesAnotherUnitAndAnotherFormat) {
  json bytes = good();
  bytes["metadata"]["unit"] = "byte";
  EXPECT_EQ(parse(bytes).error, "worker sent values in \"byte\" instead of seconds");
  json version = good();
  version["version"] = 6;
  EXPECT_EQ(parse(version).error, "worker sent format version 6 instead of \"1.0\"");
}

TEST(WorkerOutput, RefusesWrongShapesOnEveryLevel) {
  for (const json& wrong :
       {json(), json(1), json("x"), json::array(), json::object(), json(true)}) {
    EXPECT_NE(parse(wrong).error, "") << wrong;
    for (const char* path :
         {"/version", "/benchmarks", "/benchmarks/0", "/benchmarks/0/runs", "/benchmarks/0/runs/0",
          "/benchmarks/0/runs/0/values", "/benchmarks/0/runs/0/warmups/0", "/metadata",
          "/metadata/name", "/metadata/loops"}) {
      json document = good();
      document[json::json_pointer(path)] = wrong;
      EXPECT_NE(parse(document).error, "") << path << " " << wrong;
    }
  }
}

TEST(WorkerOutput, RefusesSeveralBenchmarksOrRuns) {
  json two = good();
  two["benchmarks"].push_back(two["benchmarks"][0]);
  EXPECT_EQ(parse(two).error, "worker sent 2 benchmarks instead of 1");
  json runs = good();
  runs["benchmarks"][0]["runs"].push_back(run_of(runs));
  EXPECT_EQ(parse(runs).error, "worker sent 2 runs instead of 1");
}

TEST(WorkerOutput, RefusesBadCpuSeconds) {
  for (const char* line :
       {"0.1 nan 0.1 0.1", "0.1 inf 0.1 0.1", "0.1 -1 0.1 0.1", "0.1 x 0.1 0.1", "0.1  0.1 0.1",
        "0.1 0.1", "", "0.1 0.1 0.1 0.1 0.1", "0.1 1e400 0.1 0.1", "0x1p3 1 1 1"}) {
    json document = good();
    document["metadata"]["pytune_cpu_seconds"] = line;
    EXPECT_THAT(parse(document).error, HasSubstr("CPU seconds")) << line;
  }
  json document = good();
  document["metadata"]["pytune_cpu_seconds"] = 4;
  EXPECT_THAT(parse(document).error, HasSubstr("pytune_cpu_seconds"));
}

TEST(WorkerOutput, SaysEverythingInOneLineOfUtf8) {
  json document = good();
  document["metadata"]["name"] = "a\nb\x1b[31m";
  EXPECT_EQ(parse(document).error, "worker measured \"a b [31m\" instead of \"nbody\"");
}

TEST(WorkerOutput, ReadsCalibratedLoops) {
  json document = good();
  document["metadata"]["calibrate_loops"] = 64;
  EXPECT_EQ(parse_worker_loops(document.dump(), "nbody").loops, 64);
}

TEST(WorkerOutput, RefusesCalibratedLoopsOutOfRange) {
  for (const json& loops :
       {json(0), json(-1), json(1.5), json("8"), json(std::uint64_t{1} << 63), json(1L << 33)}) {
    json document = good();
    document["metadata"]["calibrate_loops"] = loops;
    EXPECT_THAT(parse_worker_loops(document.dump(), "nbody").error, HasSubstr("calibrate_loops"))
        << loops;
  }
  EXPECT_THAT(parse_worker_loops(good().dump(), "nbody").error,
              HasSubstr("calibrate_loops: missing"));
}

}  // namespace
}  // namespace pytune
