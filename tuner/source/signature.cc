#include "source/signature.h"

#include <fmt/format.h>

#include <array>
#include <regex>

#include "input/text.h"
#include "source/download.h"
#include "source/tree.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kIdentities = "https://www.python.org/downloads/metadata/sigstore/";
constexpr std::uintmax_t kLargestBundle = std::uintmax_t{1} << 20;  // one takes 10 KiB

// As python.org names them; the second is what Sigstore recommends now.
constexpr std::array kEndings{".sigstore", ".sigstore.json"};

std::string shown_source(const SourceRequest& request) {
  return printable(without_password(request.text));
}

bool is_url(const std::string& text) { return text.find("://") != std::string::npos; }

std::string beside(const std::string& url, const char* ending) {
  const std::size_t end = url.find_first_of("?#");
  return url.substr(0, end) + ending + (end == std::string::npos ? "" : url.substr(end));
}

void take_named(ProcessRunner& runner, const std::string& bundle, const fs::path& into) {
  if (is_url(bundle)) return download(runner, bundle, into);
  std::error_code error;
  if (!fs::is_regular_file(bundle, error))
    throw UsageError(
        fmt::format("--sigstore: {}: no such file; check the path", printable(bundle)));
  fs::copy_file(bundle, into, error);
  if (error)
    throw Failure(fmt::format("{}: cannot copy it: {}", printable(bundle), error.message()));
}

// The URL of the one that is there.
std::string take_beside(ProcessRunner& runner, const SourceRequest& request, const fs::path& into) {
  std::string reason;
  for (const char* ending : kEndings) {
    const std::string url = beside(request.url, ending);
    try {
      download(runner, url, into);
      return printable(without_password(url));
    } catch (const Failure& failure) {
      if (reason.empty()) reason = failure.what();
    } catch (const UsageError& failure) {  // of a file:// URL
      if (reason.empty()) reason = failure.what();
    }
    std::error_code ignored;
    fs::remove(into, ignored);
  }
  throw Failure(fmt::format(
      "{}: has no Sigstore bundle beside it, neither {} nor {} ({}); name it with --sigstore, or "
      "give --sha256",
      shown_source(request), kEndings[0], kEndings[1], reason));
}

// "3.14.7" of "Python-3.14.7.tgz"; empty where the name is another.
std::string version_in_name(const SourceRequest& request) {
  static const std::regex form(R"(Python-(3\.\d+\.\d+(?:(?:a|b|rc)\d+)?)\.(?:tgz|tar\.\w+))");
  const std::string path = request.text.substr(0, request.text.find_first_of("?#"));
  const std::string name = path.substr(path.rfind('/') + 1);
  std::smatch match;
  return std::regex_match(name, match, form) ? match[1].str() : "";
}

}  // namespace

bool wants_signature(const SourceRequest& request) {
  return !request.bundle.empty() || request.signer ||
         (request.kind == SourceRequest::Kind::url && request.sha256.empty());
}

SigstoreTool require_sigstore(ProcessRunner& runner, const fs::path& cwd,
                              const std::string& shown) {
  if (auto tool = find_sigstore(runner, cwd)) return *std::move(tool);
  throw UsageError(
      fmt::format("{}: nothing here can check its Sigstore bundle; install a tool that does (pipx "
                  "install sigstore, or cosign), or give --sha256 with the file's SHA-256, as its "
                  "publisher states it",
                  shown));
}

Signature check_signature(ProcessRunner& runner, const SignatureCheck& check,
                          const fs::path& archive) {
  const SourceRequest& request = check.request;
  const std::string shown = shown_source(request);
  Signature signature;
  signature.bundle = archive.parent_path() / "bundle.sigstore";
  if (request.bundle.empty()) {
    signature.bundle_shown = take_beside(runner, request, signature.bundle);
  } else {
    take_named(runner, request.bundle, signature.bundle);
    signature.bundle_shown = printable(without_password(request.bundle));
  }
  if (fs::file_size(signature.bundle) > kLargestBundle)
    throw Failure(fmt::format("{}: larger than a Sigstore bundle is; give --sigstore another",
                              signature.bundle_shown));
  const PatchLevel level = require_cpython_in(archive, shown, "give a CPython release tarball");
  // A signature says who made a file and not what it was called: of an older release it is right.
  const std::string named = version_in_name(request);
  if (!named.empty() && named != level.version)
    throw Failure(fmt::format("{}: holds CPython {} and not {}; fetch it from elsewhere", shown,
                              level.version, named));
  const auto signer = request.signer ? request.signer : release_manager(level.minor_name());
  if (!signer)
    throw UsageError(
        fmt::format("{}: who signs CPython {} is not known here; give --signer IDENTITY,ISSUER as "
                    "{} has them, or --sha256",
                    shown, level.minor_name(), kIdentities));
  signature.signer = *signer;
  verify_signature(runner, check.tool, {archive, signature.bundle, shown, signature.bundle_shown},
                   signature.signer, check.offline);
  return signature;
}

}  // namespace pytune
