// A Dockerfile that runs the shell form in a container and keeps the finished tree.
//
// The script goes in by printf, a line an argument: a heredoc would need BuildKit, and a second
// file would make this one incomplete. Each line is quoted whatever it holds, so none looks like a
// Dockerfile comment or heredoc, and a line that ends in a backslash does not continue.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "input/text.h"
#include "interpreter/interpreter.h"
#include "report/formats.h"
#include "report/recorded_line.h"
#include "report/reproduction.h"
#include "report/text.h"
#include "spec/environment.h"
#include "sys/process.h"

namespace pytune {
namespace {

// Headers for the whole standard library, and what unpacks and checks the source.
constexpr std::array<std::string_view, 17> kPackages{
    "binutils",        "ca-certificates", "libbz2-dev",  "libc6-dev",
    "libffi-dev",      "libgdbm-dev",     "liblzma-dev", "libncurses-dev",
    "libreadline-dev", "libsqlite3-dev",  "libssl-dev",  "make",
    "patch",           "pkg-config",      "uuid-dev",    "xz-utils",
    "zlib1g-dev"};

// "Debian GNU/Linux 12 (bookworm)" -> debian:12. The release decides the compiler's exact version.
std::string base_image(const std::string& os) {
  const auto release = [&os] {
    const auto digit =
        std::find_if(os.begin(), os.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto end =
        std::find_if(digit, os.end(), [](char c) { return c != '.' && (c < '0' || c > '9'); });
    return std::string(digit, end);
  }();
  if (os.starts_with("Debian") && !release.empty())
    return "debian:" + release.substr(0, release.find('.'));
  if (os.starts_with("Ubuntu") && release.size() >= 5) return "ubuntu:" + release.substr(0, 5);
  return "debian:12";
}

// Of the release that the compiler is from, where that is another one: "debian:13/gcc-14" can be
// installed on Debian 13, whose C library is then the one that is built against.
std::string compilers_image(const Build& build) {
  if (unpacked_compilers_of(build).empty()) return "";
  const std::string compiler = build.configuration.get<Compiler>();
  return compiler.substr(0, compiler.find('/'));
}

// The package that a tool of the build comes from: gcc-12, clang-19, llvm-profdata-19 -> llvm-19.
// Empty: one that is there.
std::string package_of(const std::string& tool) {
  const std::size_t dash = tool.rfind('-');
  const bool numbered = dash != std::string::npos && dash + 1 < tool.size() &&
                        std::all_of(tool.begin() + static_cast<std::ptrdiff_t>(dash) + 1,
                                    tool.end(), [](char c) { return c >= '0' && c <= '9'; });
  const std::string name = numbered ? tool.substr(0, dash) : tool;
  const std::string suffix = numbered ? tool.substr(dash) : "";
  if (name == "gcc" || name == "clang" || name == "mold") return name + suffix;
  if (name == "lld" || name == "ld.lld") return "lld" + suffix;
  if (name == "llvm-bolt" || name == "merge-fdata" || name == "perf2bolt") return "bolt" + suffix;
  if (name.starts_with("llvm-")) return "llvm" + suffix;
  return "";
}

std::string package_list(const Build& build) {
  std::vector<std::string> packages(kPackages.begin(), kPackages.end());
  for (const RecordedTool& tool : build.tools) {
    const std::string package = package_of(tool.name);
    if (package.empty()) continue;
    packages.push_back(package);
    // clang's own library for counting builds
    if (package.starts_with("clang-"))
      packages.push_back("libclang-rt-" + package.substr(6) + "-dev");
  }
  std::sort(packages.begin(), packages.end());
  packages.erase(std::unique(packages.begin(), packages.end()), packages.end());
  return fmt::format("{}", fmt::join(packages, " "));
}

std::string dockerfile_comment(std::string_view text) {
  std::string lines;
  for (const std::string& part : wrap(printable(text), 98)) lines += "# " + part + "\n";
  return lines;
}

// Quoted even when it is a plain word.
std::string single_quoted(std::string_view line) {
  std::string quoted = "'";
  for (const char c : line) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string embed(std::string_view script, std::string_view path) {
  std::string text = "RUN printf '%s\\n' \\\n";
  while (!script.empty()) {
    const std::size_t end = std::min(script.find('\n'), script.size());
    text += fmt::format("    {} \\\n", single_quoted(script.substr(0, end)));
    script.remove_prefix(std::min(end + 1, script.size()));
  }
  return text + fmt::format("    >{}\n", path);
}

// One line of how to gather what COPY reads; the paths are this machine's, as they were when this
// was written.
std::string gathering(const ChosenBuild& chosen, const Reproduction& reproduction) {
  const Build& build = chosen.build;
  std::string text;
  const auto archive = stored_archive(build);
  if (build.source_archive.empty())
    text += dockerfile_comment("  cp -a SOURCE-TREE context/source");
  else
    text += "#   cp " + printable(shell_quote(archive ? archive->string() : build.source_archive)) +
            " context/source-archive\n";
  const auto directory = [&text](const std::string& found, std::string_view name,
                                 std::string_view target) {
    text += fmt::format(
        "#   cp -a {} context/{}\n",
        found.empty() ? fmt::format("PYTUNE/{}", name) : printable(shell_quote(found)), target);
  };
  if (reproduction.uses_training)
    directory(training_directory(chosen.home), "profiles/training", "training");
  if (reproduction.needs_patches)
    directory(patches_directory(chosen.home, reproduction), "patches/" + reproduction.minor,
              "patches");
  return text;
}

}  // namespace

std::string dockerfile_form(const ChosenBuild& chosen) {
  const SweepResult& result = chosen.sweep;
  const Build& build = chosen.build;
  const Reproduction reproduction = reproduction_of(build);
  const std::string of_compiler = compilers_image(build);
  const std::string image = of_compiler.empty() ? base_image(result.host.os) : of_compiler;
  std::string text = "# A Dockerfile written by pytune.\n";
  for (const std::string& fact : provenance(result, build)) text += dockerfile_comment(fact);
  text += "#\n# Gather what it copies, then build it from there:\n#   mkdir context\n";
  text += gathering(chosen, reproduction);
  text += fmt::format("#   docker build -t python-pytune:{} -f Dockerfile context\n",
                      printable(shell_quote(build.source_version)));
  if (reproduction.fixed_addresses)
    text += dockerfile_comment(
        "Docker's default seccomp profile keeps setarch from fixing addresses, without which the "
        "profile, "
        "and so the code, may differ a little (the build says so). To get the very same code: "
        "DOCKER_BUILDKIT=0 docker build --security-opt seccomp=unconfined ...");
  if (!of_compiler.empty())
    text +=
        dockerfile_comment(fmt::format("The compiler is of {}, and so is this image. The build "
                                       "that was measured has that compiler, "
                                       "but the C library of {}.",
                                       of_compiler, result.host.os));
  text += fmt::format("\nFROM {} AS build\n", image);
  text += fmt::format(
      "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y "
      "--no-install-recommends \\\n    {}\n",
      join_words(wrap(package_list(build), 1), 96, "    "));
  std::string settings = "WORK=/pytune/work PREFIX=/opt/python";
  if (build.source_archive.empty()) {
    text += "COPY source /pytune/source\n";
    settings += " TREE=/pytune/source";
  } else {
    text += "COPY source-archive /pytune/source-archive\n";
    settings += " ARCHIVE=/pytune/source-archive";
  }
  if (reproduction.uses_training) {
    text += "COPY training /pytune/training\n";
    settings += " TRAINING=/pytune/training";
  }
  if (reproduction.needs_patches) {
    text += "COPY patches /pytune/patches\n";
    settings += " PATCHES=/pytune/patches";
  }
  text += embed(shell_form(chosen), "/pytune/build.sh");
  text += fmt::format("RUN {} sh /pytune/build.sh\n", settings);
  text +=
      "# The packages that hold the libraries it was linked with, by whatever names this release "
      "gives them.\n";
  text +=
      "RUN find /opt/python -type f \\( -name '*.so*' -o -path '*/bin/" + reproduction.interpreter +
      "' \\) -exec ldd {} + \\\n    | awk '$2 == \"=>\" && $3 ~ \"^/\" && $3 !~ \"^/opt/\" { "
      "sub(\"^(/usr)?/\", \"\", $3); print \"*/\" $3 }' \\\n"
      "    | sort -u | xargs -r dpkg-query --search | sed 's/:.*//' | sort -u >/pytune/packages\n";
  text += fmt::format("\nFROM {}\n", image);
  text +=
      "COPY --from=build /pytune/packages /tmp/packages\n"
      "RUN apt-get update && DEBIAN_FRONTEND=noninteractive \\\n"
      "    xargs apt-get install -y --no-install-recommends </tmp/packages \\\n"
      "    && rm -rf /tmp/packages /var/lib/apt/lists/*\n"
      "COPY --from=build /opt/python /opt/python\n"
      "ENV PATH=/opt/python/bin:$PATH\n";
  // Docker reads these quotes as a shell does, and no $ between them.
  for (const auto& [name, value] : environment_of(build.configuration))
    text += fmt::format("ENV {}={}\n", name, single_quoted(value));
  text += fmt::format("CMD [\"{}\"]\n", reproduction.interpreter);
  return text;
}

}  // namespace pytune
