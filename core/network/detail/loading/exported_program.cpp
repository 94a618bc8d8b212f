#include "core/network/detail/loading/exported_program.h"

#include "core/base/text.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/graph/operations.h"
#include "core/network/detail/loading/allowed_operations.h"
#include "core/network/detail/loading/exported_tensors.h"
#include "core/network/detail/loading/image_sizes.h"
#include "core/network/detail/loading/module_graph.h"
#include "core/network/detail/loading/unknown_operations.h"
#include "core/network/provenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;
using nlohmann::json;

// The only member of a union: {"as_int": 3}.
std::pair<std::string, const json&> only_member(const json& united) {
  if (!united.is_object() || united.size() != 1)
    throw damaged("models/model.json has a union without its one member");
  return {united.begin().key(), united.begin().value()};
}

// A call of a module, from a node's nn_module_stack.
struct CallInStack {
  ModuleCall call;
  std::string type; // Python class
};

// The full name of a module. PyTorch before 2.8 wrote the Python expression that leads to it instead:
// "getattr(L['self'].layer1, '0').conv" is layer1.0.conv.
std::string module_name(std::string path) {
  path = path.substr(0, path.find('@')); // a further call
  const auto replace_all = [&](const std::string& what, const std::string& with) {
    std::string replaced;
    std::size_t begin = 0;
    for (auto at = path.find(what); at != std::string::npos; at = path.find(what, begin)) {
      replaced += path.substr(begin, at - begin) + with;
      begin = at + what.size();
    }
    path = replaced + path.substr(begin);
  };
  if (path.starts_with("L[") || path.starts_with("getattr(")) {
    replace_all("getattr(", "");
    replace_all(", '", ".");
    replace_all("')", "");
    replace_all("._modules['", ".");
    const auto self = path.find(']');
    path = self == std::string::npos ? "" : path.substr(self + 1);
    replace_all("']", "");
    path.erase(0, path.starts_with('.') ? 1 : 0);
  }
  return path;
}

// "L__self__,,m.Net;L__self__stem,stem,torch.nn.modules.conv.Conv2d", the outermost first; nothing where it isn't told.
std::vector<CallInStack> calls_around(const json& node) {
  const auto metadata = node.find("metadata");
  const std::string stack = metadata == node.end() ? "" : metadata->value("nn_module_stack", std::string());
  std::vector<CallInStack> calls;
  if (stack.empty() || stack.starts_with("_empty_nn_module_stack"))
    return calls;
  for (const std::string& entry : split(stack, ';')) {
    const auto first = entry.find(',');
    const auto last = entry.rfind(',');
    if (first == last) // or there are none
      throw damaged("models/model.json has a node without the modules around it");
    calls.push_back(
        {{entry.substr(0, first), module_name(entry.substr(first + 1, last - first - 1))}, entry.substr(last + 1)});
  }
  return calls;
}

// The values that an argument names.
void names_in(const json& argument, std::vector<std::string>& into) {
  if (argument.is_object()) {
    for (const auto& [key, value] : argument.items())
      if ((key == "name" || key == "as_name") && value.is_string())
        into.push_back(value.get<std::string>());
      else
        names_in(value, into);
  } else if (argument.is_array()) {
    for (const json& element : argument)
      names_in(element, into);
  }
}

// An operation of LibTorch, by the target of a node: "torch.ops.aten.add.Tensor".
struct Operation {
  std::string name;     // "aten::add"
  std::string overload; // "Tensor"
};

Operation operation_of(const std::string& target) {
  // Python's operators on sizes.
  static const std::map<std::string, std::string> on_sizes = {
      {"add", "add"},       {"sub", "sub"}, {"mul", "mul"}, {"floordiv", "floordiv"},
      {"mod", "remainder"}, {"eq", "eq"},   {"ne", "ne"},   {"lt", "lt"},
      {"le", "le"},         {"gt", "gt"},   {"ge", "ge"}};
  if (target.starts_with("_operator."))
    if (const auto found = on_sizes.find(target.substr(10)); found != on_sizes.end())
      return {"aten::" + found->second, "int"};
  if (!target.starts_with("torch.ops."))
    return {target, ""};
  const std::vector<std::string> parts = split(target.substr(10), '.');
  if (parts.size() != 3)
    return {target, ""};
  if (parts[0] == "aten" && parts[1] == "sym_size")
    return {"aten::size", parts[2]};
  return {parts[0] + "::" + parts[1], parts[2] == "default" ? "" : parts[2]};
}

// What only checks sizes and types, or only keeps gradients apart.
bool is_check(const std::string& operation) {
  static const std::set<std::string> names = {"aten::_assert_scalar", "aten::_assert_tensor_metadata",
                                              "aten::_assert_async", "aten::sym_constrain_range",
                                              "aten::sym_constrain_range_for_size"};
  return names.contains(operation);
}
bool passes_through(const std::string& operation) {
  static const std::set<std::string> names = {"aten::lift_fresh", "aten::lift_fresh_copy", "aten::detach",
                                              "aten::detach_", "aten::alias"};
  return names.contains(operation);
}

// Operations that a decomposed program (run_decompositions) has instead of those that people call: these have the same
// arguments, but for a few, and more results, which evaluation doesn't use.
struct Decomposed {
  const char* target;                                            // "torch.ops.aten." and ".default" left out
  const char* plain;                                             // likewise
  std::vector<const char*> dropped = {};                         // arguments
  std::vector<std::pair<const char*, const char*>> renamed = {}; // arguments
  std::vector<const char*> off = {};                             // further arguments, which are false
};

// Writes these as they were called.
void compose(json& nodes) {
  static const std::vector<Decomposed> all = {
      {"_native_batch_norm_legit_no_training.default", "batch_norm.default", {}, {}, {"training", "cudnn_enabled"}},
      {"native_layer_norm.default", "layer_norm.default"},
      {"native_group_norm.default", "group_norm.default", {"N", "C", "HxW"}, {{"group", "num_groups"}}},
      {"max_pool2d_with_indices.default", "max_pool2d.default"},
      {"_scaled_dot_product_flash_attention_for_cpu.default", "scaled_dot_product_attention.default"},
      {"_softmax.default", "softmax.int", {"half_to_float"}},
      {"_log_softmax.default", "log_softmax.int", {"half_to_float"}},
      {"_adaptive_avg_pool2d.default", "adaptive_avg_pool2d.default"},
      // Attention that is written out returns another order in memory than the operation did, which a view can't take.
      {"view.default", "reshape.default", {}, {{"size", "shape"}}},
      {"_unsafe_view.default", "reshape.default", {}, {{"size", "shape"}}}};
  const std::string aten = "torch.ops.aten.";
  for (json& node : nodes) {
    const auto target = node.at("target").get<std::string>();
    const auto found = std::ranges::find_if(all, [&](const Decomposed& one) { return target == aten + one.target; });
    if (found == all.end())
      continue;
    node["target"] = aten + found->plain;
    json inputs = json::array();
    for (json& input : node.at("inputs")) {
      const auto name = input.at("name").get<std::string>();
      if (std::ranges::find(found->dropped, name) != found->dropped.end())
        continue;
      for (const auto& [from, to] : found->renamed)
        if (name == from)
          input["name"] = to;
      inputs.push_back(input);
    }
    for (const char* argument : found->off)
      inputs.push_back({{"name", argument}, {"arg", {{"as_bool", false}}}});
    node["inputs"] = std::move(inputs);
    if (json& outputs = node.at("outputs"); outputs.size() > 1)
      outputs.erase(outputs.begin() + 1, outputs.end());
  }
}

// x * 2 is exported as mul.Tensor of a number: that is mul.Scalar.
const FunctionSchema* schema_for(const Operation& operation, const json& inputs) {
  const bool of_number = operation.overload == "Tensor" && inputs.size() > 1 &&
                         (inputs[1].at("arg").contains("as_int") || inputs[1].at("arg").contains("as_float"));
  const FunctionSchema* scalar = of_number ? schema_of(operation.name, "Scalar") : nullptr;
  return scalar != nullptr ? scalar : schema_of(operation.name, operation.overload);
}

std::string layer_of(const json& node) {
  const std::vector<CallInStack> calls = calls_around(node);
  return calls.empty() ? "" : calls.back().call.name;
}

// Whether an operation is left out because this LibTorch, or the list of what is allowed, doesn't have it.
// @throws Unreadable for one that may do harm.
bool is_unknown(const json& node) {
  const Operation operation = operation_of(node.at("target").get<std::string>());
  if (is_check(operation.name) || passes_through(operation.name))
    return false;
  const bool known =
      operation.name.find("::") != std::string::npos && schema_of(operation.name, operation.overload) != nullptr;
  const bool allowed = is_allowed_operation(operation.name);
  if (known && !allowed && operation.name.starts_with("aten::"))
    throw Unreadable("uses " + printable(operation.name) + " " + in_layer(layer_of(node)) +
                         ", which is not needed to compute with tensors and may do harm",
                     "export a network without it");
  return !known || !allowed;
}

// Builds the module and its forward.
class ExportReader {
 public:
  ExportReader(ExportedFiles& files, const json& model)
      : files_(files), graph_module_(model.at("graph_module")), graph_json_(graph_module_.at("graph")),
        ranges_(model.at("range_constraints")), built_(types_of(graph_json_.at("nodes"))) {}

  ExportedProgram read() {
    make_modules();
    read_inputs();
    for (const json& node : graph_json_.at("nodes")) {
      begin(node);
      emit_or_leave_out(node);
    }
    std::vector<std::string> names;
    names_in(graph_json_.at("outputs"), names);
    std::erase_if(names, [&](const std::string& name) { return left_out_.contains(name); });
    Value* all = returned(names);
    program_.module = built_.returns(all, names);
    say_unread();
    return std::move(program_);
  }

 private:
  // Modules.

  static std::map<std::string, std::string> types_of(const json& nodes) {
    std::map<std::string, std::string> types;
    for (const json& node : nodes)
      for (const CallInStack& around : calls_around(node))
        types.emplace(around.call.name, around.type);
    return types;
  }

  void make_modules() {
    for (const json& call : graph_module_.at("module_call_graph")) // as named_modules() lists them
      if (const auto name = call.at("fqn").get<std::string>(); name.find('@') == std::string::npos)
        (void)built_.module(name);
    for (const auto& [name, type] : types_of(graph_json_.at("nodes")))
      (void)built_.module(name);
  }

  // Inputs.

  void define(const std::string& name, Value* value) {
    if (!values_.emplace(name, value).second)
      throw damaged("its graph computes " + printable(name) + " twice");
  }

  void read_inputs() {
    const auto weights = files_.tensors_of("data/weights/", "model_weights_config.json");
    const auto constants = files_.tensors_of("data/constants/", "model_constants_config.json");
    const auto old_weights = files_.pickled_tensors_of("serialized_state_dict.pt");
    const auto old_constants = files_.pickled_tensors_of("serialized_constants.pt");
    const auto tensor = [&](const std::string& name) {
      for (const auto* all : {&weights, &constants, &old_weights, &old_constants})
        if (const auto found = all->find(name); found != all->end())
          return found->second;
      throw damaged("its tensor " + printable(name) + " is missing");
    };
    bool image = false;
    for (const json& spec : graph_module_.at("signature").at("input_specs")) {
      const auto& [kind, about] = only_member(spec);
      if (kind == "parameter" || kind == "buffer") {
        const auto name = about.at(kind + "_name").get<std::string>();
        define(about.at("arg").at("name").get<std::string>(), built_.tensor(name, tensor(name), kind == "buffer"));
      } else if (kind == "tensor_constant") {
        define(about.at("arg").at("name").get<std::string>(),
               graph_->insertConstant(tensor(about.at("tensor_constant_name").get<std::string>())));
      } else if (kind == "user_input") {
        const auto& [form, argument] = only_member(about.at("arg"));
        if (form != "as_tensor" || image)
          throw Unreadable("takes more than one batch of images",
                           "export a network whose forward takes the image batch only");
        image = true;
        const auto name = argument.at("name").get<std::string>();
        define(name, built_.images());
        read_limits(graph_json_.at("tensor_values").at(name));
      } else if (kind != "constant_input") {
        throw Unreadable("takes an input of the kind " + printable(kind) + ", which is not read",
                         "export a network whose forward takes the image batch only");
      }
    }
    if (!image)
      throw Unreadable("takes no batch of images", "export a network whose forward takes one");
  }

  // A size that the export left open has a symbol of its own; another expression (2*s) is held at the example's size.
  SizeRange range_of(const json& size) const {
    const auto& [kind, what] = only_member(size);
    if (kind == "as_int")
      return {whole_number(what), whole_number(what)};
    std::string symbol = what.at("expr_str").get<std::string>();
    if (symbol.starts_with("Symbol('"))
      symbol = symbol.substr(8, symbol.find('\'', 8) - 8);
    const auto range = ranges_.find(symbol);
    if (range == ranges_.end() || what.at("expr_str").get<std::string>().find_first_of("+*/") != std::string::npos) {
      const auto hint = whole_number(what.at("hint").at("as_int"));
      return {hint, hint};
    }
    const auto number = [&](const char* which) {
      const json& bound = range->at(which);
      return bound.is_null() ? std::int64_t{0} : whole_number(bound);
    };
    return {number("min_val"), number("max_val")};
  }

  void read_limits(const json& images) {
    const json& sizes = images.at("sizes");
    if (const c10::ScalarType type = exported_type(whole_number(images.at("dtype"))); !c10::isFloatingType(type))
      throw Unreadable(fmt::format("takes images of type {}", c10::toString(type)),
                       "export a network that takes float32");
    std::vector<SizeRange> ranges;
    for (const json& size : sizes)
      ranges.push_back(range_of(size));
    program_.limits = read_image_sizes(ranges, program_.notes);
  }

  // Ends the calls that a node is not in, and begins those it is in. Where the export doesn't say, it is in those of
  // the node before.
  void begin(const json& node) {
    const std::vector<CallInStack> calls = calls_around(node);
    std::size_t common = 0;
    while (common < std::min(open_.size(), calls.size()) && open_[common].first == calls[common].call.key)
      ++common;
    if (!calls.empty())
      open_.resize(common);
    for (; common < calls.size(); ++common) // a call that goes on after another one counts as a further call
      open_.push_back(
          {calls[common].call.key, {fmt::format("{}#{}", calls[common].call.key, ++opened_), calls[common].call.name}});
    std::vector<ModuleCall> now;
    for (const auto& [key, call] : open_)
      now.push_back(call);
    built_.begin(now);
    std::vector<std::string> names;
    for (const json& input : node.at("inputs"))
      names_in(input.at("arg"), names);
    for (const std::string& name : names)
      built_.uses(name);
  }

  void say_unread() {
    if (built_.unread().empty())
      return;
    std::vector<std::string> names;
    for (const std::string& name : built_.unread())
      names.push_back(fmt::format("'{}'", for_terminal(name)));
    program_.notes.push_back(fmt::format("{} {} more than one tensor, and a torch.export archive does not tell their "
                                         "order, so {} can't be read as {}; the layers inside can.",
                                         fmt::join(names, ", "), names.size() == 1 ? "returns" : "return",
                                         names.size() == 1 ? "it" : "they", names.size() == 1 ? "a layer" : "layers"));
  }

  // Operations.

  // An operation that is not known is left out, and so is all that needs its results.
  void emit_or_leave_out(const json& node) {
    try {
      if (is_unknown(node)) // also if it is behind another one: all are named
        throw UnknownOperation(printable(node.at("target").get<std::string>()), layer_of(node));
      emit(node);
      return;
    } catch (const UnknownOperation& e) {
      unknown_.add(e.what_it_is, in_layer(e.layer));
    } catch (const BehindUnknown&) { // said once, of what it is behind
    }
    built_.leave_out();
    std::vector<std::string> names;
    names_in(node.at("outputs"), names);
    left_out_.insert(names.begin(), names.end());
  }

  Value* value_of(const std::string& name) const {
    if (left_out_.contains(name))
      throw BehindUnknown();
    const auto found = values_.find(name);
    if (found == values_.end())
      throw damaged("its graph uses " + printable(name) + ", which nothing computes before");
    return found->second;
  }

  Value* size(const json& size) {
    const auto& [kind, what] = only_member(size);
    return kind == "as_name" ? value_of(what.get<std::string>()) : graph_->insertConstant(whole_number(what));
  }

  Value* list(const TypePtr& type, const std::vector<Value*>& elements) {
    return graph_->insertNode(graph_->createList(type, elements))->output();
  }

  // @param wanted the type that the operation's schema names; may be null.
  Value* argument(const json& given, const TypePtr& wanted) {
    const auto& [kind, what] = only_member(given);
    const auto optional = wanted ? wanted->cast<OptionalType>() : nullptr;
    const TypePtr plain = optional ? optional->getElementType() : wanted;
    const auto constant = [&](const IValue& value) { return graph_->insertConstant(value); };
    if (kind == "as_none")
      return constant(IValue());
    if (kind == "as_tensor")
      return value_of(what.at("name").get<std::string>());
    if ((kind == "as_int" || kind == "as_float") && plain && plain->isSubtypeOf(*TensorType::get()))
      return constant(kind == "as_int" ? at::scalar_tensor(whole_number(what), at::kLong)
                                       : at::scalar_tensor(real(what), at::kDouble)); // as a trace has numbers
    if (kind == "as_int")
      return plain && plain->kind() == TypeKind::FloatType ? constant(real(what)) : constant(whole_number(what));
    if (kind == "as_float")
      return constant(real(what));
    if (kind == "as_bool")
      return constant(what.get<bool>());
    if (kind == "as_string")
      return constant(what.get<std::string>());
    if (kind == "as_ints")
      return constant(whole_numbers(what));
    if (kind == "as_floats") {
      std::vector<double> numbers;
      for (const json& one : what)
        numbers.push_back(real(one));
      return constant(numbers);
    }
    if (kind == "as_bools")
      return constant(c10::IValue(what.get<std::vector<bool>>()));
    if (kind == "as_scalar_type")
      return constant(static_cast<std::int64_t>(exported_type(whole_number(what))));
    if (kind == "as_memory_format")
      return constant(memory_format(whole_number(what)));
    if (kind == "as_device") // networks are loaded on the CPU
      return constant(c10::Device(c10::kCPU));
    if (kind == "as_layout" && whole_number(what) == 7)
      return constant(static_cast<std::int64_t>(c10::Layout::Strided));
    if (kind == "as_sym_int")
      return size(what);
    std::vector<Value*> elements;
    if (kind == "as_sym_ints") {
      for (const json& one : what)
        elements.push_back(size(one));
      return list(IntType::get(), elements);
    }
    if (kind == "as_tensors") {
      for (const json& one : what)
        elements.push_back(value_of(one.at("name").get<std::string>()));
      const auto of = plain ? plain->cast<ListType>() : nullptr; // index takes tensors or None
      const bool or_none = of && of->getElementType()->kind() == TypeKind::OptionalType;
      return list(or_none ? TypePtr(OptionalType::ofTensor()) : TypePtr(TensorType::get()), elements);
    }
    if (kind == "as_optional_tensors") {
      for (const json& one : what)
        elements.push_back(argument(one, nullptr));
      return list(OptionalType::ofTensor(), elements);
    }
    throw Unreadable("gives an operation an argument of the kind " + printable(kind) + ", which is not read",
                     "export the network with torch.jit.trace instead");
  }

  // JSON has no infinities: torch.export writes them as texts.
  static double real(const json& number) {
    if (number.is_number())
      return number.get<double>();
    const std::string text = number.is_string() ? number.get<std::string>() : number.dump();
    if (text == "Infinity")
      return std::numeric_limits<double>::infinity();
    if (text == "-Infinity")
      return -std::numeric_limits<double>::infinity();
    throw damaged("models/model.json has " + printable(text) + " instead of a number");
  }

  static std::int64_t memory_format(std::int64_t number) {
    switch (number) {
    case 1:
      return static_cast<std::int64_t>(c10::MemoryFormat::Contiguous);
    case 2:
      return static_cast<std::int64_t>(c10::MemoryFormat::ChannelsLast);
    case 3:
      return static_cast<std::int64_t>(c10::MemoryFormat::ChannelsLast3d);
    case 4:
      return static_cast<std::int64_t>(c10::MemoryFormat::Preserve);
    default:
      throw damaged("models/model.json has an unknown memory format");
    }
  }

  void emit(const json& node) {
    const Operation operation = operation_of(node.at("target").get<std::string>());
    const json& outputs = node.at("outputs");
    if (is_check(operation.name))
      return;
    if (passes_through(operation.name)) {
      Value* same = argument(node.at("inputs").at(0).at("arg"), nullptr);
      define_outputs(outputs, {same}, operation);
      return;
    }
    const FunctionSchema* schema = schema_for(operation, node.at("inputs"));
    const bool by_place = operation.overload == "int" && node.at("target").get<std::string>().starts_with("_operator");
    std::vector<NamedValue> named;
    std::vector<NamedValue> placed;
    for (const json& input : node.at("inputs")) {
      const auto name = input.at("name").get<std::string>();
      const auto index = schema->argumentIndexWithName(name);
      Value* value = argument(input.at("arg"), index ? schema->arguments()[*index].type() : nullptr);
      if (by_place)
        placed.emplace_back(value);
      else
        named.emplace_back(name, value);
    }
    const std::vector<Value*> made = built_.emit(operation.name, schema->overload_name(), placed, named);
    if (made.empty())
      throw UnknownOperation(
          fmt::format("{}, called in a way that {} does not know", printable(operation.name), libtorch_version()),
          layer_of(node));
    define_outputs(outputs, made, operation);
  }

  void define_outputs(const json& outputs, const std::vector<Value*>& values, const Operation& operation) {
    if (outputs.size() > values.size())
      throw damaged("its graph takes more from " + printable(operation.name) + " than that returns");
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto& [kind, what] = only_member(outputs[i]);
      const bool is_tensor = values[i]->type()->isSubtypeOf(*TensorType::get());
      if (kind == "as_tensor" && is_tensor) {
        define_tensor(what.at("name").get<std::string>(), values[i]);
      } else if (kind == "as_tensors" && values[i]->type()->cast<ListType>()) {
        Node* unpacked = graph_->insertNode(graph_->createListUnpack(values[i], what.size()));
        for (std::size_t k = 0; k < what.size(); ++k)
          define_tensor(what[k].at("name").get<std::string>(), unpacked->outputs()[k]);
      } else if ((kind == "as_sym_int" || kind == "as_sym_bool") && !is_tensor) {
        define(what.at("as_name").get<std::string>(), values[i]);
      } else if (kind != "as_none") {
        throw damaged("its graph takes a result of " + printable(operation.name) + " as " + printable(kind));
      }
    }
  }

  void define_tensor(const std::string& name, Value* value) {
    define(name, value);
    built_.makes(name, value);
  }

  // What it returns.

  // @param names of the outputs that can be computed. Receives what stands for them where none can.
  Value* returned(std::vector<std::string>& names) {
    std::vector<Value*> tensors;
    for (const json& spec : graph_module_.at("signature").at("output_specs")) {
      const auto& [kind, about] = only_member(spec);
      if (kind != "user_output")
        continue; // a buffer's new value
      try {
        tensors.push_back(argument(about.at("arg"), nullptr));
      } catch (const BehindUnknown&) { // said below
      }
    }
    if (!unknown_.empty()) {
      add_end_of_known(tensors, names);
      return tensors.size() == 1 ? tensors[0] : graph_->insertNode(graph_->createTuple(tensors))->output();
    }
    if (tensors.empty())
      throw Unreadable("returns nothing", "export a network that returns its output as a tensor");
    const json& calls = graph_module_.at("module_call_graph");
    std::size_t next = 0;
    if (const auto signature = calls.empty() ? json() : calls[0].value("signature", json()); signature.is_object()) {
      const json spec = parse_exported(signature.at("out_spec").get<std::string>(), "models/model.json");
      Value* all = spec.is_array() && spec.size() == 2 ? packed(spec[1], tensors, next) : nullptr;
      if (all != nullptr && next == tensors.size())
        return all;
    }
    return tensors.size() == 1 ? tensors[0] : graph_->insertNode(graph_->createTuple(tensors))->output();
  }

  // The last layer before what was left out stands for an output that can't be computed.
  void add_end_of_known(std::vector<Value*>& tensors, std::vector<std::string>& names) {
    const ModuleGraph::End end = built_.end_of_known();
    if (!std::ranges::any_of(graph_->nodes(), is_weight_operation) || (tensors.empty() && end.name.empty()))
      throw Unreadable(
          fmt::format("needs what {} does not have: {}", libtorch_version(), unknown_.said()),
          "export the network with torch.jit.trace instead, or use a build of ScaleScope with a newer LibTorch");
    program_.ends_early = tensors.empty();
    if (program_.ends_early) {
      tensors.push_back(end.value);
      names.push_back(end.name);
    }
    program_.notes.push_back(unknown_.note(program_.ends_early ? std::optional(end.module) : std::nullopt));
  }

  // The tuples, lists and dicts that hold the tensors; null where they can't be told.
  Value* packed(const json& spec, const std::vector<Value*>& tensors, std::size_t& next) {
    const json& children = spec.at("children_spec");
    if (spec.at("type").is_null())
      return next < tensors.size() ? tensors[next++] : nullptr;
    std::vector<Value*> held;
    for (const json& child : children) {
      held.push_back(packed(child, tensors, next));
      if (held.back() == nullptr)
        return nullptr;
    }
    const auto type = spec.at("type").get<std::string>();
    TupleTypePtr named;
    if (type == "builtins.dict") { // as a named tuple, which can hold values of several types
      const json keys = parse_exported(spec.at("context").get<std::string>(), "models/model.json");
      std::vector<std::string> names;
      for (const json& key : keys)
        names.push_back(key.is_string() ? key.get<std::string>() : key.dump());
      std::vector<TypePtr> types;
      for (const Value* value : held)
        types.push_back(value->type());
      if (names.size() == held.size() && std::set(names.begin(), names.end()).size() == names.size())
        named = TupleType::createNamed(c10::QualifiedName("__torch__.Outputs"), names, types);
    }
    return graph_->insertNode(graph_->createTuple(held, named))->output();
  }

  ExportedFiles& files_;
  const json& graph_module_;
  const json& graph_json_;
  const json& ranges_;
  ExportedProgram program_;
  ModuleGraph built_;
  Graph* graph_ = &built_.graph();
  std::map<std::string, Value*> values_;                 // by torch.export's names
  std::vector<std::pair<std::string, ModuleCall>> open_; // by the export's keys, from the outermost
  std::size_t opened_ = 0;
  UnknownOperations unknown_;
  std::set<std::string> left_out_; // names of results
};

// Where PyTorch before 2.8 puts the graph.
constexpr const char* old_model = "serialized_exported_program.json";

// 7: PyTorch 2.5; 8: from 2.6 on.
void check_version(ExportedFiles& files, const json& model) {
  constexpr std::uint64_t small = 1024;
  const auto number = whole_number(model.at("schema_version").at("major"));
  const std::string archive = files.contains(old_model) ? "0" : files.text_of("archive_version", small);
  if (number < 7 || number > 8 || archive != "0")
    throw Unreadable(
        fmt::format("is a torch.export archive of a version that is not known ({}, {})", number, printable(archive)),
        "export the network again with torch.export.save of PyTorch 2.5 to 2.15");
  if (files.contains("byteorder") && files.text_of("byteorder", small) != "little")
    throw Unreadable("was written on a machine with another byte order",
                     "export it again on a computer with an x86 or ARM processor");
}

} // namespace

ExportedProgram read_exported_program(checkpoint::ZipEntries entries) {
  try {
    ExportedFiles files(std::move(entries));
    json model = files.json_of(files.contains(old_model) ? old_model : "models/model.json");
    check_version(files, model);
    compose(model.at("graph_module").at("graph").at("nodes"));
    ExportedProgram program = ExportReader(files, model).read();
    constexpr std::uint64_t most = 1U << 20U;
    if (const std::string extra = std::string("extra/") + provenance_file; files.contains(extra))
      program.provenance = files.text_of(extra, most);
    return program;
  } catch (const json::exception&) {
    throw damaged("models/model.json does not hold what torch.export writes");
  }
}

} // namespace scalescope
