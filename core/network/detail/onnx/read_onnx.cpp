#include "core/network/detail/onnx/read_onnx.h"

#include "core/base/text.h"
#include "core/network/detail/graph/operations.h"
#include "core/network/detail/loading/image_sizes.h"
#include "core/network/detail/loading/unknown_operations.h"
#include "core/network/detail/onnx/composed_operators.h"
#include "core/network/detail/onnx/onnx_graph.h"
#include "core/network/detail/onnx/onnx_modules.h"
#include "core/network/detail/onnx/onnx_tensors.h"
#include "core/network/detail/onnx/openvino_operators.h"
#include "core/network/detail/onnx/run_onnx.h"
#include "core/network/detail/onnx/run_onnx_node.h"
#include "core/network/detail/onnx/single_operation.h"

#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/constant_propagation.h>

#include <algorithm>
#include <fstream>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;

constexpr std::int64_t oldest_operators = 7;
constexpr std::int64_t newest_operators = 28;
constexpr int deepest_calls = 20;
constexpr int most_nodes = 50000;

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

using Functions = std::map<std::string, const onnx::FunctionProto*>; // by domain and name

std::string function_key(const std::string& domain, const std::string& name) { return domain + "\n" + name; }

// Null: it is not read.
OnnxTranslation translation_of(const std::string& type) {
  for (const auto* all : {&onnx_shapes(), &onnx_layers(), &onnx_quantisation()})
    if (const auto found = all->find(type); found != all->end())
      return found->second;
  return nullptr;
}

// The values that the nodes of a graph or function may use.
struct Environment {
  std::map<std::string, OnnxValue> values;
  std::map<std::string, const onnx::TensorProto*> initializers; // those that nothing has used so far
  std::map<std::string, std::string> not_given;                 // further results of operators, which are not read
  const Environment* outer = nullptr;                           // of a branch
  std::string prefix;                                           // makes names differ from those of others
  std::map<std::string, std::int64_t> versions;                 // of operators, by domain
};

class OnnxReader {
 public:
  OnnxReader(onnx::ModelProto& model, const std::filesystem::path& file)
      : model_(model), graph_proto_(*model.mutable_graph()), by_tf2onnx_(model.producer_name() == "tf2onnx"),
        tensors_(file) {
    for (const auto& opset : model.opset_import())
      main_.versions[is_standard(opset.domain()) ? "" : opset.domain()] = opset.version();
    check_version();
    for (const auto& function : model.functions())
      functions_[function_key(function.domain(), function.name())] = &function;
    modules_ = find_onnx_modules(graph_proto_);
  }

  ExportedProgram read() {
    if (graph_proto_.node_size() == 0 || graph_proto_.output_size() == 0)
      throw damaged("it is an ONNX model without operations or without results");
    if (graph_proto_.node_size() > most_nodes)
      throw Unreadable(
          fmt::format("has {} operations, and networks of up to {} are read", graph_proto_.node_size(), most_nodes),
          "export a part of the network");
    if (graph_proto_.sparse_initializer_size() > 0)
      throw Unreadable("holds weights in a sparse layout, which is not read", "export the network with dense weights");
    complete_types();
    built_.emplace(modules_.types);
    parameters_.emplace(*built_, modules_.from_pytorch);
    for (const auto& tensor : graph_proto_.initializer())
      if (!main_.initializers.emplace(tensor.name(), &tensor).second)
        throw damaged("it has two tensors of the name " + printable(tensor.name()));
    read_input();
    for (int i = 0; i < graph_proto_.node_size(); ++i)
      translate_or_leave_out(graph_proto_.node(i), modules_.calls[static_cast<std::size_t>(i)]);
    program_.module = returned();
    say_what_is_not_read();
    return std::move(program_);
  }

 private:
  void check_version() const {
    const auto version = main_.versions.find("");
    if (version == main_.versions.end())
      throw damaged("it does not state a version of ONNX's operators");
    if (version->second < oldest_operators || version->second > newest_operators)
      throw Unreadable(fmt::format("has operators of ONNX's version {}, and versions {} to {} are read",
                                   version->second, oldest_operators, newest_operators),
                       version->second < oldest_operators ? "convert it with onnx.version_converter, or export it again"
                                                          : "export it with opset_version=20");
  }

  // An operator that is not read is left out, and so is all that needs its results.
  void translate_or_leave_out(const onnx::NodeProto& node, const std::vector<ModuleCall>& calls) {
    const std::string layer = calls.empty() ? "" : calls.back().name;
    try {
      translate(node, main_, calls, 0);
      for (const ModuleCall& call : calls)
        (void)built_->module(call.name);
      return;
    } catch (const UnknownOperation& e) {
      unknown_.add(e.what_it_is, in_layer(layer));
    } catch (const BehindUnknown&) { // said once, of what it is behind
      if (const std::string unknown = unknown_operator(node, 0); !unknown.empty())
        unknown_.add(unknown, in_layer(layer));
    }
    built_->begin(calls);
    for (const std::string& name : node.input())
      uses(name, main_);
    built_->leave_out();
    for (const std::string& name : node.output())
      left_out_.insert(name);
  }

  // The name of an operator that is not read: the node's, or one in the function that it calls; "" if there is none.
  [[nodiscard]] std::string unknown_operator(const onnx::NodeProto& node, int depth) const {
    const std::string& type = node.op_type();
    if (const auto function = functions_.find(function_key(node.domain(), type)); function != functions_.end()) {
      for (const auto& inner : function->second->node())
        if (depth < deepest_calls)
          if (std::string unknown = unknown_operator(inner, depth + 1); !unknown.empty())
            return unknown;
      return "";
    }
    const bool known = is_standard(node.domain()) && (type == "If" || translation_of(type) != nullptr);
    return known || !composed_of(node).empty() ? "" : called(node);
  }

  static std::string called(const onnx::NodeProto& node) {
    return printable(is_standard(node.domain()) ? node.op_type() : node.domain() + "." + node.op_type());
  }

  // Layers without a class in Python are called as PyTorch calls their first operation.
  void complete_types() {
    static const std::map<std::string, std::string> as_pytorch = {{"Conv", "Conv2d"},
                                                                  {"ConvInteger", "Conv2d"},
                                                                  {"FusedConv", "Conv2d"},
                                                                  {"QLinearConv", "Conv2d"},
                                                                  {"ConvTranspose", "ConvTranspose2d"},
                                                                  {"Gemm", "Linear"},
                                                                  {"MatMul", "Linear"},
                                                                  {"MatMulInteger", "Linear"},
                                                                  {"QGemm", "Linear"},
                                                                  {"QLinearMatMul", "Linear"},
                                                                  {"Relu", "ReLU"},
                                                                  {"BatchNormalization", "BatchNorm2d"},
                                                                  {"MaxPool", "MaxPool2d"},
                                                                  {"AveragePool", "AvgPool2d"},
                                                                  {"LayerNormalization", "LayerNorm"}};
    std::set<std::string> holding;
    for (const auto& calls : modules_.calls)
      for (std::size_t i = 0; i + 1 < calls.size(); ++i)
        holding.insert(calls[i].name);
    for (std::size_t i = 0; i < modules_.calls.size(); ++i) {
      const std::string& type = graph_proto_.node(static_cast<int>(i)).op_type();
      if (modules_.calls[i].empty() || holding.contains(modules_.calls[i].back().name) || type == "Constant" ||
          type == "Pad" || type == "Transpose")
        continue;
      const auto known = as_pytorch.find(type);
      modules_.types.emplace(modules_.calls[i].back().name, known == as_pytorch.end() ? type : known->second);
    }
  }

  // Keras's layer Normalization holds its mean as a constant, which tf2onnx makes an input of the file.
  static void check_left_out_constant(const onnx::ValueInfoProto& input) {
    std::vector<std::int64_t> sizes;
    for (const auto& dim : input.type().tensor_type().shape().dim())
      sizes.push_back(dim.dim_value());
    if (input.name().find('/') == std::string::npos || std::ranges::count(sizes, 0) > 0)
      return;
    throw Unreadable(
        fmt::format("asks for {} ({}) beside the images: a constant of a layer of Keras, whose values tf2onnx did not "
                    "write into the file",
                    printable(input.name()), fmt::join(sizes, " x ")),
        "build the network without this layer (include_preprocessing=False), or add its values to the file, as an "
        "initializer of this name");
  }

  void read_input() {
    bool found = false;
    for (const auto& input : graph_proto_.input()) {
      if (main_.initializers.contains(input.name()))
        continue;
      if (found && by_tf2onnx_)
        check_left_out_constant(input);
      if (found || !input.type().has_tensor_type())
        throw Unreadable("takes more than one batch of images (it asks for " + printable(input.name()) + " as well)",
                         "export a network whose forward takes the image batch only");
      found = true;
      const auto& type = input.type().tensor_type();
      OnnxValue images;
      images.type = onnx_type(type.elem_type(), "its input");
      if (!c10::isFloatingType(images.type))
        throw Unreadable(fmt::format("takes images of type {}", c10::toString(images.type)),
                         "export a network that takes float32");
      if (!type.has_shape())
        throw Unreadable("does not state the sizes of the images that it takes",
                         "export it with a shape for its input, N x 3 x height x width");
      std::vector<SizeRange> sizes;
      for (const auto& dim : type.shape().dim()) {
        const bool is_known = dim.has_dim_value() && dim.dim_value() > 0;
        if (dim.has_dim_value() && dim.dim_value() < -1)
          throw damaged("its sizes of images are impossible");
        sizes.push_back(is_known ? SizeRange{dim.dim_value(), dim.dim_value()} : SizeRange{});
        images.dims.push_back(is_known ? dim.dim_value() : -1);
      }
      program_.limits = read_image_sizes(sizes, program_.notes);
      images.tensor = built_->images();
      images.of_images = true;
      main_.values.emplace(input.name(), std::move(images));
    }
    if (!found)
      throw Unreadable("takes no batch of images", "export a network whose forward takes one");
  }

  // A value by its name; null if it has none.
  const OnnxValue* value_of(const std::string& name, Environment& in) {
    if (name.empty())
      return nullptr;
    for (Environment* at = &in; at != nullptr; at = const_cast<Environment*>(at->outer)) {
      if (const auto found = at->values.find(name); found != at->values.end())
        return &found->second;
      if (const auto tensor = at->initializers.find(name); tensor != at->initializers.end()) {
        OnnxValue value;
        value.constant = tensors_.read(*tensor->second);
        const_cast<onnx::TensorProto*>(tensor->second)->clear_raw_data();
        value.initializer = at->prefix + name;
        value.dims = value.constant.sizes().vec();
        value.type = value.constant.scalar_type();
        at->initializers.erase(tensor);
        return &at->values.emplace(name, std::move(value)).first->second;
      }
      if (const auto known = at->not_given.find(name); known != at->not_given.end())
        throw UnknownOperation("a further result of " + printable(known->second), "");
      if (at == &main_ && left_out_.contains(name))
        throw BehindUnknown();
    }
    throw damaged("its graph uses " + printable(name) + ", which nothing computes before");
  }

  void define(const std::string& name, OnnxValue value, Environment& in) {
    if (name.empty())
      return;
    if (value.of_images && value.tensor != nullptr)
      built_->makes(in.prefix + name, value.tensor);
    if (!in.values.emplace(name, std::move(value)).second || in.initializers.contains(name))
      throw damaged("its graph computes " + printable(name) + " twice");
  }

  void translate(const onnx::NodeProto& node, Environment& in, const std::vector<ModuleCall>& calls, int depth) {
    if (++nodes_ > most_nodes || depth > deepest_calls)
      throw Unreadable("calls its functions more often, or deeper in one another, than any network does",
                       "export it without functions of its own");
    built_->begin(calls);
    std::vector<const OnnxValue*> inputs = values_of(node.input(), in);
    while (!inputs.empty() && inputs.back() == nullptr)
      inputs.pop_back();
    if (const auto function = functions_.find(function_key(node.domain(), node.op_type()));
        function != functions_.end())
      return call(*function->second, node, inputs, in, calls, depth);
    try {
      if (const std::vector<onnx::NodeProto> steps = composed_of(node); !steps.empty())
        return compose(steps, node, in, calls, depth);
      OnnxOperation op = operation(node, inputs, in, calls);
      if (node.op_type() == "If")
        return branch(op, in, calls, depth);
      translate(op);
      give_results(op, in, depends_on_images(inputs));
    } catch (const UnknownOperation& reason) {
      leave_to_openvino(node, in, calls, reason);
    }
  }

  // What a node uses; null for what it leaves out.
  template <typename Names>
  std::vector<const OnnxValue*> values_of(const Names& names, Environment& in) {
    std::vector<const OnnxValue*> values;
    for (const std::string& name : names) {
      values.push_back(value_of(name, in));
      if (values.back() != nullptr)
        uses(name, in);
    }
    return values;
  }

  static bool depends_on_images(const std::vector<const OnnxValue*>& inputs) {
    return std::ranges::any_of(inputs, [](auto* one) { return one != nullptr && one->of_images; });
  }

  OnnxOperation operation(const onnx::NodeProto& node, const std::vector<const OnnxValue*>& inputs,
                          const Environment& in, const std::vector<ModuleCall>& calls) {
    const auto version = in.versions.find("");
    return {node,
            version == in.versions.end() ? main_.versions.at("") : version->second,
            inputs,
            calls.empty() ? "" : calls.back().name,
            *built_,
            *parameters_,
            [this](const onnx::TensorProto& tensor) { return tensors_.read(tensor); }};
  }

  static void translate(OnnxOperation& op) {
    const std::string& type = op.node.op_type();
    const OnnxTranslation translation = is_standard(op.node.domain()) ? translation_of(type) : nullptr;
    if (translation == nullptr)
      throw UnknownOperation(called(op.node), op.layer);
    bool any_numbers = false;
    bool all_constant = op.input_count() > 0;
    for (std::size_t i = 0; i < op.input_count(); ++i) {
      any_numbers = any_numbers || (op.has(i) && op.in(i).is_numbers);
      all_constant = all_constant && op.has(i) && op.in(i).tensor == nullptr &&
                     (op.in(i).initializer.empty() || !c10::isFloatingType(op.in(i).type));
    }
    if ((any_numbers || all_constant) && calculate_numbers(op))
      return;
    translation(op);
    op.check_attributes();
  }

  void give_results(OnnxOperation& op, Environment& in, bool of_images) {
    for (int i = 0; i < op.node.output_size(); ++i) {
      const auto place = static_cast<std::size_t>(i);
      if (place >= op.results.size()) {
        in.not_given.emplace(op.node.output(i), op.node.op_type());
        continue;
      }
      OnnxValue value = std::move(op.results[place]);
      if (!of_images && value.tensor != nullptr)
        if (const auto known = calculated_now(value.tensor);
            known && known->isTensor()) { // masks and paddings, which what follows must know
          value.tensor = nullptr;
          value.constant = known->toTensor();
          value.dims = value.constant.sizes().vec();
        }
      value.of_images = of_images && !value.is_numbers;
      define(op.node.output(i), std::move(value), in);
    }
  }

  // Whether a loop's number of turns is known and no more than any network has.
  static bool ends_soon(const std::map<std::string, OuterValue>& values, const std::string& turns) {
    constexpr std::int64_t most_turns = 1000;
    const auto found = values.find(turns);
    return found != values.end() && found->second.constant.defined() && found->second.constant.numel() == 1 &&
           found->second.constant.to(at::kLong).item<std::int64_t>() <= most_turns;
  }

  // An operation without a translation, or not in this form. @throws the reason if OpenVINO can't run it either.
  void leave_to_openvino(const onnx::NodeProto& node, Environment& in, const std::vector<ModuleCall>& calls,
                         const UnknownOperation& reason) {
    if (!may_be_left_to_openvino(node, [](const std::string& type) { return translation_of(type) != nullptr; }))
      throw reason;
    const std::vector<std::string> names = values_used(node);
    const std::vector<const OnnxValue*> inputs = values_of(names, in);
    OnnxOperation op = operation(node, inputs, in, calls);
    std::map<std::string, OuterValue> values;
    std::vector<Value*> tensors; // that are not constant
    for (std::size_t i = 0; i < names.size(); ++i) {
      OuterValue& value = values[names[i]];
      value = {op.in(i).constant, op.in(i).dims, op.in(i).type};
      if (value.constant.defined())
        continue;
      Value* tensor = op.tensor(i);
      if (const auto known = toIValue(tensor))
        value.constant = known->toTensor();
      else
        tensors.push_back(tensor);
    }
    if (node.op_type() == "Loop" && !ends_soon(values, node.input(0)))
      throw reason;
    const std::string model = single_operation(node, values, in.versions, model_, [&](const onnx::TensorProto& tensor) {
      if (tensor.data_location() == onnx::TensorProto::EXTERNAL)
        throw reason;
      (void)tensors_.read(tensor); // sizes that lie would harm OpenVINO
    });
    std::vector<std::optional<OnnxResult>> results;
    try {
      results = onnx_results(model);
    } catch (const std::exception&) { // nor does OpenVINO know it
      throw reason;
    }
    std::int64_t result = 0; // that has a name
    for (const std::string& name : node.output()) {
      if (!name.empty() && !results.at(static_cast<std::size_t>(result)))
        throw reason;
      if (name.empty())
        op.results.emplace_back();
      else
        op.give(insert_run_onnx(built_->graph(), model, result, tensors, called(node)),
                results[static_cast<std::size_t>(result)]->dims, results[static_cast<std::size_t>(result)]->type);
      result += name.empty() ? 0 : 1;
    }
    give_results(op, in, depends_on_images(inputs));
    as_they_are_.add(reason.what_it_is, in_layer(reason.layer));
  }

  // What a value is, if it is computed from constants alone; weights are none.
  std::optional<c10::IValue> calculated_now(Value* value) {
    if (auto known = toIValue(value))
      return known;
    Node* node = value->node();
    if (node->kind() == prim::Param || node->kind() == prim::GetAttr || !node->blocks().empty())
      return std::nullopt;
    for (std::size_t i = 0; i < node->inputs().size(); ++i) {
      if (toIValue(node->input(i)))
        continue;
      const auto known = calculated_now(node->input(i));
      if (!known)
        return std::nullopt;
      const WithInsertPoint here(node);
      const auto constant = tryInsertConstant(built_->graph(), *known);
      if (!constant)
        return std::nullopt;
      node->replaceInput(i, *constant);
    }
    const auto results = runNodeIfInputsAreConstant(node);
    return results ? std::optional((*results)[value->offset()]) : std::nullopt;
  }

  // Says that the present node uses a value; branches use those of the graph around them.
  void uses(const std::string& name, const Environment& in) {
    for (const Environment* at = &in; at != nullptr; at = at->outer)
      if (at->values.contains(name))
        return built_->uses(at->prefix + name);
  }

  // A function of the file: its operations are part of the layer that calls it.
  void call(const onnx::FunctionProto& function, const onnx::NodeProto& node,
            const std::vector<const OnnxValue*>& inputs, Environment& in, const std::vector<ModuleCall>& calls,
            int depth) {
    Environment inner;
    inner.prefix = fmt::format("{}{}/", in.prefix, ++environments_);
    for (const auto& opset : function.opset_import())
      inner.versions[is_standard(opset.domain()) ? "" : opset.domain()] = opset.version();
    for (int i = 0; i < function.input_size(); ++i)
      if (const auto place = static_cast<std::size_t>(i); place < inputs.size() && inputs[place] != nullptr)
        inner.values.emplace(function.input(i), *inputs[place]);
    for (const auto& step : function.node()) {
      onnx::NodeProto own = step;
      own.clear_attribute();
      for (const auto& attribute : step.attribute()) {
        if (attribute.ref_attr_name().empty()) {
          *own.add_attribute() = attribute;
          continue;
        }
        const auto is_it = [&](const auto& one) { return one.name() == attribute.ref_attr_name(); };
        const auto given = std::ranges::find_if(node.attribute(), is_it);
        const auto usual = std::ranges::find_if(function.attribute_proto(), is_it);
        if (given == node.attribute().end() && usual == function.attribute_proto().end())
          continue;
        auto* set = own.add_attribute();
        *set = given != node.attribute().end() ? *given : *usual;
        set->set_name(attribute.name());
      }
      // An input that the call leaves out is none inside either.
      for (auto& name : *own.mutable_input())
        if (std::ranges::find(function.input(), name) != function.input().end() && !inner.values.contains(name))
          name.clear();
      translate(own, inner, calls, depth + 1);
    }
    give(function.output(), node, inner, in, calls);
  }

  // The steps of an operator that stands for several: they are part of its layer.
  void compose(const std::vector<onnx::NodeProto>& steps, const onnx::NodeProto& node, Environment& in,
               const std::vector<ModuleCall>& calls, int depth) {
    Environment inner;
    inner.outer = &in;
    inner.versions[""] = composed_version;
    inner.prefix = fmt::format("{}{}/", in.prefix, ++environments_);
    for (const auto& step : steps)
      translate(step, inner, calls, depth + 1);
    rounds_by_batch_ = rounds_by_batch_ || node.op_type() == "DynamicQuantizeLinear";
    std::vector<std::string> names;
    for (const std::string& name : node.output())
      names.push_back(inner.values.contains(name) ? name : "");
    give(names, node, inner, in, calls);
  }

  void branch(OnnxOperation& op, Environment& in, const std::vector<ModuleCall>& calls, int depth) {
    const auto condition = op.known_number(0);
    if (!condition)
      op.refuse("decides while it runs what is computed");
    const onnx::GraphProto* taken = nullptr;
    for (const auto& attribute : op.node.attribute())
      if (attribute.name() == (*condition != 0 ? "then_branch" : "else_branch"))
        taken = &attribute.g();
    if (taken == nullptr)
      throw damaged("a branch is missing");
    Environment inner;
    inner.outer = &in;
    inner.versions = in.versions;
    inner.prefix = fmt::format("{}{}/", in.prefix, ++environments_);
    for (const auto& tensor : taken->initializer())
      inner.initializers.emplace(tensor.name(), &tensor);
    for (const auto& step : taken->node()) {
      translate(step, inner, calls, depth + 1);
    }
    std::vector<std::string> names;
    for (const auto& output : taken->output())
      names.push_back(output.name());
    give(names, op.node, inner, in, calls);
  }

  template <typename Names>
  void give(const Names& names, const onnx::NodeProto& node, Environment& inner, Environment& in,
            const std::vector<ModuleCall>& calls) {
    built_->begin(calls);
    int i = 0;
    for (const std::string& name : names) {
      if (i >= node.output_size())
        break;
      if (name.empty()) {
        in.not_given.emplace(node.output(i++), node.op_type());
        continue;
      }
      const OnnxValue* value = value_of(name, inner);
      if (value == nullptr)
        throw damaged("a function has a result without a name");
      uses(name, inner);
      define(node.output(i++), OnnxValue(*value), in);
    }
  }

  torch::jit::Module returned() {
    std::vector<Value*> values;
    std::vector<std::string> names;
    std::vector<std::string> used;
    for (const auto& output : graph_proto_.output()) {
      if (left_out_.contains(output.name()))
        continue;
      const OnnxValue* value = value_of(output.name(), main_);
      if (value == nullptr || value->tensor == nullptr || !value->of_images)
        continue; // it is the same for all images
      values.push_back(value->tensor);
      names.push_back(output.name());
      used.push_back(output.name());
    }
    if (!unknown_.empty())
      add_end_of_known(values, names, used);
    if (values.empty())
      throw Unreadable("returns nothing that depends on the images", "export a network that returns its output");
    Graph& graph = built_->graph();
    Value* all = values[0];
    if (values.size() > 1) { // a named tuple keeps the names
      std::vector<TypePtr> types;
      for (const Value* value : values)
        types.push_back(value->type());
      const bool unique = std::set(names.begin(), names.end()).size() == names.size();
      const auto type =
          unique ? TupleType::createNamed(c10::QualifiedName("__torch__.Outputs"), names, types) : nullptr;
      all = graph.insertNode(graph.createTuple(values, type))->output();
    }
    return built_->returns(all, used);
  }

  // The last layer before what was left out stands for an output that can't be computed.
  void add_end_of_known(std::vector<Value*>& values, std::vector<std::string>& names, std::vector<std::string>& used) {
    const ModuleGraph::End end = built_->end_of_known();
    const bool has_weights = std::ranges::any_of(built_->graph().nodes(), is_weight_operation);
    if (!has_weights || (values.empty() && end.name.empty()))
      throw Unreadable("needs operators that are not read: " + unknown_.said(),
                       "export it as a torch.export archive (.pt2) or with torch.jit.trace instead");
    program_.ends_early = values.empty();
    if (program_.ends_early) {
      values.push_back(end.value);
      names.push_back(end.name);
      used.push_back(end.name);
    }
    program_.notes.push_back(unknown_.note(program_.ends_early ? std::optional(end.module) : std::nullopt));
  }

  void say_what_is_not_read() {
    std::vector<std::string> names;
    for (const std::string& name : built_->unread())
      if (names.size() < 5)
        names.push_back(fmt::format("'{}'", for_terminal(name)));
      else if (names.size() == 5)
        names.push_back(fmt::format("{} more", built_->unread().size() - 5));
    if (!names.empty())
      program_.notes.push_back(fmt::format("{} {} more than one tensor, and an ONNX file does not tell their order, so "
                                           "{} can't be read as {}; the layers inside can.",
                                           fmt::join(names, ", "), built_->unread().size() == 1 ? "returns" : "return",
                                           built_->unread().size() == 1 ? "it" : "they",
                                           built_->unread().size() == 1 ? "a layer" : "layers"));
    if (!as_they_are_.empty())
      program_.notes.push_back(as_they_are_.note_of_openvino());
    if (rounds_by_batch_) { // then what an image gives would depend on those beside it
      program_.limits.most_images = 1;
      program_.notes.emplace_back("It rounds to steps that depend on all images of a run (DynamicQuantizeLinear), so "
                                  "images run one by one.");
    }
    static const std::set<std::string> roundings = {"QuantizeLinear", "QLinearConv", "DynamicQuantizeLinear"};
    if (std::ranges::any_of(graph_proto_.node(), [](const auto& node) { return roundings.contains(node.op_type()); }))
      program_.notes.emplace_back("It was quantised: its values are rounded as the file says, but computed in float32, "
                                  "which is not faster than the network before it was quantised. Where a value lies "
                                  "between two steps, other programs may round it to the other one: in a ResNet-18, "
                                  "features differed from ONNX Runtime's by about 1 % of the largest.");
    const auto folded = std::ranges::count_if(graph_proto_.node(), [](const onnx::NodeProto& node) {
      return node.op_type() == "Conv" && node.input_size() > 1 && node.input(1).starts_with("onnx::Conv_");
    });
    if (folded > 0)
      program_.notes.push_back(fmt::format(
          "Its exporter joined {} with the batch {} behind {}: {} as a layer what the batch norm made.",
          folded == 1 ? "a convolution" : fmt::format("{} convolutions", folded), folded == 1 ? "norm" : "norms",
          folded == 1 ? "it" : "them", folded == 1 ? "it gives" : "each of them gives"));
  }

  const onnx::ModelProto& model_;
  onnx::GraphProto& graph_proto_;
  const bool by_tf2onnx_;
  OnnxTensors tensors_;
  Environment main_;
  Functions functions_;
  OnnxModules modules_;
  ExportedProgram program_;
  std::optional<ModuleGraph> built_;
  std::optional<OnnxParameters> parameters_;
  UnknownOperations unknown_;
  UnknownOperations as_they_are_;  // which OpenVINO runs
  std::set<std::string> left_out_; // names of results
  bool rounds_by_batch_ = false;   // to steps that depend on all images of a run
  int nodes_ = 0;
  int environments_ = 0;
};

} // namespace

ExportedProgram read_onnx(const std::filesystem::path& file, const std::shared_ptr<const std::string>& bytes) {
  std::error_code error;
  constexpr std::uintmax_t most = (std::uintmax_t{1} << 31U) - 1;
  if (!bytes && std::filesystem::file_size(file, error) > most)
    throw Unreadable("is larger than 2 GB, which no ONNX file can be",
                     "export it with its weights in a file of their own (external data)");
  onnx::ModelProto model;
  std::ifstream stream;
  if (!bytes)
    stream.open(file, std::ios::binary);
  if (!(bytes ? model.ParseFromString(*bytes) : model.ParseFromIstream(&stream)) || !model.has_graph())
    throw damaged("it can't be read as an ONNX model");
  ExportedProgram program = OnnxReader(model, file).read();
  for (const auto& entry : model.metadata_props())
    if (entry.key() == "scalescope")
      program.provenance = entry.value();
  return program;
}

} // namespace scalescope
