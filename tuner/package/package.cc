#include "package/package.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "binary/elf_versions.h"
#include "input/json.h"
#include "package/archive_writer.h"
#include "package/bytecode.h"
#include "package/check.h"
#include "package/interpreter_facts.h"
#include "package/licences.h"
#include "package/manifest.h"
#include "package/relocate.h"
#include "package/sbom.h"
#include "package/stage_tree.h"
#include "package/static_library.h"
#include "sys/error.h"
#include "toolchain/optional_modules.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Profile data is for those who want to look at it or build again; beyond this it would be most of
// the archive.
constexpr std::uint64_t kMostProfileBytes = std::uint64_t{64} << 20;

// zip and FAT know no time before 1980; used when nothing says when the source was made.
constexpr std::int64_t kNoTime = 315532800;

constexpr const char* kRunTests =
    R"py("""Runs the standard library's own tests with the Python of this archive."""
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
python = os.path.join(here, {})
os.execv(python, [python, '-m', 'test', *sys.argv[1:]])
)py";

std::int64_t archive_time(const PackageOptions& options) {
  if (!options.source_date_epoch.empty()) {
    std::int64_t value = 0;
    const auto& text = options.source_date_epoch;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
      throw UsageError(
          fmt::format("SOURCE_DATE_EPOCH \"{}\" is not a number of seconds since 1970", text));
    return value;
  }
  std::int64_t newest = kNoTime;
  if (options.source_tree.empty()) return newest;
  std::error_code ignored;
  for (fs::recursive_directory_iterator it(options.source_tree, ignored), end;
       !ignored && it != end; it.increment(ignored)) {
    struct stat info = {};
    // Not what a Python running there may have left.
    if (it->path().extension() == ".pyc" || lstat(it->path().c_str(), &info) != 0 ||
        !S_ISREG(info.st_mode))
      continue;
    newest = std::max<std::int64_t>(newest, info.st_mtim.tv_sec);
  }
  return newest;
}

// A compiler that needs no words to build for `triple`; empty when none is there.
std::string cross_gcc(const std::string& triple) {
  constexpr int kOldest = 9;
  constexpr int kNewest = 30;
  if (const auto plain = find_program(triple + "-gcc")) return plain->string();
  for (int major = kNewest; major >= kOldest; --major)
    if (const auto found = find_program(fmt::format("{}-gcc-{}", triple, major)))
      return found->string();
  return "";
}

// The words before an emulated program, its files looked for in `root`.
std::vector<std::string> in_root(std::vector<std::string> run_words, const fs::path& root) {
  const auto option = std::find(run_words.begin(), run_words.end(), "-L");
  if (!root.empty() && option != run_words.end() && option + 1 != run_words.end())
    *(option + 1) = root.string();
  return run_words;
}

class Packager {
 public:
  Packager(Store& store, ProcessRunner& runner, const Build& build, const PackageOptions& options,
           Listener& listener)
      : store_(store),
        runner_(runner),
        build_(build),
        options_(options),
        listener_(listener),
        work_(store.staging("package")),
        modified_(archive_time(options)) {}

  PackageResult run() {
    PackageResult result = write(facts_of_staged());
    if (options_.check) result.checks = check(result);
    return result;
  }

 private:
  nlohmann::json facts_of_staged() {
    const Activity copying(listener_, "copying the build");
    staged_ = stage_tree(build_.prefix, build_.python.filename().string(), work_.path() / "prefix");
    if (build_.target) staged_.run_words = build_.target->run_words;
    relocation_ =
        relocate(staged_, {store_.root().string(), fs::weakly_canonical(store_.root()).string()});
    const fs::path scratch = work_.path() / "scratch";
    fs::create_directories(scratch);
    renew_bytecode(runner_, staged_, relocation_.rewritten, relocation_.built_prefix, scratch);
    settle_static_libraries();
    licences_ = collect_licences(options_.source_tree, staged_);
    find_binaries();
    find_profile();
    return interpreter_facts(runner_, staged_, scratch);
  }

  PackageResult write(const nlohmann::json& facts) {
    const Activity writing(listener_, "writing the archives");
    const std::string stem = fmt::format("cpython-{}+pytune-{}-{}", build_.source_version,
                                         build_.id, target_triple(relocation_.variables));
    std::error_code error;
    fs::create_directories(options_.output_directory, error);
    if (error)
      throw Failure(fmt::format("{}: cannot create the output directory: {}",
                                options_.output_directory.string(), error.message()));
    PackageResult result;
    auto full = write_archive(options_.output_directory / (stem + "-full.tar.zst"),
                              full_entries(facts, stem + "-full"), Compression::zstd, modified_);
    auto install =
        write_archive(options_.output_directory / (stem + "-install.tar.gz"),
                      install_entries(facts, stem + "-install"), Compression::gzip, modified_);
    result.full = full.commit();
    result.install = install.commit();
    return result;
  }

  // Leaves out what only the build's own compiler could link, and the second copy that CPython
  // installs.
  void settle_static_libraries() {
    std::vector<std::string> names;
    for (const auto& name : list_tree(staged_.root))
      if (staged_.is_static_library(name) && !fs::is_symlink(staged_.root / name))
        names.push_back(name);
    std::map<std::string, std::string> first;  // by hash
    for (const auto& name : names) {
      const fs::path path = staged_.root / name;
      const std::string bytes = read_file(path);
      const auto reason =
          name.ends_with(".a") ? static_library_is_private(bytes) : object_is_private(bytes);
      if (reason) {
        if (name.ends_with(".a")) left_out_ = *reason;
        fs::remove(path);
        continue;
      }
      has_static_library_ |= name.ends_with(".a");
      const auto [known, fresh] = first.emplace(sha256(bytes), name);
      if (fresh) continue;
      fs::remove(path);
      fs::create_symlink((staged_.root / known->second).lexically_relative(path.parent_path()),
                         path);
    }
    // A second copy is in the configuration directory, and sorts behind: a link to a file that
    // stays.
  }

  void find_binaries() {
    names_ = list_tree(staged_.root);
    for (const auto& name : names_) {
      const fs::path path = staged_.root / name;
      const auto extension = path.extension();
      if (fs::is_symlink(path) || !fs::is_regular_file(path) || extension == ".py" ||
          extension == ".pyc" || extension == ".h")
        continue;
      const std::string bytes = read_file(path);
      if (auto facts = read_elf(bytes)) {
        binaries_.emplace(name, *facts);
        hashes_.emplace(name, sha256(bytes));
      }
    }
  }

  void find_profile() {
    if (build_.profile.empty() || !fs::is_directory(build_.profile)) return;
    std::uint64_t bytes = 0;
    for (const auto& name : list_tree(build_.profile))
      if (!fs::is_symlink(build_.profile / name) && fs::is_regular_file(build_.profile / name))
        bytes += fs::file_size(build_.profile / name);
    has_profile_ = bytes > 0 && bytes <= kMostProfileBytes;
  }

  // The manifest, the bill of materials and the licences, below `directory`.
  void add_papers(std::vector<ArchiveEntry>& entries, const std::string& directory,
                  const nlohmann::json& facts, bool full, const std::string& name) const {
    const auto add = [&](const std::string& file, std::string content) {
      entries.push_back({.name = directory + file, .file = {}, .content = std::move(content)});
    };
    ManifestFacts manifest{.build = build_,
                           .staged = staged_,
                           .relocation = relocation_,
                           .licences = licences_,
                           .interpreter = facts,
                           .binaries = binaries_,
                           .binary_hashes = hashes_,
                           .static_library_left_out = left_out_,
                           .has_static_library = has_static_library_,
                           .has_profile = has_profile_,
                           .benchmark = options_.benchmark};
    add("PYTHON.json", dump_json(make_manifest(manifest, full), 2) + "\n");
    add("sbom.spdx.json",
        dump_json(make_sbom({build_, options_.source_tree, staged_, licences_}, name, modified_),
                  2) +
            "\n");
    for (const auto& licence : licences_) add("licenses/" + licence.file, licence.text);
  }

  std::vector<ArchiveEntry> full_entries(const nlohmann::json& facts,
                                         const std::string& name) const {
    std::vector<ArchiveEntry> entries;
    entries.reserve(names_.size() + 32);
    for (const auto& file : names_)
      entries.push_back(
          {.name = "python/install/" + file, .file = staged_.root / file, .content = {}});
    add_papers(entries, "python/", facts, true, name);
    entries.push_back({.name = "python/run_tests.py",
                       .file = {},
                       .content = fmt::format(fmt::runtime(kRunTests),
                                              "'install/bin/" + staged_.interpreter + "'")});
    if (has_profile_)
      for (const auto& file : list_tree(build_.profile))
        entries.push_back(
            {.name = "python/profile/" + file, .file = build_.profile / file, .content = {}});
    return entries;
  }

  std::vector<ArchiveEntry> install_entries(const nlohmann::json& facts,
                                            const std::string& name) const {
    std::vector<ArchiveEntry> entries;
    entries.reserve(names_.size() + 32);
    for (const auto& file : names_)
      if (!staged_.is_test(file) && !staged_.is_static_library(file))
        entries.push_back({.name = "python/" + file, .file = staged_.root / file, .content = {}});
    add_papers(entries, "python/share/pytune/", facts, false, name);
    return entries;
  }

  std::vector<CheckStep> check(const PackageResult& result) {
    const auto scratch = store_.staging("check");
    CheckRequest request{.full = result.full.path,
                         .install = result.install.path,
                         .interpreter = staged_.interpreter,
                         .version = build_.source_version,
                         .built_prefix = relocation_.built_prefix,
                         .source_tree = options_.source_tree,
                         .scratch = scratch.path()};
    request.run_words = in_root(staged_.run_words, options_.run_root);
    if (build_.target) request.compiler = cross_gcc(build_.target->triple);
    std::vector<CheckStep> steps = check_package(runner_, request, listener_);
    steps.insert(steps.begin() + 1, check_modules());  // behind "unpack", which is always there
    return steps;
  }

  CheckStep check_modules() const {
    const auto missing = missing_modules(options_.source_tree, build_.prefix);
    std::vector<std::string> missed;
    const auto& allowed = options_.allowed_missing;
    std::copy_if(missing.begin(), missing.end(), std::back_inserter(missed),
                 [&](const std::string& name) {
                   return !is_rarely_missed(name) &&
                          std::find(allowed.begin(), allowed.end(), name) == allowed.end();
                 });
    if (!missed.empty())
      return {"modules", false,
              fmt::format("lacks {}: install the packages and run the sweep again, or allow it: "
                          "--allow-missing {}",
                          with_packages(missed), fmt::join(missed, ","))};
    return {"modules", true,
            missing.empty() ? "all optional modules are there"
                            : fmt::format("without {}", fmt::join(missing, ", "))};
  }

  Store& store_;
  ProcessRunner& runner_;
  const Build& build_;
  const PackageOptions& options_;
  Listener& listener_;
  TemporaryDirectory work_;
  std::int64_t modified_;
  StagedPrefix staged_;
  Relocation relocation_;
  std::vector<Licence> licences_;
  std::vector<std::string> names_;
  std::map<std::string, ElfFacts> binaries_;
  std::map<std::string, std::string> hashes_;
  std::optional<std::string> left_out_;
  bool has_static_library_ = false;
  bool has_profile_ = false;
};

}  // namespace

bool PackageResult::ok() const {
  return !full.path.empty() && !install.path.empty() &&
         std::all_of(checks.begin(), checks.end(), [](const auto& step) { return step.ok; });
}

PackageResult make_package(Store& store, ProcessRunner& runner, const Build& build,
                           const PackageOptions& options, Listener& listener) {
  if (!build.ok())
    throw Failure(fmt::format("build {} failed at {} ({}); there is nothing to package", build.id,
                              build.failure->stage, build.failure->message));
  try {
    return Packager(store, runner, build, options, listener).run();
  } catch (const fs::filesystem_error& error) {
    throw Failure(fmt::format("cannot package build {}: {}", build.id, error.what()));
  }
}

}  // namespace pytune
