// An interpreter that gates ask something: the same question must get the same answer.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "interpreter/interpreter.h"
#include "sys/process.h"

namespace pytune {

// The interpreter with `words` after it, in an environment of its own with one hash seed, so that
// what it answers follows from its arguments alone. With `counts`, a folder, the emulator's plugin
// counts there.
Command question_to(const Interpreter& interpreter, const std::vector<std::string>& words,
                    const std::filesystem::path& home, const std::filesystem::path& counts = {});

// What an interpreter's answers depend on besides its arguments.
nlohmann::json interpreter_inputs(const Interpreter& interpreter);

}  // namespace pytune
