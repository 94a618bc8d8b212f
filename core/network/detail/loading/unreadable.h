#pragma once

#include <stdexcept>
#include <string>

namespace scalescope {

/// Why a checkpoint can't be read, and what to do about it. The readers don't know the file's name: read_state_dict()
/// puts it before this text and throws Error.
class Unreadable : public std::runtime_error {
 public:
  Unreadable(const std::string& cause, const std::string& remedy) : std::runtime_error(cause + "; " + remedy) {}
};

[[nodiscard]] inline Unreadable damaged(const std::string& how) {
  return {"is damaged or incomplete (" + how + ")", "copy or download it again"};
}

} // namespace scalescope
