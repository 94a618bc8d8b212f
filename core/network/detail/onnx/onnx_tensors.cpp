#include "core/network/detail/onnx/onnx_tensors.h"

#include "core/base/text.h"
#include "core/network/detail/loading/unreadable.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

namespace scalescope {
namespace {

constexpr std::uint64_t most_times_external = 4; // tensors may share bytes

std::uint64_t number_in(const std::string& text, const std::string& name) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw damaged("the tensor " + name + " gives no number as its place in the file of weights");
  return number;
}

template <typename To, typename Repeated>
void copy_numbers(const Repeated& from, char* into) {
  auto* to = reinterpret_cast<To*>(into);
  for (const auto number : from)
    *to++ = static_cast<To>(number);
}

} // namespace

c10::ScalarType onnx_type(std::int64_t type, const std::string& what) {
  using onnx::TensorProto;
  switch (type) {
  case TensorProto::FLOAT:
    return at::kFloat;
  case TensorProto::DOUBLE:
    return at::kDouble;
  case TensorProto::FLOAT16:
    return at::kHalf;
  case TensorProto::BFLOAT16:
    return at::kBFloat16;
  case TensorProto::UINT8:
    return at::kByte;
  case TensorProto::INT8:
    return at::kChar;
  case TensorProto::INT16:
    return at::kShort;
  case TensorProto::INT32:
    return at::kInt;
  case TensorProto::INT64:
    return at::kLong;
  case TensorProto::BOOL:
    return at::kBool;
  default:
    throw Unreadable(fmt::format("has numbers of a type that is not read in {} (ONNX's type {})", what, type),
                     "export the network in float32");
  }
}

OnnxTensors::OnnxTensors(std::filesystem::path file) : folder_(std::filesystem::absolute(file).parent_path()) {
  std::error_code none;
  allowed_ = 2 * std::filesystem::file_size(file, none);
}

// The size of a file with weights, which lies beside the ONNX file and is no way out of the folder.
std::uint64_t OnnxTensors::size_of(const std::string& location, const std::string& name, std::filesystem::path& path) {
  namespace fs = std::filesystem;
  const fs::path given(location);
  const auto outside = [&] {
    return Unreadable(fmt::format("takes the tensor {} from '{}', which is not a file in the folder of the model", name,
                                  printable(location)),
                      "put the file of weights into that folder and export the model again");
  };
  if (location.empty() || location.find('\0') != std::string::npos || given.is_absolute() ||
      std::ranges::any_of(given, [](const fs::path& part) { return part == ".."; }))
    throw outside();
  std::error_code error;
  path = folder_ / given;
  if (!fs::exists(path, error))
    throw Unreadable("keeps weights in the file " + printable(location) + ", which is missing",
                     "put it into the folder of the model, under that name");
  const fs::path real = fs::canonical(path, error);
  const fs::path folder = fs::canonical(folder_, error);
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), real.begin(), real.end());
  if (error || end != folder.end() || !fs::is_regular_file(real, error))
    throw outside();
  const auto [known, is_new] = files_.try_emplace(real.string(), fs::file_size(real, error));
  if (is_new)
    allowed_ += most_times_external * known->second;
  return known->second;
}

void OnnxTensors::read_external(const onnx::TensorProto& tensor, const std::string& name, char* into,
                                std::uint64_t bytes) {
  std::string location;
  std::uint64_t offset = 0;
  for (const auto& entry : tensor.external_data())
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      offset = number_in(entry.value(), name);
    else if (entry.key() == "length" && number_in(entry.value(), name) != bytes)
      throw damaged("the tensor " + name + " has sizes for another number of bytes than it takes from its file");
  std::filesystem::path path;
  const std::uint64_t size = size_of(location, name, path);
  std::ifstream stream(path, std::ios::binary);
  if (offset > size || bytes > size - offset ||
      !stream.seekg(static_cast<std::streamoff>(offset)).read(into, static_cast<std::streamsize>(bytes)))
    throw Unreadable("keeps weights in the file " + printable(location) + ", which ends before the tensor " + name,
                     "copy or download both files again");
}

at::Tensor OnnxTensors::read(const onnx::TensorProto& tensor) {
  using onnx::TensorProto;
  const std::string name = fmt::format("'{}'", printable(tensor.name()));
  constexpr int most_dimensions = 16;
  if (tensor.dims_size() > most_dimensions)
    throw damaged("the tensor " + name + " has too many dimensions");
  const c10::ScalarType type = onnx_type(tensor.data_type(), "the tensor " + name);
  std::vector<std::int64_t> sizes(tensor.dims().begin(), tensor.dims().end());
  std::int64_t count = 1;
  for (const std::int64_t size : sizes)
    if (size < 0 || __builtin_mul_overflow(count, size, &count))
      throw damaged("the tensor " + name + " has impossible sizes");
  std::int64_t signed_bytes = 0;
  if (__builtin_mul_overflow(count, static_cast<std::int64_t>(c10::elementSize(type)), &signed_bytes))
    throw damaged("the tensor " + name + " has impossible sizes");
  const auto bytes = static_cast<std::uint64_t>(signed_bytes);
  const bool external = tensor.data_location() == TensorProto::EXTERNAL;
  const auto typed = static_cast<std::uint64_t>(tensor.float_data_size() + tensor.double_data_size() +
                                                tensor.int32_data_size() + tensor.int64_data_size());
  const bool raw = tensor.has_raw_data() && (!tensor.raw_data().empty() || typed == 0);
  if (!external && raw && tensor.raw_data().size() != bytes)
    throw damaged(fmt::format("the tensor {} has {} bytes, but sizes for {}", name, tensor.raw_data().size(), bytes));
  if (!external && !raw && typed != static_cast<std::uint64_t>(count))
    throw damaged(fmt::format("the tensor {} has {} numbers, but sizes for {}", name, typed, count));
  if (external) { // before memory is taken for it
    std::filesystem::path path;
    for (const auto& entry : tensor.external_data())
      if (entry.key() == "location")
        (void)size_of(entry.value(), name, path);
  }
  if (bytes > allowed_)
    throw damaged("its tensors need far more memory than the file has bytes");
  if (external || raw) // typed numbers take as much of the file
    allowed_ -= bytes;
  at::Tensor read = at::empty(sizes, type);
  auto* into = static_cast<char*>(read.data_ptr());
  if (count == 0)
    return read;
  if (external)
    read_external(tensor, name, into, bytes);
  else if (raw)
    std::memcpy(into, tensor.raw_data().data(), bytes);
  else if (type == at::kFloat && tensor.float_data_size() == count)
    copy_numbers<float>(tensor.float_data(), into);
  else if (type == at::kDouble && tensor.double_data_size() == count)
    copy_numbers<double>(tensor.double_data(), into);
  else if (type == at::kLong && tensor.int64_data_size() == count)
    copy_numbers<std::int64_t>(tensor.int64_data(), into);
  else if (type == at::kInt && tensor.int32_data_size() == count)
    copy_numbers<std::int32_t>(tensor.int32_data(), into);
  else if ((type == at::kHalf || type == at::kBFloat16 || type == at::kShort) && tensor.int32_data_size() == count)
    copy_numbers<std::uint16_t>(tensor.int32_data(), into); // the bits of floating-point numbers
  else if ((type == at::kByte || type == at::kChar || type == at::kBool) && tensor.int32_data_size() == count)
    copy_numbers<std::uint8_t>(tensor.int32_data(), into);
  else
    throw damaged("the tensor " + name + " has its numbers in the place of another type");
  if (type == at::kBool)
    for (std::int64_t i = 0; i < count; ++i)
      into[i] = static_cast<char>(into[i] != 0);
  return read;
}

} // namespace scalescope
