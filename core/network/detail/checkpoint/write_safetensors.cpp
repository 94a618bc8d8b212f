#include "core/network/detail/checkpoint/write_safetensors.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scalescope::checkpoint {

static const char* safetensors_type(const std::string& name, at::ScalarType type) {
  switch (type) {
  case at::kDouble:
    return "F64";
  case at::kFloat:
    return "F32";
  case at::kHalf:
    return "F16";
  case at::kBFloat16:
    return "BF16";
  case at::kLong:
    return "I64";
  case at::kInt:
    return "I32";
  case at::kShort:
    return "I16";
  case at::kChar:
    return "I8";
  case at::kByte:
    return "U8";
  case at::kBool:
    return "BOOL";
  default:
    throw Error(
        fmt::format("The tensor {} has the type {}, which .safetensors files don't support; write a .pth instead.",
                    name, c10::toString(type)));
  }
}

// The length of a JSON header in eight bytes, little end first; the header; the tensors.
// Source: https://huggingface.co/docs/safetensors
std::string write_safetensors(const StateDict& tensors) {
  nlohmann::ordered_json header{{"__metadata__", {{"format", "pt"}}}};
  std::size_t at = 0;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", safetensors_type(name, tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {at, at + tensor.nbytes()}}};
    at += tensor.nbytes();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' '); // tensors begin at a multiple of eight
  std::string file;
  for (int byte = 0; byte < 8; ++byte)
    file += static_cast<char>(text.size() >> (8 * byte) & 0xff);
  file += text;
  for (const auto& entry : tensors)
    file.append(static_cast<const char*>(entry.second.data_ptr()), entry.second.nbytes());
  return file;
}

} // namespace scalescope::checkpoint
