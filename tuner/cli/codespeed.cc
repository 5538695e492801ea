#include "cli/codespeed.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>

#include "input/text.h"
#include "report/text.h"
#include "sys/error.h"
#include "sys/http.h"

namespace pytune {
namespace {

constexpr std::string_view kPath = "/result/add/json/";  // codespeed/urls.py
constexpr std::size_t kLongestShown = 200;
constexpr const char* kLogin = "PYTUNE_CODESPEED_LOGIN";  // "NAME:PASSWORD"

struct NameOption {
  const char* option;
  std::string CodespeedNames::* name;
  std::size_t longest;  // codespeed/models.py
  const char* about;
};

constexpr std::array<NameOption, 4> kNames{{
    {"codespeed-project", &CodespeedNames::project, 30,
     "Name of the project. Default: the implementation of the interpreter."},
    {"codespeed-branch", &CodespeedNames::branch, 32, "Name of the branch. Default: main."},
    {"codespeed-commit", &CodespeedNames::commit, 42,
     "Name of the commit. Default: the version of the interpreter."},
    {"codespeed-environment", &CodespeedNames::environment, 100,
     "Name of this machine on the server. Default: the host name."},
}};

std::string first_line(const std::string& body) {
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    const std::string line = printable(std::string_view(body).substr(at, end - at));
    if (line.find_first_not_of(' ') != std::string::npos) return line.substr(0, kLongestShown);
    at = end + 1;
  }
  return "(it said nothing)";
}

std::string endpoint(const std::string& url) {
  if (url.ends_with(kPath)) return url;
  return fmt::format("{}{}", url.substr(0, url.find_last_not_of('/') + 1), kPath);
}

}  // namespace

std::vector<OptionLine> codespeed_options() {
  std::vector<OptionLine> options = {
      {"codespeed", "URL",
       "Also send the result to this Codespeed server. A name and a password belong into "
       "~/.netrc or PYTUNE_CODESPEED_LOGIN=NAME:PASSWORD, where no list of processes shows them."},
      {"codespeed-timeout", "TIME", "Give up on the server after this time. Default: 60s."}};
  for (const NameOption& one : kNames) options.push_back({one.option, "NAME", one.about});
  return options;
}

std::optional<CodespeedRequest> read_codespeed(const Options& options, bool to_file) {
  CodespeedRequest request;
  if (options.given("codespeed")) {
    request.url = options.text("codespeed");
    require_http_url("--codespeed", request.url);
  }
  if (options.given("codespeed-timeout")) {
    if (request.url.empty()) throw UsageError("--codespeed-timeout is for --codespeed URL");
    request.timeout =
        std::chrono::milliseconds(std::lround(options.minutes("codespeed-timeout", 0) * 60'000));
  }
  for (const NameOption& one : kNames) {
    if (!options.given(one.option)) continue;
    if (request.url.empty() && !to_file)
      throw UsageError(
          fmt::format("--{} is for --codespeed URL and --export codespeed=FILE", one.option));
    const auto name = options.text(one.option);
    if (name.empty() || name.size() > one.longest || name != printable(name))
      throw UsageError(
          fmt::format("--{}: must be one line of 1 to {} characters: Codespeed keeps no more",
                      one.option, one.longest));
    request.names.*one.name = name;
  }
  if (request.url.empty() && !to_file) return std::nullopt;
  return request;
}

void complete_environment(CodespeedRequest& request, const Host& host) {
  if (!request.names.environment.empty()) return;
  char name[256] = "";
  const bool known = gethostname(name, sizeof name - 1) == 0 && *name != '\0';
  if (!known || host.fingerprint() != read_host().fingerprint())
    throw UsageError(
        "which machine was it? this result is from another than this one; name it by "
        "--codespeed-environment");
  request.names.environment = name;
}

std::vector<std::string> codespeed_name_words(const Options& options) {
  std::vector<std::string> words;
  for (const NameOption& one : kNames)
    if (options.given(one.option))
      words.insert(words.end(), {fmt::format("--{}", one.option), options.text(one.option)});
  return words;
}

void post_to_codespeed(const CodespeedRequest& request, const MeasureResult& result) {
  const std::string url = endpoint(request.url);
  const char* const login = std::getenv(kLogin);
  const HttpReply reply = post_form(
      url, {{"json", exported(export_format("codespeed"), result, request.names).front().text}},
      request.timeout, login == nullptr ? "" : login);
  if (reply.status < 200 || reply.status > 299)
    throw Failure(
        fmt::format("{}: answered {}: {}", shown_url(url), reply.status, first_line(reply.body)));
}

}  // namespace pytune
