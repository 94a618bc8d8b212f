#pragma once

#include <stdexcept>
#include <string>

namespace scalescope {

/// Thrown by our code that LibTorch or OpenVINO calls: a cause for the user.
class Cause : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Why a call of LibTorch or OpenVINO failed.
struct Failure {
  std::string cause;          ///< part of a sentence for the user; the libraries' texts name their own files and macros
  bool of_image_size = false; ///< images of another size may work
  bool of_channels = false;   ///< a convolution gets another number of channels than it takes
};

/// @param library the called library, for unknown causes.
[[nodiscard]] Failure failure_of(const std::exception& e, const char* library = "LibTorch");

/// Failure::cause.
[[nodiscard]] std::string cause_of(const std::exception& e, const char* library = "LibTorch");

} // namespace scalescope
