#include "report/inspection.h"

#include <gmock/gmock.h>

#include <sstream>

#include "report/text.h"
#include "unit/result/sample_result.h"

namespace pytune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Binary arm_library() {
  Binary binary;
  binary.machine = Machine::aarch64;
  binary.file_bytes = 7'654'321;
  binary.python_version = "3.13.5";
  binary.linking.position_independent = true;
  binary.linking.relro = Relro::partial;
  binary.linking.build_id = "00112233445566778899aabbccddeeff";
  binary.linking.stripped = false;
  binary.linking.debug_info = true;
  binary.linking.segment_align = 65536;
  binary.linking.pages_64k = true;
  binary.linking.needed = {"libz.so.1", "libc.so.6"};
  binary.linking.beyond_manylinux = {"libz.so.1"};
  binary.linking.libc = Libc::glibc;
  binary.linking.glibc = "2.38";
  binary.hardening.declared = {"BTI", "PAC"};
  binary.hardening.functions = 4000;
  binary.hardening.landing_pads = 3900;
  binary.hardening.signed_returns = 3000;
  binary.hardening.stack_protector = {"calls __stack_chk_fail"};
  binary.compilation.compilers = {"GCC: (Debian 14.2.0-19) 14.2.0"};
  binary.compilation.lto = {"12 symbols such as f.lto_priv.0 (gcc LTO)"};
  binary.code.bytes = 2'345'678;
  binary.code.functions = 4000;
  binary.code.framed_functions = 2000;
  binary.code.frame_pointers = 1990;
  binary.code.architecture.minimum = "armv8-a";
  binary.code.architecture.minimum_version = "armv8-a";
  binary.code.architecture.with_dispatched = "armv8-a+lse";
  binary.code.architecture.features = {{.feature = "lse",
                                        .instructions = 24,
                                        .dispatched = 24,
                                        .functions = {"__aarch64_cas4_acq"},
                                        .function_count = 24,
                                        .first_function = "__aarch64_cas4_acq",
                                        .first_address = 0x1234,
                                        .first_instruction = "casa w0, w1, [x2]"}};
  binary.code.atomics.outline_calls = 120;
  binary.code.atomics.outline_helpers = 24;
  binary.code.dispatch = {"_PyEval_EvalFrameDefault", true, 233, 60'000, 0};
  return binary;
}

Inspection shared_arm() {
  Inspection inspection;
  inspection.name = "./unpacked/usr/bin/python3.13";
  inspection.program = {"/x/unpacked/usr/bin/python3.13", arm_library()};
  inspection.program.binary.linking.executable = true;
  inspection.program.binary.linking.relro = Relro::full;
  inspection.program.binary.linking.bind_now = true;
  inspection.library = InspectedFile{"/x/unpacked/usr/lib/libpython3.13.so.1.0", arm_library()};
  inspection.sysconfig_path = "/x/unpacked/usr/lib/python3.13/_sysconfigdata.py";
  inspection.sysconfig = {{"CONFIG_ARGS", "'--enable-optimizations' '--with-lto'"}};
  return inspection;
}

Inspection static_x86() {
  Inspection inspection;
  inspection.name = "python3";
  inspection.program.path = "/usr/bin/python3.11";
  Binary& binary = inspection.program.binary;
  binary.file_bytes = 6'800'000;
  binary.linking.executable = true;
  binary.linking.segment_align = 4096;
  binary.linking.libc = Libc::glibc;
  binary.linking.glibc = "2.35";
  binary.hardening.declared = {"IBT"};
  binary.hardening.functions = 100;
  binary.code.functions = 100;
  binary.code.atomics.locked = 7;
  binary.code.architecture.minimum = "x86-64-v2";
  binary.code.architecture.minimum_version = "x86-64-v2";
  binary.code.architecture.doubtful_instructions = 3;
  binary.code.architecture.features = {{.feature = "popcnt",
                                        .instructions = 2,
                                        .dispatched = 1,
                                        .functions = {"f", "g_sse42"},
                                        .function_count = 2,
                                        .first_function = "f",
                                        .first_address = 0x401000,
                                        .first_instruction = "popcnt eax, ebx"}};
  binary.code.dispatch = {"0x4a0000", false, 2, 100, 0};
  return inspection;
}

std::string printed(const std::vector<Inspection>& inspections, int width = 100) {
  std::ostringstream out;
  print_inspections(out, inspections, {.color = false, .width = width});
  return out.str();
}

TEST(InspectionTable, PutsInterpretersSideBySide) {
  test::expect_golden("inspection.txt", printed({shared_arm(), static_x86()}));
}

TEST(InspectionTable, KeepsToTheWidth) {
  std::istringstream lines(printed({shared_arm(), static_x86()}, 90));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 90U) << line;
}

TEST(InspectionTable, SaysWhatIsMissing) {
  Inspection inspection = static_x86();
  inspection.missing_library = "libpython3.11.so.1.0";
  EXPECT_THAT(printed({inspection}), HasSubstr("libpython3.11.so.1.0 is not beside it"));
  inspection.sysconfig_path = "/x";
  inspection.sysconfig_problem = "damaged";
  EXPECT_THAT(printed({inspection}), HasSubstr("sysconfig cannot be read"));
}

TEST(InspectionTable, NamesFromFilesDoNotSteerTheTerminal) {
  Inspection inspection = static_x86();
  inspection.program.binary.compilation.compilers = {"gcc\x1b[31m\n12"};
  inspection.program.binary.code.dispatch.function = "f\x1b[0m";
  const std::string text = printed({inspection});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(InspectionJson, HoldsEverything) {
  test::expect_golden("inspection.json",
                      inspections_json({shared_arm(), static_x86()}).dump(2) + "\n");
}

TEST(InspectionJson, TakesTextsThatAreNotUtf8) {
  Inspection inspection = static_x86();
  inspection.program.binary.compilation.compilers = {"\xff\xfe"};
  inspection.program.binary.code.architecture.features[0].first_function = "\xff";
  EXPECT_NO_THROW(inspections_json({inspection}).dump());
}

TEST(InspectionDeclared, NamesTheWordAndWhereItStands) {
  const Inspection inspection = shared_arm();
  EXPECT_THAT(declared(inspection, Optimization::lto), ElementsAre("--with-lto in CONFIG_ARGS"));
  EXPECT_THAT(declared(inspection, Optimization::pgo),
              ElementsAre("--enable-optimizations in CONFIG_ARGS"));
  EXPECT_THAT(declared(inspection, Optimization::bolt), IsEmpty());
}

TEST(InspectionDeclared, WordsAreReadAsConfigureAndTheCompilerReadThem) {
  const auto inspection = [](const std::map<std::string, std::string>& variables) {
    Inspection one;
    one.sysconfig = variables;
    return one;
  };
  const auto lto = [&](const std::map<std::string, std::string>& variables) {
    return declared(inspection(variables), Optimization::lto);
  };
  EXPECT_THAT(lto({{"CONFIG_ARGS", "'--with-lto=thin' '--x'"}}),
              ElementsAre("--with-lto=thin in CONFIG_ARGS"));
  for (const char* off :
       {"'--without-lto'", "'--with-lto' '--with-lto=no'", "'--with-ltos'", "'--x=a --with-lto'"})
    EXPECT_THAT(lto({{"CONFIG_ARGS", off}}), IsEmpty()) << off;
  EXPECT_THAT(lto({{"CONFIG_ARGS", "'CFLAGS=-O2 -flto=auto'"}}),
              ElementsAre("-flto=auto in CONFIG_ARGS"));
  EXPECT_THAT(lto({{"PY_CFLAGS", "-flto"}, {"PY_CFLAGS_NODIST", "-fno-lto"}}), IsEmpty());
  EXPECT_THAT(lto({{"CONFIG_ARGS", "'--with-lto'"}, {"PY_LDFLAGS_NODIST", "-flto -fno-lto"}}),
              IsEmpty());
  EXPECT_THAT(lto({{"PY_CFLAGS", "-fno-lto"}, {"PY_CORE_CFLAGS", "-fno-lto -flto=full"}}),
              ElementsAre("-flto=full in PY_CORE_CFLAGS"));
  const auto pgo = [&](const std::string& arguments) {
    return declared(inspection({{"CONFIG_ARGS", arguments}}), Optimization::pgo);
  };
  EXPECT_THAT(pgo("--enable-optimizations=no"), IsEmpty());
  EXPECT_THAT(pgo("--enable-optimizations --disable-optimizations"), IsEmpty());
  EXPECT_THAT(pgo("--disable-optimizations --enable-optimizations"),
              ElementsAre("--enable-optimizations in CONFIG_ARGS"));
  EXPECT_EQ(declared_level(inspection({{"OPT", "-O3"}, {"PY_CFLAGS", "-O3 -g -O2"}})), "-O2");
}

TEST(InspectionTable, NamesTheFilesThatTakeSomethingFromTheWholeProgram) {
  Inspection inspection = shared_arm();
  const auto file = [&](const std::string& name, std::vector<std::string> protection) {
    ProgramFile one{"/opt/lib/" + name, {}};
    one.facts.branch_protection = std::move(protection);
    one.facts.pages_64k = true;
    return one;
  };
  inspection.files = {file("python3.13", {"BTI", "PAC"}),
                      file("libpython3.13.so.1.0", {"BTI", "PAC"}),
                      file("_own.so", {"PAC", "BTI"})};
  EXPECT_THAT(printed({inspection}),
              testing::AllOf(HasSubstr("BTI: in all 3 files"), HasSubstr("PAC: in all 3 files"),
                             Not(HasSubstr("whole program")), Not(HasSubstr("not for 64 KiB"))));
  inspection.files.back().facts.executable_stack = true;
  inspection.files.back().facts.branch_protection = {"PAC"};
  inspection.files.back().facts.pages_64k = false;
  EXPECT_THAT(printed({inspection}, 160),
              testing::AllOf(HasSubstr("whole program: executable, by _own.so"),
                             HasSubstr("BTI: not in 1 of 3 files: _own.so"),
                             HasSubstr("PAC: in all 3 files"),
                             HasSubstr("not for 64 KiB kernels: 1 of 3 files: _own.so")));
  for (const char* name : {"b.so", "c.so", "d.so"}) inspection.files.push_back(file(name, {}));
  EXPECT_THAT(printed({inspection}, 160), HasSubstr("PAC: not in 3 of 6 files: b.so, c.so, d.so"));
  inspection.files.push_back(file("e.so", {}));
  EXPECT_THAT(printed({inspection}, 160),
              HasSubstr("PAC: not in 4 of 7 files: b.so, c.so and 2 more"));
  EXPECT_EQ(inspections_json({inspection})["interpreters"][0]["files"][2]["executable_stack"],
            true);
}

}  // namespace
}  // namespace pytune
