#include "core/network/detail/engines/torch_decoder.h"

#include "core/network/detail/engines/openvino_core.h"
#include "core/network/detail/engines/torch_error.h"
#include "core/network/detail/onnx/run_onnx_node.h"

#include <openvino/frontend/pytorch/decoder.hpp>
#include <openvino/frontend/pytorch/extension/conversion.hpp>
#include <openvino/frontend/pytorch/frontend.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <sstream>

namespace scalescope {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace frontend = ov::frontend;
using ov::op::v0::Constant;

ov::Any value_type(const c10::TypePtr& type) {
  switch (type->kind()) {
  case c10::TypeKind::IntType:
    return frontend::type::PyScalar(ov::element::i64);
  case c10::TypeKind::FloatType:
    return frontend::type::PyScalar(ov::element::f32);
  case c10::TypeKind::BoolType:
    return frontend::type::PyScalar(ov::element::boolean);
  case c10::TypeKind::StringType:
    return frontend::type::Str();
  case c10::TypeKind::NoneType:
    return frontend::type::PyNone();
  case c10::TypeKind::ListType:
    return frontend::type::List(value_type(type->expect<c10::ListType>()->getElementType()));
  case c10::TypeKind::TensorType: {
    const auto scalar = type->expect<c10::TensorType>()->scalarType();
    return frontend::type::Tensor(ov::Any(scalar ? openvino_type(*scalar) : ov::element::Type(ov::element::dynamic)));
  }
  default:
    return ov::Any(ov::element::Type(ov::element::dynamic));
  }
}

// Weights are not copied: the constant keeps the tensor alive and reads its memory.
std::shared_ptr<Constant> tensor_constant(const at::Tensor& tensor) {
  const auto held = std::make_shared<at::Tensor>(tensor.contiguous());
  const ov::Shape shape(held->sizes().begin(), held->sizes().end());
  return std::make_shared<Constant>(openvino_type(held->scalar_type()), shape, held->data_ptr(), held);
}

std::shared_ptr<Constant> constant(const c10::IValue& value) {
  if (value.isTensor())
    return tensor_constant(value.toTensor());
  if (value.isBool())
    return std::make_shared<Constant>(ov::element::boolean, ov::Shape{}, value.toBool());
  if (value.isInt())
    return std::make_shared<Constant>(ov::element::i64, ov::Shape{}, value.toInt());
  if (value.isDouble()) { // through its bytes: the constructor that takes a number refuses the infinite
    const auto number = static_cast<float>(value.toDouble());
    return std::make_shared<Constant>(ov::element::f32, ov::Shape{}, &number);
  }
  if (value.isIntList()) {
    const auto list = value.toIntVector();
    return std::make_shared<Constant>(ov::element::i64, ov::Shape{list.size()}, list);
  }
  if (value.isDoubleList()) {
    const auto list = value.toDoubleVector();
    return std::make_shared<Constant>(ov::element::f32, ov::Shape{list.size()}, list);
  }
  if (value.isBoolList()) {
    const auto list = value.toBoolList().vec();
    return std::make_shared<Constant>(ov::element::boolean, ov::Shape{list.size()},
                                      std::vector<char>(list.begin(), list.end()));
  }
  return nullptr;
}

// What such an operation is told beside its tensors; OpenVINO has no place for it.
bool is_only_of_run_onnx(const Node* node) {
  return node->outputs().size() == 1 && node->output()->hasUses() &&
         std::ranges::all_of(node->output()->uses(), [&](const torch::jit::Use& use) {
           return is_run_onnx(use.user) && !node->output()->type()->isSubtypeOf(*c10::TensorType::get());
         });
}

// One class for the graph and for its nodes, as the frontend's interface asks. Values are named by their numbers, by
// which the frontend tells them.
class Decoder : public frontend::pytorch::TorchDecoder {
 public:
  Decoder(std::shared_ptr<Graph> graph, Node* node) : graph_(std::move(graph)), node_(node) {
    const auto inputs = node_ == nullptr     ? graph_->inputs()
                        : is_run_onnx(node_) ? node_->input(2)->node()->inputs() // those in its list
                                             : node_->inputs();
    const auto outputs = node_ != nullptr ? node_->outputs() : graph_->outputs();
    for (Value* value : inputs) {
      inputs_.push_back(value);
      input_ids_.push_back(value->unique());
      input_names_.push_back(std::to_string(value->unique()));
    }
    for (Value* value : outputs) {
      outputs_.push_back(value);
      output_ids_.push_back(value->unique());
      output_names_.push_back(std::to_string(value->unique()));
    }
    if (node_ == nullptr)
      return;
    operation_ = node_->kind().toQualString();
    if (const auto* schema = node_->maybeSchema()) {
      std::ostringstream text;
      text << *schema;
      schema_ = text.str();
    }
    if (node_->kind() == torch::jit::prim::Constant)
      if (const auto value = toIValue(node_->output()); value && value->isString())
        string_ = value->toStringRef();
  }

  const std::vector<size_t>& inputs() const override { return input_ids_; }
  const std::string& get_input_debug_name(size_t i) const override { return input_names_.at(i); }
  const std::string& get_input_signature_name(size_t i) const override { return input_names_.at(i); }
  ov::PartialShape get_input_shape(size_t) const override { return ov::PartialShape::dynamic(); }
  const std::vector<size_t>& get_input_strides(size_t) const override { return no_strides_; }
  ov::Any get_input_type(size_t i) const override { return value_type(inputs_.at(i)->type()); }
  bool input_is_none(size_t i) const override {
    return i >= inputs_.size() || inputs_[i]->type()->kind() == c10::TypeKind::NoneType;
  }

  const std::vector<size_t>& outputs() const override { return output_ids_; }
  size_t output(size_t i) const override { return output_ids_.at(i); }
  size_t num_of_outputs() const override { return output_ids_.size(); }
  size_t output_list_size() const override { return 0; }
  const std::string& get_output_debug_name(size_t i) const override { return output_names_.at(i); }
  ov::PartialShape get_output_shape(size_t) const override { return ov::PartialShape::dynamic(); }
  ov::Any get_output_type(size_t i) const override { return value_type(outputs_.at(i)->type()); }

  const std::string& get_op_type() const override { return operation_; }
  const std::string& get_schema() const override { return schema_; }
  const std::string& as_string() const override { return string_; }
  const std::string& decoder_type_name() const override { return type_name_; }
  ov::OutputVector as_constant() const override {
    if (node_ == nullptr || node_->kind() != torch::jit::prim::Constant)
      return {};
    const auto value = toIValue(node_->output());
    const auto result = value ? constant(*value) : nullptr;
    if (!result)
      return {};
    result->set_friendly_name(output_names_[0]);
    return {result};
  }
  std::shared_ptr<ov::Node> mark_node(std::shared_ptr<ov::Node> node) const override {
    if (node_ != nullptr && !output_names_.empty())
      node->set_friendly_name(output_names_[0]);
    return node;
  }

  // The graph is the one block there is.
  size_t get_subgraph_size() const override { return node_ == nullptr ? 1 : 0; }
  void visit_subgraph(std::function<void(std::shared_ptr<frontend::pytorch::TorchDecoder>)> visit) const override {
    for (Node* node : graph_->nodes())
      if (!is_only_of_run_onnx(node))
        visit(std::make_shared<Decoder>(graph_, node));
  }
  std::shared_ptr<frontend::pytorch::TorchDecoder> get_subgraph_decoder(size_t) const override {
    throw Cause("a branch that is decided at run time");
  }
  // Only a change in place could tell an alias from a copy, and there is none.
  bool may_produce_alias(size_t, size_t) const override { return false; }

  // Used by the Python decoders; not needed for a flat graph of constants.
  ov::Any const_input(size_t) const override { throw Cause("an inlined constant"); }
  ov::OutputVector try_decode_get_attr() const override { throw Cause("an attribute"); }
  bool is_input_inlined(size_t) const override { return false; }
  std::shared_ptr<frontend::pytorch::TorchDecoder> get_inlined_input_decoder(size_t) const override { return nullptr; }
  ov::Any get_attribute(const std::string& name) const override {
    if (node_ == nullptr || !is_run_onnx(node_))
      return {};
    if (name == "name")
      return output_names_[0];
    return name == "model" ? ov::Any(toIValue(node_->input(0))->toStringRef())
                           : ov::Any(toIValue(node_->input(1))->toInt());
  }
  size_t get_named_input(const std::string&) const override { throw Cause("a named input"); }
  frontend::pytorch::DecoderRTInfo get_rt_info() const override { return {}; }

  bool has_converter() const override { return false; }
  ov::OutputVector convert(const frontend::NodeContext*) const override { return {}; }

 private:
  std::shared_ptr<Graph> graph_;
  Node* node_; ///< nullptr: the whole graph
  std::vector<Value*> inputs_;
  std::vector<Value*> outputs_;
  std::vector<size_t> input_ids_;
  std::vector<size_t> output_ids_;
  std::vector<std::string> input_names_;
  std::vector<std::string> output_names_;
  std::vector<size_t> no_strides_;
  std::string operation_;
  std::string schema_;
  std::string string_;
  std::string type_name_ = "ts";
};

// An operation of an ONNX file that has no translation: OpenVINO's own reader makes its part of the model.
ov::OutputVector read_onnx_operation(const frontend::NodeContext& context) {
  const auto model = openvino_core().read_model(context.get_attribute_as_any("model").as<std::string>(), ov::Tensor());
  for (std::size_t i = 0; i < context.get_input_size(); ++i) {
    ov::Output<ov::Node> input = context.get_input(static_cast<int>(i));
    const auto parameter = model->get_parameters().at(i);
    if (input.get_element_type() != parameter->get_element_type())
      input = std::make_shared<ov::op::v0::Convert>(input, parameter->get_element_type());
    parameter->output(0).replace(input);
  }
  const auto result = static_cast<std::size_t>(context.get_attribute_as_any("result").as<std::int64_t>());
  ov::Output<ov::Node> made = model->get_results().at(result)->input_value(0);
  made.set_names({context.get_attribute_as_any("name").as<std::string>()}); // by which the frontend finds it
  return {made};
}

} // namespace

std::shared_ptr<ov::Model> openvino_model(const std::shared_ptr<Graph>& graph) {
  // OpenVINO 2026.4 fills what a branch returns with garbage in a plan's first run with free sizes.
  for (const Node* node : graph->nodes())
    if (!node->blocks().empty())
      throw Cause("a branch of it is decided at run time");
  frontend::pytorch::FrontEnd reader;
  reader.add_extension(
      std::make_shared<frontend::pytorch::ConversionExtension>("scalescope::run_onnx", read_onnx_operation));
  return reader.convert(reader.load(std::shared_ptr<frontend::IDecoder>(std::make_shared<Decoder>(graph, nullptr))));
}

} // namespace scalescope
