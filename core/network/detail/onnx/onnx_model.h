#pragma once

#include "core/network/detail/onnx/onnx.pb.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace scalescope::to_onnx {

using AttributeValue = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>>;
using Attributes = std::vector<std::pair<const char*, AttributeValue>>;

/// ONNX's number for a type. @throws std::invalid_argument for complex and quantised numbers.
[[nodiscard]] int onnx_type(c10::ScalarType type);

/// A model that grows node by node. Values are called by their names in it.
class OnnxModel {
 public:
  explicit OnnxModel(const std::string& name);

  /// A node of a module with that many outputs. An input "" is left out. @return their names.
  std::vector<std::string> add(const std::string& operation, const std::string& module,
                               const std::vector<std::string>& inputs, const Attributes& attributes,
                               std::size_t outputs = 1);
  /// A tensor that is part of the file; the same tensor again is the same value. @param name what it is to be called
  [[nodiscard]] std::string tensor(const std::string& name, const at::Tensor& tensor);
  /// The model's input. @param sizes names and numbers of its dimensions
  void input(const std::string& name, const std::vector<std::variant<std::int64_t, std::string>>& sizes);
  /// A value becomes an output of that name. @param sizes "": not known
  void output(const std::string& value, const std::string& name, c10::ScalarType type,
              const std::vector<std::variant<std::int64_t, std::string>>& sizes);
  void metadata(const std::string& key, const std::string& value);
  /// The file, without nodes and tensors that lead to no output. @throws Error if it is too large.
  [[nodiscard]] std::string bytes();

 private:
  std::string free_name(const std::string& name);
  void remove_unused();

  onnx::ModelProto model_;
  std::set<std::string> names_;
  std::map<std::string, int> counts_; // how often a name was asked for
  std::vector<std::pair<at::Tensor, std::string>> tensors_;
  std::map<std::string, std::string> small_;   // tensors of few numbers, by their bytes
  std::map<std::string, std::string> outputs_; // what values were called before they became outputs
};

} // namespace scalescope::to_onnx
