#include "source/download.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "input/text.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

std::vector<std::string> curl_command(const std::string& url, const fs::path& into) {
  // The protocol lists hold for redirections too: without them a server could send curl to file://
  // or scp://.
  // Without the user's ~/.curlrc, which may switch off what is asked for here.
  return {"curl",
          "--disable",
          "--fail",
          "--silent",
          "--show-error",
          "--location",
          "--globoff",
          "--proto",
          "=http,https",
          "--proto-redir",
          "=http,https",
          "--max-redirs",
          "10",
          "--max-filesize",
          std::to_string(kLargestArchive),
          "--connect-timeout",
          "30",
          "--retry",
          "2",
          "--output",
          into.string(),
          "--url",
          url};
}

std::vector<std::string> wget_command(const std::string& url, const fs::path& into) {
  // wget has no limit of its own for one file.
  std::vector<std::string> argv;
  if (find_program("prlimit") && find_program("wget"))
    argv = {"prlimit", fmt::format("--fsize={}", kLargestArchive + 1), "--"};
  argv.insert(argv.end(),
              {"wget", "--no-config", "--no-netrc", "--no-verbose", "--tries=3", "--timeout=30",
               "--max-redirect=10", "--output-document=" + into.string(), "--", url});
  return argv;
}

// What the tool said last, where it says anything: "curl: (6) Could not resolve host: x".
std::string reason(const Outcome& outcome) {
  std::string_view last;
  for (const std::string_view line : split_lines(outcome.output)) {
    if (!trim(line).empty()) last = trim(line);
  }
  return last.empty() || outcome.timed_out ? outcome.describe() : printable(last);
}

// file:///a%20b or file://localhost/a%20b (RFC 8089).
fs::path local_path(const std::string& url) {
  std::string_view rest = std::string_view(url).substr(std::string_view("file://").size());
  if (rest.starts_with("localhost/")) rest.remove_prefix(9);
  if (!rest.starts_with('/')) {
    throw UsageError(fmt::format("{}: names another host; write file:///path", printable(url)));
  }
  std::string path;
  while (!rest.empty()) {
    unsigned value = 0;
    const char* const hex = rest.data() + 1;
    if (rest.front() == '%' && rest.size() >= 3 &&
        std::from_chars(hex, hex + 2, value, 16).ptr == hex + 2 && value != 0) {
      path += static_cast<char>(value);
      rest.remove_prefix(3);
    } else {
      path += rest.front();
      rest.remove_prefix(1);
    }
  }
  return path;
}

void copy_local(const std::string& url, const fs::path& into) {
  std::error_code error;
  const fs::path from = local_path(url);
  if (!fs::is_regular_file(from, error)) {
    throw UsageError(fmt::format("{}: no such file; check the path", printable(url)));
  }
  fs::copy_file(from, into, error);
  if (error) throw Failure(fmt::format("{}: cannot copy it: {}", printable(url), error.message()));
}

}  // namespace

void download(ProcessRunner& runner, const std::string& url, const fs::path& into) {
  const std::string shown = printable(without_password(url));
  if (url.starts_with("file://")) {
    copy_local(url, into);
  } else {
    Command command;
    command.argv = curl_command(url, into);
    command.timeout = 30min;
    Outcome outcome = runner.run(command);
    if (!outcome.started) {
      command.argv = wget_command(url, into);
      outcome = runner.run(command);
    }
    if (!outcome.started) {
      throw Failure(
          fmt::format("{}: neither curl nor wget can be run; install one, or download the "
                      "file elsewhere and give its path to --source",
                      shown));
    }
    if (!outcome.ok()) {
      throw Failure(
          fmt::format("{}: download failed ({}); check the URL and the network, or give "
                      "--source a local file",
                      shown, reason(outcome)));
    }
  }
  std::error_code error;
  const std::uintmax_t size = fs::file_size(into, error);
  if (error) throw Failure(fmt::format("{}: download left no file; check the URL", shown));
  // curl before 8.4 and wget cannot stop by themselves when the server does not announce the size.
  if (size > kLargestArchive) {
    throw Failure(
        fmt::format("{}: larger than {} MiB; is it really CPython?", shown, kLargestArchive >> 20));
  }
}

}  // namespace pytune
