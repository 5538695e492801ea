#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "cli/verb.h"
#include "input/suggestion.h"
#include "spec/configuration.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const auto& verb : verbs()) names.emplace_back(verb.name);
  return names;
}

void print_help(std::ostream& out) {
  out << "usage: pytune VERB [OPTIONS]\n\n"
         "Finds the CPython build that is fastest on this machine, says by how much and how sure\n"
         "that is, and hands over its configure flags and an installable tarball.\n\n"
         "verbs:\n";
  for (const auto& verb : verbs()) out << fmt::format("  {:<12}{}\n", verb.name, verb.summary);
  out << "\n`pytune VERB --help` lists a verb's options.\n\n"
         "exit status: 0 done; 1 failed; 2 bad usage; 3 done, but nothing significant (doctor: "
         "problems\n             found); 130 interrupted.\n"
         "environment: PYTUNE_STORE (default $XDG_CACHE_HOME/pytune), PYTUNE_HOME (builds/, "
         "profiles/, patches/),\n"
         "             PYTUNE_LOCKS (who measures on which CPU; default /run/lock, else /tmp), "
         "NO_COLOR,\n"
         "             SOURCE_DATE_EPOCH.\n";
}

int dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    print_help(std::cerr);
    return 2;
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    print_help(std::cout);
    return 0;
  }
  if (name == "--version") {
    std::cout << "pytune " << PYTUNE_VERSION << "\n";
    return 0;
  }
  for (const auto& verb : verbs()) {
    if (name == verb.name) return verb.run({arguments.begin() + 1, arguments.end()});
  }
  throw UsageError(fmt::format("unknown verb \"{}\"{}", name, suggestion(name, verb_names())));
}

int fail(const std::string& message, int status) {
  std::cerr << "pytune: " << message << std::endl;
  return status;
}

}  // namespace

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> table = {
      {"sweep", "build configurations, measure them side by side, recommend one", run_sweep,
       sweep_options},
      {"measure", "any interpreters side by side, with intervals and verdicts", run_measure,
       measure_options},
      {"compare", "results again or side by side: measurements, sweeps, pyperf files", run_compare,
       compare_options},
      {"recommend", "flags of a finished sweep: shell, json, pyenv, dockerfile, debian",
       run_recommend, recommend_options},
      {"package", "a relocatable tarball of one build, checked", run_package, package_options},
      {"inspect", "what interpreters are, without running them: hardening, LTO, needed CPU",
       run_inspect, inspect_options},
      {"test", "CPython's own test suite on interpreters, failing tests compared by name", run_test,
       test_options},
      {"patches", "the interpreter patches: list, show, apply to a source tree", run_patches,
       patches_options},
      {"store", "what the store holds and how large it is; prune it", run_store, store_options},
      {"doctor", "is this machine fit to build and to measure on, and what to do about it",
       run_doctor, doctor_options},
      {"completion", "shell completion: eval \"$(pytune completion bash)\"", run_completion,
       completion_options},
  };
  return table;
}

std::optional<po::variables_map> parse_options(const std::vector<std::string>& arguments,
                                               const po::options_description& options,
                                               const std::string& usage,
                                               const std::vector<std::string>& positional) {
  po::options_description all;
  all.add(options).add_options()("help,h", "this text");
  po::positional_options_description places;
  for (const auto& name : positional) {
    const bool many = name.ends_with("...");
    places.add(name.substr(0, name.size() - (many ? 3 : 0)).c_str(), many ? -1 : 1);
  }
  po::variables_map values;
  try {
    namespace style = po::command_line_style;
    po::store(po::command_line_parser(arguments)
                  .options(all)
                  .positional(places)
                  .style(style::unix_style & ~style::allow_guessing)
                  .run(),
              values);
    if (values.contains("help")) {
      std::cout << "usage: pytune " << usage << "\n\n" << options << "\n";
      return std::nullopt;
    }
    po::notify(values);
  } catch (const po::unknown_option& e) {
    std::vector<std::string> known;
    for (const auto& option : all.options()) known.push_back("--" + option->long_name());
    throw UsageError(fmt::format("unknown option \"{}\"{}", e.get_option_name(),
                                 suggestion(e.get_option_name(), known)));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("too many words; usage: pytune {}", usage));
  } catch (const po::error& e) {
    throw UsageError(e.what());
  }
  return values;
}

void add_store_option(po::options_description& options) {
  options.add_options()(
      "store", po::value<std::string>()->value_name("DIR"),
      "where everything is kept (default: $PYTUNE_STORE, or pytune in the cache directory)");
}

int run_program(const std::vector<std::string>& arguments) {
  install_stop_handlers();
  try {
    return dispatch(arguments);
  } catch (const UsageError& e) {
    return fail(e.what(), 2);
  } catch (const Interrupted&) {
    return fail("interrupted; what is finished is kept, the same command goes on from there", 130);
  } catch (const Failure& e) {
    return fail(e.what(), 1);
  } catch (const std::filesystem::filesystem_error& e) {
    return fail(e.what(), 1);
  } catch (const std::exception& e) {
    return fail(fmt::format("internal error: {}; please report it with the command line", e.what()),
                1);
  }
}

}  // namespace pytune
