#include "workload/pyperformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>
#include <stdexcept>

#include "input/json.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

// toml++ 3.3 comes to some of its assertions by wrong input ("[>"), found by fuzzing, and takes
// them for granted under NDEBUG. Here they are errors of the input, in every build.
namespace pytune {
struct BrokenToml : std::runtime_error {
  BrokenToml() : std::runtime_error("this is not TOML") {}
};
[[noreturn]] static void refuse_toml() { throw BrokenToml(); }
}  // namespace pytune
#undef NDEBUG
#define TOML_ASSERT(expression) ((expression) ? static_cast<void>(0) : pytune::refuse_toml())
#include <toml++/toml.h>

// Formats: pyperformance 1.14.0, doc/custom_benchmarks.rst.
namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestManifest = 1U << 20U;
constexpr int kDeepestInclude = 8;
constexpr std::size_t kMostPrograms = 10'000;
constexpr std::size_t kMostManifestWords = 100;

struct Line {
  int number = 0;
  std::string text;
};

// What a metafile, or the project beside it, says of a program.
struct Metadata {
  std::string script;
  std::vector<std::string> arguments;
  bool has_arguments = false;
  std::string requires_python;
};

std::string read_small_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    throw UsageError(fmt::format("{}: no such file", path.string()));
  if (fs::file_size(path, error) > kLargestManifest)
    throw UsageError(fmt::format("{}: larger than any such file", path.string()));
  return read_file(path);
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<Line> lines_of(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream stream(text);
  std::string raw;
  for (int number = 1; std::getline(stream, raw); ++number) {
    std::string line = trimmed(raw.substr(0, raw.find('#')));
    if (!line.empty()) lines.push_back({number, std::move(line)});
  }
  return lines;
}

[[noreturn]] void bad(const fs::path& file, int line, const std::string& what) {
  throw UsageError(fmt::format("{}:{}: {}", file.string(), line, printable(what, 200)));
}

// toml++ 3.3 stumbles over some characters that are not ASCII (is_non_ascii_horizontal_whitespace,
// found by fuzzing). Where they may stand, in comments and texts, nothing we read has them.
std::string ascii_of(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) > 0x7e) c = '?';
  return text;
}

Metadata read_metafile(const fs::path& path) {
  const std::string text = ascii_of(read_small_file(path));
  Metadata found;
  try {
    const toml::table document = toml::parse(text);
    const auto tool = document["tool"]["pyperformance"];
    found.script = tool["runscript"].value_or(std::string());
    found.requires_python = document["project"]["requires-python"].value_or(std::string());
    if (const toml::array* words = tool["extra_opts"].as_array()) {
      found.has_arguments = true;
      for (const auto& word : *words) {
        const auto value = word.value<std::string>();
        if (!value || value->empty() || found.arguments.size() == kMostManifestWords)
          throw UsageError(
              fmt::format("{}: tool.pyperformance.extra_opts: expected texts", path.string()));
        found.arguments.push_back(*value);
      }
    }
  } catch (const BrokenToml& error) {
    throw UsageError(fmt::format("{}: {}", path.string(), error.what()));
  } catch (const toml::parse_error& error) {
    bad(path, static_cast<int>(error.source().begin.line), std::string(error.description()));
  }
  return found;
}

// A variant has a metafile of its own in the directory of the program it varies.
Metadata read_metadata(const fs::path& metafile) {
  Metadata own = read_metafile(metafile);
  const fs::path base = metafile.parent_path() / "pyproject.toml";
  if (metafile.filename() != "pyproject.toml" && fs::exists(base)) {
    const Metadata inherited = read_metafile(base);
    if (own.script.empty()) own.script = inherited.script;
    if (!own.has_arguments) own.arguments = inherited.arguments;
    if (own.requires_python.empty()) own.requires_python = inherited.requires_python;
  }
  if (own.script.empty()) own.script = "run_benchmark.py";
  return own;
}

// The lines of a requirements.txt that ask for a package.
std::vector<std::string> requirements_beside(const fs::path& metafile) {
  const fs::path path = metafile.parent_path() / "requirements.txt";
  std::vector<std::string> requirements;
  if (!fs::exists(path)) return requirements;
  for (const Line& line : lines_of(read_small_file(path))) {
    // Options would choose where packages come from; that is the user's to say.
    if (!line.text.starts_with('-')) requirements.push_back(line.text);
  }
  return requirements;
}

fs::path script_of(const Metadata& metadata, const fs::path& metafile, const fs::path& root) {
  std::error_code error;
  const fs::path script = fs::canonical(metafile.parent_path() / metadata.script, error);
  if (error || !fs::is_regular_file(script, error))
    throw UsageError(fmt::format("{}: no such script \"{}\"", metafile.string(),
                                 printable(metadata.script, 200)));
  const fs::path relative = script.lexically_relative(root);
  if (relative.empty() || *relative.begin() == "..")
    throw UsageError(fmt::format("{}: \"{}\" is not inside the directory of the manifest",
                                 metafile.string(), printable(metadata.script, 200)));
  return script;
}

// 12 of ">=3.12"; 0 where nothing, or something else, is asked for.
int oldest_minor_of(const std::string& requires_python) {
  constexpr std::string_view kPrefix = ">=3.";
  if (!requires_python.starts_with(kPrefix)) return 0;
  int minor = 0;
  const char* end = requires_python.data() + requires_python.size();
  const auto [stop, error] = std::from_chars(requires_python.data() + kPrefix.size(), end, minor);
  return error == std::errc() && stop == end && minor >= 0 && minor < 1000 ? minor : 0;
}

class ManifestReader {
 public:
  ManifestReader(PyperformanceSuite& suite, const fs::path& defaults)
      : suite_(suite), defaults_(defaults) {}

  void read(const fs::path& manifest, int depth) {
    if (depth > kDeepestInclude)
      throw UsageError(fmt::format("{}: manifests include each other", manifest.string()));
    std::error_code error;
    const fs::path file = fs::canonical(manifest, error);
    if (error) throw UsageError(fmt::format("{}: no such file", manifest.string()));
    std::string section;
    bool header = false;
    for (const Line& line : lines_of(read_small_file(file))) {
      if (line.text.starts_with('[') && line.text.ends_with(']')) {
        section = line.text.substr(1, line.text.size() - 2);
        header = false;
      } else if (section == "benchmarks") {
        if (header) {
          add(file, line);
        } else if (line.text != "name\tmetafile") {
          bad(file, line.number, "expected the header \"name<tab>metafile\"");
        }
        header = true;
      } else if (section == "includes") {
        read(line.text == "<default>" ? default_manifest(file, line)
                                      : file.parent_path() / line.text,
             depth + 1);
      } else if (section != "groups" && !section.starts_with("group ")) {
        bad(file, line.number,
            fmt::format("unknown section \"{}\"; known are benchmarks, includes, groups", section));
      }
    }
  }

 private:
  fs::path default_manifest(const fs::path& file, const Line& line) const {
    if (defaults_.empty()) bad(file, line.number, "pyperformance's own manifest is not at hand");
    return defaults_;
  }

  static fs::path metafile_of(const fs::path& file, const Line& line, const std::string& name,
                              const std::string& word) {
    const fs::path directory = file.parent_path();
    if (word == "<local>") return directory / ("bm_" + name) / "pyproject.toml";
    constexpr std::string_view kLocal = "<local:";
    if (word.starts_with(kLocal) && word.ends_with('>')) {
      const std::string other = word.substr(kLocal.size(), word.size() - kLocal.size() - 1);
      if (!is_plain_name(other)) bad(file, line.number, fmt::format("\"{}\" is no name", other));
      return directory / ("bm_" + other) / ("bm_" + name + ".toml");
    }
    if (word.starts_with('<')) bad(file, line.number, fmt::format("unknown metafile {}", word));
    return directory / word;
  }

  void add(const fs::path& file, const Line& line) {
    const std::size_t tab = line.text.find('\t');
    if (tab == std::string::npos) bad(file, line.number, "expected a name, a tab and a metafile");
    const std::string name = trimmed(line.text.substr(0, tab));
    if (!is_plain_name(name) || name.size() > 100)
      bad(file, line.number, fmt::format("\"{}\" is no name", name));
    if (!names_.insert(name).second)
      bad(file, line.number, fmt::format("\"{}\" a second time", name));
    if (names_.size() > kMostPrograms) bad(file, line.number, "too many programs");
    const fs::path metafile = metafile_of(file, line, name, trimmed(line.text.substr(tab + 1)));
    if (fs::exists(metafile.parent_path() / "vendor")) {
      suite_.left_out.push_back(name + ": brings packages that it installs itself");
      return;
    }
    const Metadata metadata = read_metadata(metafile);
    Workload program;
    program.name = name;
    program.script = script_of(metadata, metafile, file.parent_path()).string();
    program.kind = "pure-python";
    program.benchmark = kEveryBenchmark;
    program.arguments = metadata.arguments;
    program.requirements = requirements_beside(metafile);
    program.oldest_minor = oldest_minor_of(metadata.requires_python);
    suite_.programs.push_back(std::move(program));
  }

  PyperformanceSuite& suite_;
  const fs::path& defaults_;
  std::set<std::string> names_;
};

}  // namespace

PyperformanceSuite read_pyperformance_manifest(const fs::path& manifest, const fs::path& defaults) {
  PyperformanceSuite suite;
  ManifestReader(suite, defaults).read(manifest, 0);
  if (suite.programs.empty())
    throw UsageError(fmt::format("{}: names no program", manifest.string()));
  return suite;
}

bool is_pyperformance_manifest(const std::string& text) {
  const auto lines = lines_of(text.substr(0, kLargestManifest));
  return !lines.empty() && (lines.front().text == "[benchmarks]" ||
                            lines.front().text == "[includes]" || lines.front().text == "[groups]");
}

}  // namespace pytune
