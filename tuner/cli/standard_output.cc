#include "cli/standard_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "sys/error.h"
#include "sys/system_reason.h"

namespace pytune {

StandardOutput::StandardOutput() : before_(std::cout.rdbuf(this)) {
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

StandardOutput::~StandardOutput() {
  std::cout.flush();
  std::cout.rdbuf(before_);
}

void StandardOutput::require_printed() {
  std::cout.flush();
  if (error_ != 0)
    throw Failure(fmt::format("standard output: cannot be written to: {}", system_reason(error_)));
}

int StandardOutput::overflow(int character) {
  if (sync() != 0) return traits_type::eof();
  if (traits_type::eq_int_type(character, traits_type::eof())) return 0;
  return sputc(traits_type::to_char_type(character));
}

int StandardOutput::sync() {
  const char* from = pbase();
  while (error_ == 0 && from < pptr()) {
    const ssize_t n = write(STDOUT_FILENO, from, static_cast<std::size_t>(pptr() - from));
    if (n >= 0)
      from += n;
    else if (errno != EINTR)
      error_ = errno;
  }
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  return error_ == 0 ? 0 : -1;
}

}  // namespace pytune
