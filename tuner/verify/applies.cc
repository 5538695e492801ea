#include "verify/applies.h"

#include <fmt/format.h>

#include <algorithm>

#include "patches/apply.h"
#include "sys/error.h"

namespace pytune {
namespace {

std::string counted(std::size_t number, const char* what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string placed(const Patched& patched) {
  const auto moved = std::count_if(patched.hunks.begin(), patched.hunks.end(),
                                   [](const AppliedHunk& hunk) { return hunk.offset != 0; });
  const std::string where =
      moved == 0 ? "where the patch says" : fmt::format("{} of them on other lines", moved);
  return fmt::format("{} in {}, {}", counted(patched.hunks.size(), "hunk"),
                     counted(patched.files.size(), "file"), where);
}

}  // namespace

std::vector<GateRow> verify_applies(const std::filesystem::path& tree,
                                    const std::vector<Variant>& variants) {
  std::vector<GateRow> rows;
  for (const Variant& variant : variants) {
    GateRow row{"applies", "", variant.patch, GateOutcome::passed, "", ""};
    try {
      row.why = placed(apply_in_memory(tree, variant.patches));
    } catch (const Failure& misfit) {
      row.outcome = GateOutcome::failed;
      row.why = misfit.what();
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace pytune
