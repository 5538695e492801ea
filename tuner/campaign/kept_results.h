// Results that outlive the command that made them: in the store by id, or in files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "result/measure_result.h"
#include "result/merged_results.h"
#include "store/store.h"

namespace pytune {

// Gives the result its id, the hash of all it says of the interpreters, and keeps it. The same
// blocks looked at in the same way are the same result: `result` becomes the one that was kept.
void keep_measurement(Store& store, MeasureResult& result);

// The store is opened when the first word is no file.
class KeptResults {
 public:
  explicit KeptResults(std::filesystem::path store) : root_(std::move(store)) {}

  // A file (pytune's --json or pyperf's, also compressed by gzip), "-" for such a file on standard
  // input, or the id of a measurement or sweep in the store, or enough of its beginning. Throws
  // UsageError in one line: no such thing (with a suggestion), several of that beginning, a
  // directory, damaged, of another kind.
  NamedResult find(const std::string& word);

 private:
  const Store& store(const std::string& word);
  std::filesystem::path root_;
  std::optional<Store> store_;
  bool input_is_read_ = false;
};

}  // namespace pytune
