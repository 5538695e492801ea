// A small install prefix in the shape of CPython's, and a runner that plays its interpreter.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "build/build.h"
#include "sys/files.h"
#include "sys/process.h"

namespace pytune {

inline constexpr const char* kFakePrefix = "/opt/python";

// Writes a prefix below `root` and gives the build that it belongs to.
Build make_fake_build(const std::filesystem::path& root);

// Writes a file and the directories it needs.
void put(const std::filesystem::path& path, const std::string& text, bool executable = false);

// Answers the packager's two questions to the interpreter: compiles whatever it is asked to, and
// tells a few facts.
class FakeInterpreter : public ProcessRunner {
 public:
  Outcome run(const Command& command) override;
  std::vector<Command> commands;
  bool broken = false;
};

// An archive as ar(1) writes it, with these members.
std::string ar_archive(const std::vector<std::string>& members);
// The head of a .pyc file; `flags` 1 is an unchecked hash, 0 a time.
std::string pyc(char flags, const std::string& code);

}  // namespace pytune
