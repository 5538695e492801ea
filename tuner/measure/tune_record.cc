#include "measure/tune_record.h"

#include "measure/checked_json.h"
#include "measure/machine_settings.h"

namespace pytune {
namespace {

constexpr long kSchema = 1;
constexpr std::size_t kMostValues = 100'000;  // a few for every CPU
constexpr std::size_t kLongestText = 400;

}  // namespace

std::string tune_record_text(const TuneRecord& record) {
  nlohmann::json document = {{"schema", kSchema},
                             {"boot_id", record.boot_id},
                             {"created", record.created},
                             {"values", nlohmann::json::array()}};
  for (const auto& value : record.values)
    document["values"].push_back({{"topic", value.topic},
                                  {"path", value.path.string()},
                                  {"before", value.before},
                                  {"written", value.written}});
  return document.dump(1) + "\n";
}

TuneRecord parse_tune_record(std::string_view text) {
  const nlohmann::json document = measure::parse_json(text);
  const measure::JsonView root(document, "");
  root.only_keys({"schema", "boot_id", "created", "values"});
  root.at("schema").integer(kSchema, kSchema);
  TuneRecord record;
  record.boot_id = root.at("boot_id").text(kLongestText);
  record.created = root.at("created").text(kLongestText);
  for (const auto& entry : root.at("values").elements(kMostValues)) {
    entry.only_keys({"topic", "path", "before", "written"});
    TunedValue value;
    value.topic = entry.at("topic").nonempty_text(kLongestText);
    value.path = entry.at("path").nonempty_text(kLongestText);
    value.before = entry.at("before").nonempty_text(kLongestText);
    value.written = entry.at("written").text(kLongestText);
    if (!is_machine_setting(value.path)) entry.at("path").fail("is not a setting of --tune");
    record.values.push_back(std::move(value));
  }
  return record;
}

}  // namespace pytune
