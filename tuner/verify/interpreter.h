// An interpreter that is asked something, on this machine or under an emulator.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "build/build.h"
#include "build/target.h"
#include "sys/process.h"
#include "toolchain/emulator.h"

namespace pytune {

struct Interpreter {
  struct Emulated {
    Emulator emulator;
    Emulation emulation;  // all but `counts`
  };
  std::string id;  // stands for it in keys
  std::string python;
  std::optional<Emulated> emulated;  // nothing: this machine runs it
};
Interpreter interpreter_of(const Build& build, const Target* target);

// The interpreter with `words` after it, in an environment of its own that holds nothing of the
// user's. With `counts`, a folder, the emulator's plugin counts there.
Command interpreter_command(const Interpreter& interpreter, const std::vector<std::string>& words,
                            const std::filesystem::path& home,
                            const std::filesystem::path& counts = {});

// What an interpreter's answers depend on besides its arguments.
nlohmann::json interpreter_inputs(const Interpreter& interpreter);

}  // namespace pytune
