#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>

#include "cli/standard_output.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "input/suggestion.h"
#include "sys/error.h"
#include "sys/inheritance.h"
#include "sys/process.h"
#include "sys/system_reason.h"

namespace pytune {
namespace {

constexpr const char* kHead =
    R"(usage: pytune VERB [OPTIONS]

Finds the CPython build that is fastest on this machine and says how sure that is. Prints its
configure flags and packages it.

verbs:
)";

constexpr const char* kFoot = R"(
`pytune VERB --help` shows the options of a verb.

exit status:
  0    done
  1    failed
  2    wrong usage
  3    sweep: nothing is recommended; measure, compare: nothing can be told; doctor: it found problems
  130  interrupted
environment:
  PYTUNE_STORE       directory of the store (default: pytune in $XDG_CACHE_HOME or ~/.cache)
  PYTUNE_HOME        directory with builds/, profiles/ and patches/
  PYTUNE_LOCKS       directory of the lock files, one per CPU (default: /run/lock, else /tmp)
  PYTUNE_SKIP_SETUP  if set, ./pytune installs no Debian packages
  NO_COLOR           print without colours
  SOURCE_DATE_EPOCH  time stamp of the files in a package
)";

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const auto& verb : verbs()) names.emplace_back(verb.name);
  return names;
}

void print_help(std::ostream& out) {
  out << kHead;
  for (const auto& verb : verbs()) out << fmt::format("  {:<12}{}\n", verb.name, verb.summary);
  out << kFoot;
}

// Whatever stands beside it; not what stands behind "--", which is another program's.
bool asks_for_help(const std::vector<std::string>& arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  return std::any_of(arguments.begin(), end,
                     [](const std::string& word) { return word == "--help" || word == "-h"; });
}

int run_verb(const Verb& verb, const std::vector<std::string>& arguments) {
  if (asks_for_help(arguments)) {
    std::cout << "usage: pytune " << verb.usage << "\n\n"
              << described(verb.options, verb.places) << "\n";
    return 0;
  }
  const Options options(arguments, verb.options, verb.places, verb.usage);
  if (verb.on_stop == Verb::OnStop::end) end_at_stop_signals();
  return verb.run(options);
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
    if (name != verb.name) continue;
    require_limits();
    return run_verb(verb, {arguments.begin() + 1, arguments.end()});
  }
  if (name.starts_with('-'))
    throw UsageError(fmt::format("{}: the verb comes first: pytune VERB [OPTIONS]; verbs: {}", name,
                                 fmt::join(verb_names(), ", ")));
  throw UsageError(fmt::format("unknown verb \"{}\"{}", name, suggestion(name, verb_names())));
}

std::string text_of(const std::filesystem::filesystem_error& e) {
  const std::filesystem::path& where = e.path1();
  std::error_code none;
  if (where.empty() && std::filesystem::current_path(none).empty())
    return "the current directory has been removed: change to another one (cd)";
  return fmt::format("{}: {}", where.string(), system_reason(e.code().value(), where));
}

// Of messages that quote an input, no line break of its own would look like a message of ours.
int fail(std::string message, int status) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::cerr << "pytune: " << message << std::endl;
  return status;
}

}  // namespace

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> table = {sweep_verb(),     measure_verb(),   compare_verb(),
                                          recommend_verb(), package_verb(),   inspect_verb(),
                                          test_verb(),      patches_verb(),   store_verb(),
                                          doctor_verb(),    completion_verb()};
  return table;
}

int run_program(const std::vector<std::string>& arguments) {
  settle_inheritance();
  install_stop_handlers();
  StandardOutput output;
  const EscapedOutput escaped;
  try {
    const int status = dispatch(arguments);
    output.require_printed();
    return status;
  } catch (const UsageError& e) {
    return fail(e.what(), 2);
  } catch (const Interrupted&) {
    return fail("interrupted; what is finished is kept, the same command goes on from there", 130);
  } catch (const Failure& e) {
    return fail(e.what(), 1);
  } catch (const std::filesystem::filesystem_error& e) {
    return fail(text_of(e), 1);
  } catch (const std::bad_alloc&) {
    return fail("out of memory: " + system_reason(ENOMEM), 1);
  } catch (const std::system_error& e) {
    return fail("the system refuses something: " + system_reason(e.code().value()), 1);
  } catch (const std::exception& e) {
    return fail(fmt::format("internal error: {}; please report it with the command line", e.what()),
                1);
  }
}

}  // namespace pytune
