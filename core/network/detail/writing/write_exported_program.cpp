#include "core/network/detail/writing/write_exported_program.h"

#include "core/base/error.h"
#include "core/base/version.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/engines/torch_error.h"
#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/graph/graph_run.h"
#include "core/network/detail/writing/export_schema.h"

#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/serialization/pickler.h>

#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

namespace scalescope {
namespace {

using namespace torch::jit;
using namespace export_schema;

// A weight or a constant, as the archive holds it.
struct Stored {
  std::string name;  // full
  std::string input; // of the graph
  at::Tensor tensor;
  bool is_parameter = false;
  bool is_constant = false; // of no module
};

// What the values of a graph were in a run. Tensors without their numbers: on the meta device.
using RecordedRun = std::unordered_map<const Value*, c10::IValue>;

at::Tensor outline_of(const at::Tensor& tensor) {
  return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
}

c10::IValue outline_of(const c10::IValue& value) {
  if (value.isTensor())
    return value.toTensor().defined() ? c10::IValue(outline_of(value.toTensor())) : value;
  if (!value.isTensorList())
    return value;
  std::vector<at::Tensor> outlines;
  for (const at::Tensor& tensor : value.toTensorVector())
    outlines.push_back(outline_of(tensor));
  return outlines;
}

class ProgramWriter {
 public:
  ProgramWriter(const Module& module, const WrittenInput& input) : module_(module), input_(input) {
    flat_ = flatten_with_weights(module, weights_);
    keep_output(flat_, 0);
    EliminateDeadCode(flat_.graph);
    record();
    for (const Weight& weight : weights_)
      if (weight.value->hasUses())
        stored_.push_back({weight.name, free_name((weight.is_parameter ? "p_" : "b_") + weight.name),
                           weight.tensor.contiguous(), weight.is_parameter, false});
    for (const Stored& weight : stored_)
      by_weight_[weight.name] = weight.input;
    for (const Weight& weight : weights_)
      if (const auto found = by_weight_.find(weight.name); found != by_weight_.end())
        names_[weight.value] = found->second;
    images_ = free_name("images");
    names_[flat_.graph->inputs()[0]] = images_;
    for (const Node* node : flat_.graph->nodes())
      write(node);
  }

  [[nodiscard]] std::string archive(Provenance provenance) const {
    std::string bytes;
    caffe2::serialize::PyTorchStreamWriter zip([&](const void* data, std::size_t size) {
      bytes.append(static_cast<const char*>(data), size);
      return size;
    });
    const auto put = [&](const std::string& name, const std::string& text) {
      zip.writeRecord(name, text.data(), text.size());
    };
    put("archive_format", "pt2");
    put("archive_version", "0");
    if (!zip.getAllWrittenRecords().contains("byteorder")) // newer LibTorch writes it
      put("byteorder", "little");
    put("models/model.json", model().dump());
    json weights = json::object();
    json constants = json::object();
    for (const Stored& one : stored_) {
      json& list = one.is_constant ? constants : weights;
      const std::string file = fmt::format("{}{}", one.is_constant ? "tensor_" : "weight_", list.size());
      zip.writeRecord((one.is_constant ? "data/constants/" : "data/weights/") + file, one.tensor.data_ptr(),
                      one.tensor.nbytes());
      list[one.name] = {{"path_name", file},
                        {"is_param", one.is_parameter},
                        {"use_pickle", false},
                        {"tensor_meta", meta_of(one.tensor, one.is_parameter)}};
    }
    put("data/weights/model_weights_config.json", json{{"config", weights}}.dump());
    put("data/constants/model_constants_config.json", json{{"config", constants}}.dump());
    put("data/sample_inputs/model.pt", sample_inputs());
    provenance.scalescope = scalescope_version();
    provenance.libtorch = libtorch_version();
    put(std::string("extra/") + provenance_file, to_json(provenance));
    zip.writeEndOfFile();
    return bytes;
  }

 private:
  // Runs it on two numbers of images, to see which sizes depend on that number.
  void record() {
    const torch::NoGradGuard no_gradients;
    const auto run = [&](std::int64_t images) {
      std::vector<std::int64_t> sizes{images, input_.channels, input_.side, input_.side};
      if (input_.channels_last)
        sizes = {images, input_.side, input_.side, input_.channels};
      std::vector<c10::IValue> inputs{at::zeros(sizes)};
      for (const Weight& weight : weights_)
        inputs.emplace_back(weight.tensor);
      RecordedRun recorded;
      run_by_nodes(*flat_.graph, inputs,
                   [&](const Value* value, const c10::IValue& now) { recorded[value] = outline_of(now); });
      return recorded;
    };
    few_ = run(few());
    try {
      many_ = input_.most_images == 1 ? few_ : run(few() + 1);
    } catch (const std::exception&) { // traced for this number
      many_ = few_;
    }
    any_number_ = input_.most_images != 1 && rows(many_) == rows(few_) + 1;
    if (!any_number_ && input_.most_images != 1)
      throw Error("The network can't be written as .pt2: it takes one number of images only, as it was traced; use "
                  "--format torchscript.");
  }

  [[nodiscard]] std::int64_t few() const { return input_.most_images == 1 ? 1 : 2; }
  [[nodiscard]] std::int64_t rows(const RecordedRun& run) const {
    const at::Tensor end = run.at(flat_.graph->outputs()[0]).toTensor();
    return end.dim() == 0 ? 0 : end.size(0);
  }

  // A size that was seen with few() images and with one more.
  json size_seen(std::int64_t of_few, std::int64_t of_many) const {
    const std::int64_t factor = of_many - of_few;
    return size({factor, of_few - factor * few()}, few());
  }

  std::string free_name(const std::string& wish) {
    std::string name;
    for (const char c : wish)
      name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0)
      name = "_" + name;
    std::string free = name;
    for (int i = 1; !taken_.insert(free).second; ++i)
      free = fmt::format("{}_{}", name, i);
    return free;
  }

  void describe(const std::string& name, const at::Tensor& few, const at::Tensor& many) {
    json sizes = json::array();
    json strides = json::array();
    for (std::int64_t i = 0; i < few.dim(); ++i) {
      sizes.push_back(size_seen(few.size(i), many.size(i)));
      strides.push_back(size_seen(few.stride(i), many.stride(i)));
    }
    tensor_values_[name] = meta_of(few.scalar_type(), std::move(sizes), std::move(strides), false);
  }

  // Whether it is the same for any number of images.
  [[nodiscard]] bool is_constant(const Value* value) const {
    const c10::IValue& few = few_.at(value);
    const c10::IValue& many = many_.at(value);
    if (few.isInt())
      return few.toInt() == many.toInt();
    if (few.isIntList())
      return few.toIntVector() == many.toIntVector();
    if (few.isDouble())
      return few.toDouble() == many.toDouble();
    if (few.isBool())
      return few.toBool() == many.toBool();
    return !few.isTensor() && !few.isTensorList();
  }

  [[noreturn]] void refuse(const Node* node) const {
    const std::string module = module_of(node);
    throw Error(fmt::format("The network can't be written as .pt2: {}{} works on the number of images in a way that is "
                            "not written; use --format torchscript.",
                            node->kind().toDisplayString(),
                            module.empty() ? "" : fmt::format(" in the layer '{}'", module)));
  }

  // The name of a whole number that depends on the number of images.
  std::string number(const Value* value) {
    if (const auto known = names_.find(value); known != names_.end())
      return known->second;
    const Node* node = value->node();
    const auto of_dimension = [&](const Value* tensor, std::int64_t dimension) {
      const std::int64_t dims = few_.at(tensor).toTensor().dim();
      return size_of(node, tensor, dimension < 0 ? dimension + dims : dimension);
    };
    if (node->kind() == aten::size && node->inputs().size() == 2)
      return names_[value] = of_dimension(node->input(0), few_.at(node->input(1)).toInt());
    if (node->kind() == prim::NumToTensor || node->kind() == aten::Int || node->kind() == aten::ScalarImplicit)
      return names_[value] = number(node->input(0));
    if (node->kind() == aten::__getitem__ && node->input(0)->node()->kind() == aten::size) {
      const std::int64_t at = few_.at(node->input(1)).toInt();
      return names_[value] = of_dimension(node->input(0)->node()->input(0), at);
    }
    if (node->kind() == prim::ListUnpack && node->input()->node()->kind() == aten::size)
      return names_[value] = of_dimension(node->input()->node()->input(0), static_cast<std::int64_t>(value->offset()));
    static const std::map<c10::Symbol, std::string> operators = {
        {aten::add, "add"},
        {aten::sub, "sub"},
        {aten::mul, "mul"},
        {aten::floordiv, "floordiv"},
        {c10::Symbol::fromQualString("aten::floor_divide"), "floordiv"},
        {aten::remainder, "mod"}};
    const auto found = operators.find(node->kind());
    if (found == operators.end() || node->inputs().size() < 2)
      refuse(node);
    json inputs = json::array();
    for (int i = 0; i < 2; ++i)
      inputs.push_back({{"name", i == 0 ? "a" : "b"}, {"arg", whole(node->input(i))}, {"kind", 1}});
    return names_[value] = add_number(node, "_operator." + found->second, std::move(inputs), found->second,
                                      whole_value(few_, value), whole_value(many_, value));
  }

  static std::int64_t whole_value(const RecordedRun& run, const Value* value) { return run.at(value).toInt(); }

  json whole(const Value* value) {
    if (!few_.at(value).isInt())
      refuse(value->node());
    if (is_constant(value))
      return {{"as_int", few_.at(value).toInt()}};
    return {{"as_sym_int", {{"as_name", number(value)}}}};
  }

  std::string size_of(const Node* asking, const Value* tensor, std::int64_t dimension) {
    std::string& name = sizes_[{tensor, dimension}];
    if (!name.empty())
      return name;
    const json inputs = {{{"name", "self"}, {"arg", as_tensor(names_.at(tensor))}, {"kind", 1}},
                         {{"name", "dim"}, {"arg", {{"as_int", dimension}}}, {"kind", 1}}};
    return name = add_number(asking, "torch.ops.aten.sym_size.int", inputs, "sym_size_int",
                             few_.at(tensor).toTensor().size(dimension), many_.at(tensor).toTensor().size(dimension));
  }

  std::string add_number(const Node* node, const std::string& target, json inputs, const std::string& wish,
                         std::int64_t of_few, std::int64_t of_many) {
    const std::string name = free_name(wish);
    sym_int_values_[name] = size_seen(of_few, of_many);
    add_node(node, target, std::move(inputs), json::array({{{"as_sym_int", {{"as_name", name}}}}}), name);
    return name;
  }

  void add_node(const Node* node, const std::string& target, json inputs, json outputs, const std::string& name) {
    nodes_.push_back({{"target", target},
                      {"inputs", std::move(inputs)},
                      {"outputs", std::move(outputs)},
                      {"metadata", {{"nn_module_stack", modules_around(node)}}},
                      {"is_hop_single_tensor_return", nullptr},
                      {"name", name}});
  }

  // "L__self__,,Net;L__self___layer1,layer1,torch.nn.modules.container.Sequential"
  std::string modules_around(const Node* node) const {
    std::string stack = "L__self__,," + type_name(module_);
    Module inner = module_;
    std::string path;
    const std::string all = module_of(node);
    for (std::size_t begin = 0; begin < all.size();) {
      const std::size_t end = std::min(all.find('.', begin), all.size());
      const std::string own = all.substr(begin, end - begin);
      if (!inner.hasattr(own) || !inner.attr(own).isModule())
        break;
      inner = inner.attr(own).toModule();
      path = all.substr(0, end);
      std::string key = path;
      std::ranges::replace(key, '.', '_');
      stack += fmt::format(";L__self___{},{},{}", key, path, type_name(inner));
      begin = end + 1;
    }
    return stack;
  }

  // "__torch__.torch.nn.modules.conv.Conv2d" is torch.nn.modules.conv.Conv2d.
  static std::string type_name(const Module& module) {
    std::string name;
    for (const std::string& atom : module.type()->name()->atoms())
      if (atom != "__torch__" && !atom.starts_with("___torch_mangle_"))
        name += (name.empty() ? "" : ".") + atom;
    return name;
  }

  // A constant tensor that an operation reads.
  std::string constant(const Value* value) {
    std::string& name = names_[value];
    if (!name.empty())
      return name;
    const auto tensor = toIValue(value)->toTensor();
    const std::string full = fmt::format("lifted_tensor_{}", constants_++);
    name = free_name("c_" + full);
    stored_.push_back({full, name, tensor.contiguous(), false, true});
    return name;
  }

  json tensor(const Value* value) {
    if (value->node()->kind() == prim::Constant)
      return named(constant(value));
    const auto known = names_.find(value);
    if (known == names_.end())
      refuse(value->node());
    return named(known->second);
  }

  // The values in a list. @throws Error if they can't be told.
  std::vector<const Value*> elements_of(const Node* user, const Value* list) const {
    if (list->node()->kind() != prim::ListConstruct)
      refuse(user);
    return {list->node()->inputs().begin(), list->node()->inputs().end()};
  }

  json whole_numbers(const Node* node, const Value* list) {
    json numbers = json::array();
    if (list->node()->kind() == aten::size) {
      const at::Tensor few = few_.at(list->node()->input(0)).toTensor();
      const at::Tensor many = many_.at(list->node()->input(0)).toTensor();
      for (std::int64_t i = 0; i < few.dim(); ++i)
        numbers.push_back(few.size(i) == many.size(i) ? json{{"as_int", few.size(i)}}
                                                      : json{{"as_name", size_of(node, list->node()->input(0), i)}});
      return numbers;
    }
    for (const Value* one : elements_of(node, list))
      numbers.push_back(is_constant(one) ? json{{"as_int", whole_value(few_, one)}} : json{{"as_name", number(one)}});
    return numbers;
  }

  static std::optional<json> by_name(const std::string& argument, const c10::IValue& content) {
    if (argument == "dtype" && content.isInt())
      return json{{"as_scalar_type", number_of(static_cast<at::ScalarType>(content.toInt()))}};
    if (argument == "memory_format" && content.isInt())
      return json{{"as_memory_format", number_of(static_cast<at::MemoryFormat>(content.toInt()))}};
    if (argument == "layout" && content.isInt())
      return json{{"as_layout", 7}};
    if (argument == "device" && content.isDevice())
      return json{{"as_device", cpu()}};
    return std::nullopt;
  }

  json argument(const Node* node, const c10::Argument& about, const Value* value) {
    const c10::IValue& content = few_.at(value);
    if (content.isNone())
      return {{"as_none", true}};
    if (auto known = by_name(about.name(), content))
      return *known;
    if (content.isTensor())
      return {{"as_tensor", tensor(value)}};
    if (content.isTensorList() || (content.isList() && value->node()->kind() == prim::ListConstruct &&
                                   !content.isIntList() && !content.isDoubleList() && !content.isBoolList())) {
      json tensors = json::array();
      bool optional = false;
      const auto elements = elements_of(node, value);
      for (const Value* one : elements)
        optional = optional || few_.at(one).isNone();
      for (const Value* one : elements)
        tensors.push_back(!optional               ? tensor(one)
                          : few_.at(one).isNone() ? json{{"as_none", true}}
                                                  : json{{"as_tensor", tensor(one)}});
      return {{optional ? "as_optional_tensors" : "as_tensors", tensors}};
    }
    if (!is_constant(value)) {
      if (content.isIntList())
        return {{"as_sym_ints", whole_numbers(node, value)}};
      return whole(value);
    }
    if (content.isInt())
      return {{"as_int", content.toInt()}};
    if (content.isDouble())
      return {{"as_float", real(content.toDouble())}};
    if (content.isBool())
      return {{"as_bool", content.toBool()}};
    if (content.isString())
      return {{"as_string", content.toStringRef()}};
    if (content.isIntList())
      return {{"as_ints", content.toIntVector()}};
    if (content.isBoolList())
      return {{"as_bools", content.toBoolList().vec()}};
    if (content.isDoubleList()) {
      json numbers = json::array();
      for (const double one : content.toDoubleVector())
        numbers.push_back(real(one));
      return {{"as_floats", numbers}};
    }
    refuse(node);
  }

  // The tensors that a node returns, under new names.
  void write(const Node* node) {
    if (node->kind() == prim::Constant || node->kind() == prim::ListConstruct || node->kind() == prim::NumToTensor)
      return; // where they are read
    const auto returns_tensors = [&](const Value* value) {
      return few_.at(value).isTensor() || few_.at(value).isTensorList();
    };
    if (!std::ranges::any_of(node->outputs(), returns_tensors))
      return; // numbers, where they are read
    if (node->kind() == prim::ListUnpack || node->kind() == prim::TupleUnpack || node->kind() == aten::__getitem__)
      return take_apart(node);
    if (const at::Tensor first =
            few_.at(node->output(0)).isTensor() ? few_.at(node->output(0)).toTensor() : at::Tensor();
        first.defined() && first.dim() == 0 && first.scalar_type() == at::kLong && made_of_sizes(node))
      return; // a size, in a trace
    write_operation(node);
  }

  // Whether a number in a tensor is computed from sizes only, as in traces.
  [[nodiscard]] static bool made_of_sizes(const Node* node) {
    bool any = false;
    for (const Value* input : node->inputs()) {
      const Node* made = input->node();
      if (made->kind() == prim::Constant)
        continue;
      if (made->kind() != prim::NumToTensor && !(input->type()->isSubtypeOf(*TensorType::get()) && made_of_sizes(made)))
        return false;
      any = true;
    }
    return any;
  }

  void take_apart(const Node* node) {
    const auto lists = lists_.find(node->input(0));
    if (lists == lists_.end()) {
      const Node* made = node->input(0)->node();
      if (made->kind() != prim::ListConstruct && made->kind() != prim::TupleConstruct)
        refuse(node);
      if (node->kind() == aten::__getitem__)
        names_[node->output()] = tensor(made->input(place_in(node, made->inputs().size()))).at("name");
      else
        for (std::size_t i = 0; i < node->outputs().size(); ++i)
          names_[node->outputs()[i]] = tensor(made->inputs()[i]).at("name");
      return;
    }
    if (node->kind() == aten::__getitem__)
      names_[node->output()] = lists->second.at(place_in(node, lists->second.size()));
    else
      for (std::size_t i = 0; i < node->outputs().size(); ++i)
        names_[node->outputs()[i]] = lists->second.at(i);
  }

  [[nodiscard]] std::size_t place_in(const Node* node, std::size_t count) const {
    const std::int64_t at = few_.at(node->input(1)).toInt();
    return static_cast<std::size_t>(at < 0 ? at + static_cast<std::int64_t>(count) : at);
  }

  void write_operation(const Node* node) {
    const FunctionSchema* schema = node->maybeSchema();
    if (schema == nullptr || !node->kind().is_aten() || !node->blocks().empty())
      refuse(node);
    const std::string plain = node->kind().toUnqualString();
    json inputs = json::array();
    for (std::size_t i = 0; i < node->inputs().size(); ++i) {
      const c10::Argument& about = schema->arguments()[i];
      inputs.push_back({{"name", about.name()},
                        {"arg", argument(node, about, node->inputs()[i])},
                        {"kind", about.kwarg_only() ? 2 : 1}});
    }
    std::string target = fmt::format("torch.ops.aten.{}.{}", plain,
                                     schema->overload_name().empty() ? "default" : schema->overload_name());
    if (node->kind() == aten::_convolution)
      simplify_convolution(target, inputs);
    const std::string name = free_name(plain);
    json outputs = json::array();
    for (const Value* value : node->outputs()) {
      const c10::IValue& few = few_.at(value);
      if (few.isTensor()) {
        const std::string own = node->outputs().size() == 1 ? name : free_name(plain + "_result");
        names_[value] = own;
        describe(own, few.toTensor(), many_.at(value).toTensor());
        outputs.push_back(as_tensor(own));
      } else if (few.isTensorList()) {
        const auto of_few = few.toTensorVector();
        const auto of_many = many_.at(value).toTensorVector();
        if (of_few.size() != of_many.size())
          refuse(node);
        json list = json::array();
        for (std::size_t i = 0; i < of_few.size(); ++i) {
          const std::string own = free_name("getitem");
          lists_[value].push_back(own);
          describe(own, of_few[i], of_many[i]);
          list.push_back(named(own));
        }
        outputs.push_back({{"as_tensors", list}});
      } else {
        refuse(node);
      }
    }
    add_node(node, target, std::move(inputs), std::move(outputs), name);
  }

  // As people write it; it takes no settings of a machine.
  static void simplify_convolution(std::string& target, json& inputs) {
    if (inputs[6].at("arg").at("as_bool").get<bool>()) { // transposed
      target = "torch.ops.aten.conv_transpose2d.input";
      const json original = inputs;
      inputs = {original[0], original[1], original[2], original[3], original[4], original[7], original[8], original[5]};
    } else {
      target = "torch.ops.aten.conv2d.default";
      const json original = inputs;
      inputs = {original[0], original[1], original[2], original[3], original[4], original[5], original[8]};
    }
  }

  [[nodiscard]] json model() const {
    json input_specs = json::array();
    json inputs = json::array();
    json values = tensor_values_;
    for (const Stored& one : stored_) {
      json about = {{"arg", named(one.input)}};
      const char* kind = one.is_constant ? "tensor_constant" : one.is_parameter ? "parameter" : "buffer";
      about[std::string(kind) + "_name"] = one.name;
      if (!one.is_constant && !one.is_parameter)
        about["persistent"] = true;
      input_specs.push_back({{kind, about}});
      inputs.push_back(as_tensor(one.input));
      values[one.input] = meta_of(one.tensor, one.is_parameter);
    }
    input_specs.push_back({{"user_input", {{"arg", as_tensor(images_)}}}});
    inputs.push_back(as_tensor(images_));
    const Value* images = flat_.graph->inputs()[0];
    const at::Tensor few = few_.at(images).toTensor();
    json sizes = json::array();
    json strides = json::array();
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::int64_t of_many = any_number_ && i == 0 ? few.size(0) + 1 : few.size(i);
      sizes.push_back(size_seen(few.size(i), of_many));
      strides.push_back({{"as_int", few.stride(i)}});
    }
    values[images_] = meta_of(few.scalar_type(), sizes, strides, false);

    const std::string end = names_.at(flat_.graph->outputs()[0]);
    const json graph = {{"inputs", inputs},
                        {"outputs", json::array({as_tensor(end)})},
                        {"nodes", nodes_},
                        {"tensor_values", values},
                        {"sym_int_values", sym_int_values_},
                        {"sym_bool_values", json::object()},
                        {"sym_float_values", json::object()},
                        {"custom_obj_values", json::object()},
                        {"is_single_tensor_return", false}};
    json calls = json::array();
    const char* leaf = R"({"type": null, "context": null, "children_spec": []})";
    calls.push_back(
        {{"fqn", ""},
         {"signature",
          {{"inputs", json::array()},
           {"outputs", json::array()},
           {"in_spec", fmt::format(R"([1, {{"type": "builtins.tuple", "context": "null", "children_spec": )"
                                   R"([{{"type": "builtins.tuple", "context": "null", "children_spec": [{}]}}, )"
                                   R"({{"type": "builtins.dict", "context": "[]", "children_spec": []}}]}}])",
                                   leaf)},
           {"out_spec", fmt::format("[1, {}]", leaf)},
           {"forward_arg_names", {images_}}}}});
    for (const auto& module : module_.named_modules())
      if (!module.name.empty())
        calls.push_back({{"fqn", module.name}, {"signature", nullptr}});
    json ranges = json::object();
    if (any_number_)
      ranges[images_symbol] = {{"min_val", 1},
                               {"max_val", input_.most_images == 0 ? json(nullptr) : json(input_.most_images)}};
    return {{"graph_module",
             {{"graph", graph},
              {"signature",
               {{"input_specs", input_specs},
                {"output_specs", json::array({{{"user_output", {{"arg", as_tensor(end)}}}}})}}},
              {"module_call_graph", calls},
              {"metadata", json::object()},
              {"treespec_namedtuple_fields", json::object()}}},
            {"opset_version", {{"aten", 10}}},
            {"range_constraints", ranges},
            {"schema_version", {{"major", 8}, {"minor", 1}}},
            {"verifiers", {"TRAINING"}},
            {"torch_version", "2.9.0"},
            {"guards_code", json::array()}};
  }

  // torch.save of ((images,), {}).
  [[nodiscard]] std::string sample_inputs() const {
    const at::Tensor images = at::zeros(few_.at(flat_.graph->inputs()[0]).toTensor().sizes());
    std::string pickle;
    Pickler pickler([&](const char* data, std::size_t size) { pickle.append(data, size); }, nullptr, nullptr, nullptr,
                    nullptr, /*tag_aggregates=*/false);
    pickler.protocol();
    pickler.pushIValue(
        c10::ivalue::Tuple::create({c10::ivalue::Tuple::create({images}), c10::Dict<std::string, at::Tensor>()}));
    pickler.stop();
    std::string file;
    caffe2::serialize::PyTorchStreamWriter zip([&](const void* data, std::size_t size) {
      file.append(static_cast<const char*>(data), size);
      return size;
    });
    zip.writeRecord("data.pkl", pickle.data(), pickle.size());
    zip.writeRecord("data/0", images.data_ptr(), images.nbytes());
    zip.writeEndOfFile();
    return file;
  }

  Module module_;
  WrittenInput input_;
  FlatGraph flat_;
  std::vector<Weight> weights_;
  RecordedRun few_;
  RecordedRun many_; // with one more image
  bool any_number_ = false;
  std::vector<Stored> stored_;
  std::map<std::string, std::string> by_weight_;
  std::set<std::string> taken_;
  std::map<const Value*, std::string> names_;                          // of tensors and of numbers
  std::map<const Value*, std::vector<std::string>> lists_;             // of tensors
  std::map<std::pair<const Value*, std::int64_t>, std::string> sizes_; // that were asked for
  std::string images_;
  std::int64_t constants_ = 0;
  json nodes_ = json::array();
  json tensor_values_ = json::object();
  json sym_int_values_ = json::object();
};

} // namespace

std::string write_exported_program(const Module& module, const WrittenInput& input, Provenance provenance) {
  try {
    return ProgramWriter(module, input).archive(std::move(provenance));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    throw Error(fmt::format("The network can't be written as .pt2 ({}); use --format torchscript.", cause_of(e)));
  }
}

} // namespace scalescope
