#include "package/bytecode.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// One interpreter for all: starting it hundreds of times would take longer than compiling. The hash
// seed is fixed, and the list sorted, so that the bytes are the same every time.
constexpr const char* kCompile = R"py(
import py_compile, sys
with open(sys.argv[1], encoding='utf-8', errors='surrogateescape') as jobs:
    for job in jobs:
        source, target, shown, level = job.rstrip('\n').split('\t')
        try:
            py_compile.compile(source, target, dfile=shown, doraise=True, optimize=int(level), quiet=2,
                               invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        except Exception:
            pass  # some sources are wrong on purpose
)py";

struct Compiled {
  std::string source;  // relative names
  std::string target;
  int level = 0;
};

// "lib/x/__pycache__/y.cpython-313.opt-1.pyc" belongs to "lib/x/y.py".
std::optional<Compiled> parse_name(const std::string& name) {
  const fs::path path(name);
  if (path.extension() != ".pyc" || path.parent_path().filename() != "__pycache__")
    return std::nullopt;
  std::string stem = path.stem().string();
  Compiled compiled{.source = {}, .target = name};
  for (const int level : {1, 2}) {
    const std::string suffix = fmt::format(".opt-{}", level);
    if (!stem.ends_with(suffix)) continue;
    compiled.level = level;
    stem.resize(stem.size() - suffix.size());
  }
  const auto tag = stem.rfind('.');
  if (tag == std::string::npos) return std::nullopt;
  compiled.source =
      (path.parent_path().parent_path() / (stem.substr(0, tag) + ".py")).generic_string();
  return compiled;
}

// Bytes 4 to 7 of a .pyc: bit 0 says "hash instead of time", bit 1 "compare it" (PEP 552).
bool has_unchecked_hash(const fs::path& file) {
  const std::string bytes = read_file(file);
  return bytes.size() > 16 && bytes.compare(4, 4, std::string_view("\1\0\0\0", 4)) == 0;
}

// Without flags: a free-threaded interpreter has the same bytecode (Python/sysmodule.c).
std::string cache_tag(const std::string& interpreter) {
  std::string tag = "cpython-";
  for (const char c : interpreter)
    if (c >= '0' && c <= '9') tag += c;
  return tag;
}

// Directories that only held files removed here, and what a killed compilation left.
void clear_leftovers(const fs::path& root) {
  std::vector<fs::path> directories;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_directory() && !entry.is_symlink() && entry.path().filename() == "__pycache__")
      directories.push_back(entry.path());
  for (const auto& directory : directories) {
    std::vector<fs::path> partial;
    for (const auto& entry : fs::directory_iterator(directory))
      if (entry.path().filename().string().find(".pyc.") != std::string::npos)
        partial.push_back(entry.path());
    for (const auto& file : partial) fs::remove(file);
    if (fs::is_empty(directory)) fs::remove(directory);
  }
}

bool is_writable_in_list(const std::string& name) {
  return name.find_first_of("\t\n") == std::string::npos;
}

}  // namespace

Environment interpreter_environment(const fs::path& scratch) {
  const auto own = current_environment();
  Environment environment{
      {"HOME", scratch.string()}, {"TMPDIR", scratch.string()},     {"LC_ALL", "C.UTF-8"},
      {"PYTHONHASHSEED", "0"},    {"PYTHONDONTWRITEBYTECODE", "1"}, {"TZ", "UTC"}};
  // The extension check needs a compiler, which may need what was put into these.
  for (const char* name : {"PATH", "COMPILER_PATH", "LIBRARY_PATH"})
    if (const auto found = own.find(name); found != own.end()) environment.insert(*found);
  return environment;
}

BytecodeResult renew_bytecode(ProcessRunner& runner, const StagedPrefix& staged,
                              const std::set<std::string>& rewritten,
                              const std::string& built_prefix, const fs::path& scratch) {
  BytecodeResult result;
  std::map<std::string, Compiled> jobs;  // by target
  std::set<std::string> have;
  std::vector<std::string> sources;
  for (const auto& name : list_tree(staged.root)) {
    if (name.ends_with(".py") && name.starts_with(staged.stdlib + "/") && !staged.is_test(name))
      sources.push_back(name);
    auto compiled = parse_name(name);
    if (!compiled) continue;
    const fs::path file = staged.root / name;
    const bool has_source = fs::is_regular_file(staged.root / compiled->source);
    const bool changed = rewritten.contains(compiled->source);
    const bool sound = fs::is_regular_file(fs::symlink_status(file)) && has_unchecked_hash(file);
    if (has_source && !changed && sound) {
      ++result.kept;
      have.insert(name);
      continue;
    }
    fs::remove(file);
    if (has_source && changed && sound) jobs[name] = *compiled;
  }
  const std::string tag = cache_tag(staged.interpreter);
  for (const auto& source : sources) {
    const fs::path path(source);
    // The directory of the Makefile is no package; what lies there is run by name.
    if (!staged.config.empty() && path.parent_path() == staged.config) continue;
    const std::string target =
        (path.parent_path() / "__pycache__" / fmt::format("{}.{}.pyc", path.stem().string(), tag))
            .generic_string();
    if (!have.contains(target)) jobs[target] = {.source = source, .target = target};
  }
  if (jobs.empty()) {
    clear_leftovers(staged.root);
    return result;
  }

  std::string list;
  for (const auto& [target, job] : jobs) {
    if (!is_writable_in_list(target) || !is_writable_in_list(staged.root.string())) continue;
    list += fmt::format("{}\t{}\t{}/{}\t{}\n", (staged.root / job.source).string(),
                        (staged.root / target).string(), built_prefix, job.source, job.level);
  }
  const fs::path list_file = scratch / "compile.list";
  write_file_atomic(list_file, list);
  Command command;
  // Not -I: it would ignore the hash seed too.
  command.argv = staged.interpreter_words();
  for (const std::string& word : {std::string("-S"), std::string("-B"), std::string("-c"),
                                  std::string(kCompile), list_file.string()})
    command.argv.push_back(word);
  command.cwd = scratch;
  command.environment = interpreter_environment(scratch);
  command.timeout = std::chrono::minutes(staged.run_words.empty() ? 10 : 60);
  const Outcome outcome = runner.run(command);
  if (!outcome.ok()) result.problem = outcome.describe();
  fs::remove(list_file);
  clear_leftovers(staged.root);
  for (const auto& [target, job] : jobs) {
    const fs::path file = staged.root / target;
    if (fs::is_regular_file(file) && has_unchecked_hash(file))
      ++result.compiled;
    else
      ++result.missing;
  }
  return result;
}

}  // namespace pytune
