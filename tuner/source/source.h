// Getting CPython: one release as a verified tarball and its unpacked tree, in the store, by
// content.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "source/debian.h"
#include "source/sigstore.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

// What the user asked for, after parsing.
struct SourceRequest {
  enum class Kind { debian, archive, tree, url } kind = Kind::debian;
  std::string text;   // as typed: "debian:3.13", "Python-3.13.5.tar.xz", "./cpython", "https://..."
  DebianWish debian;  // debian
  std::filesystem::path path;  // archive, tree
  std::string url;
  std::string sha256;  // --sha256, of the file; empty: not said
  std::string bundle;  // --sigstore: path or URL of the bundle that signs it; empty: not said
  std::optional<Signer> signer;  // --signer; otherwise the release manager of its version
  std::string mirror;  // --mirror; empty: the mirrors in the machine's own apt configuration
};

// "debian:3.13", "debian:3.13.5", "debian:trixie/3.13", "debian:newest", a path to an archive or a
// directory, or a URL. Throws UsageError (one line: what, where, what to do).
// A URL is checked by one of its SHA-256 and its signature, or by both.
struct SignatureWords {
  std::string bundle;  // --sigstore
  std::string signer;  // --signer
};
SourceRequest parse_source(const std::string& text, const std::string& sha256,
                           const std::string& mirror, const SignatureWords& signature = {});

struct Source {
  std::string id;       // store key of the tree
  std::string version;  // "3.13.5", from Include/patchlevel.h
  std::string minor;    // "3.13"
  std::string
      origin;  // for people: "Debian python3.13 3.13.5-2+deb13u5 (trixie), upstream tarball"
  std::string archive_name;       // "python3.13_3.13.5.orig.tar.xz"; empty for a tree
  std::string archive_sha256;     // empty for a tree
  std::string tree_sha256;        // over relative names, modes and contents
  std::filesystem::path archive;  // the tarball in the store; empty for a tree
  std::filesystem::path tree;     // unpacked and unpatched; never written to
};

// Fetches (unless the store has it), verifies, unpacks. `offline` refuses the network. A source
// once fetched is found again without any network: debian:3.13 resolves to the newest one already
// in the store unless `refresh` is set.
Source provide_source(Store& store, ProcessRunner& runner, const SourceRequest& request,
                      bool offline, bool refresh);

// The same source as a plan needs it, with nothing written: `tree` is the given directory, or empty
// of a tarball that the store does not have yet. Nothing when it must be fetched first. Throws as
// provide_source() does for what cannot be a source.
std::optional<Source> foresee_source(Store& store, const SourceRequest& request);

}  // namespace pytune
