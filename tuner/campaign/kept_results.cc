#include "campaign/kept_results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

#include "input/gzip.h"
#include "input/json.h"
#include "input/small_file.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "measure/pyperf_document.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestResult = 256U << 20U;  // pyperformance's are about 10 MB
constexpr std::array<const char*, 2> kKinds = {"measurement", "sweep"};

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw UsageError(fmt::format("{}: {}", name, printable(why)));
}

MeasureResult read_sweep(const nlohmann::json& document) {
  MeasureResult result = measure_result_of(document.get<SweepResult>());
  require_consistent(result);
  return result;
}

// The result that a document of ours is, by what only its kind has.
std::optional<MeasureResult> read_ours(const nlohmann::json& document) {
  if (!document.is_object()) return std::nullopt;
  if (document.contains("kind")) return document.get<MeasureResult>();
  if (is_sweep_result(document)) return read_sweep(document);
  return std::nullopt;
}

NamedResult read_result(const std::string& name, const std::string& text) {
  nlohmann::json document;
  try {
    document = parse_json(text);
  } catch (const UsageError& problem) {
    refuse(name, fmt::format("neither a pytune result nor a pyperf file: {}", problem.what()));
  }
  try {
    if (auto ours = read_ours(document)) return {name, *std::move(ours)};
  } catch (const UsageError& problem) {
    refuse(name, fmt::format("not a whole pytune result: {}", problem.what()));
  }
  return {name, read_pyperf_file(document, name)};
}

NamedResult read_result_file(const std::string& name) {
  std::error_code error;
  if (fs::is_directory(name, error)) refuse(name, "is a directory; give the files in it");
  if (fs::is_block_file(name, error)) refuse(name, "is not an ordinary file");
  if (fs::is_regular_file(name, error) && fs::file_size(name, error) > kLargestResult)
    refuse(name, "larger than any result file");
  return read_result(
      name, gunzipped(read_small_file(name, kLargestResult), printable(name), kLargestResult));
}

NamedResult read_standard_input() {
  constexpr const char* kName = "standard input";
  std::string bytes;
  std::array<char, 1 << 16> buffer{};
  while (std::cin.read(buffer.data(), buffer.size()) || std::cin.gcount() > 0) {
    bytes.append(buffer.data(), static_cast<std::size_t>(std::cin.gcount()));
    if (bytes.size() > kLargestResult) refuse(kName, "larger than any result file");
    throw_if_stopped();
  }
  return read_result(kName, gunzipped(std::move(bytes), kName, kLargestResult));
}

bool is_hex(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// By their names alone: reading every record would take long in a store of many.
std::vector<StepId> all_results(const Store& store) {
  std::vector<StepId> ids;
  std::error_code error;
  for (const char* kind : kKinds) {
    for (const auto& entry : fs::directory_iterator(store.root() / kind, error)) {
      const std::string key = entry.path().filename();
      if (is_hex(key) && fs::exists(entry.path() / "record.json", error))
        ids.push_back({kind, key});
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

[[noreturn]] void not_found(const std::string& word, const std::vector<StepId>& ids) {
  if (ids.empty())
    refuse(word, "no such file, and the store holds no results; `pytune measure` makes one");
  std::vector<std::string> known;
  known.reserve(ids.size());
  for (const StepId& id : ids) known.push_back(id.key);
  refuse(
      word,
      "no such file, and no measurement or sweep of this id (`pytune store results` lists them)" +
          suggestion(word, known));
}

}  // namespace

void keep_measurement(Store& store, MeasureResult& result) {
  nlohmann::json document = result;
  for (const char* passing : {"id", "created"}) document.erase(passing);
  document["host"] = result.host.fingerprint();  // without load and free memory
  result.id = step_key(document);
  const StepId id{"measurement", result.id};
  const auto keep = [&] {
    return store.produce(id, {{"blocks", measurement_id(result.measurement)}},
                         [&](const fs::path&) { return StepResult{true, nlohmann::json(result)}; });
  };
  const Step step = keep();
  if (!step.cached) return;
  try {
    result = step.details.get<MeasureResult>();
  } catch (const UsageError&) {  // damaged since
    store.remove(id);
    keep();
  }
}

const Store& KeptResults::store(const std::string& word) {
  if (!fs::exists(root_ / "FORMAT"))
    refuse(word,
           fmt::format("no such file, and no store in {} that it could be in", root_.string()));
  if (!store_) store_.emplace(root_, StoreAccess::look);
  return *store_;
}

NamedResult KeptResults::find(const std::string& word) {
  if (word == "-") {
    if (std::exchange(input_is_read_, true)) refuse(word, "standard input can be read only once");
    return read_standard_input();
  }
  std::error_code error;
  if (fs::exists(word, error)) return read_result_file(word);
  const bool is_link = fs::is_symlink(fs::symlink_status(word, error));
  if (is_link || word.find('/') != std::string::npos || word.ends_with(".json") ||
      word.ends_with(".gz"))
    throw UsageError(absence_of(word));
  const auto ids = all_results(store(word));
  std::vector<StepId> fitting;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(fitting),
               [&](const StepId& id) { return is_hex(word) && id.key.starts_with(word); });
  if (fitting.empty()) not_found(word, ids);
  if (fitting.size() > 1) {
    std::vector<std::string> words;
    words.reserve(fitting.size());
    for (const StepId& id : fitting) words.push_back(id.kind + " " + id.key);
    refuse(word, fmt::format("{} results begin so: {}", fitting.size(), fmt::join(words, ", ")));
  }
  const auto step = store_->find(fitting.front());
  if (!step) refuse(word, "its record in the store is damaged; measure again");
  try {
    if (auto ours = read_ours(step->details)) return {step->id.key.substr(0, 8), *std::move(ours)};
  } catch (const UsageError& problem) {
    refuse(word, fmt::format("its record in the store is damaged: {}", problem.what()));
  }
  refuse(word, "its record in the store is damaged; measure again");
}

}  // namespace pytune
