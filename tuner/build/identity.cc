#include "build/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "input/json.h"
#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace {

using nlohmann::ordered_json;

constexpr const char* kMissing = "missing";
constexpr const char* kThere = "there";
constexpr std::size_t kLongestValue = 100;

// What may differ between a build of ours and a distributor's of the same release without either
// being wrong. A name that ends in "*" stands for all that begin like it.
struct Expected {
  std::string_view fact;
  std::string_view why;
};

constexpr std::array kExpected = {
    Expected{"threads.version", "the C library's version"},
    Expected{"config.HAVE_STRLCPY", "only glibc 2.38 and later has it"},
    Expected{"config.HAVE_BLUETOOTH*", "the distributor has Bluetooth's headers"},
    Expected{"socket.AF_BLUETOOTH", "the distributor has Bluetooth's headers"},
    Expected{"socket.BDADDR_*", "the distributor has Bluetooth's headers"},
    Expected{"socket.BTPROTO_*", "the distributor has Bluetooth's headers"},
    Expected{"socket.HCI_*", "the distributor has Bluetooth's headers"},
    Expected{"socket.SOL_HCI", "the distributor has Bluetooth's headers"},
    Expected{"config.HAVE_DB_H", "the distributor takes Berkeley DB for dbm"},
    Expected{"config.HAVE_LIBDB", "the distributor takes Berkeley DB for dbm"},
    Expected{"config.HAVE_GDBM*", "the distributor takes Berkeley DB for dbm"},
    Expected{"config.HAVE_NDBM*", "the distributor takes Berkeley DB for dbm"},
    Expected{"config.HAVE_LIBNDBM", "the distributor takes Berkeley DB for dbm"},
    Expected{"config.HAVE_LIBGDBM_COMPAT", "the distributor takes Berkeley DB for dbm"},
    Expected{"config.Py_ENABLE_SHARED", "libpython is an axis"},
    Expected{"config.Py_GIL_DISABLED", "the global interpreter lock is an axis"},
    // Debian 13's headers and gcc 14 against Debian 12's and gcc 12: bzip2 is found by pkg-config
    // and not by its header, a hook of another type is an error, WINDOW is opaque.
    Expected{"config.HAVE_BZLIB_H", "another release of bzip2's package"},
    Expected{"config.Py_RL_STARTUP_HOOK_TAKES_ARGS", "another release of readline or gcc"},
    Expected{"config.WINDOW_HAS_FLAGS", "another release of ncurses"},
    Expected{"config.WITH_DTRACE", "the distributor has probes for SystemTap"},
    Expected{"config.USE_COMPUTED_GOTOS",
             "said only where an option asked; see HAVE_COMPUTED_GOTOS"},
};

bool matches(std::string_view pattern, std::string_view fact) {
  if (!pattern.ends_with('*')) return pattern == fact;
  pattern.remove_suffix(1);
  return fact.starts_with(pattern);
}

std::string reason_for(const std::string& fact, const std::string& ours,
                       const std::string& theirs) {
  // Distributors split some modules off into packages of their own.
  if (fact.starts_with("modules.") && ours.find(kThere) != std::string::npos &&
      theirs.find(kMissing) != std::string::npos)
    return "the distributor has it in another package, or not at all";
  for (const auto& expected : kExpected) {
    if (matches(expected.fact, fact)) return std::string(expected.why);
  }
  return "";
}

bool is_list_of_names(const ordered_json& value) {
  return value.is_array() && value.size() > 4 &&
         std::all_of(value.begin(), value.end(), [](const auto& v) { return v.is_string(); });
}

void flatten(const ordered_json& value, const std::string& path, Identity& into) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, member] : value.items())
      flatten(member, path.empty() ? printable(key) : path + "." + printable(key), into);
  } else if (is_list_of_names(value)) {
    for (const auto& name : value) into[path + "." + printable(name.get<std::string>())] = kThere;
  } else {
    into[path] = value.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
  }
}

std::string shortened_value(const std::string& value) {
  return value.size() <= kLongestValue ? value : value.substr(0, kLongestValue) + "...";
}

}  // namespace

Identity parse_identity(const std::string& text, const std::string& shown) {
  // An emulator may have warned first; the probe's line is the last one.
  const std::size_t end = text.find_last_not_of("\r\n ") + 1;  // npos + 1 == 0
  const std::size_t start = end == 0 ? 0 : text.rfind('\n', end - 1) + 1;
  const std::string last = text.substr(start, end - start);
  Identity identity;
  try {
    const ordered_json document = parse_ordered_json(last, "the identity probe");
    if (!document.is_object() || !document.contains("hash") || !document.contains("config"))
      throw UsageError("the identity probe: not what it prints");
    flatten(document, "", identity);
  } catch (const UsageError& error) {
    throw Failure(fmt::format("{}: {}; it said: \"{}\"", shown, error.what(), printable(last)));
  }
  return identity;
}

std::vector<IdentityDifference> compare_identities(const Identity& ours, const Identity& theirs) {
  Identity all = ours;
  all.insert(theirs.begin(), theirs.end());
  const auto value = [](const Identity& identity, const std::string& fact) {
    const auto found = identity.find(fact);
    return found == identity.end() ? std::string(kMissing) : found->second;
  };
  std::vector<IdentityDifference> differences;
  for (const auto& [fact, ignored] : all) {
    const std::string a = value(ours, fact);
    const std::string b = value(theirs, fact);
    if (a != b) differences.push_back({fact, a, b, reason_for(fact, a, b)});
  }
  std::stable_sort(differences.begin(), differences.end(),
                   [](const auto& a, const auto& b) { return a.why.empty() && !b.why.empty(); });
  return differences;
}

std::vector<std::string> identity_faults(const std::vector<IdentityDifference>& differences) {
  std::vector<std::string> lines;
  for (const auto& difference : differences) {
    if (!difference.why.empty()) continue;
    lines.push_back(fmt::format("{} is {} and not {}", difference.fact,
                                shortened_value(difference.ours),
                                shortened_value(difference.theirs)));
  }
  return lines;
}

}  // namespace pytune
