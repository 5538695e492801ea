// One file because a tarball and its tree get into the store in one way, whatever they came from.
#include "source/source.h"

#include <fmt/format.h>

#include <algorithm>

#include "input/text.h"
#include "input/unpack.h"
#include "source/apt_sources.h"
#include "source/debian.h"
#include "source/download.h"
#include "source/signature.h"
#include "source/tree.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kArchive = "archive";  // the tarball, by its SHA-256
constexpr const char* kSource = "source";    // a tree, by its tarball's SHA-256 or its own
constexpr const char* kSourceResolution =
    "resolution";  // which tarball "debian:3.13" was, and its .dsc

constexpr const char* kGiveTarball = "give a CPython release tarball";

StepId step_id(const char* kind, const json& inputs) { return {kind, step_key(inputs)}; }

// Spelt out: braces around one pair can also mean an array of two.
json one_input(const char* name, const std::string& value) {
  json inputs = json::object();
  inputs[name] = value;
  return inputs;
}

// A tarball in a staging directory of ours, not yet part of the store.
struct Candidate {
  fs::path file;
  std::string name;    // under which it will be kept
  std::string sha256;  // of the file as it is now
  std::string shown;   // in messages
  fs::path dsc;        // empty unless it is Debian's
};

StepResult tree_record(const PatchLevel& level, const TreeDigest& digest) {
  return {true,
          {{"version", level.version},
           {"minor", level.minor_name()},
           {"tree_sha256", digest.sha256},
           {"files", digest.files},
           {"bytes", digest.bytes}}};
}

Source source_from(const Step& step, std::string origin) {
  Source source;
  source.id = step.id.key;
  source.version = step.details.at("version").get<std::string>();
  source.minor = step.details.at("minor").get<std::string>();
  source.tree_sha256 = step.details.at("tree_sha256").get<std::string>();
  source.tree = step.directory / "tree";
  source.origin = std::move(origin);
  return source;
}

// The finished step, with `what` in its directory. A step that somebody emptied by hand is taken
// for absent.
std::optional<Step> intact(Store& store, const StepId& id, const std::string& what_key) {
  auto step = store.find(id);
  if (!step || !step->ok) return std::nullopt;
  std::error_code ignored;
  const std::string what = what_key.empty() ? "tree" : step->details.value(what_key, "");
  if (!what.empty() && fs::exists(step->directory / what, ignored)) return step;
  if (store.access() != StoreAccess::look) store.remove(id);
  return std::nullopt;
}

// Tarball and tree, when the store has both. Reads two small records and nothing else.
std::optional<Source> find_archive(Store& store, const std::string& sha256,
                                   const std::string& origin) {
  const auto archive = intact(store, step_id(kArchive, one_input("sha256", sha256)), "name");
  const auto tree = intact(store, step_id(kSource, one_input("archive_sha256", sha256)), "");
  if (!archive || !tree) return std::nullopt;
  Source source = source_from(*tree, origin);
  source.archive_name = archive->details.at("name").get<std::string>();
  source.archive_sha256 = sha256;
  source.archive = archive->directory / source.archive_name;
  return source;
}

// The tree first: a tarball that does not unpack to a CPython must not get into the store.
Source keep_archive(Store& store, const Candidate& candidate, const std::string& origin) {
  const json tree_inputs = one_input("archive_sha256", candidate.sha256);
  store.produce(step_id(kSource, tree_inputs), tree_inputs, [&](const fs::path& staging) {
    const fs::path tree = staging / "tree";
    unpack_source(candidate.file, tree, candidate.shown);
    const PatchLevel level = require_cpython(tree, candidate.shown, kGiveTarball);
    return tree_record(level, digest_tree(tree, list_tree(tree, candidate.shown)));
  });
  const json inputs = one_input("sha256", candidate.sha256);
  store.produce(step_id(kArchive, inputs), inputs, [&](const fs::path& staging) -> StepResult {
    fs::rename(candidate.file, staging / candidate.name);
    if (!candidate.dsc.empty()) {
      fs::copy_file(candidate.dsc, staging / plain_file_name(candidate.dsc.filename().string()));
    }
    return {true, {{"name", candidate.name}, {"bytes", fs::file_size(staging / candidate.name)}}};
  });
  if (auto source = find_archive(store, candidate.sha256, origin)) return *source;
  throw Failure(fmt::format("{}: {} vanished from the store while in use; run again",
                            store.root().string(), candidate.name));
}

void require_hash(const std::string& shown, const std::string& is, const std::string& wanted) {
  if (wanted.empty() || is == wanted) return;
  throw UsageError(
      fmt::format("{}: its SHA-256 is {}, but --sha256 says {}; the file is damaged or "
                  "not the one meant",
                  shown, is, wanted));
}

// --- Debian ---

std::string debian_origin(const json& details) {
  return fmt::format("Debian {} {} ({}), upstream tarball", details.value("package", ""),
                     details.value("package_version", ""), details.value("suite", ""));
}

// The newest resolution of this request whose tarball and tree are still there.
std::optional<Source> find_resolved(Store& store, const SourceRequest& request) {
  std::vector<Step> steps = store.list(kSourceResolution);
  std::reverse(steps.begin(), steps.end());
  for (const Step& step : steps) {
    if (!step.ok || step.inputs.value("request", "") != request.text) continue;
    const std::string sha256 = step.inputs.value("archive_sha256", "");
    if (!request.sha256.empty() && request.sha256 != sha256) continue;
    if (auto source = find_archive(store, sha256, debian_origin(step.details))) return source;
  }
  return std::nullopt;
}

void record_resolution(Store& store, const SourceRequest& request, const DebianDownload& download,
                       const json& details, bool refresh) {
  const json inputs = {{"request", request.text},
                       {"package_version", download.dsc.version},
                       {"archive_sha256", download.dsc.sha256}};
  const StepId id = step_id(kSourceResolution, inputs);
  // Asked again and told the same: it becomes the newest.
  if (refresh) store.remove(id);
  // Several package versions share one upstream tarball; here each keeps its own .dsc.
  store.produce(id, inputs, [&](const fs::path& staging) -> StepResult {
    fs::copy_file(download.dsc_file,
                  staging / plain_file_name(download.dsc_file.filename().string()));
    return {true, details};
  });
}

Source provide_debian(Store& store, ProcessRunner& runner, const SourceRequest& request,
                      bool offline, bool refresh) {
  if (offline && refresh) {
    throw UsageError(
        fmt::format("{}: --refresh asks the mirror and --offline forbids that; drop "
                    "one of them",
                    request.text));
  }
  if (!refresh) {
    if (auto source = find_resolved(store, request)) return *source;
  }
  if (offline) {
    throw Failure(
        fmt::format("{}: not in the store {}; run once without --offline, or give "
                    "--source a tarball",
                    request.text, store.root().string()));
  }
  // Two runs started together fetch once.
  const FileLock lock = store.lock("fetch-" + plain_file_name(request.text));
  if (!refresh) {
    if (auto source = find_resolved(store, request)) return *source;
  }
  const TemporaryDirectory staging = store.staging("debian");
  const DebianDownload download =
      fetch_debian(store, runner, staging.path(), request.debian, request.mirror);
  require_hash(fmt::format("{} ({})", request.text, download.dsc.archive), download.dsc.sha256,
               request.sha256);
  const json details = {{"package", download.dsc.source},
                        {"package_version", download.dsc.version},
                        {"suite", download.suite},
                        {"mirror", download.mirror}};
  const Candidate candidate{download.archive, plain_file_name(download.dsc.archive),
                            download.dsc.sha256, download.dsc.archive, download.dsc_file};
  Source source = keep_archive(store, candidate, debian_origin(details));
  record_resolution(store, request, download, details, refresh);
  return source;
}

// --- signed by a Sigstore bundle ---

std::string signed_origin(const std::string& origin, const json& inputs) {
  return fmt::format("{}, signed by {} (Sigstore)", origin, inputs.value("signer", ""));
}

// One that was checked before, against who must have signed it now; of any content where `sha256`
// is empty.
std::optional<Source> find_signed(Store& store, const SourceRequest& request,
                                  const std::string& sha256, const std::string& origin) {
  std::vector<Step> steps = store.list(kSourceResolution);
  std::reverse(steps.begin(), steps.end());
  for (const Step& step : steps) {
    if (!step.ok || !step.inputs.contains("signer")) continue;
    const std::string is = step.inputs.value("archive_sha256", "");
    if (sha256.empty() ? step.inputs.value("request", "") != origin : is != sha256) continue;
    auto source = find_archive(store, is, signed_origin(origin, step.inputs));
    if (!source) continue;
    const auto signer = request.signer ? request.signer : release_manager(source->minor);
    if (signer && signer->identity == step.inputs.value("signer", "") &&
        signer->issuer == step.inputs.value("issuer", ""))
      return source;
  }
  return std::nullopt;
}

// Checks what lies in staging, keeps it, and records who signed it and what said so.
Source keep_signed(Store& store, ProcessRunner& runner, const SignatureCheck& check,
                   const Candidate& candidate, const std::string& origin) {
  const Signature signature = check_signature(runner, check, candidate.file);
  const json inputs = {{"request", origin},
                       {"archive_sha256", candidate.sha256},
                       {"signer", signature.signer.identity},
                       {"issuer", signature.signer.issuer}};
  Source source = keep_archive(store, candidate, signed_origin(origin, inputs));
  store.produce(step_id(kSourceResolution, inputs), inputs,
                [&](const fs::path& staging) -> StepResult {
                  fs::copy_file(signature.bundle, staging / "bundle.sigstore");
                  return {true, {{"bundle", signature.bundle_shown}, {"tool", check.tool.version}}};
                });
  return source;
}

// --- local archive, tree, URL ---

struct LocalArchive {
  std::string shown;
  std::string origin;
  std::string sha256;
};

LocalArchive look_at_archive(const SourceRequest& request) {
  LocalArchive archive;
  archive.shown = printable(request.path.string());
  archive.origin = "tarball " + printable(request.path.filename().string());
  if (fs::file_size(request.path) > kLargestArchive) {
    throw UsageError(fmt::format("{}: larger than {} MiB; is it really CPython?", archive.shown,
                                 kLargestArchive >> 20));
  }
  archive.sha256 = sha256_file(request.path);
  require_hash(archive.shown, archive.sha256, request.sha256);
  return archive;
}

std::optional<Source> find_local_archive(Store& store, const SourceRequest& request,
                                         const LocalArchive& archive) {
  return wants_signature(request) ? find_signed(store, request, archive.sha256, archive.origin)
                                  : find_archive(store, archive.sha256, archive.origin);
}

Source provide_local_archive(Store& store, ProcessRunner& runner, const SourceRequest& request,
                             bool offline) {
  const LocalArchive archive = look_at_archive(request);
  if (auto source = find_local_archive(store, request, archive)) return *source;

  const TemporaryDirectory staging = store.staging("archive");
  const Candidate candidate{staging.path() / "download",
                            plain_file_name(request.path.filename().string()),
                            archive.sha256,
                            archive.shown,
                            {}};
  std::error_code error;
  fs::copy_file(request.path, candidate.file, error);
  if (error) throw Failure(fmt::format("{}: cannot copy it: {}", archive.shown, error.message()));
  if (sha256_file(candidate.file) != archive.sha256) {
    throw Failure(fmt::format("{}: changed while it was read; run again", archive.shown));
  }
  if (wants_signature(request))
    return keep_signed(store, runner,
                       {request, require_sigstore(runner, staging.path(), archive.shown), offline},
                       candidate, archive.origin);
  return keep_archive(store, candidate, archive.origin);
}

Source foresee_local_archive(Store& store, const SourceRequest& request) {
  const LocalArchive archive = look_at_archive(request);
  if (auto source = find_local_archive(store, request, archive)) return *source;
  const PatchLevel level = require_cpython_in(request.path, archive.shown, kGiveTarball);
  Source source;
  source.id = step_id(kSource, one_input("archive_sha256", archive.sha256)).key;
  source.version = level.version;
  source.minor = level.minor_name();
  source.origin = archive.origin;
  source.archive_sha256 = archive.sha256;
  return source;
}

struct LocalTree {
  std::string shown;
  PatchLevel level;
  std::vector<TreeEntry> entries;
  TreeDigest digest;
};

LocalTree look_at_tree(const SourceRequest& request) {
  LocalTree tree;
  tree.shown = printable(request.path.string());
  tree.level = require_cpython(request.path, tree.shown, "give the directory that holds configure");
  tree.entries = list_tree(request.path, tree.shown);
  tree.digest = digest_tree(request.path, tree.entries);
  return tree;
}

std::string tree_origin(const LocalTree& tree) { return "source tree " + tree.shown; }

Source provide_tree(Store& store, const SourceRequest& request) {
  const LocalTree tree = look_at_tree(request);
  const json inputs = one_input("tree_sha256", tree.digest.sha256);
  const StepId id = step_id(kSource, inputs);
  static_cast<void>(intact(store, id, ""));
  const Step step = store.produce(id, inputs, [&](const fs::path& staging) {
    copy_entries(request.path, tree.entries, staging / "tree");
    // Somebody may be at work in the tree: only the copy counts, and it must be what was hashed.
    if (digest_tree(staging / "tree", list_tree(staging / "tree", tree.shown)).sha256 !=
        tree.digest.sha256) {
      throw Failure(fmt::format("{}: changed while it was copied; run again", tree.shown));
    }
    return tree_record(tree.level, tree.digest);
  });
  return source_from(step, tree_origin(tree));
}

Source foresee_tree(const SourceRequest& request) {
  const LocalTree tree = look_at_tree(request);
  Source source;
  source.id = step_id(kSource, one_input("tree_sha256", tree.digest.sha256)).key;
  source.version = tree.level.version;
  source.minor = tree.level.minor_name();
  source.origin = tree_origin(tree);
  source.tree_sha256 = tree.digest.sha256;
  source.tree = request.path;
  return source;
}

std::string name_from_url(const std::string& url) {
  const std::string_view path = std::string_view(url).substr(0, url.find_first_of("?#"));
  return plain_file_name(path.substr(path.rfind('/') + 1));
}

std::optional<Source> find_url(Store& store, const SourceRequest& request) {
  const std::string shown = printable(without_password(request.url));
  return wants_signature(request) ? find_signed(store, request, request.sha256, shown)
                                  : find_archive(store, request.sha256, shown);
}

Source provide_url(Store& store, ProcessRunner& runner, const SourceRequest& request,
                   bool offline) {
  const std::string shown = printable(without_password(request.url));
  if (auto source = find_url(store, request)) return *source;
  if (offline && !request.url.starts_with("file://")) {
    throw Failure(
        fmt::format("{}: not in the store {}; run once without --offline, or give "
                    "--source a local file",
                    shown, store.root().string()));
  }
  const TemporaryDirectory staging = store.staging("url");
  SignatureCheck check{request, {}, offline};
  // Before 20 MiB are fetched in vain.
  const bool by_signature = wants_signature(request);
  if (by_signature) check.tool = require_sigstore(runner, staging.path(), shown);
  Candidate candidate{staging.path() / "download", name_from_url(request.url), "", shown, {}};
  download(runner, request.url, candidate.file);
  candidate.sha256 = sha256_file(candidate.file);
  require_hash(shown, candidate.sha256, request.sha256);
  return by_signature ? keep_signed(store, runner, check, candidate, shown)
                      : keep_archive(store, candidate, shown);
}

Source provide(Store& store, ProcessRunner& runner, const SourceRequest& request, bool offline,
               bool refresh) {
  switch (request.kind) {
    case SourceRequest::Kind::debian:
      return provide_debian(store, runner, request, offline, refresh);
    case SourceRequest::Kind::archive:
      return provide_local_archive(store, runner, request, offline);
    case SourceRequest::Kind::tree:
      return provide_tree(store, request);
    case SourceRequest::Kind::url:
      return provide_url(store, runner, request, offline);
  }
  throw std::logic_error("no such kind of source");
}

std::optional<Source> foresee(Store& store, const SourceRequest& request) {
  switch (request.kind) {
    case SourceRequest::Kind::debian:
      return find_resolved(store, request);
    case SourceRequest::Kind::archive:
      return foresee_local_archive(store, request);
    case SourceRequest::Kind::tree:
      return foresee_tree(request);
    case SourceRequest::Kind::url:
      return find_url(store, request);
  }
  throw std::logic_error("no such kind of source");
}

// `act`, with what goes wrong on the disk and in records told in one line.
template <class Act>
auto told(const Store& store, const Act& act) {
  try {
    return act();
  } catch (const fs::filesystem_error& error) {
    throw Failure(fmt::format("{}: {}; check the space and the permissions there",
                              printable(error.path1().string()), error.code().message()));
  } catch (const json::exception& error) {
    throw Failure(
        fmt::format("{}: a record of a source is damaged ({}); remove archive/, source/ "
                    "and resolution/ there, and they are made again",
                    store.root().string(), printable(error.what())));
  }
}

}  // namespace

Source provide_source(Store& store, ProcessRunner& runner, const SourceRequest& request,
                      bool offline, bool refresh) {
  return told(store, [&] { return provide(store, runner, request, offline, refresh); });
}

std::optional<Source> foresee_source(Store& store, const SourceRequest& request) {
  return told(store, [&] { return foresee(store, request); });
}

}  // namespace pytune
