// Names of files are bytes; the texts of JSON are UTF-8. What a path or an argument holds goes into
// a document and comes out of it whole, by the one form that is here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pytune {

// Bytes that are not UTF-8, as Python writes such bytes: "b'/opt/caf\xe9'", where `\xe9` are four
// characters, which ast.literal_eval() reads. So is a text that reads like this form itself; any
// other is UTF-8 and stays as it is: nearly all.
std::string text_of_bytes(std::string_view bytes);
// Whether that is the text itself.
bool stands_for_itself(std::string_view bytes);

// What text_of_bytes() wrote. Any other text as it is.
std::string bytes_of_text(std::string text);

// Python writes a name that is not UTF-8 with lone surrogates ("\udce9", PEP 383), which no reader
// of JSON but its own takes. A document with such escapes, its strings that have them in the form
// above; any other as it is.
std::string without_lone_surrogates(std::string_view json);

}  // namespace pytune
