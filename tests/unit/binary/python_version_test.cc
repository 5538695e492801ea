#include "binary/python_version.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

// A library's version text is not Python's: something that only a Python has must name its minor.
TEST(PythonVersion, IsWhatIsBacked) {
  const std::vector<std::string> texts = {"3.0.16", "3.13.5", "3.49.1"};
  const auto version = [&](VersionEvidence evidence) { return python_version_of(evidence); };
  EXPECT_EQ(version({texts, {}, {}, ""}), "");
  EXPECT_EQ(version({{"3.49.1"}, {}, {}, ""}), "");
  EXPECT_EQ(version({{"3.49.1"}, {"3.13"}, {}, ""}), "3.13");
  EXPECT_EQ(version({texts, {"", "3.13"}, {}, ""}), "3.13.5");
  EXPECT_EQ(version({texts, {"3.12", "3.13"}, {"3.13"}, ""}), "3.12");  // the strongest first
  EXPECT_EQ(version({texts, {}, {"3.13"}, "", true}), "3.13.5");
  EXPECT_EQ(version({texts, {}, {"3.11", "3.13"}, "", true}), "3.13.5");
  EXPECT_EQ(version({texts, {}, {"3.11", "3.12"}, "", true}), "");
  EXPECT_EQ(version({{"3.13.5", "3.13.1"}, {"3.13"}, {}, ""}), "3.13");
  EXPECT_EQ(version({{"3.13.5", "3.13.1"}, {"3.13"}, {}, "3.13.1"}), "3.13.1");
  EXPECT_EQ(version({{}, {"3.13"}, {}, "3.13.1"}), "3.13.1");
  EXPECT_EQ(version({{"3.13.5"}, {"3.13"}, {}, "3.13.1"}), "3.13.5");  // headers of another build
  EXPECT_EQ(version({{}, {"3.13"}, {}, "3.12.1"}), "3.13");
}

TEST(PythonVersion, OfAnyProgramBesideAPythonIsUnknown) {
  EXPECT_EQ(python_version_of({{}, {""}, {"3.11"}, "3.11.2", false}), "");
  EXPECT_EQ(python_version_of({{}, {""}, {"3.11"}, "3.11.2", true}), "3.11.2");
  EXPECT_TRUE(named_as_python("python3"));
  EXPECT_TRUE(named_as_python("libpython3.13.so.1.0"));
  EXPECT_TRUE(named_as_python("pypy3"));
  EXPECT_FALSE(named_as_python("true"));
}

TEST(PythonVersion, NamesOfFilesHaveTheFlagsOfTheBuild) {
  for (const auto& [name, flags] :
       std::vector<std::pair<std::string, std::string>>{{"python3.13", ""},
                                                        {"python3.13t", "t"},
                                                        {"python3.13d", "d"},
                                                        {"libpython3.14td.so.1.0", "td"},
                                                        {"libpython3.13.so.1.0", ""},
                                                        {"python3.13-dbg", ""},
                                                        {"python3", ""}})
    EXPECT_EQ(abi_flags_in_name(name), flags) << name;
}

TEST(PythonVersion, NamesOfFilesHaveTheMinor) {
  for (const auto& [name, minor] :
       std::vector<std::pair<std::string, std::string>>{{"python3.13", "3.13"},
                                                        {"python3.13t", "3.13"},
                                                        {"libpython3.9.so.1.0", "3.9"},
                                                        {"libpython3.14td.so.1.0", "3.14"},
                                                        {"pypy3.11", "3.11"},
                                                        {"libpypy3.11-c.so", "3.11"},
                                                        {"python3", ""},
                                                        {"python", ""},
                                                        {"libpython3.so", ""},
                                                        {"python3.", ""},
                                                        {"mypython3.1", ""}})
    EXPECT_EQ(minor_in_name(name), minor) << name;
}

}  // namespace
}  // namespace pytune
