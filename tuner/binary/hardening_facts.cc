#include "binary/hardening_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>

#include "binary/image.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Not the programs of the test suite, nor whatever packages bring.
bool is_of_interpreter(const std::string& name) {
  return name.starts_with("bin/") || name.starts_with("lib/libpython") ||
         name.find("/lib-dynload/") != std::string::npos;
}

// Elsewhere than beside the program: a relative path, or none, is whatever
// directory one is in.
bool is_safe(const std::string& run_path) {
  return run_path.starts_with("$ORIGIN") || run_path.starts_with("${ORIGIN}") ||
         run_path.starts_with("/usr/lib") || run_path.starts_with("/lib");
}

bool any(const HardeningFacts& facts, bool FileHardening::* fact) {
  return std::any_of(facts.begin(), facts.end(),
                     [&](const auto& entry) { return entry.second.*fact; });
}

template <class T>
std::vector<T> only_in(const std::vector<T>& these, const std::vector<T>& not_those) {
  std::vector<T> rest;
  std::copy_if(these.begin(), these.end(), std::back_inserter(rest), [&](const T& one) {
    return std::find(not_those.begin(), not_those.end(), one) == not_those.end();
  });
  return rest;
}

void compare_files(const std::string& name, const FileHardening& before, const FileHardening& after,
                   std::vector<ProtectionLoss>& losses) {
  const auto lose = [&](Protection protection, const std::string& what) {
    losses.push_back({protection, fmt::format("{} {}", name, what)});
  };
  if (before.stack && !after.stack) lose(Protection::stack, "has an executable stack");
  if (after.relro < before.relro)
    lose(Protection::relro,
         fmt::format("has {} RELRO, not {}", relro_name(after.relro), relro_name(before.relro)));
  if (before.pie && !after.pie) lose(Protection::pie, "is no PIE");
  if (!before.writable_code && after.writable_code)
    lose(Protection::segments, "has a segment that is writable and executable");
  if (!before.text_relocations && after.text_relocations)
    lose(Protection::relocations, "has relocations in its code");
  for (const auto& path : only_in(after.run_paths, before.run_paths))
    if (!is_safe(path))
      lose(Protection::run_path, fmt::format("looks for libraries in \"{}\"", path));
  if (const auto gone = only_in(before.branches, after.branches); !gone.empty())
    lose(Protection::branches, fmt::format("no longer declares {}", fmt::join(gone, ", ")));
}

}  // namespace

std::string FileHardening::text() const {
  return fmt::format(
      "stack {}, RELRO {}, {}, {}{}branches [{}], run path "
      "[{}], stack protector {}, fortify {}",
      stack ? "not executable" : "executable", relro_name(relro), pie ? "PIE" : "no PIE",
      writable_code ? "writable code, " : "", text_relocations ? "text relocations, " : "",
      fmt::join(branches, " "), fmt::join(run_paths, ":"), stack_protector ? "yes" : "no",
      fortify ? "yes" : "no");
}

std::optional<FileHardening> hardening_of(std::string_view bytes) {
  Image image;
  try {
    image = read_image(bytes, "");
  } catch (const UsageError&) {
    return std::nullopt;
  }
  const Linking linking = inspect_linking(image);
  Hardening notes;
  inspect_properties(image, notes);
  FileHardening facts;
  const ImageSegment* stack = image.segment(llvm::ELF::PT_GNU_STACK);
  facts.stack = stack != nullptr && (stack->flags & llvm::ELF::PF_X) == 0;
  facts.relro = linking.relro;
  facts.pie = linking.executable && linking.position_independent;
  facts.text_relocations = linking.text_relocations;
  facts.writable_code = linking.writable_code;
  facts.run_paths = linking.run_paths;
  facts.branches = notes.declared;
  facts.stack_protector = !notes.stack_protector.empty();
  facts.fortify = std::any_of(
      image.dynamic_symbols.begin(), image.dynamic_symbols.end(), [](const ImageSymbol& symbol) {
        return !symbol.defined && symbol.name.starts_with("__") && symbol.name.ends_with("_chk");
      });
  return facts;
}

HardeningFacts hardening_below(const fs::path& prefix) {
  HardeningFacts facts;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(prefix, none)) {
    const std::string name = fs::relative(entry.path(), prefix).string();
    if (!is_of_interpreter(name) || !entry.is_regular_file() || entry.is_symlink()) continue;
    if (auto found = hardening_of(read_file(entry.path()))) facts.emplace(name, std::move(*found));
  }
  return facts;
}

std::vector<ProtectionLoss> lost_protections(const HardeningFacts& before,
                                             const HardeningFacts& after) {
  std::vector<ProtectionLoss> losses;
  for (const auto& [name, facts] : after)
    if (const auto known = before.find(name); known != before.end())
      compare_files(name, known->second, facts, losses);
  if (any(before, &FileHardening::stack_protector) && !any(after, &FileHardening::stack_protector))
    losses.push_back({Protection::stack_protector, "no function checks its stack any more"});
  if (any(before, &FileHardening::fortify) && !any(after, &FileHardening::fortify))
    losses.push_back({Protection::fortify, "no call is fortified any more"});
  return losses;
}

}  // namespace pytune
