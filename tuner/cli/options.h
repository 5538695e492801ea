// The options of a verb: a table, and what was given of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/progress.h"
#include "store/store.h"

namespace pytune {

struct OptionLine {
  const char* name;  // "jobs,j": with its letter
  const char*
      value;  // what to call its value; null: a switch; "NAME..." may be given several times
  std::string help;
};

inline constexpr long kNoLimit = std::numeric_limits<int>::max();

// Those that several verbs have.
OptionLine json_option();
OptionLine no_color_option();
OptionLine progress_option();
OptionLine store_option();
OptionLine sweep_option();  // a finished one
OptionLine build_option();  // of that sweep

std::string long_name(const OptionLine& line);  // "jobs"

// The options as --help shows them; `places` as the constructor of Options takes them.
std::string described(std::vector<OptionLine> table, const std::vector<std::string>& places);

class Options {
 public:
  // `places` names the options that words without dashes fill, in order; one that ends in "..."
  // takes all further words. Throws UsageError for what is not in the table, with a suggestion, and
  // for an option without its value.
  Options(const std::vector<std::string>& arguments, const std::vector<OptionLine>& table,
          const std::vector<std::string>& places, const std::string& usage);

  bool given(const std::string& name) const { return values_.contains(name); }
  std::string text(const std::string& name, const std::string& otherwise = "") const;
  std::vector<std::string> texts(const std::string& name) const;  // of one that may be repeated
  std::vector<std::string> list(const std::string& name) const;   // "a,b" -> a b

  // All of these throw UsageError that names the option and what is allowed.
  long number(const std::string& name, long least, long most, long otherwise) const;
  double real(const std::string& name, double otherwise) const;
  double minutes(const std::string& name, double otherwise) const;     // "1h30m"
  std::uint64_t bytes(const std::string& name) const;                  // "2G"; 0: not given
  std::vector<int> cpus() const;                                       // --cpus
  std::vector<std::string> test_files(const std::string& name) const;  // of CPython's own tests
  std::uint64_t seed() const;                                          // --seed
  int at_once() const;                                                 // --jobs
  bool wait_allowed() const;                                           // no --no-wait
  ProgressMode progress() const;                                       // --progress

  std::filesystem::path store() const;  // --store, else the default

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace pytune
