#include "workload/workload.h"

namespace pytune {
namespace {

constexpr std::size_t kMostWords = 1000;  // of the arguments, and the like
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestText = 8192;

constexpr ListOf kWords{kMostWords, NonemptyText{kLongestText}};

std::optional<Clock> read_clock(const JsonView& view) {
  view.one_of({name_of(Clock::wall)});
  return Clock::wall;
}

}  // namespace

// What few workloads have is left out where it says nothing.
DEFINE_RECORD(Workload, no_check<Workload>, field("name", &Workload::name, Name{kLongestName}),
              field("script", &Workload::script, NonemptyText{kLongestText}),
              field("kind", &Workload::kind, NonemptyText{kLongestName}),
              field("loops", &Workload::loops, Whole{0L, 1L << 32}),
              optional_field("benchmark", &Workload::benchmark, NonemptyText{kLongestText}),
              optional_field("task", &Workload::task, Whole{0, 1000}),
              optional_field("arguments", &Workload::arguments, kWords),
              optional_field("environment", &Workload::environment),
              optional_field("requirements", &Workload::requirements, kWords),
              optional_field("oldest_minor", &Workload::oldest_minor, Whole{0, 1000}),
              optional_field("newest_minor", &Workload::newest_minor, Whole{0, 1000}),
              optional_field("build", &Workload::build, kWords),
              optional_field("needs", &Workload::needs),
              field("clock", &Workload::clock, read_clock))

}  // namespace pytune
