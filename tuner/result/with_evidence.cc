#include "result/with_evidence.h"

namespace pytune {

nlohmann::json with_evidence(nlohmann::json j, Evidence evidence) {
  if (!j.is_structured()) return j;
  for (auto& child : j) child = with_evidence(std::move(child), evidence);
  if (j.is_object() && j.contains("estimate") && j.contains("low") && j.contains("high"))
    j["evidence"] = name_of(evidence);
  return j;
}

}  // namespace pytune
