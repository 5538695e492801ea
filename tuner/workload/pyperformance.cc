#include "workload/pyperformance.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include "input/small_file.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "sys/error.h"
#include "workload/metafile.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestHead = 1U << 16U;  // of a manifest, to tell it by
constexpr int kDeepestInclude = 8;
constexpr std::size_t kMostPrograms = 10'000;
constexpr const char* kAll = "all";
constexpr const char* kDefault = "default";

using Names = std::set<std::string>;

struct Entry {
  std::string name;
  fs::path metafile;
  fs::path root;  // of its manifest
};

struct Member {
  bool excluded = false;
  std::string name;
};

// A manifest with all that it includes.
struct Manifest {
  std::vector<Entry> entries;
  std::map<std::string, std::vector<Member>> groups;
};

// The lines of a requirements.txt that ask for a package.
std::vector<std::string> requirements_beside(const fs::path& script) {
  const fs::path path = script.parent_path() / "requirements.txt";
  std::vector<std::string> requirements;
  if (!fs::exists(path)) return requirements;
  for (const Line& line : lines_of(read_small_file(path))) {
    // Options would choose where packages come from; that is the user's to say.
    if (!line.text.starts_with('-')) requirements.push_back(line.text);
  }
  return requirements;
}

bool is_inside(const fs::path& file, const fs::path& folder) {
  std::error_code error;
  const fs::path relative = file.lexically_relative(fs::canonical(folder, error));
  return !error && !relative.empty() && *relative.begin() != "..";
}

fs::path script_of(const ProgramMetadata& metadata, const Entry& entry) {
  const std::string shown =
      printable(metadata.script.lexically_relative(entry.metafile.parent_path()).string(), 200);
  std::error_code error;
  const fs::path script = fs::canonical(metadata.script, error);
  if (error || !fs::is_regular_file(script, error))
    throw UsageError(fmt::format("{}: no such script \"{}\"", entry.metafile.string(), shown));
  if (!is_inside(script, entry.root) && !is_inside(script, entry.metafile.parent_path()))
    throw UsageError(
        fmt::format("{}: \"{}\" is not inside the directory of the manifest, nor of this metafile",
                    entry.metafile.string(), shown));
  return script;
}

class ManifestReader {
 public:
  explicit ManifestReader(const fs::path& defaults) : defaults_(defaults) {}

  Manifest read(const fs::path& manifest) {
    read_file(manifest, 0);
    return std::move(manifest_);
  }

 private:
  void read_file(const fs::path& manifest, int depth) {
    if (depth > kDeepestInclude)
      throw UsageError(fmt::format("{}: manifests include each other", manifest.string()));
    std::error_code error;
    const fs::path file = fs::canonical(manifest, error);
    if (error) throw UsageError(absence_of(manifest));
    std::string section;
    bool header = false;
    for (const Line& line : lines_of(read_small_file(file))) {
      if (line.text.starts_with('[') && line.text.ends_with(']')) {
        section = begin_section(line.text);
        header = false;
      } else if (section == "benchmarks") {
        if (header) {
          add(file, line);
        } else if (line.text != "name\tmetafile") {
          refuse_line(file, line.number, "expected the header \"name<tab>metafile\"");
        }
        header = true;
      } else if (section == "includes") {
        read_file(line.text == "<default>" ? default_manifest(file, line)
                                           : file.parent_path() / line.text,
                  depth + 1);
      } else if (section == "groups") {
        manifest_.groups[line.text];
      } else if (section.starts_with(kGroup)) {
        add_member(section.substr(kGroup.size()), line.text);
      } else {
        refuse_line(file, line.number,
                    fmt::format("unknown section \"{}\"; known are benchmarks, includes, groups, "
                                "group NAME",
                                section));
      }
    }
  }

  // A group is there although nothing may be said of it.
  std::string begin_section(const std::string& line) {
    const std::string section(trim(std::string_view(line).substr(1, line.size() - 2)));
    if (section.starts_with(kGroup)) manifest_.groups[section.substr(kGroup.size())];
    return section;
  }

  void add_member(const std::string& group, const std::string& word) {
    const bool excluded = word.starts_with('-');
    const bool has_sign = excluded || word.starts_with('+');
    manifest_.groups[group].push_back({excluded, word.substr(has_sign ? 1 : 0)});
  }

  fs::path default_manifest(const fs::path& file, const Line& line) const {
    if (defaults_.empty())
      refuse_line(file, line.number, "pyperformance's own manifest is not at hand");
    return defaults_;
  }

  static fs::path metafile_of(const fs::path& file, const Line& line, const std::string& name,
                              const std::string& word) {
    const fs::path directory = file.parent_path();
    if (word == "<local>") return directory / ("bm_" + name) / "pyproject.toml";
    constexpr std::string_view kLocal = "<local:";
    if (word.starts_with(kLocal) && word.ends_with('>')) {
      const std::string other = word.substr(kLocal.size(), word.size() - kLocal.size() - 1);
      if (!is_plain_name(other))
        refuse_line(file, line.number, fmt::format("\"{}\" is no name", other));
      return directory / ("bm_" + other) / ("bm_" + name + ".toml");
    }
    if (word.starts_with('<'))
      refuse_line(file, line.number, fmt::format("unknown metafile {}", word));
    if (word.empty() || word == "-")
      refuse_line(file, line.number,
                  fmt::format("\"{}\" has no metafile; <local> stands for bm_{}/pyproject.toml",
                              name, name));
    const fs::path metafile = (directory / word).lexically_normal();
    std::error_code error;
    return fs::is_directory(metafile, error) ? metafile / "pyproject.toml" : metafile;
  }

  void add(const fs::path& file, const Line& line) {
    const std::size_t tab = line.text.find('\t');
    if (tab == std::string::npos)
      refuse_line(file, line.number, "expected a name, a tab and a metafile");
    const std::string name(trim(std::string_view(line.text).substr(0, tab)));
    const std::string word(trim(std::string_view(line.text).substr(tab + 1)));
    if (!is_plain_name(name) || name.size() > 100)
      refuse_line(file, line.number, fmt::format("\"{}\" is no name", name));
    if (!names_.insert(name).second)
      refuse_line(file, line.number, fmt::format("\"{}\" a second time", name));
    if (names_.size() > kMostPrograms) refuse_line(file, line.number, "too many programs");
    manifest_.entries.push_back({name, metafile_of(file, line, name, word), file.parent_path()});
  }

  static constexpr std::string_view kGroup = "group ";
  const fs::path& defaults_;
  Manifest manifest_;
  Names names_;
};

class Groups {
 public:
  explicit Groups(const Manifest& manifest) : manifest_(manifest) {
    for (const Entry& entry : manifest.entries) all_.insert(entry.name);
  }

  const Names& all() const { return all_; }

  // Whether `name` is a group; tags are, where the manifest names no other group than "default".
  bool has(const std::string& name) {
    if (name == kAll || name == kDefault || manifest_.groups.contains(name)) return true;
    const bool own = std::any_of(manifest_.groups.begin(), manifest_.groups.end(),
                                 [](const auto& group) { return group.first != kDefault; });
    return !own && tags().contains(name);
  }

  Names members(const std::string& group) {
    const auto found = manifest_.groups.find(group);
    if (found == manifest_.groups.end() || found->second.empty())
      return group == kAll ? all_ : group == kDefault ? members(kAll) : tags()[group];
    if (!open_.insert(group).second) return inside_itself(group);
    Names names;
    // Pyston's manifest takes some out of "all".
    if (group == kAll || found->second.front().excluded) names = all_;
    for (const Member& member : found->second) {
      const Names meant = all_.contains(member.name) ? Names{member.name}
                          : has(member.name)         ? members(member.name)
                                                     : unknown(group, member.name);
      for (const std::string& name : meant)
        member.excluded ? static_cast<void>(names.erase(name))
                        : static_cast<void>(names.insert(name));
    }
    open_.erase(group);
    return names;
  }

  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Names unknown(const std::string& group, const std::string& name) {
    notes_.push_back(fmt::format("group {}: there is no benchmark or group \"{}\"",
                                 printable(group, 100), printable(name, 100)));
    return {};
  }

  Names inside_itself(const std::string& group) {
    notes_.push_back(
        fmt::format("group {} is inside itself, which adds nothing", printable(group, 100)));
    return {};
  }

  // None of what cannot be read, which is told where it is to be run.
  static std::vector<std::string> tags_or_none(const Entry& entry) {
    try {
      return read_metafile(entry.metafile).tags;
    } catch (const UsageError&) {
      return {};
    }
  }

  std::map<std::string, Names>& tags() {
    if (tags_) return *tags_;
    tags_.emplace();
    for (const Entry& entry : manifest_.entries)
      for (const std::string& tag : tags_or_none(entry)) (*tags_)[tag].insert(entry.name);
    return *tags_;
  }

  const Manifest& manifest_;
  Names all_;
  Names open_;
  std::optional<std::map<std::string, Names>> tags_;
  std::vector<std::string> notes_;
};

Names chosen(Groups& groups, const std::vector<std::string>& only) {
  if (only.empty()) return groups.members(kDefault);
  Names names;
  for (const std::string& pattern : only) {
    const std::size_t before = names.size();
    bool known = false;
    for (const std::string& name : groups.all()) {
      if (fnmatch(pattern.c_str(), name.c_str(), 0) != 0) continue;
      names.insert(name);
      known = true;
    }
    if (!known && groups.has(pattern)) {
      const Names members = groups.members(pattern);
      names.insert(members.begin(), members.end());
    }
    if (!known && names.size() == before && !groups.has(pattern))
      throw UsageError(fmt::format(
          "--workloads: the suite has no \"{}\"{}", printable(pattern, 200),
          suggestion(pattern, std::vector<std::string>(groups.all().begin(), groups.all().end()))));
  }
  return names;
}

// Without a value, a program that pyperformance would install something for.
std::optional<Workload> program_of(const Entry& entry) {
  std::error_code error;
  if (fs::exists(entry.metafile.parent_path() / "vendor", error)) return std::nullopt;
  const ProgramMetadata metadata = read_metafile(entry.metafile);
  if (metadata.installs_itself) return std::nullopt;
  const fs::path script = script_of(metadata, entry);
  const PythonRange range = python_range(metadata.requires_python);
  Workload program;
  program.name = entry.name;
  program.script = script.string();
  program.kind = "pure-python";
  program.benchmark = kEveryBenchmark;
  program.arguments = metadata.arguments;
  program.requirements = requirements_beside(script);
  program.oldest_minor = range.oldest_minor;
  program.newest_minor = range.newest_minor;
  return program;
}

}  // namespace

PyperformanceSuite read_pyperformance_manifest(const fs::path& manifest, const fs::path& defaults,
                                               const std::vector<std::string>& only) {
  const Manifest read = ManifestReader(defaults).read(manifest);
  Groups groups(read);
  const Names names = chosen(groups, only);
  PyperformanceSuite suite;
  suite.left_out = groups.notes();
  for (const Entry& entry : read.entries) {
    if (!names.contains(entry.name)) continue;
    if (auto program = program_of(entry))
      suite.programs.push_back(*std::move(program));
    else
      suite.left_out.push_back(entry.name + ": brings packages that it installs itself");
  }
  if (suite.programs.empty())
    throw UsageError(fmt::format(
        "{}: names no program{}{}{}", manifest.string(), read.entries.empty() ? "" : " to run",
        suite.left_out.empty() ? "" : ": ", fmt::join(suite.left_out, "; ")));
  return suite;
}

bool is_pyperformance_manifest(const std::string& text) {
  const auto lines = lines_of(text.substr(0, kLongestHead));
  if (lines.empty()) return false;
  // An array of JSON begins with anything but a word.
  const std::string& first = lines.front().text;
  return first.size() > 2 && first.starts_with('[') && first.ends_with(']') &&
         std::isalpha(static_cast<unsigned char>(first[1])) != 0;
}

}  // namespace pytune
