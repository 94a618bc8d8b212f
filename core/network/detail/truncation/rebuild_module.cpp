#include "core/network/detail/truncation/rebuild_module.h"

#include "core/base/error.h"
#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/truncation/layer_call.h"

#include <torch/csrc/jit/api/function_impl.h>

#include <map>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;

using Object = c10::intrusive_ptr<c10::ivalue::Object>;

// The needed parts of a module.
struct Needs {
  std::set<std::string> attributes; // read by name, submodules among them
  std::set<std::string> methods;    // called
};

[[noreturn]] void refuse() {
  throw Error("The network uses its modules in a way that can't be followed (in a list, or as an argument), so it "
              "can't be pruned; export it with torch.jit.trace.");
}

bool is_module(const TypePtr& type) {
  const auto class_type = type->cast<ClassType>();
  return class_type && class_type->is_module();
}

class Rebuilding {
 public:
  explicit Rebuilding(Object original) : original_(std::move(original)) {}

  // Follows a method recursively: the attributes it reads and the methods it calls.
  void follow(Graph& method, const Object& self) {
    std::map<const Value*, Object> objects{{method.inputs()[0], self}};
    follow(method.block(), objects);
  }

  void pass_through(const Object& object) { passed_.insert(object.get()); }

  // A new module, complete with submodules; its methods follow with add_methods.
  Module rebuild(const Object& object) {
    const auto known = made_.find(object.get());
    if (known != made_.end())
      return known->second;
    const auto type = object->type();
    const Needs& needs = needs_[object.get()];
    Module module(*type->name(), unit_, /*shouldMangle=*/true);
    const bool runs = !needs.methods.empty() && passed_.count(object.get()) == 0;
    for (std::size_t i = 0; i < type->numAttributes(); ++i) {
      const std::string& name = type->getAttributeName(i);
      const IValue value = object->getSlot(i);
      if (needs.attributes.count(name) == 0 && (value.isModule() || (value.isTensor() && !runs)))
        continue;
      if (value.isModule())
        module.register_module(name, rebuild(value.toObject()));
      else
        module.register_attribute(name, type->getAttribute(i), value, type->is_parameter(i), type->is_buffer(i));
    }
    for (std::size_t i = 0; i < type->numConstants(); ++i)
      module.type()->addConstant(type->getConstantName(i), type->getConstant(i));
    for (Function* method : type->methods())
      if (needs.methods.count(method->name()) != 0)
        add_method(module, method->name(), toGraphFunction(*method).graph()->copy(), method->getSchema());
    made_.emplace(object.get(), module);
    return module;
  }

  void add_method(const Module& module, const std::string& name, const std::shared_ptr<Graph>& graph,
                  const FunctionSchema& schema) {
    graph->inputs()[0]->setType(module.type());
    retype(graph->block());
    Function* method = unit_->create_function(c10::QualifiedName(*module.type()->name(), name), graph);
    auto arguments = schema.arguments();
    arguments[0] = arguments[0].cloneWithType(module.type());
    method->setSchema(schema.cloneWithArguments(std::move(arguments)));
    module.type()->addMethod(method);
  }

 private:
  void follow(Block* block, std::map<const Value*, Object>& objects) {
    for (Node* node : block->nodes()) {
      keep_scope(node);
      const auto object =
          node->inputs().empty() ? objects.end() : objects.find(static_cast<const Value*>(node->input(0)));
      const bool reads = node->kind() == prim::GetAttr || node->kind() == prim::SetAttr;
      Function* method = called_method(node);
      for (std::size_t i = 0; i < node->inputs().size(); ++i)
        if (is_module(node->input(i)->type()) && (i > 0 || object == objects.end() || (!reads && method == nullptr)))
          refuse();
      if (object != objects.end() && reads) {
        const std::string& name = node->s(attr::name);
        needs_[object->second.get()].attributes.insert(name);
        if (node->kind() == prim::GetAttr && is_module(node->output()->type()))
          objects[node->output()] = object->second->getAttr(name).toObject();
      } else if (method != nullptr) {
        if (needs_[object->second.get()].methods.insert(method->name()).second)
          follow(*toGraphFunction(*method).graph(), object->second);
      }
      for (Block* inner : node->blocks())
        follow(inner, objects);
    }
  }

  // In a network from a file without code of its modules, operations tell their module by their scope.
  void keep_scope(const Node* node) {
    if (!has_module_scope(node))
      return;
    Object object = original_;
    const std::string path = module_of(node);
    for (std::size_t begin = 0; begin < path.size();) {
      const std::size_t end = std::min(path.find('.', begin), path.size());
      const std::string name = path.substr(begin, end - begin);
      needs_[object.get()].attributes.insert(name);
      object = object->getAttr(name).toObject();
      begin = end + 1;
    }
  }

  // Submodules have new types; so have the values that stand for them.
  static void retype(Block* block) {
    for (Node* node : block->nodes()) {
      if (node->kind() == prim::GetAttr && is_module(node->input(0)->type()) && is_module(node->output()->type()))
        node->output()->setType(node->input(0)->type()->expect<ClassType>()->getAttribute(node->s(attr::name)));
      for (Block* inner : node->blocks())
        retype(inner);
    }
  }

  Object original_;
  std::shared_ptr<CompilationUnit> unit_ = std::make_shared<CompilationUnit>();
  std::map<const c10::ivalue::Object*, Needs> needs_;
  std::set<const c10::ivalue::Object*> passed_;
  std::map<const c10::ivalue::Object*, Module> made_;
};

} // namespace

Module rebuild_module(const Module& original, const std::shared_ptr<Graph>& forward, const std::string& within) {
  Rebuilding rebuilding(original._ivalue());
  rebuilding.follow(*forward, original._ivalue());
  for (std::string name = within; !name.empty();
       name.resize(name.rfind('.') == std::string::npos ? 0 : name.rfind('.')))
    rebuilding.pass_through(submodule(original, name)._ivalue());
  rebuilding.pass_through(original._ivalue());
  Module rebuilt = rebuilding.rebuild(original._ivalue());
  const auto tensor = c10::Argument("", TensorType::get());
  rebuilding.add_method(rebuilt, "forward", forward,
                        original.get_method("forward").function().getSchema().cloneWithReturns({tensor}));
  return rebuilt;
}

} // namespace scalescope
