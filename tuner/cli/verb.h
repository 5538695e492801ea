// A verb of the command line: one file each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

namespace pytune {

namespace po = boost::program_options;

struct Verb {
  const char* name;
  const char* summary;                                    // for `pytune --help`
  int (*run)(const std::vector<std::string>& arguments);  // returns the exit status
  po::options_description (*options)();                   // for --help and for shell completion
};

const std::vector<Verb>& verbs();

// Parses, handling --help (prints `usage` and the options; returns nothing) and misspelt options
// (UsageError with a suggestion). `positional` names the options that words without dashes fill, in
// order; one that ends in "..." takes all further words.
std::optional<po::variables_map> parse_options(const std::vector<std::string>& arguments,
                                               const po::options_description& options,
                                               const std::string& usage,
                                               const std::vector<std::string>& positional = {});

// Added to every verb that uses the store.
void add_store_option(po::options_description& options);

int run_sweep(const std::vector<std::string>& arguments);
int run_measure(const std::vector<std::string>& arguments);
int run_compare(const std::vector<std::string>& arguments);
int run_recommend(const std::vector<std::string>& arguments);
int run_package(const std::vector<std::string>& arguments);
int run_store(const std::vector<std::string>& arguments);
int run_inspect(const std::vector<std::string>& arguments);
int run_patches(const std::vector<std::string>& arguments);
int run_test(const std::vector<std::string>& arguments);
int run_doctor(const std::vector<std::string>& arguments);
int run_completion(const std::vector<std::string>& arguments);
po::options_description sweep_options();
po::options_description measure_options();
po::options_description compare_options();
po::options_description recommend_options();
po::options_description package_options();
po::options_description store_options();
po::options_description inspect_options();
po::options_description patches_options();
po::options_description test_options();
po::options_description doctor_options();
po::options_description completion_options();

// The whole program: dispatches, maps exceptions to exit statuses (1 failed, 2 bad usage, 130
// interrupted).
int run_program(const std::vector<std::string>& arguments);

}  // namespace pytune
