// Is this machine fit to build and to measure on? Looks, and changes nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pytune {

struct Finding {
  // ok: nothing to do. note: worth knowing, and no fault. problem: figures or builds suffer.
  enum class Level { ok, note, problem };
  std::string topic;  // "governor", "turbo", ...
  Level level = Level::ok;
  std::string state;   // what was found, in a sentence
  std::string remedy;  // what to do; empty when ok
};
std::string to_string(Finding::Level level);  // "ok", "note", "problem"

// What the kernel says in /proc and /sys of how even times will be here, in a fixed order. `root`
// is "/" but in tests. What this kernel does not say is a note, never a guess.
std::vector<Finding> check_machine(const std::filesystem::path& root);

}  // namespace pytune
