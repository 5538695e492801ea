#include "store/store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <mutex>
#include <set>
#include <stdexcept>

#include "input/json.h"
#include "sys/error.h"
#include "sys/host.h"
#include "sys/inheritance.h"
#include "sys/system_reason.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFormat = "pytune-store 1\n";

void require_word(const std::string& text, const char* what) {
  const bool fine = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!fine)
    throw std::invalid_argument(fmt::format("{} \"{}\" is not a lower-case word", what, text));
}

// Root would leave files in a user's store that the user cannot remove.
void require_own_store(const fs::path& root) {
  struct stat info = {};
  if (lstat(root.c_str(), &info) != 0) return;
  if (geteuid() == 0 && info.st_uid != 0)
    throw UsageError(
        fmt::format("{}: the store belongs to {}, who could not remove what root leaves there: run "
                    "pytune as {}, or choose another store with --store",
                    root.string(), user_name(info.st_uid), user_name(info.st_uid)));
  if (access(root.c_str(), W_OK | X_OK) != 0)
    throw Failure(fmt::format("{}: the store cannot be written to: {}; --store chooses another",
                              root.string(), system_reason(errno, root)));
}

// CPython is built inside the store, and its Makefile writes paths unquoted into rules and
// commands.
void require_path_for_make(const fs::path& root) {
  const std::string path = fs::weakly_canonical(fs::absolute(root)).string();
  const std::size_t at = path.find_first_of(" \t\n$#:%=;&|<>()*?[]{}'\"`\\!~");
  if (at != std::string::npos)
    throw UsageError(fmt::format(
        "{}: make cannot build in a directory whose path holds '{}'; choose another with --store",
        path, path[at]));
}

Step step_from(const StepId& id, const fs::path& directory, const nlohmann::json& record) {
  Step step;
  step.id = id;
  step.directory = directory;
  step.ok = record.at("ok").get<bool>();
  step.cached = true;
  step.inputs = record.at("inputs");
  step.details = record.at("details");
  step.created = record.at("created").get<std::string>();
  return step;
}

}  // namespace

std::string step_key(const nlohmann::json& inputs) {
  return sha256(dump_json(inputs)).substr(0, 16);
}

Store::Store(const fs::path& root, StoreAccess access) : access_(access) {
  require_path_for_make(root);
  if (access == StoreAccess::look) {
    root_ = fs::weakly_canonical(fs::absolute(root));
    if (fs::exists(root_)) require_format();
    return;
  }
  open_to_write(root);
  if (access == StoreAccess::work) used_ = std::make_unique<UseList>(locks());
}

void Store::open_to_write(const fs::path& root) {
  std::error_code error;
  const bool made = fs::create_directories(root, error);
  if (error)
    throw Failure(fmt::format("{}: cannot create the store: {}; choose another with --store",
                              root.string(), system_reason(error.value(), root)));
  root_ = fs::canonical(root);
  // Below it all is readable, so that it can be shared; whether it is, its own mode says.
  if (made) chmod(root_.c_str(), (0777U & ~inherited_umask()) | 0700U);
  require_format();
  require_own_store(root_);
  if (!fs::exists(root_ / "FORMAT")) write_file_atomic(root_ / "FORMAT", kFormat);
  for (const char* scratch : {"locks", "work", "staging"}) fs::create_directories(root_ / scratch);
}

// Of a directory that is there. An empty one will do.
void Store::require_format() const {
  const fs::path format = root_ / "FORMAT";
  if (!fs::exists(format)) {
    const bool empty =
        fs::is_directory(root_) &&
        std::all_of(fs::directory_iterator(root_), fs::directory_iterator(), [](const auto& entry) {
          return entry.path().filename().string().starts_with("FORMAT.tmp");
        });
    // Looked for again: another pytune may have made the store since, and FORMAT is the first thing
    // it puts there.
    if (!empty && !fs::exists(format))
      throw UsageError(fmt::format(
          "{}: not empty and not a pytune store; choose an empty or new directory with --store",
          root_.string()));
    if (empty) return;
  }
  if (read_file(format) != kFormat)
    throw UsageError(
        fmt::format("{}: a store of another pytune version ({}); choose another with --store",
                    root_.string(), "FORMAT differs"));
}

void Store::require_writing() const {
  if (access_ == StoreAccess::look) throw std::logic_error("the store is only looked at");
}

fs::path Store::lock_file(const std::string& name) const { return locks() / (name + ".lock"); }

fs::path Store::directory(const StepId& id) const { return root_ / id.kind / id.key; }

std::optional<Step> Store::find(const StepId& id) const {
  auto step = read(id);
  if (!step || !used_) return step;
  use(id);
  // It may have been pruned in the moment before it was noted as used.
  return fs::exists(step->directory / "record.json") ? step : std::nullopt;
}

std::optional<Step> Store::read(const StepId& id) const {
  const fs::path file = directory(id) / "record.json";
  if (!fs::exists(file)) return std::nullopt;
  try {
    return step_from(id, directory(id), parse_json(read_file(file)));
  } catch (const nlohmann::json::exception& e) {
    warn_damaged(file, e.what());
    return std::nullopt;
  } catch (const UsageError& e) {
    warn_damaged(file, e.what());
    return std::nullopt;
  } catch (const Failure& e) {
    warn_damaged(file, e.what());
    return std::nullopt;
  }
}

void Store::warn_damaged(const fs::path& record, const std::string& why) const {
  const std::scoped_lock guard(damage_);
  if (!damaged_.insert(record).second) return;
  warn(fmt::format("{}: damaged record ({}); the step will be done again", record.string(), why));
}

void Store::warn(const std::string& text) const {
  if (listener_ != nullptr)
    listener_->warn(text);
  else
    std::cerr << "pytune: warning: " << text << "\n";
}

Step Store::produce(const StepId& id, const nlohmann::json& inputs,
                    const std::function<StepResult(const fs::path&)>& make) {
  require_word(id.kind, "step kind");
  require_word(id.key, "step key");
  require_writing();
  if (auto done = find(id)) return *done;
  const FileLock guard = lock(id.kind + "-" + id.key);
  if (auto done = find(id)) return *done;     // the other process finished it while we waited
  if (fs::exists(directory(id))) remove(id);  // damaged

  TemporaryDirectory stage = staging(id.kind);
  const StepResult result = make(stage.path());
  const std::string created = utc_timestamp();
  const nlohmann::json record = {
      {"schema", 1},      {"kind", id.kind},           {"key", id.key},     {"ok", result.ok},
      {"inputs", inputs}, {"details", result.details}, {"created", created}};
  write_file_atomic(stage.path() / "record.json", dump_json(record, 1) + "\n");
  fs::permissions(stage.path(), fs::perms::owner_all | fs::perms::group_read |
                                    fs::perms::group_exec | fs::perms::others_read |
                                    fs::perms::others_exec);
  if (!publish_directory(stage.path(), directory(id)))
    throw Failure(fmt::format(
        "{}: appeared while it was being made; is the store on a file system without locks?",
        directory(id).string()));
  stage.release();
  use(id);  // while its lock keeps prune away
  Step step = step_from(id, directory(id), record);
  step.cached = false;
  return step;
}

std::vector<StepId> Store::directories(const std::string& kind) const {
  std::vector<StepId> ids;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root_ / kind, ignored))
    if (entry.is_directory(ignored)) ids.push_back({kind, entry.path().filename()});
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<Step> Store::list(std::string_view kind) const {
  std::vector<std::pair<fs::file_time_type, Step>> dated;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root_ / kind, ignored)) {
    if (auto step = read({std::string(kind), entry.path().filename()}))
      dated.emplace_back(fs::last_write_time(entry.path() / "record.json", ignored),
                         std::move(*step));
  }
  std::sort(dated.begin(), dated.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.id) < std::tie(b.first, b.second.id);
  });
  std::vector<Step> steps;
  steps.reserve(dated.size());
  for (auto& [time, step] : dated) steps.push_back(std::move(step));
  return steps;
}

void Store::bring_to_front(const StepId& id) {
  require_writing();
  // Only the order is at stake, so a store that cannot be written stays as it is.
  std::error_code ignored;
  fs::last_write_time(directory(id) / "record.json", fs::file_time_type::clock::now(), ignored);
}

std::vector<std::string> Store::kinds() const {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(root_, missing)) {
    const std::string name = entry.path().filename();
    if (entry.is_directory() && name != "locks" && name != "work" && name != "staging")
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Store::remove(const StepId& id) {
  require_writing();
  TemporaryDirectory trash = staging("removed");
  std::error_code error;
  fs::rename(directory(id), trash.path() / id.key, error);
  if (error && error != std::errc::no_such_file_or_directory)
    throw Failure(fmt::format("{}: cannot remove: {}", directory(id).string(), error.message()));
}

bool Store::prune(const StepId& id) {
  const fs::path making = lock_file(id.kind + "-" + id.key);
  if (access_ == StoreAccess::look)
    return !FileLock::is_held(making) && !steps_in_use(locks()).contains(id);
  const auto lock = FileLock::try_acquire(making);
  if (!lock) return false;
  const FileLock turn = lock_uses(locks());
  if (steps_in_use(locks()).contains(id)) return false;
  remove(id);
  return true;
}

void Store::use(const StepId& id) const {
  if (used_) used_->add(id);
}

void Store::use_what_holds(const fs::path& path) const {
  const fs::path inside = fs::absolute(path).lexically_normal().lexically_relative(root_);
  auto part = inside.begin();
  if (inside.empty() || *part == ".." || std::distance(part, inside.end()) < 3) return;
  const std::string kind = *part++;
  use({kind, *part});
}

FileLock Store::lock(const std::string& name) {
  require_writing();
  FileLock lock =
      FileLock::acquire(lock_file(name), [this](const std::string& text) { warn(text); });
  lock.sign();
  return lock;
}
std::optional<FileLock> Store::try_lock(const std::string& name) {
  require_writing();
  auto lock = FileLock::try_acquire(lock_file(name));
  if (lock) lock->sign();
  return lock;
}
TemporaryDirectory Store::staging(std::string_view stem) {
  require_writing();
  return TemporaryDirectory(root_ / "staging", stem, Liveness::locked);
}

}  // namespace pytune
