#include "input/small_file.h"

#include <fmt/format.h>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {

std::string read_small_file(const std::filesystem::path& path, std::uintmax_t most) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw UsageError(fmt::format("{}: no such file", path.string()));
  if (std::filesystem::file_size(path, error) > most)
    throw UsageError(fmt::format("{}: larger than any such file", path.string()));
  return read_file(path);
}

}  // namespace pytune
