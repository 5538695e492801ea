#include "package/relocate.h"

#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "input/json.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string up(int depth) {
  std::string path;
  for (int i = 0; i < depth; ++i) path += i == 0 ? ".." : "/..";
  return path;
}

int depth_of(const std::string& directory) {
  return directory.empty()
             ? 0
             : 1 + static_cast<int>(std::count(directory.begin(), directory.end(), '/'));
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// What may stand unquoted in a shell line.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_name(std::string_view(&c, 1)) ||
           std::string_view("-.,=+ ").find(c) != std::string_view::npos;
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The interpreter's file name and its arguments, when a "#!" or "exec" line names a Python of the
// built prefix.
struct ScriptInterpreter {
  std::string name;
  std::string arguments;
};

std::optional<ScriptInterpreter> interpreter_in(std::string_view command,
                                                const std::string& built_prefix) {
  command = trimmed(command);
  const std::string bin = built_prefix + "/bin/";
  if (!command.starts_with(bin)) return std::nullopt;
  command.remove_prefix(bin.size());
  const auto end = std::min(command.find_first_of(" \t"), command.size());
  const std::string_view name = command.substr(0, end);
  if (!name.starts_with("python") || !is_plain(command)) return std::nullopt;
  return ScriptInterpreter{std::string(name), std::string(trimmed(command.substr(end)))};
}

// 3.14 and newer describe themselves in build-details.json (PEP 739), whose paths may be relative
// to base_prefix, and that to the file.
void relocate_build_details(nlohmann::json& value, const std::string& built_prefix, int depth) {
  for (auto& item : value) {
    if (item.is_structured()) {
      relocate_build_details(item, built_prefix, depth);
    } else if (item.is_string()) {
      const auto text = item.get<std::string>();
      if (text == built_prefix)
        item = up(depth);
      else if (text.starts_with(built_prefix + "/"))
        item = text.substr(built_prefix.size() + 1);
    }
  }
}

class Relocator {
 public:
  Relocator(const StagedPrefix& staged, const std::vector<std::string>& build_paths)
      : staged_(staged) {
    const fs::path data = sysconfig_data_file();
    result_.variables = parse_sysconfig_data(read_file(data));
    result_.built_prefix = text_of(result_.variables, "prefix");
    // Such a prefix stands in front of paths that are the system's own and must not move.
    if (depth_of(result_.built_prefix) < 2 || result_.built_prefix == "/usr" ||
        result_.built_prefix == "/usr/local")
      throw Failure(fmt::format(
          "cannot make a build for --prefix={} relocatable: system paths begin like it; "
          "build with --prefix=/opt/python",
          result_.built_prefix));
    auto paths = build_paths;
    paths.push_back(text_of(result_.variables, "abs_builddir"));
    paths.push_back(text_of(result_.variables, "abs_srcdir"));
    // A prefix inside a build path (a store as prefix) would vanish with it.
    std::erase_if(paths, [&](const auto& path) {
      return !path.empty() && result_.built_prefix.starts_with(path);
    });
    scrubber_ = Scrubber(paths, result_.built_prefix);
    for (auto& [name, value] : result_.variables)
      if (auto* text = std::get_if<std::string>(&value)) *text = scrubber_.value(name, *text);
    write(data, write_sysconfig_data(result_.variables, result_.built_prefix));
  }

  Relocation run() {
    for (const auto& name : all_names()) {
      const fs::path path = staged_.root / name;
      if (fs::is_symlink(path))
        relocate_link(path);
      else if (fs::is_regular_file(path))
        relocate_file(name, path);
    }
    return std::move(result_);
  }

 private:
  // Not list_tree(): links into the built prefix are absolute until they have been through here.
  std::vector<std::string> all_names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(staged_.root))
      names.push_back(entry.path().lexically_relative(staged_.root).generic_string());
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path sysconfig_data_file() const {
    const fs::path library = staged_.root / staged_.stdlib;
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(library)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("_sysconfigdata_") && name.ends_with(".py"))
        found.push_back(entry.path());
    }
    if (found.size() != 1)
      throw Failure(fmt::format(
          "{}: {} files _sysconfigdata_*.py, expected one; build it again (`pytune sweep`)",
          library.string(), found.size()));
    return found.front();
  }

  void write(const fs::path& path, const std::string& bytes) {
    replace_file(path, bytes);
    result_.rewritten.insert(path.lexically_relative(staged_.root).generic_string());
  }

  void relocate_link(const fs::path& link) {
    const std::string target = fs::read_symlink(link).string();
    if (!target.starts_with(result_.built_prefix + "/")) return;
    const fs::path inside = staged_.root / target.substr(result_.built_prefix.size() + 1);
    fs::remove(link);
    fs::create_symlink(inside.lexically_relative(link.parent_path()), link);
  }

  void relocate_file(const std::string& name, const fs::path& path) {
    const fs::path parent = fs::path(name).parent_path();
    const std::string file = fs::path(name).filename().string();
    const int depth = depth_of(parent.string());
    std::optional<std::string> text;
    const auto load = [&] { return read_file(path); };
    if (file.ends_with(".pc") && parent.filename() == "pkgconfig")
      text = relocatable_pkgconfig(load(), result_.built_prefix, depth);
    else if (file == "Makefile" && parent == staged_.config)
      text = relocatable_makefile(load(), scrubber_, result_.built_prefix, depth);
    else if (parent == "bin" && file == staged_.interpreter + "-config")
      text = relocatable_python_config(load(), scrubber_);
    else if (parent == staged_.stdlib && file == "build-details.json")
      text = build_details(load(), depth);
    else if (parent == staged_.stdlib && file.starts_with("_sysconfig_vars_") &&
             file.ends_with(".json"))
      text = variables_json();
    if (!text) text = script(path, parent == "bin" ? "" : up(depth) + "/bin/");
    if (text) write(path, *text);
  }

  std::optional<std::string> script(const fs::path& path, const std::string& to_bin) const {
    if (fs::file_size(path) > (std::size_t{1} << 20))
      return std::nullopt;  // no script is that long
    return relocatable_script(read_file(path), result_.built_prefix, to_bin);
  }

  std::string build_details(const std::string& text, int depth) const {
    auto details =
        nlohmann::ordered_json::parse(scrubber_.without_build_paths(text), nullptr, false);
    if (details.is_discarded()) return text;
    nlohmann::json plain = details;
    relocate_build_details(plain, result_.built_prefix, depth);
    return dump_json(plain, 2) + "\n";
  }

  std::string variables_json() const {
    nlohmann::json values = nlohmann::json::object();
    for (const auto& [name, value] : result_.variables)
      std::visit([&, &key = name](const auto& plain) { values[key] = plain; }, value);
    return dump_json(values, 2) + "\n";
  }

  const StagedPrefix& staged_;
  Scrubber scrubber_{{}};
  Relocation result_;
};

}  // namespace

std::optional<std::string> relocatable_script(std::string_view text,
                                              const std::string& built_prefix,
                                              const std::string& to_bin) {
  if (!text.starts_with("#!")) return std::nullopt;
  const auto lines = lines_of(text.substr(0, 4096));
  std::size_t used = 1;  // lines that the new head replaces
  auto interpreter = interpreter_in(std::string_view(lines[0]).substr(2), built_prefix);
  // pip writes this form itself when a path is too long for "#!".
  constexpr std::string_view exec = "'''exec' ";
  if (!interpreter && lines.size() > 2 && trimmed(lines[0]) == "#!/bin/sh" &&
      lines[1].starts_with(exec)) {
    std::string command = lines[1].substr(exec.size());
    std::erase(command, '"');
    if (const auto end = command.find(" $0"); end != std::string::npos) command.resize(end);
    interpreter = interpreter_in(command, built_prefix);
    used = 3;
  }
  if (!interpreter) return std::nullopt;
  // The kernel takes no relative interpreter, so a shell looks for it beside the script: sh reads
  // two empty strings and "exec", Python reads one string in triple quotes. realpath lets a link to
  // the script from elsewhere work.
  std::string head = "#!/bin/sh\n";
  // PEP 263: a coding line counts in the first two lines only.
  if (used < lines.size() && lines[used].starts_with("#") &&
      lines[used].find("coding") != std::string::npos)
    head += lines[used++] + "\n";
  head += fmt::format(
      "'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")/{}{}\"{}{} \"$0\" \"$@\"\n' '''\n",
      to_bin, interpreter->name, interpreter->arguments.empty() ? "" : " ", interpreter->arguments);
  for (std::size_t i = 0; i < used; ++i) {
    const auto end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return head + std::string(text);
}

std::string relocatable_pkgconfig(std::string_view text, const std::string& built_prefix,
                                  int depth) {
  std::string result;
  for (auto line : lines_of(text)) {
    // pcfiledir: the directory of the file itself, pkg-config 0.21 and newer.
    for (std::size_t at = 0; (at = line.find(built_prefix, at)) != std::string::npos; ++at)
      line.replace(at, built_prefix.size(), "${pcfiledir}/" + up(depth));
    result += line + "\n";
  }
  return result;
}

std::string relocatable_makefile(std::string_view text, const Scrubber& scrubber,
                                 const std::string& built_prefix, int depth) {
  // make's own way to a Makefile's directory.
  const std::string here =
      fmt::format("$(abspath $(dir $(lastword $(MAKEFILE_LIST)))/{})", up(depth));
  const auto lines = lines_of(text);
  std::string result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto equals = lines[i].find('=');
    const bool assignment = !lines[i].starts_with('\t') && equals != std::string::npos &&
                            is_name(trimmed(std::string_view(lines[i]).substr(0, equals)));
    if (!assignment) {
      result += scrubber.without_build_paths(lines[i]) + "\n";
      continue;
    }
    const std::string name(trimmed(std::string_view(lines[i]).substr(0, equals)));
    std::string original = lines[i];
    std::string value = lines[i].substr(equals + 1);
    while (value.ends_with('\\') && i + 1 < lines.size()) {
      value.back() = ' ';
      value += lines[++i];
      original += "\n" + lines[i];
    }
    const std::string old(trimmed(value));
    if (name == "prefix" && old == built_prefix) {
      result += "prefix=\t\t" + here + "\n";
      continue;
    }
    std::string scrubbed = scrubber.value(name, old);
    // $(prefix) is set above all that use it.
    if (scrubbed.starts_with(built_prefix + "/"))
      scrubbed.replace(0, built_prefix.size(), "$(prefix)");
    if (scrubbed == old)
      result += original;
    else
      result.append(name).append("=\t").append(scrubbed);
    result += '\n';
  }
  return result;
}

std::string relocatable_python_config(std::string_view text, const Scrubber& scrubber) {
  std::string result;
  for (const auto& line : lines_of(text)) {
    const auto equals = line.find("=\"");
    const bool constant = equals != std::string::npos && is_name(line.substr(0, equals)) &&
                          line.ends_with('"') && line.size() > equals + 2;
    if (line.starts_with("prefix_real=$(")) {
      // The original goes by the directory of $0 and breaks when called through a link or below a
      // path with spaces.
      result += "prefix_real=$(dirname -- \"$(dirname -- \"$(realpath -- \"$0\")\")\")\n";
    } else if (constant) {
      const std::string value = line.substr(equals + 2, line.size() - equals - 3);
      result += line.substr(0, equals + 2) + scrubber.value(line.substr(0, equals), value) + "\"\n";
    } else if (line.starts_with("CFLAGS=$(echo \"")) {
      const auto start = line.find('"') + 1;
      const auto end = std::min(line.find('"', start), line.size());
      result += line.substr(0, start) + scrubber.value("CFLAGS", line.substr(start, end - start)) +
                line.substr(end) + "\n";
    } else {
      result += scrubber.without_build_paths(line) + "\n";
    }
  }
  return result;
}

Relocation relocate(const StagedPrefix& staged, const std::vector<std::string>& build_paths) {
  return Relocator(staged, build_paths).run();
}

}  // namespace pytune
