// What a version's own ./configure can be asked for: by its text, so that versions of CPython that
// are not known yet are right, too.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "source/source.h"

namespace pytune {

// The text of the source's configure, of a megabyte: read again only where the file has changed.
// Empty where it is not there yet.
const std::string& configure_text(const Source& source);

// Why one of the words is none that the source's configure knows, or nothing: --with-X,
// --without-X, --enable-X and --disable-X count where its text has any of the pair, NAME=VALUE
// where it has the name. Nothing where the source is
// not there yet, or its configure lists no options.
std::optional<std::string> unknown_to_configure(const Source& source,
                                                const std::vector<std::string>& words);

}  // namespace pytune
