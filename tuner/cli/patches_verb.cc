// `pytune patches list|show|apply|verify`: the interpreter patches that come with pytune.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "campaign/data_home.h"
#include "cli/patches_verify.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "input/json.h"
#include "input/text.h"
#include "patches/apply.h"
#include "patches/series.h"
#include "source/tree.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPatchesUsage = "patches list|show|apply|verify [TREE] [OPTIONS]";

nlohmann::json patch_json(const Patch& patch) {
  nlohmann::json files = nlohmann::json::array();
  for (const auto& file : patch.diff->files) files.push_back(file.path);
  return {{"name", patch.name},
          {"sha256", patch.sha256},
          {"summary", patch.header.summary},
          {"description", patch.header.description},
          {"author", patch.header.author},
          {"forwarded", patch.header.forwarded},
          {"last_update", patch.header.last_update},
          {"architecture", patch.header.architecture},
          {"compiler", patch.header.compiler},
          {"versions", patch.header.versions},
          {"effect", patch.header.effect},
          {"files", files}};
}

int list(const std::vector<PatchSeries>& all, bool json) {
  if (json) {
    nlohmann::json document = nlohmann::json::array();
    for (const auto& series : all) {
      nlohmann::json patches = nlohmann::json::array();
      for (const auto& patch : series.patches) patches.push_back(patch_json(patch));
      document.push_back({{"minor", series.minor}, {"patches", patches}});
    }
    std::cout << dump_json(document, 2) << "\n";
    return 0;
  }
  for (const auto& series : all) {
    std::cout << fmt::format("{}, in the order they are applied:\n", series.minor);
    for (const auto& patch : series.patches)
      std::cout << fmt::format("  {:<24} {}\n  {:<24}   for {}, {}; {}\n", patch.name,
                               printable(patch.header.summary), "",
                               printable(patch.header.architecture),
                               printable(patch.header.compiler), printable(patch.header.effect));
  }
  return 0;
}

int show(const PatchSeries& series, const std::vector<Patch>& patches) {
  for (const auto& patch : patches)
    print_content(read_file(series.directory / (patch.name + ".patch")));
  return 0;
}

int apply(const fs::path& tree, const PatchSeries& series, const std::vector<Patch>& patches) {
  const Patched patched = apply_in_memory(tree, patches);
  write_patched(tree, patched);
  for (const auto& hunk : patched.hunks)
    if (hunk.offset != 0)
      std::cerr << fmt::format("{}: {}, hunk {}: {} lines {} than in the patch\n", hunk.patch,
                               hunk.path, hunk.hunk, std::abs(hunk.offset),
                               hunk.offset > 0 ? "further down" : "further up");
  std::cout << fmt::format("applied {} of the {} patches for {} to {}: {} files changed\n",
                           patches.size(), series.patches.size(), series.minor,
                           printable(tree.string()), patched.files.size());
  return 0;
}

// The tree's own version says which series is for it; another one that was asked for is a mistake.
std::string minor_of_tree(const fs::path& tree, const std::string& asked) {
  const PatchLevel level = require_cpython(tree, printable(tree.string()), "give a source tree");
  if (!asked.empty() && asked != level.minor_name())
    throw UsageError(
        fmt::format("{}: is CPython {}, and the patches asked for are for {}; leave "
                    "--minor out, or give another tree",
                    printable(tree.string()), level.version, printable(asked)));
  return level.minor_name();
}

// The only one there is, unless one is named.
std::string one_minor(const fs::path& patches, const std::string& asked) {
  if (!asked.empty()) return asked;
  const auto minors = minors_with_patches(patches);
  if (minors.size() != 1)
    throw UsageError(
        fmt::format("say for which version: --minor, one of the {} that `pytune "
                    "patches list` shows",
                    minors.size()));
  return minors.front();
}

// Each word has options of its own.
void require_fitting(const Options& options, const std::string& what) {
  if (what != "list" && what != "show" && what != "apply" && what != "verify")
    throw UsageError(fmt::format("\"{}\": give list, show, apply or verify; usage: pytune {}",
                                 printable(what), kPatchesUsage));
  if ((what == "apply") == options.text("tree").empty())
    throw UsageError(what == "apply" ? "apply: give the source tree that is to be patched"
                                     : "a TREE goes with apply only");
  if (options.given("json") && what != "list" && what != "verify")
    throw UsageError("--json goes with list and verify only");
  if (options.given("patch") && what == "list")
    throw UsageError("--patch goes with show, apply and verify; list shows all");
  if (what == "verify") return;
  for (const OptionLine& line : verify_options()) {
    const std::string name = long_name(line);
    if (options.given(name)) throw UsageError(fmt::format("--{} goes with verify only", name));
  }
}

int run_patches(const Options& options) {
  const std::string what = options.text("what");
  const std::string tree = options.text("tree");
  std::string minor = options.text("minor");
  require_fitting(options, what);
  if (what == "verify") return verify_patches(options);

  const fs::path patches = data_home() / "patches";
  if (what == "list") {
    std::vector<PatchSeries> all;
    for (const auto& one : minor.empty() ? minors_with_patches(patches) : std::vector{minor})
      all.push_back(read_series(patches, one));
    return list(all, options.given("json"));
  }
  minor = what == "apply" ? minor_of_tree(tree, minor) : one_minor(patches, minor);
  const PatchSeries series = read_series(patches, minor);
  const std::string name = options.text("patch");
  const auto chosen = name.empty() ? series.patches : std::vector{series.find(name)};
  return what == "apply" ? apply(tree, series, chosen) : show(series, chosen);
}

}  // namespace

Verb patches_verb() {
  Verb verb{
      "patches",
      "list, show, apply or verify the interpreter patches",
      kPatchesUsage,
      {"what", "tree"},
      {{"what", "WHAT",
        "What to do: list the patches, show their text, apply them to a source tree, or "
        "verify them."},
       {"tree", "TREE", "Unpatched source tree of CPython to apply the patches to."},
       {"minor", "VERSION",
        "CPython version, such as 3.13. show: needed. Default of list: all; of apply: the tree's; "
        "of verify: the newest."},
       {"patch", "NAME",
        "show, apply, verify: Use this patch only, by name or number. Default: the whole series."},
       {"json", nullptr, "list, verify: Print the result as JSON on standard output."}},
      run_patches};
  for (auto& option : verify_options()) verb.options.push_back(std::move(option));
  return verb;
}

}  // namespace pytune
