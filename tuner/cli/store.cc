#include "store/store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "cli/verb.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "report/result.h"
#include "report/text.h"
#include "spec/configuration.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

struct KindSize {
  std::string kind;
  std::size_t steps = 0;
  std::uint64_t bytes = 0;
};

// What can be made again from what stays. `results` and sources stay unless --all.
constexpr std::array<std::string_view, 7> kIntermediate = {
    "patched", "configure", "instrument", "compile", "bolt", "attempt", "environment"};

std::vector<KindSize> sizes(const Store& store) {
  std::vector<KindSize> list;
  for (const auto& kind : store.kinds()) {
    KindSize size{kind, 0, tree_bytes(store.root() / kind)};
    for (const auto& entry : fs::directory_iterator(store.root() / kind))
      size.steps += entry.is_directory() ? 1U : 0U;
    list.push_back(size);
  }
  return list;
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

int show(const Store& store, bool json) {
  const auto list = sizes(store);
  const std::uint64_t total =
      tree_bytes(store.root());  // builds share files by hard links: less than the sum
  if (json) {
    nlohmann::json j = {{"store", store.root().string()},
                        {"bytes", total},
                        {"free_bytes", free_bytes(store.root())},
                        {"kinds", nlohmann::json::object()}};
    for (const auto& size : list)
      j["kinds"][size.kind] = {{"steps", size.steps}, {"bytes", size.bytes}};
    std::cout << j.dump(1) << "\n";
    return 0;
  }
  std::cout << fmt::format("{}: {} (files shared between steps counted once), {} free\n",
                           store.root().string(), megabytes(total),
                           megabytes(free_bytes(store.root())));
  for (const auto& size : list)
    std::cout << fmt::format("  {:<12} {:>4} {:>12}\n", size.kind, size.steps,
                             megabytes(size.bytes));
  std::cout << "\n`pytune store prune` removes intermediate stages and failed attempts; results, "
               "builds and sources stay.\n";
  return 0;
}

// The names in a result, for people; a record that holds none has no names to show.
std::vector<std::string> names_in(const nlohmann::json& details, const char* list) {
  std::vector<std::string> names;
  if (!details.is_object() || !details.contains(list)) return names;
  for (const auto& one : details.at(list)) {
    if (one.is_object() && one.contains("name") && one.at("name").is_string())
      names.push_back(printable(one.at("name").get<std::string>()));
  }
  return names;
}

// What `pytune compare` takes, oldest first of each kind: when it was made, and of what.
std::vector<nlohmann::json> kept_results(const Store& store) {
  std::vector<nlohmann::json> results;
  for (const auto& [kind, list] :
       {std::pair("measurement", "interpreters"), std::pair("sweep", "builds")}) {
    for (const auto& step : store.list(kind))
      results.push_back({{"kind", kind},
                         {"id", step.id.key},
                         {"created", step.created},
                         {"of", names_in(step.details, list)}});
  }
  return results;
}

int show_results(const Store& store, bool json) {
  const auto list = kept_results(store);
  if (json) {
    std::cout << nlohmann::json(list).dump(1) << "\n";
    return 0;
  }
  for (const auto& one : list)
    std::cout << fmt::format("{} {:<11} {} {}\n", one["id"].get<std::string>(),
                             one["kind"].get<std::string>(), one["created"].get<std::string>(),
                             fmt::join(one["of"].get<std::vector<std::string>>(), ", "));
  if (list.empty()) std::cout << "no results yet; `pytune measure` and `pytune sweep` make some\n";
  return 0;
}

// Builds that no finished sweep mentions are of no use to recommend and package.
std::set<std::string> mentioned_builds(const Store& store) {
  std::set<std::string> ids;
  for (const auto& step : store.list("sweep")) {
    const auto rebuilds = step.details.value("rebuilds", nlohmann::json::object());
    for (const auto& made : {step.details, rebuilds}) {
      for (const auto& build : made.value("builds", nlohmann::json::array()))
        ids.insert(build.value("id", ""));
    }
  }
  return ids;
}

int prune(Store& store, bool all, bool dry_run) {
  store.sweep_leftovers();
  auto busy = store.try_lock("prune");
  if (!busy) throw Failure("another prune is under way with this store");
  const auto keep = mentioned_builds(store);
  std::size_t removed = 0;
  const std::uint64_t before = tree_bytes(store.root());
  for (const auto& kind : store.kinds()) {
    const bool intermediate =
        std::find(kIntermediate.begin(), kIntermediate.end(), kind) != kIntermediate.end();
    for (const auto& step : store.list(kind)) {
      const bool orphan = kind == "build" && !keep.contains(step.id.key);
      if (!all && !intermediate && !orphan) continue;
      // A step under way elsewhere has its lock; what it reads is found missing there and said so.
      const auto lock = store.try_lock(kind + "-" + step.id.key);
      if (!lock) continue;
      std::cout << fmt::format("{} {}/{}\n", dry_run ? "would remove" : "removed", kind,
                               step.id.key);
      if (!dry_run) store.remove(step.id);
      ++removed;
    }
  }
  if (dry_run)
    std::cout << fmt::format("{} steps would go\n", removed);
  else
    std::cout << fmt::format("{} steps removed, {} freed\n", removed,
                             megabytes(before - std::min(before, tree_bytes(store.root()))));
  return 0;
}

}  // namespace

po::options_description store_options() {
  po::options_description options("options");
  options.add_options()("action",
                        po::value<std::string>()->value_name("ACTION")->default_value("show"),
                        "show (sizes), results (what compare can show again), or prune")(
      "all", "prune: everything, results and sources too")("dry-run,n", "prune: say what would go")(
      "json", "sizes or results as JSON");
  add_store_option(options);
  return options;
}

int run_store(const std::vector<std::string>& arguments) {
  const auto parsed =
      parse_options(arguments, store_options(), "store [show|results|prune] [OPTIONS]", {"action"});
  if (!parsed) return 0;
  const auto action = (*parsed)["action"].as<std::string>();
  if (action != "show" && action != "results" && action != "prune")
    throw UsageError(fmt::format("store: unknown action \"{}\"{}", action,
                                 suggestion(action, {"show", "results", "prune"})));
  Store store(parsed->contains("store") ? fs::path((*parsed)["store"].as<std::string>())
                                        : default_store());
  if (action == "results") return show_results(store, parsed->contains("json"));
  if (action == "show") return show(store, parsed->contains("json"));
  return prune(store, parsed->contains("all"), parsed->contains("dry-run"));
}

}  // namespace pytune
