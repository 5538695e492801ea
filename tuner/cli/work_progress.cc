#include "cli/work_progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace pytune {

void WorkProgress::started(const std::string& activity) {
  const std::lock_guard lock(mutex_);
  active_.push_back(activity);
  show();
}

void WorkProgress::finished(const std::string& activity, double minutes, bool cached) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(active_.begin(), active_.end(), activity);
  if (found != active_.end()) active_.erase(found);
  const double share = minutes / threads_;
  done_ += share;
  if (cached) progress_.found(share);
  show();
}

void WorkProgress::show() {
  if (!active_.empty()) progress_.update(fmt::format("{}", fmt::join(active_, "; ")), done_);
}

}  // namespace pytune
