#include "store/store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <set>
#include <stdexcept>

#include "sys/error.h"
#include "sys/host.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFormat = "pytune-store 1\n";
constexpr int kMaxSlots = 100;  // two digits: slot paths keep one length

void require_word(const std::string& text, const char* what) {
  const bool fine = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!fine)
    throw std::invalid_argument(fmt::format("{} \"{}\" is not a lower-case word", what, text));
}

// Processes whose working directory is below `dir`: compilers that outlived a pytune killed by
// SIGKILL. Nobody else may be there, since the slot's lock is ours.
void end_processes_below(const fs::path& dir) {
  std::error_code ignored;
  const std::string prefix = fs::weakly_canonical(dir, ignored).string() + "/";
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string cwd = fs::read_symlink(entry.path() / "cwd", ignored).string() + "/";
    if (cwd.starts_with(prefix)) kill(static_cast<pid_t>(std::stol(pid)), SIGKILL);
  }
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

std::string step_key(const nlohmann::json& inputs) { return sha256(inputs.dump()).substr(0, 16); }

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
  fs::create_directories(root, error);
  if (error)
    throw Failure(fmt::format("{}: cannot create the store: {}; choose another with --store",
                              root.string(), error.message()));
  root_ = fs::canonical(root);
  require_format();
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
    return step_from(id, directory(id), nlohmann::json::parse(read_file(file)));
  } catch (const nlohmann::json::exception& e) {
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
  const std::string text =
      fmt::format("{}: damaged record ({}); the step will be done again", record.string(), why);
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
  write_file_atomic(stage.path() / "record.json", record.dump(1) + "\n");
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

WorkSlot Store::acquire_slot() {
  require_writing();
  while (true) {
    for (int number = 0; number < kMaxSlots; ++number) {
      auto lock = FileLock::try_acquire(root_ / "work" / fmt::format("{:02}.lock", number));
      if (!lock) continue;
      const fs::path path = root_ / "work" / fmt::format("{:02}", number);
      end_processes_below(path);
      remove_tree(path);
      fs::create_directories(path);
      return {number, path, std::move(*lock)};
    }
    throw_if_stopped();
    usleep(100'000);
  }
}

FileLock Store::lock(const std::string& name) {
  require_writing();
  return FileLock::acquire(lock_file(name));
}
std::optional<FileLock> Store::try_lock(const std::string& name) {
  require_writing();
  return FileLock::try_acquire(lock_file(name));
}
TemporaryDirectory Store::staging(std::string_view stem) {
  require_writing();
  return TemporaryDirectory(root_ / "staging", stem);
}

void Store::sweep_leftovers() {
  require_writing();
  {
    const FileLock turn = lock_uses(locks());
    remove_dead_lists(locks());
  }
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root_ / "staging", ignored)) {
    // Named STEM.PID.RANDOM; a dead PID means nobody will finish it. On a shared file system
    // another host's PID may look dead: only entries older than a day go then, and there is no
    // telling, so the age rule holds for live-looking ones alone.
    const std::string name = entry.path().filename();
    const std::size_t first = name.find('.');
    const std::size_t second = name.find('.', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const long pid = std::strtol(name.substr(first + 1, second - first - 1).c_str(), nullptr, 10);
    if (pid > 0 && kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH)
      remove_tree(entry.path());
  }
  for (int number = 0; number < kMaxSlots; ++number) {
    const fs::path path = root_ / "work" / fmt::format("{:02}", number);
    if (!fs::exists(path)) continue;
    if (const auto lock =
            FileLock::try_acquire(root_ / "work" / fmt::format("{:02}.lock", number))) {
      end_processes_below(path);
      remove_tree(path);
    }
  }
}

fs::path default_store() {
  const auto from = [](const char* name) {
    const char* v = std::getenv(name);
    return v != nullptr ? fs::path(v) : fs::path();
  };
  if (const fs::path chosen = from("PYTUNE_STORE"); !chosen.empty()) return chosen;
  if (const fs::path cache = from("XDG_CACHE_HOME"); !cache.empty()) return cache / "pytune";
  if (const fs::path home = from("HOME"); !home.empty()) return home / ".cache" / "pytune";
  throw UsageError("no place for the store: HOME is not set; give --store DIR");
}

}  // namespace pytune
