#include "core/network/detail/onnx/single_operation.h"

#include "core/network/detail/onnx/onnx_model.h"

#include <algorithm>
#include <set>

namespace scalescope {
namespace {

// Adds what a graph uses of the graphs around it.
void add_outer_names(const onnx::GraphProto& body, std::vector<std::string>& names) {
  std::set<std::string> own;
  for (const auto& input : body.input())
    own.insert(input.name());
  for (const auto& tensor : body.initializer())
    own.insert(tensor.name());
  for (const auto& node : body.node())
    own.insert(node.output().begin(), node.output().end());
  std::vector<std::string> used;
  for (const auto& node : body.node())
    for (std::string& name : values_used(node))
      used.push_back(std::move(name));
  for (const auto& output : body.output())
    used.push_back(output.name());
  for (std::string& name : used)
    if (!own.contains(name))
      names.push_back(std::move(name));
}

template <typename See>
void see_tensors(const onnx::NodeProto& node, const See& see);

template <typename See>
void see_tensors(const onnx::GraphProto& body, const See& see) {
  for (const auto& tensor : body.initializer())
    see(tensor);
  for (const auto& node : body.node())
    see_tensors(node, see);
}

template <typename See>
void see_tensors(const onnx::NodeProto& node, const See& see) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_t())
      see(attribute.t());
    for (const auto& tensor : attribute.tensors())
      see(tensor);
    if (attribute.has_g())
      see_tensors(attribute.g(), see);
    for (const auto& body : attribute.graphs())
      see_tensors(body, see);
  }
}

c10::ScalarType without_halves(c10::ScalarType type) {
  return type == c10::kHalf || type == c10::kBFloat16 ? c10::kFloat : type;
}

} // namespace

std::vector<std::string> values_used(const onnx::NodeProto& node) {
  std::vector<std::string> names(node.input().begin(), node.input().end());
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g())
      add_outer_names(attribute.g(), names);
    for (const auto& body : attribute.graphs())
      add_outer_names(body, names);
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase(names, "");
  return names;
}

std::string single_operation(const onnx::NodeProto& node, const std::map<std::string, OuterValue>& values,
                             const std::map<std::string, std::int64_t>& versions, const onnx::ModelProto& whole,
                             const std::function<void(const onnx::TensorProto&)>& check) {
  see_tensors(node, check);
  for (const auto& function : whole.functions())
    for (const auto& inner : function.node())
      see_tensors(inner, check);
  onnx::ModelProto model;
  model.set_ir_version(whole.ir_version());
  for (const auto& [domain, version] : versions) {
    auto& opset = *model.add_opset_import();
    opset.set_domain(domain);
    opset.set_version(version);
  }
  *model.mutable_functions() = whole.functions();
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("operation");
  *graph.add_node() = node;
  for (const auto& [name, value] : values) {
    if (value.constant.defined()) {
      const at::Tensor plain = value.constant.to(without_halves(value.constant.scalar_type())).contiguous();
      onnx::TensorProto& tensor = *graph.add_initializer();
      tensor.set_name(name);
      tensor.set_data_type(to_onnx::onnx_type(plain.scalar_type()));
      for (const std::int64_t side : plain.sizes())
        tensor.add_dims(side);
      tensor.set_raw_data(plain.data_ptr(), static_cast<std::size_t>(plain.numel()) * plain.element_size());
      continue;
    }
    onnx::ValueInfoProto& input = *graph.add_input();
    input.set_name(name);
    auto& type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(to_onnx::onnx_type(without_halves(value.type)));
    (void)type.mutable_shape();
    for (const std::int64_t side : value.dims) {
      auto& dim = *type.mutable_shape()->add_dim();
      if (side >= 0)
        dim.set_dim_value(side);
    }
  }
  for (const std::string& name : node.output())
    if (!name.empty())
      graph.add_output()->set_name(name);
  return model.SerializeAsString();
}

} // namespace scalescope
