#include "cli/exports.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "cli/console_style.h"
#include "input/json.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/http.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kStdout = "-";

// The file itself where `path` is a link to it: the link should stay one. What is there and no
// ordinary file (a device, a pipe) would be replaced by one.
fs::path require_file(const std::string& option, const fs::path& path) {
  std::error_code error;
  fs::path file = fs::weakly_canonical(fs::absolute(path), error);
  if (error) file = fs::absolute(path);  // a directory that may not be entered
  const auto status = fs::status(file, error);
  if (fs::is_symlink(path, error) && !fs::exists(status))
    throw UsageError(fmt::format("{}: {}: is a link to nothing; remove it, or make the file",
                                 option, path.string()));
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw UsageError(fmt::format("{}: {}: {}", option, path.string(),
                                 fs::is_directory(status) ? "is a directory; name a file in it"
                                                          : "is not an ordinary file"));
  if (fs::exists(status) && access(file.c_str(), W_OK) != 0)
    throw UsageError(fmt::format("{}: {}: cannot be written to", option, path.string()));
  const fs::path directory = file.parent_path();
  if (!fs::is_directory(directory, error))
    throw UsageError(
        fmt::format("{}: {}: no directory {}", option, path.string(), directory.string()));
  if (access(directory.c_str(), W_OK) != 0)
    throw UsageError(
        fmt::format("{}: {}: its directory cannot be written to", option, path.string()));
  return file;
}

}  // namespace

void require_directory(const std::string& option, const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error || !fs::is_directory(directory) || access(directory.c_str(), W_OK) != 0)
    throw UsageError(fmt::format("{}: {}: not a directory that can be written to{}{}", option,
                                 directory.string(), error ? ": " : "",
                                 error ? error.message() : ""));
}

std::vector<OptionLine> export_options() {
  std::string about =
      "Also write the result to PATH (- is standard output). May be given several times:";
  for (const auto& format : export_formats())
    about +=
        fmt::format("\n{}={}  {}", format.name, format.directory ? "DIR" : "FILE", format.about);
  std::vector<OptionLine> options = codespeed_options();
  options.insert(options.begin(), {"export", "FORMAT=PATH...", std::move(about)});
  return options;
}

Exports::Exports(const Options& options) : options_(options) {
  if (options.given("pyperf-json"))
    add_target("--pyperf-json", "pyperf", options.text("pyperf-json"));
  for (const auto& word : options.texts("export")) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const ExportFormat& format = export_format(name);
    if (equals == std::string::npos || equals + 1 == word.size())
      throw UsageError(fmt::format("--export {}: where to? write {}={}", word, format.name,
                                   format.directory ? "DIR" : "FILE"));
    add_target("--export", name, word.substr(equals + 1));
  }
  const bool to_file = std::any_of(targets_.begin(), targets_.end(), [](const Target& target) {
    return target.format->name == "codespeed";
  });
  codespeed_ = read_codespeed(options, to_file);
  const auto to_stdout = std::count_if(targets_.begin(), targets_.end(),
                                       [](const Target& target) { return target.path == kStdout; });
  if (to_stdout + (options.given("json") ? 1 : 0) > 1)
    throw UsageError("only one of --json and the exports can go to stdout");
}

void Exports::add_target(const std::string& option, const std::string& format,
                         const std::string& path) {
  Target target{&export_format(format), path};
  if (path == kStdout && target.format->directory)
    throw UsageError(
        fmt::format("{}: {} is several files; give a directory", option, target.format->name));
  if (target.format->directory) {
    require_directory(option, path);
    target.path = fs::canonical(path);
  } else if (path != kStdout) {
    target.path = require_file(option, path);
  }
  for (const Target& other : targets_)
    if (other.path == target.path && path != kStdout)
      throw UsageError(
          fmt::format("{}: {}: is written to already by {}", option, path, other.format->name));
  targets_.push_back(std::move(target));
}

void Exports::print(const MeasureResult& result) const {
  const auto to_stdout = std::find_if(targets_.begin(), targets_.end(),
                                      [](const Target& target) { return target.path == kStdout; });
  if (to_stdout != targets_.end()) return;  // in its turn, by write()
  if (options_.given("json"))
    std::cout << dump_json(nlohmann::json(result), 1) << std::endl;
  else
    print_measure(std::cout, result, console_style(options_));
}

void Exports::write(const Target& target, const MeasureResult& result) const {
  const CodespeedNames names = codespeed_ ? codespeed_->names : CodespeedNames();
  for (const ExportedFile& file : exported(*target.format, result, names)) {
    if (target.path == kStdout) {
      std::cout << file.text << std::flush;
      continue;
    }
    const StopsHeld held;
    write_user_file(file.name.empty() ? target.path : target.path / file.name, file.text);
  }
}

void Exports::attempt(std::vector<std::string> options, bool to_codespeed,
                      const MeasureResult& result, const std::function<void()>& step) {
  if (to_codespeed) {
    const auto names = codespeed_name_words(options_);
    options.insert(options.end(), names.begin(), names.end());
  }
  try {
    if (to_codespeed) complete_environment(*codespeed_, result.host);
    step();
  } catch (const Failure& failure) {
    failures_.push_back(
        fmt::format("{} (again: {} {})", failure.what(), again_, shell_quote(options)));
  } catch (const UsageError& problem) {
    failures_.push_back(
        fmt::format("{} (again: {} {})", problem.what(), again_, shell_quote(options)));
  }
}

int Exports::deliver(const MeasureResult& result, const std::string& again) {
  again_ = again;
  print(result);
  for (const Target& target : targets_) {
    const std::string word = fmt::format("{}={}", target.format->name, target.path.string());
    attempt({"--export", word}, target.format->name == "codespeed", result,
            [&] { write(target, result); });
  }
  if (codespeed_ && !codespeed_->url.empty())
    attempt({"--codespeed", shown_url(codespeed_->url)}, true, result,
            [&] { post_to_codespeed(*codespeed_, result); });
  if (!failures_.empty()) throw Failure(fmt::format("{}", fmt::join(failures_, "; ")));
  return exit_status_of(result);
}

}  // namespace pytune
