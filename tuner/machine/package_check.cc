#include "machine/package_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/text.h"

namespace pytune {
namespace {

using Level = Finding::Level;

constexpr std::size_t kLongestLine = 200;

// Prints "name<TAB>version<TAB>oldest good version" of each that is too old. OpenBLAS is asked
// itself: it is the system's library, or lies inside NumPy's and SciPy's wheels, under three
// spellings.
constexpr const char* kAsk = R"(
import ctypes, ctypes.util, re
from importlib import metadata
def look(name, version, oldest):
    numbers = tuple(int(n) for n in re.findall("[0-9]+", version)[:3])
    if numbers < oldest:
        print(name, version, ".".join(map(str, oldest)), sep="\t")
libraries = [ctypes.util.find_library("openblas")]
for name, oldest in ("numpy", (1, 21, 1)), ("scipy", (1, 7, 2)):
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        continue
    look(name, found.version, oldest)
    libraries += [str(found.locate_file(f)) for f in found.files or () if "openblas" in f.name and ".so" in f.name]
for library in filter(None, libraries):
    for symbol in "openblas_get_config", "openblas_get_config64_", "scipy_openblas_get_config64_":
        try:
            config = getattr(ctypes.CDLL(library), symbol)
        except (OSError, AttributeError):
            continue
        config.restype = ctypes.c_char_p
        version = re.search("[0-9]+[.][0-9]+[.][0-9]+", config().decode("ascii", "replace"))
        if version:
            look("OpenBLAS", version[0], (0, 3, 17))
        break
)";

// "numpy<TAB>1.19.5<TAB>1.21.1"
std::optional<Finding> finding_of(const std::string& line) {
  const std::size_t first = line.find('\t');
  const std::size_t second = line.find('\t', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos) return std::nullopt;
  const std::string name = printable(line.substr(0, first), kLongestLine);
  const std::string version = printable(line.substr(first + 1, second - first - 1), kLongestLine);
  const std::string oldest = printable(line.substr(second + 1), kLongestLine);
  return Finding{
      "packages", Level::problem, fmt::format("{} {} is slow or wrong on Arm", name, version),
      name == "OpenBLAS"
          ? fmt::format("OpenBLAS {} or later: apt-get install libopenblas0, or newer wheels of "
                        "NumPy and SciPy, which bring their own",
                        oldest)
          : fmt::format("in its environment: pip install '{}>={}'", name, oldest)};
}

}  // namespace

std::vector<Finding> check_packages(ProcessRunner& runner, const std::string& architecture,
                                    const std::optional<std::filesystem::path>& python) {
  if (!python || architecture != "aarch64") return {};
  Command command;
  command.argv = {python->string(), "-I", "-c", kAsk};
  command.timeout = std::chrono::seconds(30);
  command.output_limit = std::size_t{1} << 20;
  const Outcome outcome = runner.run(command);
  if (!outcome.ok())
    return {{"packages", Level::note, "could not be asked for: " + outcome.describe(),
             "see what python3 -c pass says"}};
  std::vector<Finding> findings;
  std::size_t start = 0;
  while (start < outcome.output.size()) {
    const std::size_t end = std::min(outcome.output.find('\n', start), outcome.output.size());
    if (auto finding = finding_of(outcome.output.substr(start, end - start)))
      findings.push_back(std::move(*finding));  // what it prints besides is no answer
    start = end + 1;
  }
  if (findings.empty())
    findings.push_back(
        {"packages", Level::ok, "no OpenBLAS, NumPy or SciPy that is too old for Arm", ""});
  return findings;
}

}  // namespace pytune
