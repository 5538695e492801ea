// Files that may be compressed by gzip.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pytune {

// `bytes`, or what they unpack to where they begin as gzip's do. Of what was made to fill memory,
// no more than a little comes out: throws UsageError above `most` bytes, and above 16 MiB that are
// more than 100 times as large as the file (JSON of benchmarks shrinks to a tenth or so). Also for
// damaged files. Messages begin with `shown`.
std::string gunzipped(std::string bytes, const std::string& shown, std::size_t most);

}  // namespace pytune
