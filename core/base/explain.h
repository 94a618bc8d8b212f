#pragma once

#include "core/base/error.h"

#include <new>
#include <string>

namespace scalescope {

/// The message for a person about an exception: the sentence of an Error. Other exceptions come from libraries; their
/// texts are about code and are not shown.
[[nodiscard]] inline std::string explain(const std::exception& e) {
  if (dynamic_cast<const Error*>(&e) != nullptr)
    return e.what();
  if (dynamic_cast<const std::bad_alloc*>(&e) != nullptr)
    return "Memory ran out; close other programs, or use a smaller batch, fewer layers or smaller images.";
  return "An error inside the program stopped this; please report what you did, and with which files.";
}

} // namespace scalescope
