// The three ways pytune stops early. Each maps to one exit status in cli/.
#pragma once

#include <stdexcept>
#include <string>

namespace pytune {

// Something went wrong that the user did not type: exit status 1. The text is one line that says
// what is wrong, where, and what to do about it.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Bad input: a wrong flag, an invalid sweep definition, a file that is not what it should be. Exit
// status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// SIGINT or SIGTERM arrived and every child has been stopped: exit status 130.
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace pytune
