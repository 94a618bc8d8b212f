#include "core/network/torch_error.h"

#include <c10/util/Exception.h>

#include <algorithm>

namespace scalescope {
namespace {

// OpenVINO's frontend first says where it failed, then in many lines why: which operation it could not convert, or
// what is wrong with the graph. "" where it is not the frontend that speaks.
std::string frontend_cause(const std::string& text) {
  const auto rest_of_line = [&](std::size_t at) { return text.substr(at, text.find('\n', at) - at); };
  if (text.find("FrontEnd API failed with") == std::string::npos)
    return {};
  for (const std::string line : {"Conversion is failed for: ", "No conversion rule found for operations: "})
    if (const auto at = text.find(line); at != std::string::npos)
      return "it can't convert " + rest_of_line(at + line.size());
  if (const auto at = text.find("\n-- "); at != std::string::npos) {
    std::string first = rest_of_line(at + 4); // "prim::ListUnpack with a message:"
    if (const auto end = first.find(" with a message"); end != std::string::npos)
      return "it can't convert " + first.substr(0, end);
    return first.find(" failed at ") == std::string::npos ? first : "it can't put the converted network in order";
  }
  const auto at = text.find('\n', text.find("FrontEnd API failed with"));
  return at == std::string::npos ? std::string() : rest_of_line(at + 1);
}

} // namespace

std::string cause_of(const std::exception& e) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&e);
  std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : e.what();
  // The interpreter puts "The following operation failed in the TorchScript interpreter. Traceback ..." before the
  // cause.
  if (const auto at = text.rfind("RuntimeError: "); at != std::string::npos)
    text = text.substr(at + 14);
  if (const std::string cause = frontend_cause(text); !cause.empty())
    text = cause;
  if (text.rfind("Exception from", 0) == 0) // OpenVINO says where first, and why in its last line
    while (text.find('\n') != std::string::npos && text.find_first_not_of(" \n", text.find('\n')) != std::string::npos)
      text = text.substr(text.find_first_not_of(" \n", text.find('\n')));
  text.erase(0, std::min(text.find_first_not_of(" \n"), text.size()));
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && (text.back() == '.' || text.back() == ' '))
    text.pop_back();
  return text;
}

} // namespace scalescope
