#include "core/network/detail/loading/exported_program.h"

#include "core/base/text.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/loading/allowed_operations.h"
#include "core/network/detail/loading/exported_tensors.h"
#include "core/network/detail/loading/unreadable.h"

#include <fmt/format.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/schema_matching.h>
#include <torch/csrc/jit/ir/scope.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;
using nlohmann::json;

constexpr std::size_t deepest_modules = 100;

// The only member of a union: {"as_int": 3}.
std::pair<std::string, const json&> only_member(const json& united) {
  if (!united.is_object() || united.size() != 1)
    throw damaged("models/model.json has a union without its one member");
  return {united.begin().key(), united.begin().value()};
}

// A call of a module, from a node's nn_module_stack.
struct ModuleCall {
  std::string key;  // another one for each call of a module
  std::string name; // full name of the module
  std::string type; // Python class
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// "L__self__,,m.Net;L__self__stem,stem,torch.nn.modules.conv.Conv2d", the outermost first; nothing where it isn't told.
std::vector<ModuleCall> calls_around(const json& node) {
  const auto metadata = node.find("metadata");
  const std::string stack = metadata == node.end() ? "" : metadata->value("nn_module_stack", std::string());
  std::vector<ModuleCall> calls;
  if (stack.empty() || stack.starts_with("_empty_nn_module_stack"))
    return calls;
  for (const std::string& entry : split(stack, ';')) {
    const std::vector<std::string> fields = split(entry, ',');
    if (fields.size() < 3)
      throw damaged("models/model.json has a node without the modules around it");
    calls.push_back({fields[0], fields[1].substr(0, fields[1].find('@')), fields[2]});
  }
  if (calls.size() > deepest_modules)
    throw damaged("its modules are nested too deeply");
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

const FunctionSchema* schema_of(const Operation& operation) {
  for (const auto& known : getAllOperatorsFor(Symbol::fromQualString(operation.name)))
    if (known->schema().overload_name() == operation.overload)
      return &known->schema();
  return nullptr;
}

// x * 2 is exported as mul.Tensor of a number: that is mul.Scalar.
const FunctionSchema* schema_for(const Operation& operation, const json& inputs) {
  const bool of_number = operation.overload == "Tensor" && inputs.size() > 1 &&
                         (inputs[1].at("arg").contains("as_int") || inputs[1].at("arg").contains("as_float"));
  const FunctionSchema* scalar = of_number ? schema_of({operation.name, "Scalar"}) : nullptr;
  return scalar != nullptr ? scalar : schema_of(operation);
}

std::string in_layer(const json& node) {
  const std::vector<ModuleCall> calls = calls_around(node);
  return calls.empty() || calls.back().name.empty() ? "outside of its layers"
                                                    : "in the layer '" + printable(calls.back().name) + "'";
}

// Before anything long is done.
void check_exported_operations(const json& nodes) {
  struct Missing {
    std::string where; // first
    int times = 0;
  };
  std::map<std::string, Missing> missing;
  for (const json& node : nodes) {
    const auto target = node.at("target").get<std::string>();
    const Operation operation = operation_of(target);
    if (is_check(operation.name) || passes_through(operation.name))
      continue;
    const bool named = operation.name.find("::") != std::string::npos;
    if (named && operation.name.starts_with("aten::") && !is_allowed_operation(operation.name) && schema_of(operation))
      throw Unreadable("uses " + printable(operation.name) + " " + in_layer(node) +
                           ", which is not needed to compute with tensors and may do harm",
                       "export a network without it");
    if (named && is_allowed_operation(operation.name) && schema_of(operation) != nullptr)
      continue;
    Missing& one = missing[printable(target)];
    if (one.times++ == 0)
      one.where = in_layer(node);
  }
  if (missing.empty())
    return;
  constexpr std::size_t most_named = 5;
  std::vector<std::string> said;
  for (const auto& [target, one] : missing)
    if (said.size() < most_named)
      said.push_back(
          fmt::format("{} ({} {}, first {})", target, one.times, one.times == 1 ? "time" : "times", one.where));
  if (missing.size() > most_named)
    said.push_back(fmt::format("and {} more", missing.size() - most_named));
  throw Unreadable(
      fmt::format("needs what {} does not have: {}", libtorch_version(), fmt::join(said, ", ")),
      "export the network with torch.jit.trace instead, or use a build of ScaleScope with a newer LibTorch");
}

// Builds the module and its forward.
class ExportReader {
 public:
  ExportReader(ExportedFiles& files, const json& model)
      : files_(files), graph_module_(model.at("graph_module")), graph_json_(graph_module_.at("graph")),
        ranges_(model.at("range_constraints")) {}

  ExportedProgram read() {
    check_exported_operations(graph_json_.at("nodes"));
    find_types();
    make_modules();
    self_ = graph_->addInput("self");
    self_->setType(program_.module.type());
    read_inputs();
    find_last_uses();
    for (const json& node : graph_json_.at("nodes")) {
      enter(calls_around(node));
      emit(node);
      ++place_;
    }
    enter({});
    graph_->registerOutput(returned());
    graph_->lint();
    auto unit = program_.module._ivalue()->compilation_unit();
    program_.module.type()->addMethod(
        unit->create_function(c10::QualifiedName(*program_.module.type()->name(), "forward"), graph_));
    say_unread();
    return std::move(program_);
  }

 private:
  // Modules.

  void find_types() {
    for (const json& node : graph_json_.at("nodes"))
      for (const ModuleCall& call : calls_around(node))
        types_.emplace(call.name, call.type);
  }

  Module new_module(const std::string& name) {
    const auto found = types_.find(name);
    std::string type = found == types_.end() ? "" : found->second.substr(found->second.rfind('.') + 1);
    const bool plain = std::ranges::all_of(type, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
    Module made(c10::QualifiedName("__torch__." + (type.empty() || !plain ? "Module" : type)), unit_,
                /*shouldMangle=*/true);
    made.register_attribute("training", c10::BoolType::get(), false);
    return made;
  }

  Module& module_at(const std::string& name) {
    if (const auto found = modules_.find(name); found != modules_.end())
      return found->second;
    const auto [parent, own] = parted(name);
    if (static_cast<std::size_t>(std::ranges::count(name, '.')) >= deepest_modules)
      throw damaged("its modules are nested too deeply");
    Module& above = module_at(parent);
    if (above.hasattr(own))
      throw damaged(printable(name) + " is in it twice");
    Module made = new_module(name);
    above.register_module(own, made);
    return modules_.emplace(name, made).first->second;
  }

  // "a.b.c" -> "a.b", "c".
  static std::pair<std::string, std::string> parted(const std::string& name) {
    const auto dot = name.rfind('.');
    const std::string own = dot == std::string::npos ? name : name.substr(dot + 1);
    if (own.empty())
      throw damaged("it has a module or a tensor without a name");
    return {dot == std::string::npos ? "" : name.substr(0, dot), own};
  }

  void make_modules() {
    program_.module = new_module("");
    modules_.emplace("", program_.module);
    for (const json& call : graph_module_.at("module_call_graph")) // as named_modules() lists them
      if (const auto name = call.at("fqn").get<std::string>(); name.find('@') == std::string::npos)
        (void)module_at(name);
    for (const auto& [name, type] : types_)
      (void)module_at(name);
  }

  // Inputs.

  Value* attribute(const std::string& name) {
    Value* value = self_;
    std::string path;
    for (const std::string& part : split(parted(name).first, '.')) {
      if (part.empty())
        break;
      path = join_names(path, part);
      Value*& inner = module_values_[path];
      if (inner == nullptr)
        inner = graph_->insertGetAttr(value, part);
      value = inner;
    }
    return graph_->insertGetAttr(value, parted(name).second);
  }

  void define(const std::string& name, Value* value) {
    if (!values_.emplace(name, value).second)
      throw damaged("its graph computes " + printable(name) + " twice");
  }

  void read_inputs() {
    const auto weights = files_.tensors_of("data/weights/", "model_weights_config.json");
    const auto constants = files_.tensors_of("data/constants/", "model_constants_config.json");
    const auto tensor = [&](const std::string& name) {
      for (const auto* all : {&weights, &constants})
        if (const auto found = all->find(name); found != all->end())
          return found->second;
      throw damaged("its tensor " + printable(name) + " is missing");
    };
    bool image = false;
    for (const json& spec : graph_module_.at("signature").at("input_specs")) {
      const auto& [kind, about] = only_member(spec);
      if (kind == "parameter" || kind == "buffer") {
        const auto name = about.at(kind + "_name").get<std::string>();
        const auto [parent, own] = parted(name);
        Module& module = module_at(parent);
        if (!module.hasattr(own)) { // one tensor may have two values
          if (kind == "parameter")
            module.register_parameter(own, tensor(name), /*is_buffer=*/false);
          else
            module.register_buffer(own, tensor(name));
        }
        define(about.at("arg").at("name").get<std::string>(), attribute(name));
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
        define(name, graph_->addInput("images"));
        read_limits(graph_json_.at("tensor_values").at(name));
      } else if (kind != "constant_input") {
        throw Unreadable("takes an input of the kind " + printable(kind) + ", which is not read",
                         "export a network whose forward takes the image batch only");
      }
    }
    if (!image)
      throw Unreadable("takes no batch of images", "export a network whose forward takes one");
  }

  struct Range {
    std::int64_t least = 0;
    std::int64_t most = 0; // 0: any
  };

  // A size that the export left open has a symbol of its own; another expression (2*s) is held at the example's size.
  Range range_of(const json& size) const {
    const auto& [kind, what] = only_member(size);
    if (kind == "as_int")
      return {what.get<std::int64_t>(), what.get<std::int64_t>()};
    std::string symbol = what.at("expr_str").get<std::string>();
    if (symbol.starts_with("Symbol('"))
      symbol = symbol.substr(8, symbol.find('\'', 8) - 8);
    const auto range = ranges_.find(symbol);
    if (range == ranges_.end() || what.at("expr_str").get<std::string>().find_first_of("+*/") != std::string::npos) {
      const auto hint = what.at("hint").at("as_int").get<std::int64_t>();
      return {hint, hint};
    }
    const auto number = [&](const char* which) {
      const json& bound = range->at(which);
      return bound.is_null() ? std::int64_t{0} : bound.get<std::int64_t>();
    };
    return {number("min_val"), number("max_val")};
  }

  void read_limits(const json& images) {
    const json& sizes = images.at("sizes");
    if (sizes.size() != 4)
      throw Unreadable(fmt::format("takes a tensor of {} dimensions, not a batch of images", sizes.size()),
                       "export a network that takes N x 3 x height x width");
    if (const c10::ScalarType type = exported_type(images.at("dtype").get<std::int64_t>()); !c10::isFloatingType(type))
      throw Unreadable(fmt::format("takes images of type {}", c10::toString(type)),
                       "export a network that takes float32");
    const auto is_channels = [](const Range& range) {
      return range.least == range.most && (range.least == 1 || range.least == 3);
    };
    const std::size_t height = !is_channels(range_of(sizes[1])) && is_channels(range_of(sizes[3])) ? 1 : 2;
    const Range batch = range_of(sizes[0]);
    const Range rows = range_of(sizes[height]);
    const Range columns = range_of(sizes[height + 1]);
    constexpr std::int64_t largest = 1 << 20;
    for (const Range& range : {batch, rows, columns})
      if (range.least < 0 || range.least > largest || range.most < 0)
        throw damaged("its sizes of images are impossible");
    if (batch.least == batch.most && batch.most > 1)
      throw Unreadable(fmt::format("was exported for batches of exactly {} images", batch.most),
                       "export it with one image, or with dynamic_shapes for the batch");
    const auto smaller = [](std::int64_t a, std::int64_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); };
    ImageLimits& limits = program_.limits;
    limits.most_images = batch.most;
    limits.least_side = static_cast<int>(std::max(rows.least, columns.least));
    limits.most_side = static_cast<int>(std::min(smaller(rows.most, columns.most), largest));
    if (limits.most_side > 0 && limits.least_side > limits.most_side)
      throw Unreadable(fmt::format("takes images of {} x {} pixels only, but ScaleScope gives square ones",
                                   columns.least, rows.least),
                       "export it for square images");
    if (limits.most_images == 1)
      program_.notes.emplace_back("It was exported for a single image, so images run one by one, which is slower; "
                                  "export it with dynamic_shapes for the batch to avoid this.");
    if (limits.least_side == limits.most_side && limits.most_side > 0)
      program_.notes.push_back(
          fmt::format("It was exported for images of {0} x {0} pixels, and takes no others.", limits.most_side));
  }

  // Outputs of modules: the tensor that a call made and that is used after it.

  void find_last_uses() {
    std::size_t place = 0;
    std::vector<std::string> names;
    const auto used = [&](const json& argument, std::size_t where) {
      names.clear();
      names_in(argument, names);
      for (const std::string& name : names)
        last_use_[name] = where;
    };
    for (const json& node : graph_json_.at("nodes")) {
      for (const json& input : node.at("inputs"))
        used(input.at("arg"), place);
      ++place;
    }
    used(graph_json_.at("outputs"), place);
  }

  struct OpenCall {
    ModuleCall call;
    std::size_t first; // in made_
  };

  // Ends the calls that a node is not in, and begins those it is in.
  void enter(const std::vector<ModuleCall>& calls) {
    if (calls.empty() && place_ < graph_json_.at("nodes").size())
      return; // the export doesn't say where it is
    std::size_t common = 0;
    while (common < std::min(open_.size(), calls.size()) && open_[common].call.key == calls[common].key)
      ++common;
    while (open_.size() > common) {
      leave(open_.back());
      open_.pop_back();
    }
    for (; common < calls.size(); ++common)
      open_.push_back({calls[common], made_.size()});
  }

  void leave(const OpenCall& ended) {
    if (ended.call.name.empty())
      return;
    std::vector<Value*> returned;
    for (std::size_t i = ended.first; i < made_.size(); ++i)
      if (const auto use = last_use_.find(made_[i]); use != last_use_.end() && use->second >= place_)
        returned.push_back(values_.at(made_[i]));
    if (returned.size() == 1)
      mark_output(*graph_, returned.front(), ended.call.name);
    else if (returned.size() > 1)
      unread_.insert(ended.call.name);
  }

  void say_unread() {
    if (unread_.empty())
      return;
    std::vector<std::string> names;
    for (const std::string& name : unread_)
      names.push_back("'" + for_terminal(name) + "'");
    program_.notes.push_back(fmt::format("{} {} more than one tensor, and a torch.export archive does not tell their "
                                         "order, so {} can't be read as {}; the layers inside can.",
                                         fmt::join(names, ", "), names.size() == 1 ? "returns" : "return",
                                         names.size() == 1 ? "it" : "they", names.size() == 1 ? "a layer" : "layers"));
  }

  // Operations.

  Value* value_of(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end())
      throw damaged("its graph uses " + printable(name) + ", which nothing computes before");
    return found->second;
  }

  Value* size(const json& size) {
    const auto& [kind, what] = only_member(size);
    return kind == "as_name" ? value_of(what.get<std::string>()) : graph_->insertConstant(what.get<std::int64_t>());
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
      return constant(kind == "as_int" ? at::scalar_tensor(what.get<std::int64_t>(), at::kLong)
                                       : at::scalar_tensor(real(what), at::kDouble)); // as a trace has numbers
    if (kind == "as_int")
      return plain && plain->kind() == TypeKind::FloatType ? constant(what.get<double>())
                                                           : constant(what.get<std::int64_t>());
    if (kind == "as_float")
      return constant(real(what));
    if (kind == "as_bool")
      return constant(what.get<bool>());
    if (kind == "as_string")
      return constant(what.get<std::string>());
    if (kind == "as_ints")
      return constant(what.get<std::vector<std::int64_t>>());
    if (kind == "as_floats") {
      std::vector<double> numbers;
      for (const json& one : what)
        numbers.push_back(real(one));
      return constant(numbers);
    }
    if (kind == "as_bools")
      return constant(c10::IValue(what.get<std::vector<bool>>()));
    if (kind == "as_scalar_type")
      return constant(static_cast<std::int64_t>(exported_type(what.get<std::int64_t>())));
    if (kind == "as_memory_format")
      return constant(memory_format(what.get<std::int64_t>()));
    if (kind == "as_device") // networks are loaded on the CPU
      return constant(c10::Device(c10::kCPU));
    if (kind == "as_layout" && what.get<std::int64_t>() == 7)
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
    if (!number.is_string())
      return number.get<double>();
    const auto text = number.get<std::string>();
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
    const WithCurrentScope scope(*graph_, scope_of_module(open_.empty() ? "" : open_.back().call.name));
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
    std::optional<MatchedSchema> matched;
    try {
      matched = matchSchema(*schema, SourceRange(), *graph_, placed, named);
    } catch (const std::exception&) {
      throw Unreadable("calls " + printable(operation.name) + " " + in_layer(node) + " in a way that " +
                           libtorch_version() + " does not know",
                       "export the network with torch.jit.trace instead, or use a build of ScaleScope with a newer "
                       "LibTorch");
    }
    Node* made = graph_->insertNode(
        graph_->create(Symbol::fromQualString(operation.name), matched->inputs, matched->return_types.size()));
    for (std::size_t i = 0; i < matched->return_types.size(); ++i)
      made->outputs()[i]->setType(matched->return_types[i]);
    (void)made->getOperation(); // it exists
    define_outputs(outputs, made->outputs().vec(), operation);
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
    made_.push_back(name);
  }

  // What it returns.

  Value* returned() {
    std::vector<Value*> tensors;
    for (const json& spec : graph_module_.at("signature").at("output_specs")) {
      const auto& [kind, about] = only_member(spec);
      if (kind != "user_output")
        continue; // a buffer's new value
      tensors.push_back(argument(about.at("arg"), nullptr));
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
  std::shared_ptr<CompilationUnit> unit_ = std::make_shared<CompilationUnit>();
  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  Value* self_ = nullptr;
  std::map<std::string, std::string> types_; // Python classes by the modules' names
  std::map<std::string, Module> modules_;    // by name
  std::map<std::string, Value*> module_values_;
  std::map<std::string, Value*> values_;        // by torch.export's names
  std::map<std::string, std::size_t> last_use_; // the last node that uses a value
  std::vector<std::string> made_;               // tensors, in the order of the nodes
  std::vector<OpenCall> open_;                  // from the outermost
  std::set<std::string> unread_;                // modules that return several tensors
  std::size_t place_ = 0;                       // of the node
};

void check_version(ExportedFiles& files, const json& model) {
  constexpr std::uint64_t small = 1024;
  const auto number = model.at("schema_version").at("major").get<std::int64_t>();
  const std::string archive = files.text_of("archive_version", small);
  if (number != 8 || archive != "0")
    throw Unreadable(
        fmt::format("is a torch.export archive of a version that is not known ({}, {})", number, printable(archive)),
        "export the network again with torch.export.save of PyTorch 2.15");
  if (files.contains("byteorder") && files.text_of("byteorder", small) != "little")
    throw Unreadable("was written on a machine with another byte order",
                     "export it again on a computer with an x86 or ARM processor");
}

} // namespace

ExportedProgram read_exported_program(const std::shared_ptr<Archive>& archive) {
  try {
    ExportedFiles files(archive);
    const json model = files.json_of("models/model.json");
    check_version(files, model);
    return ExportReader(files, model).read();
  } catch (const json::exception&) {
    throw damaged("models/model.json does not hold what torch.export writes");
  }
}

} // namespace scalescope
