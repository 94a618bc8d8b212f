#include "core/network/torch_error.h"

#include <c10/util/Exception.h>

namespace scalescope {

std::string cause_of(const std::exception& e) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&e);
  std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : e.what();
  // The interpreter puts "The following operation failed in the TorchScript interpreter. Traceback ..." before the
  // cause.
  if (const auto at = text.rfind("RuntimeError: "); at != std::string::npos)
    text = text.substr(at + 14);
  if (text.rfind("Exception from", 0) == 0) // OpenVINO says where first, and why in its last line
    while (text.find('\n') != std::string::npos && text.find_first_not_of(" \n", text.find('\n')) != std::string::npos)
      text = text.substr(text.find_first_not_of(" \n", text.find('\n')));
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && (text.back() == '.' || text.back() == ' '))
    text.pop_back();
  return text;
}

} // namespace scalescope
