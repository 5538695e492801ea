// What perf script writes is read without a crash, and every stack of it can be drawn.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "perf/script.h"
#include "report/flame_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto result =
      pytune::parse_perf_script(std::string_view(reinterpret_cast<const char*>(data), size));
  if (result.error.find('\n') != std::string::npos) std::abort();
  if (result.whole > result.samples) std::abort();
  long samples = 0;
  pytune::StackTree root;
  for (const auto& [stack, count] : result.stacks) {
    if (stack.empty() || stack.size() > pytune::kDeepestStack) std::abort();
    for (const auto& frame : stack)
      if (frame.empty() || frame.find('\n') != std::string::npos) std::abort();
    samples += count;
    pytune::add_stack(root, stack, count);
  }
  if (result.error.empty() && samples != result.samples) std::abort();
  if (!result.stacks.empty() && pytune::flame_graph_svg(root, {"t", "s"}).empty()) std::abort();
  return 0;
}
