#include "core/network/detail/onnx/onnx_model.h"

#include "core/base/error.h"
#include "core/base/version.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace scalescope::to_onnx {
namespace {

constexpr int ir_version = 8;
constexpr int operator_set = 18;

// "layer1.0.conv1" -> "/layer1/layer1.0/conv1", as PyTorch's exporter has it: an element of a list is called by the
// list.
std::string path_of_module(const std::string& module) {
  std::string path;
  std::string last;
  for (std::size_t begin = 0; begin < module.size();) {
    const std::size_t end = std::min(module.find('.', begin), module.size());
    const std::string part = module.substr(begin, end - begin);
    const bool is_element = !last.empty() && part.find_first_not_of("0123456789") == std::string::npos;
    last = is_element ? last + "." + part : part;
    path += "/" + last;
    begin = end + 1;
  }
  return path + "/";
}

using Dimensions = std::vector<std::variant<std::int64_t, std::string>>;

void describe_value(onnx::ValueInfoProto& value, const std::string& name, c10::ScalarType type,
                    const Dimensions& sizes) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx_type(type));
  auto& shape = *tensor.mutable_shape();
  for (const auto& size : sizes) {
    auto& dimension = *shape.add_dim();
    if (const auto* number = std::get_if<std::int64_t>(&size))
      dimension.set_dim_value(*number);
    else if (const auto& called = std::get<std::string>(size); !called.empty())
      dimension.set_dim_param(called);
  }
}

void set_attribute(onnx::AttributeProto& attribute, const AttributeValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(*whole);
  } else if (const auto* real = std::get_if<double>(&value)) {
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(static_cast<float>(*real));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(*text);
  } else if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value)) {
    attribute.set_type(onnx::AttributeProto::INTS);
    attribute.mutable_ints()->Add(numbers->begin(), numbers->end());
  } else {
    attribute.set_type(onnx::AttributeProto::FLOATS);
    for (const double one : std::get<std::vector<double>>(value))
      attribute.add_floats(static_cast<float>(one));
  }
}

// Keeps the elements that are wanted, in their order.
template <typename Element, typename Wanted>
void keep_only(google::protobuf::RepeatedPtrField<Element>& elements, const Wanted& is_wanted) {
  int kept = 0;
  for (int i = 0; i < elements.size(); ++i)
    if (is_wanted(elements.Get(i)))
      elements.SwapElements(kept++, i);
  elements.DeleteSubrange(kept, elements.size() - kept);
}

} // namespace

int onnx_type(c10::ScalarType type) {
  switch (type) {
  case c10::ScalarType::Float:
    return onnx::TensorProto::FLOAT;
  case c10::ScalarType::Double:
    return onnx::TensorProto::DOUBLE;
  case c10::ScalarType::Half:
    return onnx::TensorProto::FLOAT16;
  case c10::ScalarType::BFloat16:
    return onnx::TensorProto::BFLOAT16;
  case c10::ScalarType::Long:
    return onnx::TensorProto::INT64;
  case c10::ScalarType::Int:
    return onnx::TensorProto::INT32;
  case c10::ScalarType::Short:
    return onnx::TensorProto::INT16;
  case c10::ScalarType::Char:
    return onnx::TensorProto::INT8;
  case c10::ScalarType::Byte:
    return onnx::TensorProto::UINT8;
  case c10::ScalarType::Bool:
    return onnx::TensorProto::BOOL;
  default:
    throw std::invalid_argument("a type of number that ONNX has not");
  }
}

OnnxModel::OnnxModel(const std::string& name) {
  model_.set_ir_version(ir_version);
  auto& operators = *model_.add_opset_import();
  operators.set_domain("");
  operators.set_version(operator_set);
  model_.set_producer_name("ScaleScope");
  model_.set_producer_version(scalescope_version());
  model_.mutable_graph()->set_name(name);
}

std::string OnnxModel::free_name(const std::string& name) {
  for (;;) {
    const int count = counts_[name]++;
    const std::string tried = count == 0 ? name : fmt::format("{}_{}", name, count);
    if (names_.insert(tried).second)
      return tried;
  }
}

std::vector<std::string> OnnxModel::add(const std::string& operation, const std::string& module,
                                        const std::vector<std::string>& inputs, const Attributes& attributes,
                                        std::size_t outputs) {
  onnx::NodeProto& node = *model_.mutable_graph()->add_node();
  node.set_op_type(operation);
  node.set_name(free_name(path_of_module(module) + operation));
  for (const std::string& input : inputs)
    node.add_input(input);
  while (node.input_size() > 0 && node.input(node.input_size() - 1).empty())
    node.mutable_input()->RemoveLast();
  for (const auto& [name, value] : attributes) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    set_attribute(attribute, value);
  }
  std::vector<std::string> made;
  for (std::size_t i = 0; i < outputs; ++i)
    made.push_back(*node.add_output() = free_name(fmt::format("{}_output_{}", node.name(), i)));
  return made;
}

std::string OnnxModel::tensor(const std::string& name, const at::Tensor& tensor) {
  for (const auto& [known, called] : tensors_)
    if (known.is_same(tensor))
      return called;
  const at::Tensor plain = tensor.detach().cpu().contiguous();
  const auto size = static_cast<std::size_t>(plain.numel()) * plain.element_size();
  std::string raw(static_cast<const char*>(plain.data_ptr()), size);
  std::string key;
  constexpr std::size_t small = 64; // bytes
  if (size <= small && name.empty()) {
    key = fmt::format("{} {} ", onnx_type(plain.scalar_type()), fmt::join(plain.sizes(), ",")) + raw;
    if (const auto found = small_.find(key); found != small_.end())
      return found->second;
  }
  onnx::TensorProto& proto = *model_.mutable_graph()->add_initializer();
  proto.set_data_type(onnx_type(plain.scalar_type()));
  for (const std::int64_t side : plain.sizes())
    proto.add_dims(side);
  *proto.mutable_raw_data() = std::move(raw);
  const std::string called = free_name(name.empty() ? "constant" : name);
  proto.set_name(called);
  if (key.empty())
    tensors_.emplace_back(tensor, called);
  else
    small_[key] = called;
  return called;
}

void OnnxModel::input(const std::string& name, const Dimensions& sizes) {
  describe_value(*model_.mutable_graph()->add_input(), free_name(name), c10::ScalarType::Float, sizes);
}

void OnnxModel::output(const std::string& value_before, const std::string& name, c10::ScalarType type,
                       const Dimensions& sizes) {
  onnx::GraphProto& graph = *model_.mutable_graph();
  const auto renamed = outputs_.find(value_before);
  const std::string value = renamed == outputs_.end() ? value_before : renamed->second;
  const std::string called = free_name(name);
  bool made = false; // by a node; not a weight, the input or another output
  for (onnx::NodeProto& node : *graph.mutable_node())
    for (std::string& one : *node.mutable_output())
      if (one == value) {
        one = called;
        made = true;
      }
  for (const onnx::ValueInfoProto& output : graph.output())
    made &= output.name() != value;
  if (!made) {
    onnx::NodeProto& node = *graph.add_node();
    node.set_op_type("Identity");
    node.set_name(free_name("/Identity"));
    node.add_input(value);
    node.add_output(called);
  } else {
    for (onnx::NodeProto& node : *graph.mutable_node())
      for (std::string& one : *node.mutable_input())
        if (one == value)
          one = called;
    outputs_[value] = called;
  }
  describe_value(*graph.add_output(), called, type, sizes);
}

void OnnxModel::metadata(const std::string& key, const std::string& value) {
  onnx::StringStringEntryProto& entry = *model_.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

// Sides of tensors, for example, that became part of a constant shape.
void OnnxModel::remove_unused() {
  onnx::GraphProto& graph = *model_.mutable_graph();
  std::set<std::string> used;
  for (const onnx::ValueInfoProto& output : graph.output())
    used.insert(output.name());
  const auto is_used = [&](const std::string& name) { return used.count(name) != 0; };
  const auto makes_used = [&](const onnx::NodeProto& node) {
    return std::any_of(node.output().begin(), node.output().end(), is_used);
  };
  for (int i = graph.node_size(); i-- > 0;)
    if (makes_used(graph.node(i)))
      used.insert(graph.node(i).input().begin(), graph.node(i).input().end());
  keep_only(*graph.mutable_node(), makes_used);
  keep_only(*graph.mutable_initializer(), [&](const onnx::TensorProto& one) { return is_used(one.name()); });
}

std::string OnnxModel::bytes() {
  remove_unused();
  if (model_.ByteSizeLong() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw Error(
        fmt::format("As one ONNX file the network would take {:.1f} GB, but the format holds 2 GB; choose another "
                    "--format.",
                    static_cast<double>(model_.ByteSizeLong()) / 1e9));
  return model_.SerializeAsString();
}

} // namespace scalescope::to_onnx
