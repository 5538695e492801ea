#include "build/hardening.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Words of the axis cflags that ask for a loss.
struct Asking {
  Protection protection;
  std::string_view word;
};
constexpr Asking kAsking[] = {
    {Protection::stack, "execstack"},
    {Protection::relro, "norelro"},
    {Protection::relro, "-z,lazy"},
    {Protection::pie, "-no-pie"},
    {Protection::pie, "-fno-pie"},
    {Protection::branches, "-fcf-protection=none"},
    {Protection::branches, "-mbranch-protection=none"},
    {Protection::stack_protector, "-fno-stack-protector"},
    {Protection::fortify, "-U_FORTIFY_SOURCE"},
    {Protection::fortify, "-D_FORTIFY_SOURCE=0"},
};

// What the axis hardening decides.
constexpr Protection kByFlags[] = {Protection::relro, Protection::branches,
                                   Protection::stack_protector, Protection::fortify};

struct Remedy {
  Protection protection;
  std::string_view text;
};
// What compilers of one distribution add by themselves, others need to be told.
constexpr Remedy kRemedies[] = {
    {Protection::relro,
     "its linker needs -Wl,-z,relro,-z,now, which the "
     "baseline's adds by itself"},
    {Protection::branches,
     "build it with the axis hardening, or with -fcf-protection (x86-64) or "
     "-mbranch-protection=standard (Arm) in its cflags"},
    {Protection::stack_protector,
     "build it with the axis hardening, or with -fstack-protector-strong in its cflags"},
    {Protection::fortify,
     "build it with the axis hardening, or with -D_FORTIFY_SOURCE=2 in its cflags"},
};

std::string remedy_for(Protection protection) {
  const auto* known = std::find_if(std::begin(kRemedies), std::end(kRemedies),
                                   [&](const Remedy& one) { return one.protection == protection; });
  return known != std::end(kRemedies)
             ? std::string(known->text)
             : "another linker or version of LLVM may do better; what each "
               "file has is in the log";
}

std::string facts_text(const std::string& title, const HardeningFacts& facts) {
  std::string text = title + ":\n";
  for (const auto& [name, file] : facts) text += fmt::format("  {}: {}\n", name, file.text());
  return text;
}

// A stage's outcome to compare with.
struct Reference {
  std::string title;
  std::string stage;  // that follows it
  const Configuration& configuration;
  HardeningFacts facts;
};

std::optional<BuildFailure> compare_with(Store& store, const Reference& reference,
                                         const Build& build, const HardeningFacts& facts) {
  auto losses = lost_protections(reference.facts, facts);
  std::erase_if(losses, [&](const ProtectionLoss& loss) {
    return gives_up(build.configuration, reference.configuration, loss.protection);
  });
  if (losses.empty()) return std::nullopt;
  std::string log;
  for (const auto& loss : losses) log += loss.text + "\n";
  log += facts_text(reference.title, reference.facts) + facts_text("this build", facts);
  const nlohmann::json inputs = {{"build", build.id}, {"log", sha256(log)}};
  const Step step = store.produce({"hardening", step_key(inputs)}, inputs, [&](const fs::path& at) {
    write_file_atomic(at / "log.txt", log);
    return StepResult{true, nlohmann::json::object()};
  });
  const std::string more =
      losses.size() == 1 ? "" : fmt::format(", and {} more like it", losses.size() - 1);
  return BuildFailure{reference.stage,
                      "less-safe",
                      fmt::format("{}{}, unlike {}", losses.front().text, more, reference.title),
                      remedy_for(losses.front().protection),
                      (step.directory / "log.txt").string(),
                      true};
}

}  // namespace

bool gives_up(const Configuration& configuration, const Configuration& reference,
              Protection protection) {
  const bool other_flags = configuration.get<HardeningFlags>() != reference.get<HardeningFlags>();
  if (other_flags &&
      std::find(std::begin(kByFlags), std::end(kByFlags), protection) != std::end(kByFlags))
    return true;
  if (protection == Protection::pie && configuration.get<Pie>() == Pie::Value::no_pie) return true;
  const std::string& words = configuration.get<ExtraCflags>();
  return std::any_of(std::begin(kAsking), std::end(kAsking), [&](const Asking& asking) {
    return asking.protection == protection && words.find(asking.word) != std::string::npos;
  });
}

void require_hardening(Store& store, const Build& baseline, const std::vector<Recipe>& recipes,
                       std::vector<Build>& builds) {
  const Reference first{"the baseline", stage_name(StageKind::compile), baseline.configuration,
                        hardening_below(baseline.prefix)};
  for (std::size_t i = 0; i < builds.size(); ++i) {
    Build& build = builds[i];
    if (!build.ok()) continue;
    const HardeningFacts facts = hardening_below(build.prefix);
    if (recipes[i].bolt) {
      if (const auto compiled = store.find(recipes[i].compile.id)) {
        const Reference before{"the same build before BOLT", stage_name(StageKind::bolt),
                               build.configuration,
                               hardening_below(compiled->directory / "prefix")};
        build.failure = compare_with(store, before, build, facts);
      }
    }
    if (build.ok() && build.id != baseline.id)
      build.failure = compare_with(store, first, build, facts);
  }
}

}  // namespace pytune
