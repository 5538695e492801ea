// What the user typed after --source, --sha256 and --mirror.
#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "input/text.h"
#include "source/apt_sources.h"
#include "source/debian_releases.h"
#include "source/source.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kDebian = "debian:";

constexpr std::string_view kNewest = "newest";
constexpr const char* kDebianForms =
    "debian:3.13, debian:3.13.5, debian:trixie/3.13, debian:newest";

// "3.13" or "3.13.5", "3.15.0rc2": what CPython's releases are called.
bool is_minor_or_version(const std::string& text) {
  static const std::regex form(R"(3\.\d{1,2}(\.\d{1,2}((a|b|rc)\d{1,2})?)?)");
  return std::regex_match(text, form);
}

DebianWish wish_from(const std::string& text) {
  DebianWish wish;
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) wish.release = text.substr(0, slash);
  const std::string version = text.substr(slash == std::string::npos ? 0 : slash + 1);
  if (version == kNewest) return wish;
  const std::size_t second = version.find('.', version.find('.') + 1);
  wish.minor = version.substr(0, second);
  if (second != std::string::npos) wish.version = version;
  return wish;
}

std::string checked_sha256(const std::string& typed) {
  std::string hash(trim(typed));
  std::transform(hash.begin(), hash.end(), hash.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (is_sha256(hash)) return hash;
  throw UsageError(fmt::format("--sha256: \"{}\" is not a SHA-256; give its 64 hexadecimal digits",
                               printable(typed)));
}

void parse_debian(SourceRequest& request) {
  request.kind = SourceRequest::Kind::debian;
  const std::string asked = request.text.substr(kDebian.size());
  const std::size_t slash = asked.find('/');
  const std::string version = slash == std::string::npos ? asked : asked.substr(slash + 1);
  if (version != kNewest && !is_minor_or_version(version)) {
    throw UsageError(fmt::format("--source: \"{}\" names no version of CPython; give one of {}",
                                 printable(request.text), kDebianForms));
  }
  request.debian = wish_from(asked);
  request.debian.shown = request.text;
  if (slash != std::string::npos) {
    if (const std::string why = never_a_release(request.debian.release); !why.empty())
      throw UsageError(fmt::format("--source: \"{}\": {}", printable(request.text), why));
  }
  if (!request.mirror.empty() && !is_mirror_uri(request.mirror)) {
    throw UsageError(
        fmt::format("--mirror: \"{}\" is not a Debian mirror's address; give a URL as "
                    "in sources.list, up to the directory that holds dists/",
                    printable(without_password(request.mirror))));
  }
}

void parse_url(SourceRequest& request, std::size_t scheme_end) {
  request.kind = SourceRequest::Kind::url;
  request.url = request.text;
  const std::string shown = printable(without_password(request.url));
  const std::string scheme = request.url.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https" && scheme != "file") {
    throw UsageError(
        fmt::format("--source: {}: only http, https and file URLs can be fetched", shown));
  }
  const bool plain = std::all_of(request.url.begin(), request.url.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
  });
  if (!plain) {
    throw UsageError(fmt::format("--source: {}: a URL holds no spaces; write %20 for one", shown));
  }
}

void parse_path(SourceRequest& request) {
  request.path = request.text;
  std::error_code ignored;
  const fs::file_status status = fs::status(request.path, ignored);
  if (status.type() == fs::file_type::directory) {
    request.kind = SourceRequest::Kind::tree;
    if (!request.sha256.empty()) {
      throw UsageError(
          fmt::format("--sha256: {} is a directory, and only files have a SHA-256; drop "
                      "--sha256",
                      printable(request.text)));
    }
  } else if (status.type() == fs::file_type::regular) {
    request.kind = SourceRequest::Kind::archive;
  } else if (const std::string after = request.text.substr(request.text.rfind(':') + 1);
             is_minor_or_version(after)) {
    throw UsageError(fmt::format("--source: \"{}\" is no file; did you mean {}{}?",
                                 printable(request.text), kDebian, after));
  } else {
    throw UsageError(
        fmt::format("--source: {}: no such file or directory; give debian:3.13, a tarball, a "
                    "source tree or a URL",
                    printable(request.text)));
  }
}

// Only a file is signed by a bundle, and of a URL the one beside it can be meant.
void refuse_signature(const SourceRequest& request) {
  const bool file = request.kind == SourceRequest::Kind::archive;
  if (!request.bundle.empty() && !file) {
    throw UsageError(fmt::format("--sigstore: goes with a tarball or a URL, not with {}; drop it",
                                 printable(request.text)));
  }
  if (request.signer && request.bundle.empty()) {
    throw UsageError(
        file ? fmt::format("--signer: give --sigstore with the bundle of {} too",
                           printable(request.text))
             : fmt::format("--signer: goes with a tarball or a URL, not with {}; drop it",
                           printable(request.text)));
  }
}

}  // namespace

SourceRequest parse_source(const std::string& text, const std::string& sha256,
                           const std::string& mirror, const SignatureWords& signature) {
  SourceRequest request;
  request.text = text;
  request.mirror = mirror;
  if (!sha256.empty()) request.sha256 = checked_sha256(sha256);
  request.bundle = signature.bundle;
  if (!signature.signer.empty()) request.signer = parse_signer(signature.signer);
  if (text.empty()) {
    throw UsageError(
        "--source: nothing given; give debian:3.13, a tarball, a source tree or a URL");
  }
  if (text.starts_with(kDebian)) {
    parse_debian(request);
    refuse_signature(request);
    return request;
  }
  if (!mirror.empty()) {
    throw UsageError(fmt::format("--mirror: goes with --source debian:VERSION only, not with {}",
                                 printable(without_password(text))));
  }
  const std::size_t scheme_end = text.find("://");
  if (scheme_end != std::string::npos) {
    parse_url(request, scheme_end);
  } else {
    parse_path(request);
    refuse_signature(request);
  }
  return request;
}

}  // namespace pytune
