// Values of options that are more than a word or a number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pytune {

// "90m", "2h", "1h30m", "40s", "45" (minutes) -> minutes. Throws UsageError.
double parse_minutes(const std::string& option, const std::string& text);

// "2G", "1.5G", "512M" -> bytes, G and M being powers of 1024. Throws UsageError.
std::uint64_t parse_bytes(const std::string& option, const std::string& text);

// "0-3,6" -> 0 1 2 3 6, each one this process may run on. Throws UsageError.
std::vector<int> parse_cpus(const std::string& text);

// "a,b" -> a b; "" -> nothing.
std::vector<std::string> parse_words(const std::string& text);

// --tests: "test_long,test_bytes", files of CPython's own test suite. Throws UsageError.
std::vector<std::string> parse_test_files(const std::string& option, const std::string& text);

}  // namespace pytune
