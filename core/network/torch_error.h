#pragma once
// Private to core/network.

#include <exception>
#include <string>

namespace scalescope {

/// Why something that LibTorch or OpenVINO was asked to do failed.
struct Failure {
  std::string cause;          ///< part of a sentence, in our words: theirs name files and macros of their own
  bool of_image_size = false; ///< images of another size may do
};

[[nodiscard]] Failure failure_of(const std::exception& e);

/// Failure::cause.
[[nodiscard]] std::string cause_of(const std::exception& e);

} // namespace scalescope
