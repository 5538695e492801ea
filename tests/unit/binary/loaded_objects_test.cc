#include "binary/loaded_objects.h"

#include <gmock/gmock.h>

#include "unit/binary/made_elf.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using sys_test::write;
using testing::ElementsAre;
using testing::IsEmpty;

struct MadeObject {
  std::vector<std::string> needed = {};
  std::string rpath = {};
  std::string runpath = {};
  std::string soname = {};
  std::string loader = {};
  std::uint16_t machine = EM_AARCH64;
};

std::string made(const MadeObject& object) {
  constexpr std::uint64_t kStrings = 0x500000;
  elf_test::MadeElf elf;
  elf.machine = object.machine;
  std::string strings(1, '\0');
  std::vector<std::pair<std::int64_t, std::uint64_t>> entries;
  const auto add = [&](std::int64_t tag, const std::string& text) {
    if (text.empty()) return;
    entries.emplace_back(tag, strings.size());
    strings += text + '\0';
  };
  for (const auto& name : object.needed) add(DT_NEEDED, name);
  add(DT_RPATH, object.rpath);
  add(DT_RUNPATH, object.runpath);
  add(DT_SONAME, object.soname);
  entries.emplace_back(DT_STRTAB, kStrings);
  entries.emplace_back(DT_STRSZ, strings.size());
  elf.segments.push_back(
      {.section = elf.add(
           {.name = ".dynstr", .type = SHT_STRTAB, .address = kStrings, .bytes = strings})});
  if (!object.loader.empty())
    elf.segments.push_back(
        {.type = PT_INTERP,
         .section = elf.add({.name = ".interp", .bytes = object.loader + '\0'})});
  elf.add_dynamic(entries);
  return elf.write();
}

class LoadedObjectsTest : public sys_test::Scratch {
 protected:
  void object(const std::string& path, const MadeObject& object = {}) {
    write(at(path), made(object));
  }
  LoadedObjects load(const std::string& program = "root/usr/bin/python3.13") {
    return objects_loaded_by(at(program));
  }
  std::vector<std::string> names(const LoadedObjects& loaded) {
    std::vector<std::string> all;
    for (const auto& one : loaded.objects)
      if (&one != &loaded.objects.front())
        all.push_back(fs::relative(one.path, fs::canonical(root())).string());
    return all;
  }
};

TEST_F(LoadedObjectsTest, LibrariesOfAnUnpackedFolderAreFound) {
  object("root/usr/bin/python3.13", {.needed = {"libpython3.13.so.1.0"}});
  EXPECT_THAT(load().missing, ElementsAre("libpython3.13.so.1.0"));
  object("root/usr/lib/aarch64-linux-gnu/libpython3.13.so.1.0", {.needed = {"libmade.so.1"}});
  object("root/lib/libmade.so.1", {.machine = EM_X86_64});  // of another machine
  EXPECT_THAT(names(load()), ElementsAre("root/usr/lib/aarch64-linux-gnu/libpython3.13.so.1.0"));
  EXPECT_THAT(load().missing, ElementsAre("libmade.so.1"));
  object("root/usr/lib/libmade.so.1");
  fs::create_symlink(at("root/usr/bin/python3.13"), at("python"));
  EXPECT_THAT(names(load("python")),
              ElementsAre("root/usr/lib/aarch64-linux-gnu/libpython3.13.so.1.0",
                          "root/usr/lib/libmade.so.1"));
  ASSERT_NE(load().named("libpython"), nullptr);
  EXPECT_EQ(load().named("libpypy"), nullptr);
}

// As python-build-standalone's interpreters have it.
TEST_F(LoadedObjectsTest, NamesWithASlashAreTakenAsTheyAre) {
  object("pbs/lib/libpython3.13.so.1.0");
  for (const char* name :
       {"$ORIGIN/../lib/libpython3.13.so.1.0", "${ORIGIN}/../lib/libpython3.13.so.1.0",
        "$ORIGIN/../$LIB/libpython3.13.so.1.0"}) {
    object("pbs/bin/python3.13", {.needed = {name}});
    EXPECT_THAT(names(load("pbs/bin/python3.13")), ElementsAre("pbs/lib/libpython3.13.so.1.0"))
        << name;
    EXPECT_THAT(load("pbs/bin/python3.13").missing, IsEmpty());
  }
  const std::string absolute = at("pbs/lib/libpython3.13.so.1.0").string();
  object("pbs/bin/python3.13", {.needed = {absolute}});
  EXPECT_THAT(names(load("pbs/bin/python3.13")), ElementsAre("pbs/lib/libpython3.13.so.1.0"));
  object("pbs/bin/python3.13", {.needed = {"lib/libpython3.13.so.1.0"}});
  EXPECT_THAT(load("pbs/bin/python3.13").missing, ElementsAre("lib/libpython3.13.so.1.0"));
  const fs::path here = fs::current_path();
  fs::current_path(at("pbs"));
  EXPECT_THAT(load("pbs/bin/python3.13").missing, IsEmpty());  // relative to the current directory
  fs::current_path(here);
}

TEST_F(LoadedObjectsTest, RunPathsComeFirst) {
  object("root/usr/lib/libx.so");
  object("root/usr/own/libx.so");
  object("root/opt/libx.so");
  const auto by = [&](const std::string& runpath) {
    object("root/usr/bin/python3.13", {.needed = {"libx.so"}, .runpath = runpath});
    return names(load());
  };
  EXPECT_THAT(by("$ORIGIN/../own"), ElementsAre("root/usr/own/libx.so"));
  EXPECT_THAT(by("/nowhere:${ORIGIN}/../own"), ElementsAre("root/usr/own/libx.so"));
  EXPECT_THAT(by("/opt"), ElementsAre("root/opt/libx.so"));  // below the unpacked root
  EXPECT_THAT(by("$ORIGIN/../$LIB"), ElementsAre("root/usr/lib/libx.so"));
  EXPECT_THAT(by("relative"), ElementsAre("root/usr/lib/libx.so"));
  object("root/usr/own/$LIBRARIES/libx.so");  // no token, but a name that begins like one
  EXPECT_THAT(by("$ORIGIN/../own/$LIBRARIES"), ElementsAre("root/usr/own/$LIBRARIES/libx.so"));
}

// ld.so(8): DT_RPATH is for what is loaded in turn as well; DT_RUNPATH is not, and hides it.
TEST_F(LoadedObjectsTest, RpathIsInheritedAndRunpathIsNot) {
  object("p/own/liba.so", {.needed = {"libb.so"}});
  object("p/own/libb.so");
  object("p/bin/python3", {.needed = {"liba.so"}, .rpath = "$ORIGIN/../own"});
  EXPECT_THAT(names(load("p/bin/python3")), ElementsAre("p/own/liba.so", "p/own/libb.so"));
  object("p/bin/python3", {.needed = {"liba.so"}, .runpath = "$ORIGIN/../own"});
  EXPECT_THAT(load("p/bin/python3").missing, ElementsAre("libb.so"));
  object("p/own/liba.so", {.needed = {"libb.so"}, .runpath = "/nowhere"});
  object("p/bin/python3", {.needed = {"liba.so"}, .rpath = "$ORIGIN/../own"});
  EXPECT_THAT(load("p/bin/python3").missing, ElementsAre("libb.so"));
  // musl's loader makes no such difference.
  object("p/own/liba.so", {.needed = {"libb.so"}});
  object(
      "p/bin/python3",
      {.needed = {"liba.so"}, .runpath = "$ORIGIN/../own", .loader = "/lib/ld-musl-aarch64.so.1"});
  EXPECT_THAT(names(load("p/bin/python3")), ElementsAre("p/own/liba.so", "p/own/libb.so"));
}

TEST_F(LoadedObjectsTest, AFileIsLoadedOnceWhateverItIsCalled) {
  object("p/lib/liba.so.1", {.needed = {"libb.so"}, .soname = "liba.so"});
  object("p/lib/libb.so", {.needed = {"liba.so", "libb.so"}});
  object("p/bin/python3", {.needed = {"$ORIGIN/../lib/liba.so.1", "libb.so"}});
  EXPECT_THAT(names(load("p/bin/python3")), ElementsAre("p/lib/liba.so.1", "p/lib/libb.so"));
}

TEST_F(LoadedObjectsTest, FoldersOfTheSystemsConfigurationAreSearched) {
  object("root/lib/ld-linux-aarch64.so.1");
  object("root/usr/bin/python3.13",
         {.needed = {"libx.so"}, .loader = "/lib/ld-linux-aarch64.so.1"});
  object("root/opt/deep/libx.so");
  EXPECT_THAT(load().missing, ElementsAre("libx.so"));
  write(at("root/etc/ld.so.conf"), "# none\ninclude /etc/ld.so.conf.d/*.conf\n");
  write(at("root/etc/ld.so.conf.d/own.conf"), "  /opt/deep  # ours\n");
  EXPECT_THAT(names(load()), ElementsAre("root/opt/deep/libx.so"));
  write(at("root/etc/ld.so.conf.d/own.conf"), "include own.conf\n");  // in a circle
  EXPECT_THAT(load().missing, ElementsAre("libx.so"));
}

TEST_F(LoadedObjectsTest, ModulesAndWhatTheyNeedAreLoadedAfterTheProgram) {
  object("p/lib/libm1.so");
  object("p/lib/python3.13/lib-dynload/_m.so", {.needed = {"libm1.so"}});
  object("p/bin/python3", {});
  const auto loaded = objects_loaded_by(
      at("p/bin/python3"),
      {at("p/lib/python3.13/lib-dynload/_m.so"), at("p/bin/python3"), at("none.so")});
  EXPECT_THAT(names(loaded), ElementsAre("p/lib/python3.13/lib-dynload/_m.so", "p/lib/libm1.so"));
}

}  // namespace
}  // namespace pytune
