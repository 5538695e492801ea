#include "binary/code_symbols.h"

#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

extern "C" int pytune_code_symbols_marker();
extern "C" __attribute__((noinline)) int pytune_code_symbols_marker() { return 42; }

namespace pytune {
namespace {

using testing::IsEmpty;

class CodeSymbols : public sys_test::Scratch {};

TEST_F(CodeSymbols, NamesTheFunctionAtAnOffset) {
  ASSERT_EQ(pytune_code_symbols_marker(), 42);
  const auto symbols = code_symbols("/proc/self/exe");
  const auto marker = std::find_if(symbols.begin(), symbols.end(), [](const auto& symbol) {
    return symbol.name == "pytune_code_symbols_marker";
  });
  ASSERT_NE(marker, symbols.end());
  EXPECT_EQ(find_symbol(symbols, marker->offset), &*marker);
  EXPECT_EQ(find_symbol(symbols, marker->offset + marker->size - 1), &*marker);
}

TEST(FindSymbol, HasNoneOutsideOfAll) {
  const std::vector<CodeSymbol> symbols = {{100, 10, "a"}, {200, 10, "b"}};
  EXPECT_EQ(find_symbol(symbols, 99), nullptr);
  EXPECT_EQ(find_symbol(symbols, 110), nullptr);
  EXPECT_EQ(find_symbol(symbols, 209)->name, "b");
  EXPECT_EQ(find_symbol(symbols, 210), nullptr);
  EXPECT_EQ(find_symbol({}, 0), nullptr);
}

TEST_F(CodeSymbols, AStrippedLibraryHasItsDynamicOnes) {
  // dlopen()ed by its SONAME, so that the test knows neither path nor architecture.
  const auto maps = read_file("/proc/self/maps");
  const auto end = maps.find("/libc.so.6");
  ASSERT_NE(end, std::string::npos);
  const auto start = maps.rfind(' ', end) + 1;
  const auto symbols = code_symbols(maps.substr(start, end + 10 - start));
  EXPECT_TRUE(std::any_of(symbols.begin(), symbols.end(),
                          [](const auto& symbol) { return symbol.name == "qsort"; }));
}

TEST_F(CodeSymbols, AScriptHasNone) {
  sys_test::write(at("script"), "#!/bin/sh\n");
  EXPECT_THAT(code_symbols(at("script")), IsEmpty());
}

TEST_F(CodeSymbols, DamagedFilesAreFailures) {
  const std::string bytes = read_file("/bin/true");
  for (const std::size_t size : {4UL, 16UL, 63UL}) {
    sys_test::write(at("short"), bytes.substr(0, size));
    EXPECT_THROW(code_symbols(at("short")), Failure) << size;
  }
  EXPECT_THROW(code_symbols(at("absent")), Failure);
}

TEST_F(CodeSymbols, AnyDamagedByteIsAFailureOrOtherSymbols) {
  const std::string bytes = read_file("/bin/true");
  for (std::size_t i = 0; i < bytes.size(); i += i < sizeof(std::uint64_t) * 8 ? 1 : 499) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(~damaged[i]);
    sys_test::write(at("damaged"), damaged);
    try {
      for (const CodeSymbol& symbol : code_symbols(at("damaged"))) EXPECT_GT(symbol.size, 0U);
    } catch (const Failure&) {
    }
  }
}

}  // namespace
}  // namespace pytune
