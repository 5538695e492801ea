#include "input/small_file.h"

#include <fmt/format.h>

#include <fstream>

#include "sys/error.h"

namespace pytune {

std::string read_small_file(const std::filesystem::path& path, std::uintmax_t most) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw UsageError(fmt::format("{}: no such file", path.string()));
  if (std::filesystem::is_directory(path, error))
    throw UsageError(fmt::format("{}: is a directory, not a file", path.string()));
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  std::string piece(1U << 16U, '\0');
  // A pipe, such as a shell's <(...), has no size to ask for.
  while (file && bytes.size() <= most) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes.append(piece, 0, static_cast<std::size_t>(file.gcount()));
  }
  if (bytes.size() > most)
    throw UsageError(fmt::format("{}: larger than any such file", path.string()));
  if (!file.eof()) throw Failure(fmt::format("{}: cannot be read", path.string()));
  return bytes;
}

}  // namespace pytune
