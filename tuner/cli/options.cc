#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include <boost/any.hpp>
#include <boost/program_options.hpp>

#include "build/scheduler.h"
#include "cli/option_values.h"
#include "input/suggestion.h"
#include "sys/error.h"

namespace pytune {
namespace po = boost::program_options;
namespace {

constexpr int kMostAtOnce = 64;
constexpr unsigned kHelpWidth = 100;

bool is_repeatable(const OptionLine& line) {
  return line.value != nullptr && std::string_view(line.value).ends_with("...");
}

// "PYTHON" of "PYTHON...".
std::string shown_value(const OptionLine& line) {
  const std::string value = line.value;
  return is_repeatable(line) ? value.substr(0, value.size() - 3) : value;
}

po::options_description description_of(const std::vector<OptionLine>& table) {
  po::options_description options("options", kHelpWidth);
  for (const OptionLine& line : table) {
    if (line.value == nullptr) {
      options.add_options()(line.name, line.help.c_str());
      continue;
    }
    auto* value = po::value<std::vector<std::string>>()->value_name(shown_value(line));
    options.add_options()(line.name, value, line.help.c_str());
  }
  options.add_options()("help,h", "Show this text.");
  return options;
}

std::vector<std::string> long_names(const po::options_description& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back("--" + option->long_name());
  return names;
}

// The whole of `text` as a number.
template <class Number>
std::optional<Number> number_in(const std::string& text) {
  Number number = {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

OptionLine json_option() {
  return {"json", nullptr, "Print the result as JSON on standard output."};
}
OptionLine no_color_option() {
  return {"no-color", nullptr,
          "Print without colours. The environment variable NO_COLOR does the same."};
}
OptionLine progress_option() {
  return {"progress", "WHEN",
          "When to show progress: auto (on a terminal), always (as lines in a pipe), never. "
          "Default: auto."};
}
OptionLine store_option() {
  return {"store", "DIR",
          "Directory of the store. Default: $PYTUNE_STORE, else pytune in the cache directory."};
}

OptionLine sweep_option() {
  return {"sweep", "ID", "Finished sweep, by id. Default: the last one."};
}
OptionLine build_option() {
  return {"build", "NAME|ID", "Build of the sweep, by name or id. Default: the recommended one."};
}

std::string long_name(const OptionLine& line) {
  const std::string name = line.name;
  return name.substr(0, name.find(','));
}

std::string described(std::vector<OptionLine> table, const std::vector<std::string>& places) {
  for (OptionLine& line : table)
    for (const std::string& place : places)
      if (place == long_name(line) || place == long_name(line) + "...")
        line.help += " The option's name may be left out.";
  std::ostringstream text;
  text << description_of(table);
  return text.str();
}

Options::Options(const std::vector<std::string>& arguments, const std::vector<OptionLine>& table,
                 const std::vector<std::string>& places, const std::string& usage) {
  const po::options_description options = description_of(table);
  po::positional_options_description positions;
  for (const auto& place : places) {
    const bool many = place.ends_with("...");
    positions.add(place.substr(0, place.size() - (many ? 3 : 0)).c_str(), many ? -1 : 1);
  }
  try {
    namespace style = po::command_line_style;
    const auto parsed = po::command_line_parser(arguments)
                            .options(options)
                            .positional(positions)
                            .style(style::unix_style & ~style::allow_guessing)
                            .run();
    po::variables_map values;
    po::store(parsed, values);
    for (const auto& [name, value] : values) {
      const auto* texts = boost::any_cast<std::vector<std::string>>(&value.value());
      values_[name] = texts == nullptr ? std::vector<std::string>() : *texts;
    }
  } catch (const po::unknown_option& e) {
    throw UsageError(fmt::format("unknown option \"{}\"{}", e.get_option_name(),
                                 suggestion(e.get_option_name(), long_names(options))));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("too many words; usage: pytune {}", usage));
  } catch (const po::error& e) {
    throw UsageError(e.what());
  }
  const auto is_list = [&](const std::string& name) {
    for (const auto& place : places)
      if (place == name + "...") return true;
    for (const OptionLine& line : table)
      if (long_name(line) == name) return is_repeatable(line);
    return false;
  };
  for (const OptionLine& line : table) {
    // A shell's variable that is not set. Words of another program may be empty.
    const auto given = values_.find(long_name(line));
    if (line.value != nullptr && std::string_view(line.value) != "WORDS..." &&
        given != values_.end() && std::count(given->second.begin(), given->second.end(), "") > 0)
      throw UsageError(fmt::format("--{} is empty; give {}", long_name(line), shown_value(line)));
  }
  for (const auto& [name, given] : values_)
    if (given.size() > 1 && !is_list(name))
      throw UsageError(fmt::format("--{} is given more than once; give it once", name));
}

std::string Options::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second.front();
}

std::vector<std::string> Options::texts(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::vector<std::string> Options::list(const std::string& name) const {
  std::vector<std::string> words = parse_words(text(name));
  if (given(name) && words.empty())
    throw UsageError(fmt::format("--{}: \"{}\" names nothing", name, text(name)));
  return words;
}

long Options::number(const std::string& name, long least, long most, long otherwise) const {
  if (!given(name)) return otherwise;
  const auto number = number_in<long>(text(name));
  if (!number)
    throw UsageError(fmt::format("--{}: \"{}\" is not a whole number", name, text(name)));
  if (most == kNoLimit && *number < least)
    throw UsageError(fmt::format("--{} must be at least {}", name, least));
  if (*number < least || *number > most)
    throw UsageError(fmt::format("--{} must be between {} and {}", name, least, most));
  return *number;
}

double Options::real(const std::string& name, double otherwise) const {
  if (!given(name)) return otherwise;
  const auto number = number_in<double>(text(name));
  if (!number || !std::isfinite(*number))
    throw UsageError(fmt::format("--{}: \"{}\" is not a number", name, text(name)));
  return *number;
}

double Options::minutes(const std::string& name, double otherwise) const {
  return given(name) ? parse_minutes("--" + name, text(name)) : otherwise;
}

std::uint64_t Options::bytes(const std::string& name) const {
  return given(name) ? parse_bytes("--" + name, text(name)) : 0;
}

std::vector<int> Options::cpus() const {
  return given("cpus") ? parse_cpus(text("cpus")) : std::vector<int>();
}

std::vector<std::string> Options::test_files(const std::string& name) const {
  return given(name) ? parse_test_files("--" + name, text(name)) : std::vector<std::string>();
}

bool Options::wait_allowed() const {
  if (given("wait") && given("no-wait")) throw UsageError("--wait or --no-wait, not both");
  return !given("no-wait");
}

int Options::at_once() const {
  return static_cast<int>(number("jobs", 1, kMostAtOnce, default_parallel_builds()));
}

std::uint64_t Options::seed() const {
  if (!given("seed")) return 1;
  const auto seed = number_in<std::uint64_t>(text("seed"));
  if (!seed) throw UsageError(fmt::format("--seed: \"{}\" is not a whole number", text("seed")));
  return *seed;
}

ProgressMode Options::progress() const { return progress_mode(text("progress", "auto")); }

std::filesystem::path Options::store() const {
  return given("store") ? std::filesystem::path(text("store")) : default_store();
}

}  // namespace pytune
