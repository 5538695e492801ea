// What a misspelt word was meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// The closest of `known` to `word` by edit distance, if close enough to be a misspelling.
std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& known);
// "; did you mean \"thin\"?" or "; one of: none, thin, full" or "".
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace pytune
