#include "store/use_list.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>

#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kListSuffix = ".uses";

// A process may have several stores open.
fs::path new_list(const fs::path& locks) {
  static std::atomic<int> number = 0;
  std::error_code error;
  while (true) {
    fs::path file = locks / fmt::format("{}-{}{}", getpid(), ++number, kListSuffix);
    if (!fs::exists(file, error)) return file;  // else another container's process of our number
  }
}

void for_each_list(const fs::path& locks,
                   const std::function<void(const fs::path& file, bool alive)>& see) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(locks, error))
    if (entry.path().extension() == kListSuffix) see(entry.path(), FileLock::is_held(entry.path()));
}

}  // namespace

UseList::~UseList() {
  std::error_code ignored;
  if (alive_) fs::remove(file_, ignored);
}

// A list that is not locked yet would be taken for a dead run's.
void UseList::open() {
  if (alive_) return;
  file_ = new_list(locks_);
  alive_ = FileLock::try_acquire(file_);
}

void UseList::add(const StepId& id) {
  const std::scoped_lock guard(mutex_);
  if (noted_.contains(id)) return;
  try {
    const FileLock turn = lock_uses(locks_);
    open();
    std::ofstream(file_, std::ios::app) << id.kind << " " << id.key << std::endl;
    noted_.insert(id);
  } catch (const Failure&) {
    noted_.insert(id);
  }
}

std::set<StepId> steps_in_use(const fs::path& locks) {
  std::set<StepId> used;
  for_each_list(locks, [&](const fs::path& file, bool alive) {
    StepId id;
    if (!alive) return;
    for (std::ifstream in(file); in >> id.kind >> id.key;) used.insert(id);
  });
  return used;
}

void remove_dead_lists(const fs::path& locks) {
  for_each_list(locks, [](const fs::path& file, bool alive) {
    std::error_code ignored;
    if (!alive) fs::remove(file, ignored);
  });
}

FileLock lock_uses(const fs::path& locks) { return FileLock::acquire(locks / "uses.lock"); }

}  // namespace pytune
