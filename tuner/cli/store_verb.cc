// `pytune store`: what is kept, and making room.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>

#include "campaign/prune.h"
#include "cli/verb.h"
#include "input/json.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "store/store.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

struct KindSize {
  std::string kind;
  std::size_t steps = 0;
  std::uint64_t bytes = 0;
};

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
                        {"free_bytes", free_bytes(nearest_directory(store.root()))},
                        {"kinds", nlohmann::json::object()}};
    for (const auto& size : list)
      j["kinds"][size.kind] = {{"steps", size.steps}, {"bytes", size.bytes}};
    std::cout << dump_json(j, 1) << "\n";
    return 0;
  }
  std::cout << fmt::format("{}: {} (files shared between steps counted once), {} free\n",
                           store.root().string(), megabytes(total),
                           megabytes(free_bytes(nearest_directory(store.root()))));
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
    std::cout << dump_json(nlohmann::json(list), 1) << "\n";
    return 0;
  }
  for (const auto& one : list)
    std::cout << fmt::format("{} {:<11} {} {}\n", one["id"].get<std::string>(),
                             one["kind"].get<std::string>(), one["created"].get<std::string>(),
                             fmt::join(one["of"].get<std::vector<std::string>>(), ", "));
  if (list.empty()) std::cout << "no results yet; `pytune measure` and `pytune sweep` make some\n";
  return 0;
}

int prune_and_tell(Store& store, const PruneRequest& request) {
  const std::uint64_t before = tree_bytes(store.root());
  int steps = 0;
  const std::size_t kept = prune(store, request, [&](const StepId& id) {
    ++steps;
    std::cout << fmt::format("{} {}/{}\n", request.dry_run ? "would remove" : "removed", id.kind,
                             id.key);
  });
  if (request.dry_run)
    std::cout << fmt::format("{} steps would go\n", steps);
  else
    std::cout << fmt::format("{} steps removed, {} freed\n", steps,
                             megabytes(before - std::min(before, tree_bytes(store.root()))));
  if (kept > 0)
    std::cout << fmt::format("{} steps {}: a pytune that is running uses them\n", kept,
                             request.dry_run ? "would stay" : "stayed");
  return 0;
}

int run_store(const Options& options) {
  const std::string action = options.text("action", "show");
  if (action != "show" && action != "results" && action != "prune")
    throw UsageError(fmt::format("store: unknown action \"{}\"{}", action,
                                 suggestion(action, {"show", "results", "prune"})));
  const bool there = fs::exists(options.store() / "FORMAT");
  const bool removes = action == "prune" && !options.given("dry-run") && there;
  Store store(options.store(), removes ? StoreAccess::prune : StoreAccess::look);
  if (action == "results") return show_results(store, options.given("json"));
  if (action == "show") return show(store, options.given("json"));
  if (!there) {
    std::cout << fmt::format("{}: no store there, so nothing to remove\n", store.root().string());
    return 0;
  }
  return prune_and_tell(store, {options.given("all"), options.given("dry-run")});
}

}  // namespace

Verb store_verb() {
  return {"store",
          "show what the store holds, or remove parts of it",
          "store [show|results|prune] [OPTIONS]",
          {"action"},
          {{"action", "ACTION", "What to do: show sizes, list results, or prune. Default: show."},
           {"all", nullptr, "prune: Remove everything, also results, builds and sources."},
           {"dry-run,n", nullptr, "prune: Show what would be removed, and remove nothing."},
           {"json", nullptr, "show, results: Print as JSON on standard output."},
           store_option()},
          run_store};
}

}  // namespace pytune
