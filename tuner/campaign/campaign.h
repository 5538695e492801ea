// A sweep from its definition to its result: plan, build, measure, recommend.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "build/plan.h"
#include "build/scheduler.h"
#include "campaign/contest.h"
#include "campaign/site.h"
#include "campaign/sweep_request.h"
#include "result/sweep_result.h"

namespace pytune {

class Campaign {
 public:
  // Gets what it takes to build for the target, the source and its patches, asks the compilers, and
  // plans. With request.target.plan nothing is fetched or written, and the plan is of what is
  // known.
  Campaign(const Site& site, SweepRequest request);

  const Plan& plan() const { return plan_; }
  const Source& source() const { return source_; }

  // Does what is planned. A sweep that was done before is answered from the store.
  SweepResult run();

 private:
  void announce() const;
  void fetch_ahead();
  void heed_who_measures();
  std::vector<Build> build();
  Entrants enter(const std::vector<Build>& builds, std::vector<std::string>& warnings);
  std::optional<Arm> enter_distributors(const std::vector<Build>& builds,
                                        std::vector<std::string>& warnings);
  const Target* target() const { return prepared_ ? &prepared_->target : nullptr; }

  Site site_;
  SweepRequest request_;
  std::optional<PreparedTarget> prepared_;
  TrainingSet training_;
  Source source_;
  std::optional<PatchSeries> series_;
  int cpus_;
  Plan plan_;
  JobServer jobs_;
  BuildContext building_;
  std::map<std::string, std::string> preloaded_;  // Entrants::preloaded
};

}  // namespace pytune
