// Who signed a tarball, by its Sigstore bundle: the only signature of CPython 3.14 and later
// (PEP 761). The user's own tool checks it; nothing here does any cryptography.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sys/process.h"

namespace pytune {

// As in the certificate that the bundle holds.
struct Signer {
  std::string identity;  // "hugo@python.org"
  std::string issuer;    // who vouches for it: "https://github.com/login/oauth"
};

// Who signs the releases of "3.14"; nothing of versions that are not known here.
std::optional<Signer> release_manager(const std::string& minor);

// "IDENTITY,ISSUER" as typed after --signer. Throws UsageError.
Signer parse_signer(const std::string& typed);

// sigstore, python3 -m sigstore or cosign, whichever is found first.
struct SigstoreTool {
  std::vector<std::string> words;  // the program by its absolute path
  std::string version;             // "sigstore 4.5.1"
  bool cosign = false;
  bool names_format = false;  // cosign 2 must be told that the bundle is not one of its own
};

// Nothing where none of them can be run. They are started in `cwd`, where Python looks for modules.
std::optional<SigstoreTool> find_sigstore(ProcessRunner& runner, const std::filesystem::path& cwd);

struct SignedFile {
  std::filesystem::path file;
  std::filesystem::path bundle;  // a file in the same directory, where the tool is started
  std::string shown;             // in messages
  std::string bundle_shown;
};

// Throws Failure: the file is not what `signer` signed, or the tool cannot tell. `offline`: by the
// trust root that the tool came with or fetched before.
void verify_signature(ProcessRunner& runner, const SigstoreTool& tool, const SignedFile& file,
                      const Signer& signer, bool offline);

}  // namespace pytune
