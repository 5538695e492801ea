// Which finished steps a run uses, for whoever prunes the store meanwhile: a file per run in
// STORE/locks with the ids of its steps, locked (flock) as long as the run lives. A lock is seen
// from other containers and, where the file system has locks, from other machines; a process id is
// not.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <set>

#include "store/step_id.h"
#include "sys/files.h"

namespace pytune {

class UseList {
 public:
  explicit UseList(std::filesystem::path locks) : locks_(std::move(locks)) {}
  UseList(const UseList&) = delete;
  UseList& operator=(const UseList&) = delete;
  ~UseList();

  // From now on no prune removes it. A store that cannot be written to is not pruned either, so
  // there it is no error that nothing can be noted.
  void add(const StepId& id);

 private:
  void open();

  std::filesystem::path locks_;
  std::mutex mutex_;
  std::set<StepId> noted_;
  std::filesystem::path file_;
  std::optional<FileLock> alive_;
};

// What live runs use. Changes nothing.
std::set<StepId> steps_in_use(const std::filesystem::path& locks);
// Removes the lists of runs that have ended without doing so, with lock_uses() held.
void remove_dead_lists(const std::filesystem::path& locks);
// Nothing is noted while this is held: between the look whether a step is used and its removal.
FileLock lock_uses(const std::filesystem::path& locks);

}  // namespace pytune
