#pragma once

#include "core/network/detail/loading/module_graph.h"
#include "core/network/detail/onnx/onnx.pb.h"

#include <torch/script.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scalescope {

/// A value of an ONNX graph. Whole numbers that describe shapes are kept as numbers of TorchScript, one for each
/// element, as ATen's operations want them; all else is a tensor.
struct OnnxValue {
  torch::jit::Value* tensor = nullptr; ///< null: not made so far
  at::Tensor constant;                 ///< what it is, where the file says so
  std::string initializer;             ///< its name in the file, if it is one that may become a parameter
  bool of_node = false;                ///< the file has it as an operation: a parameter only where others are, too
  bool is_numbers = false;
  std::vector<torch::jit::Value*> numbers; ///< of int, float or bool; dims has none or one entry
  std::vector<std::int64_t> dims;          ///< -1: not known before it runs
  c10::ScalarType type = at::kFloat;
  bool of_images = false; ///< depends on what the images show, not only on their size

  [[nodiscard]] std::int64_t rank() const { return static_cast<std::int64_t>(dims.size()); }
};

/// Parameters of the module: each tensor of the file is registered when the first operation uses it, because its name
/// may depend on the operation.
class OnnxParameters {
 public:
  OnnxParameters(ModuleGraph& built, bool named_by_python) : built_(built), named_by_python_(named_by_python) {}
  /// @param tensor as the operation wants it, which may be the file's tensor transposed (then `form` tells)
  torch::jit::Value* get(const OnnxValue& value, const at::Tensor& tensor, const std::string& form,
                         const std::string& module, const std::string& role, bool is_buffer = false);

 private:
  ModuleGraph& built_;
  bool named_by_python_;
  std::map<std::string, torch::jit::Value*> known_; // by the file's name and form
};

/// One node of an ONNX graph while it is translated: its inputs and attributes, and what makes ATen operations of it.
class OnnxOperation {
 public:
  OnnxOperation(const onnx::NodeProto& node, std::int64_t version, std::vector<const OnnxValue*> inputs,
                std::string layer, ModuleGraph& built, OnnxParameters& parameters,
                std::function<at::Tensor(const onnx::TensorProto&)> read_tensor);

  const onnx::NodeProto& node;
  const std::int64_t version; ///< of ONNX's operators
  const std::string layer;    ///< name of the module around it

  // Inputs. Those that are left out at the end, or have no name, are missing.
  [[nodiscard]] std::size_t input_count() const { return inputs_.size(); }
  [[nodiscard]] bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i] != nullptr; }
  /// @throws Unreadable if it is missing.
  [[nodiscard]] const OnnxValue& in(std::size_t i) const;
  /// As a tensor. @param role of a tensor of the file, which becomes a parameter: "weight", "bias"
  torch::jit::Value* tensor(std::size_t i, const std::string& role = "constant", bool is_buffer = false);
  /// A tensor of the file in another form, as a parameter.
  torch::jit::Value* parameter(std::size_t i, const at::Tensor& changed, const std::string& role);
  /// Whether its elements are numbers of TorchScript, or can be.
  [[nodiscard]] bool can_be_numbers(std::size_t i) const;
  [[nodiscard]] std::vector<torch::jit::Value*> numbers(std::size_t i);
  /// Its whole numbers where they are known now.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> known(std::size_t i) const;
  /// @throws Unreadable if they are not known. @param what for the message: "axes"
  [[nodiscard]] std::vector<std::int64_t> ints(std::size_t i, const std::string& what) const;
  /// The one number of an input, where it is known now.
  [[nodiscard]] std::optional<double> known_number(std::size_t i) const;

  // Attributes.
  [[nodiscard]] bool has(const std::string& attribute) const { return find(attribute) != nullptr; }
  [[nodiscard]] std::int64_t get(const std::string& attribute, std::int64_t otherwise) const;
  [[nodiscard]] double get(const std::string& attribute, double otherwise) const;
  [[nodiscard]] std::string get(const std::string& attribute, const std::string& otherwise) const;
  [[nodiscard]] std::vector<std::int64_t> list(const std::string& attribute,
                                               const std::vector<std::int64_t>& otherwise) const;
  [[nodiscard]] std::vector<double> floats(const std::string& attribute) const;
  [[nodiscard]] at::Tensor tensor_attribute(const std::string& attribute) const;
  /// Axes as an attribute (before `since`) or as an input; no value where there are none.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> axes(std::int64_t since, std::size_t input) const;
  /// @throws Unreadable if the node has an attribute that nothing has asked for: it may change the result.
  void check_attributes() const;
  /// An axis from 0. @throws Unreadable if there is none of that number.
  [[nodiscard]] std::int64_t axis(std::int64_t given, std::int64_t rank) const;

  // ATen.
  /// Inserts an operation by its name without "aten::". @throws Unreadable if LibTorch has none for these arguments.
  torch::jit::Value* op(const char* name, const std::vector<torch::jit::NamedValue>& arguments,
                        const std::vector<torch::jit::NamedValue>& named = {});
  torch::jit::Value* constant(const c10::IValue& value);
  torch::jit::Value* none() { return constant(c10::IValue()); }
  /// A list of whole numbers or tensors.
  torch::jit::Value* list_of(const std::vector<torch::jit::Value*>& elements, bool tensors = false);
  /// The length of an input's dimension, as a number.
  torch::jit::Value* size(std::size_t i, std::int64_t dimension);
  /// A calculation with numbers, done now where they are known: "add", "sub", "mul", "floordiv", ...
  torch::jit::Value* calculate(const std::string& name, torch::jit::Value* a, torch::jit::Value* b = nullptr);

  // Results.
  void give(torch::jit::Value* tensor, std::vector<std::int64_t> dims, c10::ScalarType type);
  /// Of the same size and type as its first input.
  void give_like(torch::jit::Value* tensor);
  void give_numbers(std::vector<torch::jit::Value*> numbers, bool is_list, c10::ScalarType type);
  void give(OnnxValue value) { results.push_back(std::move(value)); }
  std::vector<OnnxValue> results;

  /// @param what "has the attribute x", for the message. @throws Unreadable always.
  [[noreturn]] void refuse(const std::string& what) const;
  [[nodiscard]] torch::jit::Graph& graph() { return built_.graph(); }

 private:
  [[nodiscard]] const onnx::AttributeProto* find(const std::string& attribute) const;
  mutable std::set<std::string> asked_; // attributes
  std::vector<const OnnxValue*> inputs_;
  ModuleGraph& built_;
  OnnxParameters& parameters_;
  std::function<at::Tensor(const onnx::TensorProto&)> read_tensor_;
};

using OnnxTranslation = void (*)(OnnxOperation&);

/// Layers: convolutions, pooling, normalisation, activations, matrix products, arithmetic.
[[nodiscard]] const std::map<std::string, OnnxTranslation>& onnx_layers();
/// What changes shapes, and what calculates with them.
[[nodiscard]] const std::map<std::string, OnnxTranslation>& onnx_shapes();
/// Rounding to 8 bits and back.
[[nodiscard]] const std::map<std::string, OnnxTranslation>& onnx_quantisation();
/// A calculation of numbers of shapes, with one or two operands. @return false if it is none.
[[nodiscard]] bool calculate_numbers(OnnxOperation& op);

/// The sizes that two tensors have together (broadcasting).
[[nodiscard]] std::vector<std::int64_t> broadcast(const std::vector<std::int64_t>& a,
                                                  const std::vector<std::int64_t>& b);
/// The whole number that a value is, where it is known.
[[nodiscard]] std::optional<std::int64_t> known_int(const torch::jit::Value* number);

} // namespace scalescope
