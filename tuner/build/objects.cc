#include "build/objects.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "build/configured_tree.h"
#include "build/failure.h"
#include "build/slot_commands.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kOneLineNumber = " -Wno-builtin-macro-redefined -D__LINE__=1";

std::vector<std::string> make_words(const Recipe& recipe, const std::vector<std::string>& objects) {
  std::vector<std::string> words = objects;
  for (std::string variable : recipe.make_variables) {
    if (variable.starts_with("CFLAGS_NODIST=")) variable += kOneLineNumber;
    words.push_back(std::move(variable));
  }
  return words;
}

}  // namespace

Step compile_objects(BuildContext& context, const Recipe& recipe, const std::vector<Patch>& patches,
                     const std::vector<std::string>& objects) {
  const auto words = make_words(recipe, objects);
  const nlohmann::json inputs = {{"configure", recipe.configure.id.key},
                                 {"patches", patches_key(patches)},
                                 {"make", words},
                                 {"stage_version", 1}};
  return context.store.produce(
      {"objects", step_key(inputs)}, inputs, [&](const fs::path& staging) -> StepResult {
        const fs::path tree = provide_patched_tree(context.store, context.source, patches);
        const WorkSlot slot = context.store.acquire_slot();
        SlotCommands commands(context, "objects", recipe.target,
                              {slot.path(), staging / "log.txt", tree, recipe.toolchain.folder});
        prepare_configured(context, recipe, commands);
        try {
          commands.make(words);
        } catch (const StageFailed& failed) {
          throw Failure(fmt::format("the objects {} do not compile: {}: {}",
                                    fmt::join(objects, ", "), failed.failure.failure_class,
                                    failed.failure.message));
        }
        for (const auto& object : objects) {
          fs::create_directories((staging / "objects" / object).parent_path());
          fs::rename(commands.build() / object, staging / "objects" / object);
        }
        return {true, {{"objects", objects}, {"commands", commands.commands()}}};
      });
}

}  // namespace pytune
