// Whether two interpreters of one release are the same one: what profiles/identity/probe.py says of
// each.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace pytune {

// Facts by their path: "hash.algorithm" is "\"siphash13\"" (JSON), "os.fork" is "there".
using Identity = std::map<std::string, std::string>;

// The probe's output. Throws Failure: `shown` (the interpreter), what is wrong with it.
Identity parse_identity(const std::string& text, const std::string& shown);

struct IdentityDifference {
  std::string fact;
  std::string ours;  // "missing" where there is none
  std::string theirs;
  std::string why;  // it is expected; empty: it is a fault of our build
};

// What differs, faults first. `theirs` is a distributor's build for the same architecture under the
// same emulator.
std::vector<IdentityDifference> compare_identities(const Identity& ours, const Identity& theirs);

// "hash.algorithm is \"fnv\" and not \"siphash13\"": the faults among them, one line each.
std::vector<std::string> identity_faults(const std::vector<IdentityDifference>& differences);

}  // namespace pytune
