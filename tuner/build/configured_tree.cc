#include "build/configured_tree.h"

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// configure writes its directory's absolute path into these few text files; the slot of the next
// stage is another.
void adopt_configured_tree(const fs::path& configured, const std::string& old_slot,
                           const fs::path& slot) {
  copy_tree(configured, slot / "build");
  if (old_slot == slot.string()) return;
  for (const auto& entry : fs::recursive_directory_iterator(slot / "build")) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    std::string text = read_file(entry.path());
    if (text.find(old_slot) == std::string::npos) continue;
    const auto time = fs::last_write_time(entry.path());
    const auto mode = fs::status(entry.path()).permissions();
    for (std::size_t at = 0; (at = text.find(old_slot, at)) != std::string::npos;
         at += slot.string().size())
      text.replace(at, old_slot.size(), slot.string());
    write_file_atomic(entry.path(), text);
    fs::permissions(entry.path(), mode);
    fs::last_write_time(entry.path(),
                        time);  // make must not think config.status newer than Makefile
  }
}

// Those of CPython's own tests use functions that the helpers which freeze modules do not link
// (3.14: _testinternalcapi), and nobody else loads them.
const std::vector<std::string> kTestModulesAsFiles = {
    "sed", "-i",
    R"(0,/^\(xxsubtype\|_xxtest\|_test\)/s/^\(xxsubtype\|_xxtest\|_test\)/*shared*\n\1/)",
    "Modules/Setup.stdlib"};

bool has_static_modules(const Recipe& recipe) {
  return recipe.configuration.get<ModuleLinkage>() == ModuleLinkage::Value::static_;
}

}  // namespace

void configure_tree(const Recipe& recipe, SlotCommands& commands) {
  std::vector<std::string> argv{"../src/configure"};
  argv.insert(argv.end(), recipe.configure_arguments.begin(), recipe.configure_arguments.end());
  commands.run(argv);
  if (!has_static_modules(recipe)) return;
  commands.run(kTestModulesAsFiles);
  commands.make({"Makefile"});  // which is made from that file, too
}

void prepare_configured(BuildContext& context, const Recipe& recipe, SlotCommands& commands) {
  const auto configured = context.store.find(recipe.configure.id);
  if (!configured)
    throw Failure(
        "the configure stage vanished from the store while it was needed; run the sweep again");
  fs::remove(commands.build());
  adopt_configured_tree(configured->directory / "tree",
                        configured->details.at("slot").get<std::string>(), commands.slot());
  commands.note(
      "rm -rf \"$WORK/build\" \"$WORK/install\" && mkdir \"$WORK/build\" && cd \"$WORK/build\"");
  commands.note("../src/configure " + shell_quote(recipe.configure_arguments));
  if (has_static_modules(recipe)) commands.note(shell_quote(kTestModulesAsFiles));
}

}  // namespace pytune
