// `pytune patches list|show|apply|verify`: the interpreter patches that come with pytune.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "cli/home.h"
#include "cli/verb.h"
#include "cli/verify.h"
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
  for (const auto& file : patch.diff.files) files.push_back(file.path);
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
    std::cout << document.dump(2) << "\n";
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
    std::cout << read_file(series.directory / (patch.name + ".patch"));
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

std::string text_option(const po::variables_map& options, const char* name) {
  return options.contains(name) ? options[name].as<std::string>() : "";
}

// Each word has options of its own.
void require_fitting(const po::variables_map& options, const std::string& what) {
  if (what != "list" && what != "show" && what != "apply" && what != "verify")
    throw UsageError(fmt::format("\"{}\": give list, show, apply or verify; usage: pytune {}",
                                 printable(what), kPatchesUsage));
  if ((what == "apply") == text_option(options, "tree").empty())
    throw UsageError(what == "apply" ? "apply: give the source tree that is to be patched"
                                     : "a TREE goes with apply only");
  if (options.contains("json") && what != "list" && what != "verify")
    throw UsageError("--json goes with list and verify only");
  if (options.contains("patch") && what == "list")
    throw UsageError("--patch goes with show, apply and verify; list shows all");
  const std::string verifying = verify_option_among(options);
  if (!verifying.empty() && what != "verify")
    throw UsageError(fmt::format("--{} goes with verify only", verifying));
}

}  // namespace

po::options_description patches_options() {
  po::options_description options("options");
  options.add_options()("what", po::value<std::string>()->value_name("WHAT"),
                        "as a word without dashes too: list (what there is, with what each needs "
                        "and reaches), show (the patches themselves), apply (to a source tree: "
                        "all of them, or nothing is touched), verify (everything that a patch has "
                        "to pass: it builds everywhere, and changes nothing but speed)")(
      "tree", po::value<std::string>()->value_name("TREE"),
      "apply: an unpatched source tree of CPython, as a word too")(
      "minor", po::value<std::string>()->value_name("VERSION"),
      "the version, such as 3.13; default: the tree's, or all; verify: Debian's newest")(
      "patch", po::value<std::string>()->value_name("NAME"),
      "this one alone, by its name or its number; default: the series")(
      "json", "list, verify: everything as JSON on stdout");
  add_verify_options(options);
  return options;
}

int run_patches(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, patches_options(), kPatchesUsage, {"what", "tree"});
  if (!parsed) return 0;
  const std::string what = text_option(*parsed, "what");
  const std::string tree = text_option(*parsed, "tree");
  std::string minor = text_option(*parsed, "minor");
  require_fitting(*parsed, what);
  if (what == "verify") return verify_patches(*parsed);

  const fs::path patches = data_home() / "patches";
  if (what == "list") {
    std::vector<PatchSeries> all;
    for (const auto& one : minor.empty() ? minors_with_patches(patches) : std::vector{minor})
      all.push_back(read_series(patches, one));
    return list(all, parsed->contains("json"));
  }
  minor = what == "apply" ? minor_of_tree(tree, minor) : one_minor(patches, minor);
  const PatchSeries series = read_series(patches, minor);
  const std::string name = text_option(*parsed, "patch");
  const auto chosen = name.empty() ? series.patches : std::vector{series.find(name)};
  return what == "apply" ? apply(tree, series, chosen) : show(series, chosen);
}

}  // namespace pytune
