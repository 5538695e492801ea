// Running a stage's commands in its work slot, writing them down so that they can be pasted.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/failure.h"
#include "build/stages.h"

namespace pytune {

// The only environment a build sees besides each command's own: nothing of the user's leaks in. The
// date goes into sys.version; it is 2025-01-01, after every supported release line began. As shell
// source, for the printed recipes.
inline constexpr const char* kBuildEnvironment =
    "PATH=\"$PATH\" HOME=\"$WORK/home\" LANG=C.UTF-8 LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1735689600";

// Every occurrence of what is not empty.
void replace_all(std::string& text, const std::string& what, const std::string& with);

// Below the slot: src (a link to the source tree), build (the build directory), install (DESTDIR),
// profile, home; for another machine also sysroot, native and plugin.so (build/target.h).
class SlotCommands {
 public:
  struct Places {
    std::filesystem::path slot;
    std::filesystem::path log;
    std::filesystem::path tree;      // of the source, patched or not
    std::filesystem::path programs;  // come first on PATH; empty: none do
  };
  // `target`: the machine that is built for; null: this one.
  SlotCommands(BuildContext& context, const std::string& stage, const Target* target,
               Places places);

  const std::filesystem::path& slot() const { return places_.slot; }
  std::filesystem::path build() const { return places_.slot / "build"; }
  std::filesystem::path install() const { return places_.slot / "install"; }
  std::filesystem::path installed_prefix() const;

  // Runs to success or throws StageFailed. `extra` is added to the stage's clean environment.
  // `tolerated` exit statuses pass. `recorded`: the shell line to write down where argv names files
  // of this run alone (empty: argv itself).
  Outcome run(const std::vector<std::string>& argv, const Environment& extra = {},
              const std::vector<int>& tolerated = {0}, const std::string& recorded = "");
  // The same through the jobserver: make's words without -j. `made` are files that make is not to
  // make anew or miss; they are not written down, for where none is there make makes them.
  void make(const std::vector<std::string>& words, const Environment& extra = {},
            const std::vector<std::string>& made = {});
  // Value of a placeholder in `extra` that depends on where the slot is: written down as $NAME, run
  // with the value.
  void define(const std::string& name, const std::string& value) { defined_["$" + name] = value; }
  // A step done by pytune itself, written down as the shell command that does the same.
  void note(const std::string& shell_line);

  const std::vector<RecordedCommand>& commands() const { return commands_; }
  double wall_seconds() const { return wall_seconds_; }
  double cpu_seconds() const { return cpu_seconds_; }
  std::string log_text() const;
  // Replaces the slot, source and training paths by $WORK, $SOURCE and $TRAINING.
  std::string portable(const std::string& text) const;

 private:
  Outcome execute(const std::vector<std::string>& argv, const Environment& extra, bool make);
  std::string pastable(const std::vector<std::string>& argv, const Environment& extra) const;
  [[noreturn]] void fail(const Outcome& outcome);

  BuildContext& context_;
  std::string stage_;
  Places places_;
  std::vector<RecordedCommand> commands_;
  std::map<std::string, std::string> defined_;
  double wall_seconds_ = 0;
  double cpu_seconds_ = 0;
};

}  // namespace pytune
