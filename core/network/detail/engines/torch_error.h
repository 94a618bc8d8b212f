#pragma once

#include <stdexcept>
#include <string>

namespace scalescope {

/// Thrown by code of ours that LibTorch or OpenVINO calls: a cause in our words.
class Cause : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Why something that LibTorch or OpenVINO was asked to do failed.
struct Failure {
  std::string cause;          ///< part of a sentence, in our words: theirs name files and macros of their own
  bool of_image_size = false; ///< images of another size may do
};

/// @param library that was asked, for causes that are not known.
[[nodiscard]] Failure failure_of(const std::exception& e, const char* library = "LibTorch");

/// Failure::cause.
[[nodiscard]] std::string cause_of(const std::exception& e, const char* library = "LibTorch");

} // namespace scalescope
