#include "toolchain/launchers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <set>
#include <vector>

#include "binary/elf_versions.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Of the program itself, beside its launcher: programs look for their libraries from where they
// are.
constexpr const char* kBehind = ".elf";
constexpr std::uintmax_t kLargestProgram = 1U << 30U;

// What gcc and clang look for beside themselves first, and would else take from this machine: its
// assembler may not know what a newer compiler writes.
constexpr std::array kBinutils = {"as", "ld", "ld.bfd", "ld.gold"};

bool has_program_bit(const fs::path& file) {
  std::error_code none;
  return (fs::status(file, none).permissions() & fs::perms::owner_exec) != fs::perms::none;
}

// The loader that the program names, without the slash it begins with; nothing for what is no
// dynamic program.
std::optional<std::string> loader_of(const fs::path& file) {
  std::error_code none;
  if (fs::is_symlink(file, none) || !fs::is_regular_file(file, none) || !has_program_bit(file) ||
      fs::file_size(file, none) > kLargestProgram)
    return std::nullopt;
  const auto facts = read_elf(read_file(file));
  if (!facts || !facts->loader.starts_with('/')) return std::nullopt;
  return facts->loader.substr(1);
}

std::vector<fs::path> folders_below(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code none;
  if (!fs::is_directory(folder, none) || fs::is_symlink(folder, none)) return found;
  found.push_back(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_directory() && !entry.is_symlink()) found.push_back(entry.path());
  return found;
}

// Where compilers and binutils have programs (of gcc 13 and before in lib, later in libexec).
std::vector<fs::path> program_folders(const fs::path& root) {
  std::vector<fs::path> folders = {root / "usr/bin"};
  for (const char* of_gcc : {"usr/lib/gcc", "usr/libexec/gcc"}) {
    const auto below = folders_below(root / of_gcc);
    folders.insert(folders.end(), below.begin(), below.end());
  }
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(root / "usr/lib", none))
    if (entry.path().filename().string().starts_with("llvm-"))
      folders.push_back(entry.path() / "bin");
  std::erase_if(folders, [&](const fs::path& folder) { return !fs::is_directory(folder, none); });
  return folders;
}

// Folders of shared libraries, below the root.
std::vector<std::string> library_folders(const fs::path& root) {
  std::vector<std::string> folders;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(root / "usr/lib", none)) {
    const std::string name = entry.path().filename();
    if (name.ends_with("-linux-gnu") && entry.is_directory(none))
      folders.push_back("usr/lib/" + name);
  }
  std::sort(folders.begin(), folders.end());
  folders.emplace_back("usr/lib");
  return folders;
}

std::string climb(const fs::path& folder, const fs::path& root) {
  std::string up;
  for (const auto& part : folder.lexically_relative(root))
    if (!part.empty() && part != ".") up += up.empty() ? ".." : "/..";
  return up;
}

// What a program of this name needs besides.
std::string special_lines(const std::string& name) {
  // clang asks the kernel who it is, and would be told of the loader: by its name instead. Its
  // inner calls of itself must begin with -cc1.
  if (name == "clang")
    return "case ${1-} in\n  -cc1*) ;;\n  *) set -- -no-canonical-prefixes \"$@\" ;;\nesac\n";
  // These start the ar, nm and ranlib of PATH, which must be able to load the plugin.
  if (std::regex_search(name, std::regex("gcc-(ar|nm|ranlib)")))
    return "PATH=$dir:$PATH\nexport PATH\n";
  return "";
}

std::string launcher(const fs::path& root, const fs::path& program, const std::string& loader) {
  std::string libraries;
  for (const std::string& folder : library_folders(root))
    libraries += (libraries.empty() ? "$root/" : ":$root/") + folder;
  return fmt::format(
      "#!/bin/sh\n"
      "self=$0\n"
      "[ -h \"$self\" ] && self=$(readlink -f -- \"$self\")\n"
      "dir=${{self%/*}}\n"
      "root=$dir/{}\n"
      "{}"
      "exec \"$root/{}\" --inhibit-cache --library-path \"{}\" --argv0 \"$dir/${{0##*/}}\" "
      "\"$self{}\" \"$@\"\n",
      climb(program.parent_path(), root), special_lines(program.filename()), loader, libraries,
      kBehind);
}

void require_names(const fs::path& root, const std::string& loader) {
  std::error_code none;
  const fs::path file = root / loader;
  if (!fs::exists(file, none))
    throw Failure(
        fmt::format("its programs need the loader /{}, which is not among its packages", loader));
  if (read_file(file).find("--argv0") == std::string::npos)
    throw Failure(
        "its loader cannot start compilers under their own names (glibc before 2.33); take a "
        "release from Debian 12 on");
}

// `name` in `folder`, unless something is there.
void add_link(const fs::path& folder, const std::string& name, const fs::path& target) {
  std::error_code none;
  if (fs::symlink_status(folder / name, none).type() != fs::file_type::not_found) return;
  fs::create_symlink(target.lexically_relative(folder), folder / name);
}

void link_binutils(const fs::path& root, const fs::path& folder) {
  std::error_code none;
  for (const char* name : kBinutils)
    if (fs::exists(root / "usr/bin" / name, none)) add_link(folder, name, root / "usr/bin" / name);
}

// llvm-bolt looks for its run time from where the loader is, for the same reason as clang.
void link_bolt_runtime(const fs::path& root, const fs::path& llvm) {
  std::error_code none;
  for (const char* name : {"libbolt_rt_instr.a", "libbolt_rt_hugify.a"})
    if (fs::exists(llvm / "lib" / name, none))
      add_link(root / "usr/lib", name, llvm / "lib" / name);
}

void make_programs_folder(const fs::path& root) {
  const std::regex numbered("([a-z][a-z0-9+._-]*)-[0-9]+");
  const fs::path folder = root / kProgramsFolder;
  fs::create_directory(folder);
  for (const auto& entry : fs::directory_iterator(root / "usr/bin")) {
    const std::string name = entry.path().filename();
    if (std::regex_match(name, numbered) && name.find("-linux-gnu-") == std::string::npos)
      add_link(folder, name, entry.path());
  }
}

}  // namespace

void make_launchers(const fs::path& root) {
  std::set<std::string> checked;
  for (const fs::path& folder : program_folders(root)) {
    std::vector<std::pair<fs::path, std::string>> programs;
    for (const auto& entry : fs::directory_iterator(folder))
      if (const auto loader = loader_of(entry.path())) programs.emplace_back(entry.path(), *loader);
    for (const auto& [program, loader] : programs) {
      if (checked.insert(loader).second) require_names(root, loader);
      const std::string script = launcher(root, program, loader);
      fs::rename(program, program.string() + kBehind);
      write_file_atomic(program, script);
      fs::permissions(program, fs::perms(0755));
    }
    std::error_code none;
    const bool of_clang = fs::exists(folder / "clang", none);
    if (of_clang || fs::exists(folder / "cc1", none)) link_binutils(root, folder);
    if (of_clang) {
      // As its numbered name is called, so it must be there to be called again.
      const std::string major = folder.parent_path().filename().string().substr(5);
      for (const char* driver : {"clang", "clang++"})
        add_link(folder, fmt::format("{}-{}", driver, major), folder / "clang");
    }
    link_bolt_runtime(root, folder.parent_path());
  }
  make_programs_folder(root);
}

fs::path program_behind(const fs::path& program) {
  std::error_code error;
  const fs::path file = fs::canonical(program, error);
  if (error) return {};
  const fs::path behind = file.string() + kBehind;
  return fs::is_regular_file(behind, error) ? behind : file;
}

}  // namespace pytune
