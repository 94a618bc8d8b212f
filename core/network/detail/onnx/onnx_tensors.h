#pragma once

#include "core/network/detail/onnx/onnx.pb.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace scalescope {

/// Reads the tensors of an ONNX file, each checked before memory is taken for it.
class OnnxTensors {
 public:
  /// @param file the ONNX file, in whose folder other files with weights may lie
  explicit OnnxTensors(std::filesystem::path file);

  /// A copy. @throws Unreadable if sizes and data contradict each other, if the type is not read, or if the data lie in
  /// a file that is missing, too short, or outside of the ONNX file's folder.
  [[nodiscard]] at::Tensor read(const onnx::TensorProto& tensor);

 private:
  void read_external(const onnx::TensorProto& tensor, const std::string& name, char* into, std::uint64_t bytes);
  [[nodiscard]] std::uint64_t size_of(const std::string& location, const std::string& name,
                                      std::filesystem::path& path);

  std::filesystem::path folder_;
  std::map<std::string, std::uint64_t> files_; ///< with weights, and their sizes
  std::uint64_t allowed_;                      ///< bytes that all tensors together may still take
};

/// LibTorch's type of an ONNX type. @throws Unreadable if networks here can't hold it.
/// @param what holds the numbers, for the message: "the tensor 'a'"
[[nodiscard]] c10::ScalarType onnx_type(std::int64_t type, const std::string& what);

} // namespace scalescope
