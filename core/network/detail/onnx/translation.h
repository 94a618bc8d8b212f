#pragma once

#include "core/network/detail/onnx/measured_graph.h"
#include "core/network/detail/onnx/onnx_model.h"
#include "core/network/detail/onnx/write_onnx.h"

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace scalescope::to_onnx {

/// Why a node can't be written: "its kernel is decided at run time", or "" where its operation is not known at all.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A whole number in the model, such as the side of a map: known, or a value of one element.
struct Number {
  std::optional<std::int64_t> known;
  std::string name = {}; ///< of a tensor of int64 with the shape {1}, if it isn't known
  Extent extent = {};    ///< as it was in the runs, if it isn't known
};

class Call;

/// Operations of a flat graph become nodes of a model, one after another.
class Translation {
 public:
  Translation(const FlatGraph& flat, const MeasuredGraph& measured, const OnnxSettings& settings, OnnxModel& model);

  /// Writes all that is needed. @throws Error that names what can't be written.
  void translate();

  [[nodiscard]] const Facts& facts(const torch::jit::Value* value) const { return measured_.of(value); }
  [[nodiscard]] OnnxModel& model() { return model_; }
  [[nodiscard]] const MeasuredGraph& measured() const { return measured_; }

  /// A tensor, or a number as one without dimensions. @param argument what the operation calls it: of weights that are
  /// alike (all ones) LibTorch keeps one, and this tells which it was
  [[nodiscard]] std::string tensor(const torch::jit::Value* value, const std::string& argument = "");
  /// The tensors of a list.
  [[nodiscard]] std::vector<std::string> tensors(const torch::jit::Value* list);
  /// A whole number, or the element of a tensor of one.
  [[nodiscard]] Number number(const torch::jit::Value* value);
  [[nodiscard]] std::vector<Number> numbers(const torch::jit::Value* list);
  /// Whether a value is a number in the model, for which number() is the shorter form.
  [[nodiscard]] bool is_number(const torch::jit::Value* value) const { return numbers_.count(value) != 0; }
  /// The name of a number as a tensor of the shape {1}, of any type.
  [[nodiscard]] std::string number_name(const torch::jit::Value* value, c10::ScalarType type);

  [[nodiscard]] c10::ScalarType type_of_number(const torch::jit::Value* value) const;

  void set_tensor(const torch::jit::Value* value, const std::string& name) { tensors_[value] = name; }
  void set_number(const torch::jit::Value* value, const std::string& name) { numbers_[value] = name; }
  void set_list(const torch::jit::Value* value, const std::vector<std::string>& names) { lists_[value] = names; }

  /// A node of the module that is being translated.
  std::string emit(const std::string& operation, const std::vector<std::string>& inputs,
                   const Attributes& attributes = {});
  std::vector<std::string> emit_many(const std::string& operation, const std::vector<std::string>& inputs,
                                     std::size_t outputs, const Attributes& attributes = {});
  /// A tensor that is not a weight.
  [[nodiscard]] std::string constant(const at::Tensor& tensor);
  [[nodiscard]] std::string constant(const std::vector<std::int64_t>& numbers);
  [[nodiscard]] std::string scalar(double number, c10::ScalarType type = c10::ScalarType::Float);

  /// The length of a side of a tensor that is called `name` in the model.
  [[nodiscard]] Number side(const TensorFacts& facts, const std::string& name, std::size_t dimension);
  /// Numbers as one tensor of int64.
  [[nodiscard]] std::string shape(const std::vector<Number>& numbers);
  /// A tensor in another shape; numbers may hold a -1.
  [[nodiscard]] std::string reshape(const TensorFacts& facts, const std::string& name,
                                    const std::vector<Number>& numbers);
  /// A weight with its dimensions in another order; once for each.
  [[nodiscard]] std::string transposed(const std::string& weight, const std::vector<std::int64_t>& order);
  [[nodiscard]] std::string cast(const std::string& name, c10::ScalarType from, c10::ScalarType to);

 private:
  void translate(const torch::jit::Block* block);
  void translate(const torch::jit::Node* node);
  std::string write_constant(const torch::jit::Value* value, const std::string& argument);

  struct Refused {
    int count = 0;
    std::string module; // of the first
  };
  const FlatGraph& flat_;
  const MeasuredGraph& measured_;
  const OnnxSettings& settings_;
  OnnxModel& model_;
  std::string module_; // of the node that is being translated
  std::unordered_map<const torch::jit::Value*, std::string> tensors_;
  std::unordered_map<const torch::jit::Value*, std::string> numbers_;
  std::unordered_map<const torch::jit::Value*, std::vector<std::string>> lists_;
  std::map<std::string, std::string> sides_;      // Shape of one side, by the tensor and the side
  std::map<std::string, std::string> transposed_; // weights, by their names
  std::map<std::string, Refused> refusals_;       // operations that can't be written
};

/// A node that is being translated, with its arguments by their names in the operation's schema.
class Call {
 public:
  Call(Translation& translation, const torch::jit::Node* node) : to(translation), node_(node) {}
  Translation& to; ///< where the node goes

  [[nodiscard]] const torch::jit::Node* node() const { return node_; }
  [[nodiscard]] std::string kind() const { return node_->kind().toUnqualString(); }
  /// The argument with the first of these names that the operation has; null if it is None, or there is none.
  [[nodiscard]] const torch::jit::Value* find(std::initializer_list<const char*> names) const;
  [[nodiscard]] bool has(const char* name) const { return find({name}) != nullptr; }
  [[nodiscard]] const torch::jit::Value* value(std::initializer_list<const char*> names) const; ///< never null
  [[nodiscard]] const torch::jit::Value* self() const { return value({"self", "input", "tensor"}); }

  // Arguments that must be known. @throws Unsupported if they are not.
  [[nodiscard]] c10::IValue known(const char* name) const;
  [[nodiscard]] std::int64_t integer(const char* name, std::int64_t otherwise) const;
  [[nodiscard]] double real(const char* name, double otherwise) const;
  [[nodiscard]] bool flag(const char* name, bool otherwise) const;
  /// A list of numbers, or one number; empty where the argument is not there.
  [[nodiscard]] std::vector<std::int64_t> integers(const char* name) const;

  [[nodiscard]] std::string tensor(std::initializer_list<const char*> names) const {
    return to.tensor(value(names), *names.begin());
  }
  [[nodiscard]] const TensorFacts& facts(const torch::jit::Value* value) const;
  [[nodiscard]] std::int64_t rank(const torch::jit::Value* value) const;
  /// The sides of a tensor; -1 for those that vary.
  [[nodiscard]] Sizes sizes(const torch::jit::Value* value) const;
  /// A dimension counted from 0.
  [[nodiscard]] std::int64_t dimension(std::int64_t given, std::int64_t rank) const {
    return given < 0 ? given + rank : given;
  }
  /// Dimensions of the first input counted from 0, from a list; all where it is not there or empty.
  [[nodiscard]] std::vector<std::int64_t> dimensions(const char* name) const;
  /// An operand of an element-wise operation, as that type.
  [[nodiscard]] std::string operand(const torch::jit::Value* value, c10::ScalarType type) const;
  [[nodiscard]] const TensorFacts& result() const { return facts(node_->output(0)); }

  void returns(const std::string& name, std::size_t output = 0) const { to.set_tensor(node_->output(output), name); }

 private:
  const torch::jit::Node* node_;
};

using Translate = std::function<void(Call&)>;
using Operations = std::unordered_map<std::string, Translate>; ///< by "aten::add"

void add_layers(Operations& operations);      ///< convolutions, norms, pooling, attention
void add_elementwise(Operations& operations); ///< activations, arithmetic, comparisons, reductions
void add_rearranging(Operations& operations); ///< views, slices, concatenation, resizing
void add_numbers(Operations& operations);     ///< sizes and what is computed from them

} // namespace scalescope::to_onnx
