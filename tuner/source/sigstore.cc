#include "source/sigstore.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "input/text.h"
#include "sys/error.h"
#include "sys/user_variables.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGoogle = "https://accounts.google.com";
constexpr std::string_view kGitHub = "https://github.com/login/oauth";

struct ReleaseManager {
  std::string_view minor;
  std::string_view identity;
  std::string_view issuer;
};
// https://www.python.org/downloads/metadata/sigstore/; who it is stands in the release schedules,
// PEP 664, 693, 719, 745 and 790.
constexpr std::array kManagers{
    ReleaseManager{"3.11", "pablogsal@python.org", kGoogle},
    ReleaseManager{"3.12", "thomas@python.org", kGoogle},
    ReleaseManager{"3.13", "thomas@python.org", kGoogle},
    ReleaseManager{"3.14", "hugo@python.org", kGitHub},
    ReleaseManager{"3.15", "hugo@python.org", kGitHub},
};

Outcome run_in(ProcessRunner& runner, const fs::path& cwd, std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  command.cwd = cwd;
  command.environment = environment_for(Audience::tool);
  // sigstore folds its messages at the width of a terminal.
  (*command.environment)["COLUMNS"] = "1000";
  command.timeout = 5min;
  return runner.run(command);
}

std::vector<std::string> joined(std::vector<std::string> words,
                                const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::optional<SigstoreTool> sigstore_as(ProcessRunner& runner, const fs::path& cwd,
                                        const std::vector<std::string>& words) {
  const Outcome outcome = run_in(runner, cwd, joined(words, {"--version"}));
  if (!outcome.ok()) return std::nullopt;
  return SigstoreTool{words, last_line(outcome.output, 80)};
}

std::optional<SigstoreTool> cosign_as(ProcessRunner& runner, const fs::path& cwd,
                                      const std::string& program) {
  constexpr std::string_view kVersion = "GitVersion:";
  const Outcome outcome = run_in(runner, cwd, {program, "version"});
  if (!outcome.ok()) return std::nullopt;
  for (const std::string_view line : split_lines(outcome.output)) {
    if (!line.starts_with(kVersion)) continue;
    const std::string version = printable(trim(line.substr(kVersion.size())));
    return SigstoreTool{{program}, "cosign " + version, true, version.starts_with("v2.")};
  }
  return std::nullopt;
}

std::vector<std::string> verification(const SigstoreTool& tool, const SignedFile& file,
                                      const Signer& signer, bool offline) {
  const std::vector<std::string> who =
      tool.cosign ? std::vector<std::string>{"--certificate-identity", signer.identity,
                                             "--certificate-oidc-issuer", signer.issuer}
                  : std::vector<std::string>{"--cert-identity", signer.identity,
                                             "--cert-oidc-issuer", signer.issuer};
  std::vector<std::string> argv =
      joined(tool.words, tool.cosign ? std::vector<std::string>{"verify-blob"}
                                     : std::vector<std::string>{"verify", "identity"});
  argv = joined(argv, {"--bundle", file.bundle.string()});
  if (tool.names_format) argv.emplace_back("--new-bundle-format");
  argv = joined(argv, who);
  if (offline) argv.emplace_back("--offline");
  argv.push_back(file.file.string());
  return argv;
}

constexpr std::string_view kLevel = "ERROR";

// "[21:24:44] ERROR    Signature is invalid    errors.py:42" without what the logger adds.
std::string message_of(std::string_view line) {
  if (const std::size_t level = line.find(kLevel); level != std::string_view::npos)
    line.remove_prefix(level + kLevel.size());
  line = trim(line);
  if (const std::size_t place = line.rfind("  "); place != std::string_view::npos)
    if (line.find(".py:", place) != std::string_view::npos) line = trim(line.substr(0, place));
  return printable(line);
}

// What the tool says is wrong: what follows sigstore's "Additional context:" where it has that,
// else the last of its errors; cosign's last line.
std::string reason_of(const Outcome& outcome) {
  if (!outcome.started || outcome.timed_out || outcome.signal != 0) return outcome.describe();
  std::string error;
  std::string last;
  bool context = false;
  for (const std::string_view line : split_lines(outcome.output)) {
    const std::string message = message_of(line);
    if (message.empty()) continue;
    if (context) return message;
    context = message == "Additional context:";
    if (line.find(kLevel) != std::string_view::npos) error = message;
    last = message;
  }
  if (!error.empty()) return error;
  return last.empty() ? outcome.describe() : last;
}

struct Remedy {
  std::string_view said;
  std::string_view what;
};
// As sigstore 4.5 and cosign 2 and 3 say it.
constexpr std::array kRemedies{
    Remedy{"digest mismatch", "it is damaged, or the bundle is another file's; fetch both again"},
    Remedy{"invalid signature", "it is damaged, or the bundle is another file's; fetch both again"},
    Remedy{"SANs", "somebody else signed it; say who should have: --signer IDENTITY,ISSUER"},
    Remedy{"OIDCIssuer", "somebody else signed it; say who should have: --signer IDENTITY,ISSUER"},
    Remedy{"expected identities",
           "somebody else signed it; say who should have: --signer IDENTITY,ISSUER"},
    Remedy{"TUF", "the tool cannot fetch its trust root; see to the network, or give --sha256"},
    Remedy{"bundle", "give --sigstore the bundle that was published with it, or --sha256"},
};
constexpr std::string_view kOtherBundle = "give the bundle that was published with it, or --sha256";

std::string_view signature_remedy(const std::string& reason) {
  const auto* found = std::find_if(kRemedies.begin(), kRemedies.end(), [&](const Remedy& remedy) {
    return reason.find(remedy.said) != std::string::npos;
  });
  return found == kRemedies.end() ? kOtherBundle : found->what;
}

}  // namespace

std::optional<Signer> release_manager(const std::string& minor) {
  const auto* found =
      std::find_if(kManagers.begin(), kManagers.end(),
                   [&](const ReleaseManager& manager) { return manager.minor == minor; });
  if (found == kManagers.end()) return std::nullopt;
  return Signer{std::string(found->identity), std::string(found->issuer)};
}

Signer parse_signer(const std::string& typed) {
  const std::size_t comma = typed.find(',');
  Signer signer{std::string(trim(typed.substr(0, comma))),
                comma == std::string::npos ? "" : std::string(trim(typed.substr(comma + 1)))};
  if (!signer.identity.empty() && !signer.identity.starts_with('-') &&
      signer.issuer.starts_with("https://"))
    return signer;
  throw UsageError(
      fmt::format("--signer: \"{}\" is not IDENTITY,ISSUER; give both as python.org's page of "
                  "Sigstore identities has them, such as hugo@python.org,{}",
                  printable(typed), kGitHub));
}

std::optional<SigstoreTool> find_sigstore(ProcessRunner& runner, const fs::path& cwd) {
  const auto at = [](const char* name) -> std::string {
    const auto found = find_program(name);
    return found ? fs::absolute(*found).string() : "";
  };
  if (const std::string program = at("sigstore"); !program.empty())
    if (auto tool = sigstore_as(runner, cwd, {program})) return tool;
  if (const std::string python = at("python3"); !python.empty())
    if (auto tool = sigstore_as(runner, cwd, {python, "-m", "sigstore"})) return tool;
  if (const std::string program = at("cosign"); !program.empty())
    return cosign_as(runner, cwd, program);
  return std::nullopt;
}

void verify_signature(ProcessRunner& runner, const SigstoreTool& tool, const SignedFile& file,
                      const Signer& signer, bool offline) {
  const Outcome outcome =
      run_in(runner, file.file.parent_path(), verification(tool, file, signer, offline));
  if (outcome.ok()) return;
  const std::string reason = reason_of(outcome);
  throw Failure(fmt::format("{}: {} does not confirm by {} that {} signed it ({}); {}", file.shown,
                            tool.version, file.bundle_shown, signer.identity, reason,
                            signature_remedy(reason)));
}

}  // namespace pytune
