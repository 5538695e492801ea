// What a worker sends is read without a crash, and nothing but finite times above zero comes out of
// it.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "measure/worker_output.h"

namespace {

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

bool is_time(double value) { return std::isfinite(value) && value > 0; }

void check_values(std::string_view sent) {
  const pytune::WorkerRequest request = {"x", 1, 1, 2};
  const pytune::WorkerValues values = pytune::parse_worker_values(sent, request);
  require(values.error.find('\n') == std::string::npos);
  require(values.python.version.find('\n') == std::string::npos);
  require(values.python.build.find('\n') == std::string::npos);
  require(std::all_of(values.wall.begin(), values.wall.end(), is_time));
  require(std::all_of(values.cpu.begin(), values.cpu.end(), is_time));
  const bool good = values.error.empty();
  require(values.wall.size() == (good ? 2U : 0U));
  require(values.cpu.empty() || (good && values.cpu.size() == 2));
}

void check_loops(std::string_view sent) {
  const pytune::WorkerLoops answer = pytune::parse_worker_loops(sent, "x");
  require(answer.error.empty() ? answer.loops >= 1 : answer.loops == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view sent(reinterpret_cast<const char*>(data), size);
  check_values(sent);
  check_loops(sent);
  return 0;
}
