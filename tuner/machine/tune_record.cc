#include "machine/tune_record.h"

#include "input/json.h"
#include "machine/settings.h"

namespace pytune {
namespace {

constexpr long kTuneSchema = 1;
constexpr std::size_t kMostTuneValues = 100'000;  // a few for every CPU
constexpr std::size_t kLongestTuneText = 400;

}  // namespace

std::string tune_record_text(const TuneRecord& record) {
  nlohmann::json document = {{"schema", kTuneSchema},
                             {"boot_id", record.boot_id},
                             {"created", record.created},
                             {"until_restored", record.until_restored},
                             {"values", nlohmann::json::array()}};
  for (const auto& value : record.values)
    document["values"].push_back({{"topic", value.topic},
                                  {"path", value.path.string()},
                                  {"before", value.before},
                                  {"written", value.written}});
  return dump_json(document, 1) + "\n";
}

TuneRecord parse_tune_record(std::string_view text) {
  const nlohmann::json document = parse_json(text);
  const JsonView root(document);
  root.only_keys({"schema", "boot_id", "created", "until_restored", "values"});
  root.at("schema").integer(kTuneSchema, kTuneSchema);
  TuneRecord record;
  record.boot_id = root.at("boot_id").text(kLongestTuneText);
  record.created = root.at("created").text(kLongestTuneText);
  if (root.has("until_restored")) record.until_restored = root.at("until_restored").boolean();
  for (const auto& entry : root.at("values").elements(kMostTuneValues)) {
    entry.only_keys({"topic", "path", "before", "written"});
    TunedValue value;
    value.topic = entry.at("topic").nonempty_text(kLongestTuneText);
    value.path = entry.at("path").nonempty_text(kLongestTuneText);
    value.before = entry.at("before").nonempty_text(kLongestTuneText);
    value.written = entry.at("written").text(kLongestTuneText);
    if (!is_machine_setting(value.path)) entry.at("path").fail("is not a setting of --tune");
    record.values.push_back(std::move(value));
  }
  return record;
}

}  // namespace pytune
