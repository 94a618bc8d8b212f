#include "core/network/detail/loading/module_graph.h"

#include "core/base/text.h"
#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/loading/unreadable.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/schema_matching.h>
#include <torch/csrc/jit/ir/scope.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <ranges>
#include <tuple>

namespace scalescope {

using namespace torch::jit;

namespace {

constexpr std::ptrdiff_t deepest_modules = 100;

Module new_module(const std::string& type, const std::shared_ptr<CompilationUnit>& unit) {
  const std::string own = type.substr(type.rfind('.') + 1);
  const bool plain = std::ranges::all_of(own, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  Module made(c10::QualifiedName("__torch__." + (own.empty() || !plain ? "Module" : own)), unit,
              /*shouldMangle=*/true);
  made.register_attribute("training", c10::BoolType::get(), false);
  return made;
}

} // namespace

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::pair<std::string, std::string> parted_name(const std::string& name) {
  const auto dot = name.rfind('.');
  const std::string own = dot == std::string::npos ? name : name.substr(dot + 1);
  if (own.empty())
    throw damaged("it has a module or a tensor without a name");
  return {dot == std::string::npos ? "" : name.substr(0, dot), own};
}

const c10::FunctionSchema* schema_of(const std::string& operation, const std::string& overload) {
  for (const auto& known : getAllOperatorsFor(Symbol::fromQualString(operation)))
    if (known->schema().overload_name() == overload)
      return &known->schema();
  return nullptr;
}

ModuleGraph::ModuleGraph(std::map<std::string, std::string> types) : types_(std::move(types)) {
  const Module root = new_module(types_[""], unit_);
  modules_.emplace("", root);
  self_ = graph_->addInput("self");
  self_->setType(root.type());
}

Module& ModuleGraph::module(const std::string& name) {
  if (const auto found = modules_.find(name); found != modules_.end())
    return found->second;
  const auto [parent, own] = parted_name(name);
  if (std::ranges::count(name, '.') >= deepest_modules || std::ssize(name) > 100 * deepest_modules)
    throw damaged("its modules are nested too deeply");
  Module& above = module(parent);
  if (above.hasattr(own))
    throw damaged(printable(name) + " is in it twice");
  const auto type = types_.find(name);
  Module made = new_module(type == types_.end() ? "" : type->second, unit_);
  above.register_module(own, made);
  return modules_.emplace(name, made).first->second;
}

bool ModuleGraph::contains(const std::string& name) const {
  const auto [parent, own] = parted_name(name);
  const auto above = modules_.find(parent);
  return above != modules_.end() && above->second.hasattr(own);
}

Value* ModuleGraph::tensor(const std::string& name, const at::Tensor& tensor, bool is_buffer) {
  if (!steps_.empty())
    holders_[parted_name(name).first].insert(steps_.size() - 1);
  if (const auto known = tensor_values_.find(name); known != tensor_values_.end())
    return known->second; // one tensor may have two names in the file
  const auto [parent, own] = parted_name(name);
  Module& holder = module(parent);
  if (holder.hasattr(own))
    throw damaged(printable(name) + " is in it twice");
  if (is_buffer)
    holder.register_buffer(own, tensor);
  else
    holder.register_parameter(own, tensor, /*is_buffer=*/false);
  Value* value = self_;
  std::string path;
  for (const std::string& part : split(parent, '.')) {
    if (part.empty())
      break;
    path = join_names(path, part);
    Value*& inner = module_values_[path];
    if (inner == nullptr)
      inner = graph_->insertGetAttr(value, part);
    value = inner;
  }
  return tensor_values_[name] = graph_->insertGetAttr(value, own);
}

Value* ModuleGraph::images() { return images_ = graph_->addInput("images"); }

void ModuleGraph::end_step() {
  if (!steps_.empty())
    steps_.back().last = graph_->return_node()->prev();
}

void ModuleGraph::begin(const std::vector<ModuleCall>& calls) {
  if (std::ssize(calls) > deepest_modules)
    throw damaged("its modules are nested too deeply");
  end_step();
  Step& step = steps_.emplace_back();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    step.keys.insert(calls[i].key);
    Call& call = calls_[calls[i].key];
    call.module = calls[i].name;
    call.depth = i;
    call.last = steps_.size() - 1;
  }
  graph_->set_current_scope(scope_of_module(calls.empty() ? "" : calls.back().name));
}

void ModuleGraph::makes(const std::string& name, Value* value) {
  for (const std::string& key : steps_.back().keys)
    calls_[key].made.push_back(made_.size());
  made_.push_back({name, value});
}

void ModuleGraph::uses(const std::string& name) {
  std::vector<std::size_t>& steps = used_in_[name];
  if (steps.empty() || steps.back() != steps_.size() - 1)
    steps.push_back(steps_.size() - 1);
}

void ModuleGraph::leave_out() {
  steps_.back().left_out = true;
  for (const std::string& key : steps_.back().keys)
    calls_[key].whole = false;
}

ModuleGraph::End ModuleGraph::end_of_known() const {
  std::set<const Value*> of_images{images_};
  for (const Node* node : graph_->nodes())
    if (std::ranges::any_of(node->inputs(), [&](const Value* input) { return of_images.contains(input); }))
      of_images.insert(node->outputs().begin(), node->outputs().end());
  for (const Made& made : made_ | std::views::reverse) {
    const auto used = used_in_.find(made.name);
    if (used != used_in_.end() && made.value != images_ && of_images.contains(made.value) &&
        std::ranges::any_of(used->second, [&](std::size_t step) { return steps_[step].left_out; }))
      return {made.name, module_of(made.value->node()), made.value};
  }
  return {};
}

std::vector<Value*> ModuleGraph::emit(const std::string& operation, const std::string& overload,
                                      const std::vector<NamedValue>& placed, const std::vector<NamedValue>& named) {
  const c10::FunctionSchema* schema = schema_of(operation, overload);
  if (schema == nullptr)
    return {};
  std::optional<MatchedSchema> matched;
  try {
    matched = matchSchema(*schema, SourceRange(), *graph_, placed, named);
  } catch (const std::exception&) {
    return {};
  }
  Node* made = graph_->insertNode(
      graph_->create(Symbol::fromQualString(operation), matched->inputs, matched->return_types.size()));
  for (std::size_t i = 0; i < matched->return_types.size(); ++i)
    made->outputs()[i]->setType(matched->return_types[i]);
  (void)made->getOperation(); // it exists
  return made->outputs().vec();
}

// Modules whose weights, or those of a module inside, are used outside of them only: an exporter joined their end with
// what follows, such as a convolution with its batch norm.
std::set<std::string> ModuleGraph::joined_with_others() const {
  std::set<std::string> joined;
  for (const auto& [holder, steps] : holders_) {
    std::set<std::string> around;
    for (const std::size_t step : steps)
      for (const std::string& key : steps_[step].keys)
        around.insert(calls_.at(key).module);
    for (std::string module = holder; !module.empty(); module = parted_name(module).first)
      if (!around.contains(module))
        joined.insert(module);
  }
  return joined;
}

// A module returns the tensor that one of its nodes makes and a node outside of it uses.
void ModuleGraph::mark_returned() {
  const std::set<std::string> joined = joined_with_others();
  std::vector<std::pair<std::string, const Call*>> in_order;
  for (const auto& [key, call] : calls_)
    if (!call.module.empty() && call.whole && !joined.contains(call.module))
      in_order.emplace_back(key, &call);
  std::ranges::stable_sort(in_order, [](const auto& a, const auto& b) { // the inner ones return first
    return std::make_tuple(a.second->last, b.second->depth) < std::make_tuple(b.second->last, a.second->depth);
  });
  for (const auto& [key, call] : in_order) {
    std::vector<Value*> returned;
    for (const std::size_t made : call->made)
      if (std::ranges::any_of(used_in_[made_[made].name],
                              [&](std::size_t step) { return !steps_[step].keys.contains(key); }))
        returned.push_back(made_[made].value);
    if (returned.size() > 1) {
      unread_.insert(call->module);
    } else if (returned.size() == 1) {
      const WithInsertPoint here(steps_[call->last].last->next());
      mark_output(*graph_, returned.front(), call->module);
    }
  }
}

Module ModuleGraph::returns(Value* value, const std::vector<std::string>& names) {
  begin({});
  for (const std::string& name : names)
    uses(name);
  end_step();
  mark_returned();
  graph_->registerOutput(value);
  graph_->lint();
  Module root = modules_.at("");
  const auto unit = root._ivalue()->compilation_unit();
  root.type()->addMethod(unit->create_function(c10::QualifiedName(*root.type()->name(), "forward"), graph_));
  return root;
}

} // namespace scalescope
