// What the user typed after --source, --sha256 and --mirror.
#include <fmt/format.h>

#include <algorithm>

#include "input/text.h"
#include "source/apt_sources.h"
#include "source/source.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kDebian = "debian:";

std::string known_debian() {
  std::string list;
  for (const std::string& minor : debian_minors()) {
    if (!list.empty()) list += ", ";
    list += std::string(kDebian) + minor;
  }
  return list;
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
  request.minor = request.text.substr(kDebian.size());
  if (!debian_suite(request.minor)) {
    throw UsageError(fmt::format("--source: no Debian package is known for \"{}\"; known: {}",
                                 printable(request.text), known_debian()));
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
  if (request.sha256.empty()) {
    throw UsageError(
        fmt::format("--source: {}: a URL needs --sha256 with the file's SHA-256, as "
                    "its publisher states it",
                    shown));
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
             debian_suite(after)) {
    throw UsageError(fmt::format("--source: \"{}\" is no file; did you mean {}{}?",
                                 printable(request.text), kDebian, after));
  } else {
    throw UsageError(
        fmt::format("--source: {}: no such file or directory; give {}, a tarball, a "
                    "source tree or a URL",
                    printable(request.text), known_debian()));
  }
}

}  // namespace

SourceRequest parse_source(const std::string& text, const std::string& sha256,
                           const std::string& mirror) {
  SourceRequest request;
  request.text = text;
  request.mirror = mirror;
  if (!sha256.empty()) request.sha256 = checked_sha256(sha256);
  if (text.empty()) {
    throw UsageError(
        fmt::format("--source: nothing given; give {}, a tarball, a source tree or a "
                    "URL",
                    known_debian()));
  }
  if (text.starts_with(kDebian)) {
    parse_debian(request);
    return request;
  }
  if (!mirror.empty()) {
    throw UsageError(fmt::format("--mirror: goes with --source {} only, not with {}",
                                 known_debian(), printable(without_password(text))));
  }
  const std::size_t scheme_end = text.find("://");
  if (scheme_end != std::string::npos) {
    parse_url(request, scheme_end);
  } else {
    parse_path(request);
  }
  return request;
}

}  // namespace pytune
