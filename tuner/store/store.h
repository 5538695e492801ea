// The store: every finished step is an immutable directory, found by the hash of what went into it.
//
//   STORE/FORMAT                      "pytune-store 1"
//   STORE/<kind>/<key>/record.json    what the step was given, what came of it, when
//   STORE/<kind>/<key>/...            what it made
//   STORE/locks/, STORE/work/, STORE/staging/   scratch; never read as results
//   STORE/locks/*.uses                what runs that are under way use (store/use_list.h)
//   STORE/trials                      which trials of compilers have passed (passed_trials.h)
//
// A step fills a staging directory, which is flushed and renamed into place with its record, so a
// record that can be read is complete. A lock file per step makes a second pytune wait for the
// first one's result instead of repeating it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "store/step_id.h"
#include "store/use_list.h"
#include "sys/files.h"
#include "sys/listener.h"

namespace pytune {

// Key of a step: the first 16 hex digits of the SHA-256 of the canonical (sorted-key) JSON of its
// inputs.
std::string step_key(const nlohmann::json& inputs);

// What a producer hands back; becomes record.json.
struct StepResult {
  bool ok = true;          // false: a failure worth keeping, never retried (a deterministic one)
  nlohmann::json details;  // object
};

struct Step {
  StepId id;
  std::filesystem::path directory;
  bool ok = true;
  bool cached = false;  // found finished; not made by this call
  nlohmann::json inputs;
  nlohmann::json details;
  std::string created;
};

// A directory to work in: STORE/work/NN, two digits so that every slot's path has the same length.
// Empty when acquired; leftovers of a killed run are cleared, and what is left of its processes is
// ended first. Nobody else's is: who stands in that directory may be anybody.
class WorkSlot {
 public:
  const std::filesystem::path& path() const { return path_; }
  int number() const { return number_; }

 private:
  friend class Store;
  WorkSlot(int number, std::filesystem::path path, FileLock lock)
      : number_(number), path_(std::move(path)), lock_(std::move(lock)) {}
  int number_;
  std::filesystem::path path_;
  FileLock lock_;
};

// work: steps that are found or made are in use, and stay, until the store is closed. prune:
// nothing is noted as used. look: nothing is written at all, and the directory may be missing; what
// would write throws std::logic_error.
enum class StoreAccess { work, prune, look };

class Store {
 public:
  // Creates the directory when it is missing, but to look; refuses one that is something else.
  // Throws Failure.
  explicit Store(const std::filesystem::path& root, StoreAccess access = StoreAccess::work);

  // Where warnings go instead of stderr, which a status line may be drawn on.
  void tell(Listener& listener) { listener_ = &listener; }

  void warn(const std::string& text) const;

  const std::filesystem::path& root() const { return root_; }
  StoreAccess access() const { return access_; }
  std::filesystem::path directory(const StepId& id) const;

  // The finished step, or nothing. A damaged record counts as absent, and there is one warning of
  // it.
  std::optional<Step> find(const StepId& id) const;

  // Runs `make(staging)` unless the step is finished (by anyone). `make` fills `staging` and
  // returns the record's details. An exception leaves nothing behind.
  Step produce(const StepId& id, const nlohmann::json& inputs,
               const std::function<StepResult(const std::filesystem::path& staging)>& make);

  // All finished steps of one kind, oldest first: by when each was made, or brought to the front.
  // None of them is noted as used.
  std::vector<Step> list(std::string_view kind) const;
  // Every directory of a kind by name, also what is no finished step: blocks have no record.
  std::vector<StepId> directories(const std::string& kind) const;
  // Makes a finished step the last of its list: a user who asks for it again means it from now on.
  void bring_to_front(const StepId& id);
  std::vector<std::string> kinds() const;

  // Removes one finished step. Renamed away first, so that no reader sees half of it.
  void remove(const StepId& id);
  // Unless somebody makes or uses it: says whether it was removed, or would be where nothing may be
  // written.
  bool prune(const StepId& id);

  // For what was not found by find() or produce(): a step of list(), a directory without a record.
  void use(const StepId& id) const;
  // The step that `path` is in, if it is in one.
  void use_what_holds(const std::filesystem::path& path) const;

  WorkSlot acquire_slot();
  FileLock lock(const std::string& name);  // waits
  std::optional<FileLock> try_lock(const std::string& name);
  TemporaryDirectory staging(std::string_view stem = "tmp");

  // Clears staging and work leftovers that no live process holds, as their locks tell. What cannot
  // be removed is a warning.
  void sweep_leftovers();

 private:
  std::optional<Step> read(const StepId& id) const;
  void warn_damaged(const std::filesystem::path& record, const std::string& why) const;
  void open_to_write(const std::filesystem::path& root);
  void require_format() const;
  void require_writing() const;
  std::filesystem::path locks() const { return root_ / "locks"; }
  std::filesystem::path lock_file(const std::string& name) const;
  void require_running() const;
  std::filesystem::path slot_path(int number) const;
  // False, and one warning of it, where something cannot be removed.
  bool clear(const std::function<void()>& removal) const;
  void sweep_staging();

  StoreAccess access_;
  std::filesystem::path root_;
  std::unique_ptr<UseList> used_;
  Listener* listener_ = nullptr;
  mutable std::mutex damage_;
  mutable std::set<std::filesystem::path> damaged_;
};

// --store, else $PYTUNE_STORE, else $XDG_CACHE_HOME/pytune, else ~/.cache/pytune.
std::filesystem::path default_store();

}  // namespace pytune
