// Every point of the sweep definition on standard input, with what the generic code makes of it, as
// a line of JSON each.
#include <iostream>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

#include "spec/environment.h"
#include "spec/sweep.h"
#include "sys/error.h"
#include "toolchain/flags.h"

namespace {

using namespace pytune;

nlohmann::ordered_json described(const Configuration& configuration, const Configuration& base) {
  nlohmann::ordered_json point = {{"id", configuration.id()},
                                  {"difference", configuration.difference(base)},
                                  {"canonical", configuration.canonical()},
                                  {"environment", environment_of(configuration)}};
  for (const CompilerFamily family : {CompilerFamily::gcc, CompilerFamily::clang}) {
    Toolchain toolchain;
    toolchain.family = family;
    toolchain.architecture = "x86_64";
    const FlagSet flags = flags_for(configuration, toolchain);
    point[std::string(to_string(family))] = {{"compile", flags.compile},
                                             {"configure", flags.configure}};
  }
  return point;
}

}  // namespace

int main() {
  try {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    const SweepSpec spec = parse_sweep(text, "stdin");
    for (const NamedConfiguration& point : enumerate_points(spec, {}, {}))
      std::cout << described(point.configuration, spec.baseline).dump() << "\n";
    return 0;
  } catch (const UsageError& problem) {
    std::cerr << problem.what() << "\n";
    return 2;
  }
}
