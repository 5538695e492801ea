#include "binary/loaded_objects.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <optional>
#include <set>

#include "binary/image.h"
#include "binary/installed_files.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestObject = 1U << 30U;
constexpr std::size_t kMostObjects = 2000;  // an interpreter has a hundred modules
constexpr int kDeepestInclude = 4;          // of ld.so.conf

std::string machine_of(const fs::path& file) {
  std::error_code none;
  if (!fs::is_regular_file(file, none)) return {};
  std::string start(64, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  return elf_machine(start);
}

std::optional<ElfFacts> facts_of(const fs::path& file) {
  std::error_code none;
  const auto size = fs::file_size(file, none);
  if (none || size > kLargestObject) return std::nullopt;
  try {
    return read_elf(read_file(file));
  } catch (const Failure&) {  // it may not be read
    return std::nullopt;
  }
}

fs::path below(const fs::path& root, const fs::path& absolute) {
  return root / absolute.relative_path();
}

// The folders that a file such as /etc/ld.so.conf lists, with what it includes, below a root.
void read_conf(const fs::path& root, const fs::path& file, int depth,
               std::vector<fs::path>& folders) {
  std::ifstream in(file);
  constexpr std::string_view kInclude = "include ";
  for (std::string line; std::getline(in, line) && folders.size() < kMostObjects;) {
    line.erase(std::min(line.find('#'), line.size()));
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.starts_with(kInclude) && depth < kDeepestInclude) {
      fs::path pattern = line.substr(kInclude.size());
      pattern = pattern.is_absolute() ? below(root, pattern) : file.parent_path() / pattern;
      glob_t found = {};
      if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
        for (std::size_t i = 0; i < found.gl_pathc; ++i)
          read_conf(root, found.gl_pathv[i], depth + 1, folders);
      globfree(&found);
    } else if (line.starts_with('/')) {
      folders.push_back(below(root, line));
    }
  }
}

class ObjectSearch {
 public:
  explicit ObjectSearch(const fs::path& program) : machine_(machine_of(program)) {
    std::error_code none;
    const fs::path real = fs::canonical(program, none);
    add({real, "", facts_of(real).value_or(ElfFacts())}, 0);
    const std::string& loader = program_facts().loader;
    musl_ = libc_of(program_facts()) == Libc::musl;
    above_ = directories_above(real);
    choose_systems(real, loader);
  }

  void add_module(const fs::path& path) {
    if (machine_of(path) != machine_ || is_loaded(path)) return;
    if (auto facts = facts_of(path)) add({path, "", std::move(*facts)}, 0);
  }

  // Breadth first, as the loader does.
  void load_needs() {
    for (; done_ < result_.objects.size() && done_ < kMostObjects; ++done_) {
      const std::vector<std::string> needs = result_.objects[done_].facts.needed;
      for (const std::string& needed : needs) load(needed, done_);
    }
  }

  LoadedObjects take() { return std::move(result_); }

 private:
  const ElfFacts& program_facts() const { return result_.objects.front().facts; }

  void add(LoadedObject object, std::size_t loaded_by) {
    names_.insert(object.path.filename().string());
    if (!object.facts.soname.empty()) names_.insert(object.facts.soname);
    if (!object.needed_as.empty()) names_.insert(object.needed_as);
    result_.objects.push_back(std::move(object));
    parents_.push_back(loaded_by);
  }

  bool is_loaded(const fs::path& path) const {
    std::error_code none;
    return std::any_of(
        result_.objects.begin(), result_.objects.end(),
        [&](const LoadedObject& one) { return fs::equivalent(one.path, path, none); });
  }

  // The system that the program is of: the outermost directory with its loader, for where /lib is a
  // link to /usr/lib, /usr has one as well.
  void choose_systems(const fs::path& program, const std::string& loader) {
    std::error_code none;
    fs::path system = "/";
    for (fs::path folder = program.parent_path(); folder != folder.root_path();
         folder = folder.parent_path())
      if (!loader.empty() && fs::exists(below(folder, loader), none)) system = folder;
    systems_.push_back(system);
    for (const fs::path& folder : above_)
      if (folder != system) systems_.push_back(folder);
    if (system != "/") systems_.emplace_back("/");
  }

  std::string expanded(std::string text, const LoadedObject& requester,
                       const std::string& lib) const {
    const std::array<std::pair<std::string, std::string>, 3> tokens{
        {{"ORIGIN", requester.path.parent_path().string()}, {"LIB", lib}, {"PLATFORM", machine_}}};
    for (const auto& [name, value] : tokens)
      for (const std::string& form : {"${" + name + "}", "$" + name})
        for (std::size_t at = 0; (at = text.find(form, at)) != std::string::npos;) {
          // "$LIBRARIES" is no token (is_dst() of glibc).
          const char next = at + form.size() < text.size() ? text[at + form.size()] : '/';
          const bool longer = !form.ends_with('}') &&
                              (std::isalpha(static_cast<unsigned char>(next)) != 0 || next == '_');
          if (!longer) text.replace(at, form.size(), value);
          at += longer ? form.size() : value.size();
        }
    return text;
  }

  // $LIB is lib64 or lib/TRIPLET by how the loader was built.
  std::vector<std::string> libs() const {
    return {fmt::format("lib/{}-linux-gnu", machine_), "lib64", "lib"};
  }

  bool take_file(const fs::path& file, const std::string& needed, std::size_t requester) {
    if (machine_of(file) != machine_) return false;
    auto facts = facts_of(file);
    if (!facts) return false;
    add({file.lexically_normal(), needed, std::move(*facts)}, requester);
    return true;
  }

  // An absolute path below each system, whose root it is meant for, else as it is.
  bool take_path(const fs::path& path, const std::string& needed, std::size_t requester) {
    if (!path.is_absolute()) return take_file(fs::absolute(path), needed, requester);
    const fs::path origin = result_.objects[requester].path.parent_path();
    // What $ORIGIN stands for is a place on this machine already.
    if (path.string().starts_with(origin.string())) return take_file(path, needed, requester);
    return std::any_of(systems_.begin(), systems_.end(),
                       [&](const fs::path& root) {
                         return take_file(below(root, path), needed, requester);
                       }) ||
           take_file(path, needed, requester);
  }

  bool take_from_run_paths(const std::vector<std::string>& paths, std::size_t owner,
                           const std::string& needed, std::size_t requester) {
    for (const std::string& path : paths)
      for (const std::string& lib : libs()) {
        const std::string folder = expanded(path, result_.objects[owner], lib);
        if (take_path(fs::path(folder.empty() ? "." : folder) / needed, needed, requester))
          return true;
        if (path.find("LIB") == std::string::npos) break;
      }
    return false;
  }

  // By the chain of those that loaded the requester, up to the program.
  bool take_inherited(const std::string& needed, std::size_t requester) {
    for (std::size_t owner = requester;; owner = parents_[owner]) {
      const ElfFacts& facts = result_.objects[owner].facts;
      // musl makes no difference between the two.
      const auto paths = musl_ ? facts.run_paths : facts.inherited_run_paths;
      if (take_from_run_paths(paths, owner, needed, requester)) return true;
      if (owner == 0) return false;
    }
  }

  bool take_from_systems(const std::string& needed, std::size_t requester) {
    for (const fs::path& root : systems_) {
      std::vector<fs::path> folders;
      if (!musl_) read_conf(root, root / "etc/ld.so.conf", 0, folders);
      for (const std::string& folder :
           {std::string("lib"), std::string("lib64"), fmt::format("lib/{}-linux-gnu", machine_),
            std::string("usr/lib"), std::string("usr/lib64"),
            fmt::format("usr/lib/{}-linux-gnu", machine_), std::string("usr/local/lib")})
        folders.push_back(root / folder);
      for (const fs::path& folder : folders)
        if (take_file(folder / needed, needed, requester)) return true;
    }
    return false;
  }

  void load(const std::string& needed, std::size_t requester) {
    if (needed.empty() || names_.contains(needed)) return;
    bool found = false;
    if (needed.find('/') != std::string::npos) {
      for (const std::string& lib : libs())
        found = found ||
                take_path(expanded(needed, result_.objects[requester], lib), needed, requester);
    } else {
      const bool own = !result_.objects[requester].facts.own_run_paths.empty() && !musl_;
      found = (!own && take_inherited(needed, requester)) ||
              (own && take_from_run_paths(result_.objects[requester].facts.own_run_paths, requester,
                                          needed, requester)) ||
              take_from_systems(needed, requester);
    }
    if (found) return;
    names_.insert(needed);
    result_.missing.push_back(needed);
  }

  std::string machine_;
  bool musl_ = false;
  LoadedObjects result_;
  std::vector<std::size_t> parents_;  // who loaded it, by index
  std::size_t done_ = 0;
  std::set<std::string> names_;
  std::vector<fs::path> above_;
  std::vector<fs::path> systems_;  // where paths are looked for, best first
};

}  // namespace

const LoadedObject* LoadedObjects::named(std::string_view beginning) const {
  for (const LoadedObject& object : objects)
    if (&object != &objects.front() && object.path.filename().string().starts_with(beginning))
      return &object;
  return nullptr;
}

LoadedObjects objects_loaded_by(const fs::path& program, const std::vector<fs::path>& modules) {
  ObjectSearch search(program);
  search.load_needs();
  for (const fs::path& module : modules) search.add_module(module);
  search.load_needs();
  return search.take();
}

}  // namespace pytune
