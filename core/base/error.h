#pragma once

#include <stdexcept>

namespace scalescope {

/// An error that a person can act on: one sentence with the file or option, the cause and what to do. Programs print it
/// and exit with 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by long work when its std::stop_token requests a stop. No half-written file is left.
class Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("cancelled") {}
};

} // namespace scalescope
