// The Sigstore bundle of a tarball that was asked for: found, checked, and told what to record.
#pragma once

#include <filesystem>
#include <string>

#include "source/sigstore.h"
#include "source/source.h"
#include "sys/process.h"

namespace pytune {

// Whether the request wants its signature checked: where a bundle or a signer is named, and for a
// URL whose SHA-256 is not said.
bool wants_signature(const SourceRequest& request);

// Throws UsageError, which says what to install or what to give instead.
SigstoreTool require_sigstore(ProcessRunner& runner, const std::filesystem::path& cwd,
                              const std::string& shown);

struct SignatureCheck {
  SourceRequest request;
  SigstoreTool tool;
  bool offline = false;
};

struct Signature {
  Signer signer;
  std::filesystem::path bundle;  // beside the archive
  std::string bundle_shown;      // where it is from
};

// Of the unverified `archive`, in a staging directory of ours that gets the bundle, too. Throws
// UsageError and Failure: no bundle, nobody known to sign this version, another version than the
// name says, or what verify_signature() throws.
Signature check_signature(ProcessRunner& runner, const SignatureCheck& check,
                          const std::filesystem::path& archive);

}  // namespace pytune
