#include "core/network/detail/engines/torch_error.h"

#include "core/base/text.h"

#include <c10/util/Exception.h>
#include <torch/csrc/jit/runtime/jit_exception.h>

#include <regex>
#include <vector>

namespace scalescope {
namespace {

// The cause in a message of OpenVINO's frontend, which first says where it failed and then gives the reason in many
// lines: an operation that it can't convert, or an error in the graph. "" if the message is not from the frontend.
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
    return first.find(" failed at ") == std::string::npos ? first
                                                          : "it can't sort the operations of the converted network";
  }
  const auto at = text.find('\n', text.find("FrontEnd API failed with"));
  return at == std::string::npos ? std::string() : rest_of_line(at + 1);
}

struct Known {
  std::regex pattern;
  std::string cause;
  bool of_image_size = false;
  bool of_channels = false;
};

// LibTorch's messages about common errors of networks, and their meaning.
const std::vector<Known>& known_failures() {
  static const std::vector<Known> all = {
      {std::regex("Unknown builtin op: ([a-z_:A-Z0-9]+)"),
       "it uses the operation %1, which this version of LibTorch does not know"},
      {std::regex("expected input.* to have ([0-9]+) channels?, but got ([0-9]+) channels?"),
       "a convolution takes %1 channel(s) and gets %2", false, true},
      {std::regex("mat1 and mat2 shapes cannot be multiplied \\(([0-9x]+) and ([0-9x]+)\\)"),
       "a linear layer can't multiply %1 by %2 numbers", true},
      {std::regex(
           "shape '.*' is invalid for input of size|[Vv]iew size is not compatible|The expanded size of the tensor|"
           "The size of tensor a .* must match|Sizes of tensors must match|size mismatch|"
           "split_with_sizes expects|must match the size of|shapes? .* (do not|don't) match|normalized_shape"),
       "the sizes of two of its tensors do not fit each other", true},
      {std::regex("[Kk]ernel size can't be greater|[Oo]utput size is too small|non-positive|negative dimension|"
                  "Padding size should be less"),
       "one of its feature maps is smaller than the next layer's kernel", true},
      {std::regex("expected (m1 and m2|scalar type|.* to have the same dtype)|Input type .* and weight type|"
                  "must have the same dtype|should be the same"),
       "its weights are of another type than float32"},
      {std::regex("Expected [0-9A-Za-z ]*\\(?unbatched\\)? or [0-9A-Za-z ]*\\(?batched|Expected .*D .*input|"
                  "Dimension out of range|dimension specified as"),
       "one of its layers gets a tensor with the wrong number of dimensions"},
      {std::regex("Could not run '([a-z_:A-Z0-9.]+)'"), "LibTorch can't run %1 here"},
      {std::regex("PytorchStreamReader|Unpickler|unpickl|central directory"), "its archive is damaged"},
      {std::regex("Unknown type name|was not found|Expected a|expected .* but found|syntax"),
       "its code can't be understood"},
  };
  return all;
}

} // namespace

Failure failure_of(const std::exception& e, const char* library) {
  if (const auto* own = dynamic_cast<const Cause*>(&e))
    return {own->what(), false};
  if (const auto* raised = dynamic_cast<const torch::jit::JITException*>(&e))
    return {"it stops with the message '" + for_terminal(raised->getOriginalMsg().value_or(e.what())) + "'", true};
  const auto* torch_error = dynamic_cast<const c10::Error*>(&e);
  std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : e.what();
  // The interpreter puts "The following operation failed in the TorchScript interpreter. Traceback ..." before the
  // cause.
  if (const auto at = text.rfind("RuntimeError: "); at != std::string::npos)
    text = text.substr(at + 14);
  if (std::string cause = frontend_cause(text); !cause.empty())
    return {for_terminal(cause), false};
  for (const Known& known : known_failures()) {
    std::smatch found;
    if (!std::regex_search(text, found, known.pattern))
      continue;
    std::string cause = known.cause; // %1, %2: what the pattern's groups hold
    for (std::size_t group = 1; group < found.size(); ++group)
      if (const auto at = cause.find("%" + std::to_string(group)); at != std::string::npos)
        cause.replace(at, 2, for_terminal(found[static_cast<long>(group)].str()));
    return {cause, known.of_image_size, known.of_channels};
  }
  if (text.find("src/inference/") != std::string::npos || text.starts_with("Exception from"))
    library = "OpenVINO";
  return {std::string("an operation fails inside ") + library, true};
}

std::string cause_of(const std::exception& e, const char* library) { return failure_of(e, library).cause; }

} // namespace scalescope
