// What is printed on standard output, and whether it arrived.
#pragma once

#include <array>
#include <iostream>
#include <streambuf>

namespace pytune {

// Stands behind std::cout as long as it lives. stdio's buffer forgets why something could not be
// written.
class StandardOutput : public std::streambuf {
 public:
  StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;
  ~StandardOutput() override;

  // Throws Failure with the reason when not all of it could be written: a full disk, a reader that
  // has gone. What was to be printed may be all that was asked for.
  void require_printed();

 protected:
  int overflow(int character) override;
  int sync() override;

 private:
  std::array<char, 8192> buffer_{};
  std::streambuf* before_;
  int error_ = 0;  // errno
};

}  // namespace pytune
