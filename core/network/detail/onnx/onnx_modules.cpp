#include "core/network/detail/onnx/onnx_modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

namespace scalescope {
namespace {

using Calls = std::vector<ModuleCall>;

// A node's own module, from the outermost, without calls told apart; no value where the exporter says nothing.
using ScopeNames = std::vector<std::string>;

const std::string* metadata_of(const onnx::NodeProto& node, const std::string& key) {
  for (const auto& entry : node.metadata_props())
    if (entry.key() == key)
      return &entry.value();
  return nullptr;
}

// A Python list of texts: "['', 'layer1', 'layer1.0']".
std::vector<std::string> python_texts(const std::string& list) {
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < list.size(); ++at) {
    const char quote = list[at];
    if (quote != '\'' && quote != '"')
      continue;
    std::string text;
    for (++at; at < list.size() && list[at] != quote; ++at)
      text += list[at] == '\\' && at + 1 < list.size() ? list[++at] : list[at];
    texts.push_back(text);
  }
  return texts;
}

std::string plain(const std::string& name, bool dots) {
  std::string made;
  for (const unsigned char c : name)
    made += std::isalnum(c) != 0 || c == '_' || c == '-' || (dots && c == '.') ? static_cast<char>(c) : '_';
  return made.empty() ? "_" : made;
}

bool is_module_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.back() != '.' && name.find("..") == std::string::npos &&
         plain(name, true) == name;
}

// Tells calls of one module apart: a node that needs what the module has made before, by way of nodes outside of it,
// belongs to a further call. So do nodes of a module without submodules that others stand between.
class CallsApart {
 public:
  CallsApart(const onnx::GraphProto& graph, const std::vector<std::optional<ScopeNames>>& stacks)
      : graph_(graph), stacks_(stacks) {
    for (std::size_t node = 0; node < stacks.size(); ++node)
      if (stacks[node])
        for (std::size_t i = 0; i < stacks[node]->size(); ++i) {
          const std::string& module = (*stacks[node])[i];
          last_[module] = node;
          if (i + 1 < stacks[node]->size())
            composite_.insert(module);
        }
  }

  std::vector<Calls> find() {
    std::vector<Calls> calls(stacks_.size());
    ScopeNames before;
    for (int i = 0; i < graph_.node_size(); ++i) {
      const auto place = static_cast<std::size_t>(i);
      const Reached reached = reached_by(graph_.node(i));
      const ScopeNames& stack = stacks_[place] ? *stacks_[place] : before;
      std::map<std::string, int> now;
      for (std::size_t depth = 0; depth < stack.size(); ++depth) {
        const std::string& module = stack[depth];
        int& latest = latest_[module];
        const bool goes_on = depth < before.size() && before[depth] == module;
        const auto left = reached.left.find(module);
        int call = std::max(latest, 1);
        if (left != reached.left.end())
          call = std::max(call, left->second + 1);
        if (!goes_on && latest > 0 && !composite_.contains(module))
          call = latest + 1;
        latest = std::max(latest, call);
        now[module] = call;
        calls[place].push_back({fmt::format("{}#{}", module, call), module});
      }
      before = stack;
      Reached made;
      made.inside = now;
      made.left = reached.left;
      for (const auto& [module, call] : reached.inside)
        if (!now.contains(module))
          made.left[module] = std::max(made.left[module], call);
      std::erase_if(made.left, [&](const auto& one) { return last_[one.first] <= place; }); // it doesn't come again
      for (const std::string& output : graph_.node(i).output())
        reached_[output] = made;
    }
    return calls;
  }

 private:
  // The calls that lead to a value: it is inside of some, and behind others.
  struct Reached {
    std::map<std::string, int> inside;
    std::map<std::string, int> left;
  };

  Reached reached_by(const onnx::NodeProto& node) const {
    Reached all;
    const auto add = [](std::map<std::string, int>& to, const std::map<std::string, int>& from) {
      for (const auto& [module, call] : from)
        to[module] = std::max(to[module], call);
    };
    for (const std::string& input : node.input())
      if (const auto found = reached_.find(input); found != reached_.end()) {
        add(all.inside, found->second.inside);
        add(all.left, found->second.left);
      }
    return all;
  }

  const onnx::GraphProto& graph_;
  const std::vector<std::optional<ScopeNames>>& stacks_;
  std::set<std::string> composite_;
  std::map<std::string, std::size_t> last_; // node of each module
  std::map<std::string, int> latest_;       // call of each module
  std::map<std::string, Reached> reached_;
};

// The modules around a node without metadata: those that the nodes before and behind it share.
void complete(std::vector<std::optional<ScopeNames>>& stacks) {
  std::vector<const ScopeNames*> behind(stacks.size(), nullptr);
  const ScopeNames* next = nullptr;
  for (std::size_t i = stacks.size(); i-- > 0;) {
    behind[i] = next;
    if (stacks[i])
      next = &*stacks[i];
  }
  const ScopeNames* before = nullptr;
  std::vector<std::pair<std::size_t, ScopeNames>> found;
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    if (stacks[i]) {
      before = &*stacks[i];
      continue;
    }
    ScopeNames shared;
    if (before != nullptr && behind[i] != nullptr)
      for (std::size_t k = 0; k < std::min(before->size(), behind[i]->size()) && (*before)[k] == (*behind[i])[k]; ++k)
        shared.push_back((*before)[k]);
    found.emplace_back(i, shared);
  }
  for (auto& [i, stack] : found)
    stacks[i] = std::move(stack);
}

std::optional<OnnxModules> from_metadata(const onnx::GraphProto& graph) {
  OnnxModules modules;
  std::vector<std::optional<ScopeNames>> stacks;
  bool any = false;
  for (const auto& node : graph.node()) {
    std::optional<ScopeNames>& stack = stacks.emplace_back();
    const std::string* scopes = metadata_of(node, "pkg.torch.onnx.name_scopes");
    if (scopes == nullptr)
      continue;
    std::vector<std::string> names = python_texts(*scopes);
    std::vector<std::string> classes;
    if (const std::string* hierarchy = metadata_of(node, "pkg.torch.onnx.class_hierarchy"))
      classes = python_texts(*hierarchy);
    if (names.empty())
      continue;
    names.pop_back(); // the operation
    stack.emplace();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string name = names[i].substr(0, names[i].find('@'));
      if (i < classes.size() && (name.empty() || is_module_name(name)))
        modules.types.emplace(name, classes[i]);
      if (is_module_name(name) && (stack->empty() || stack->back() != name))
        stack->push_back(name);
    }
    any = any || !stack->empty();
  }
  if (!any)
    return std::nullopt;
  complete(stacks);
  modules.calls = CallsApart(graph, stacks).find();
  modules.from_pytorch = true;
  return modules;
}

// "relu_1" where there is a "relu" beside it: "relu"; else the name.
std::string without_call(const std::string& name, const std::set<std::string>& siblings) {
  const auto line = name.rfind('_');
  if (line == std::string::npos || line + 1 == name.size() || line == 0 ||
      !std::all_of(name.begin() + static_cast<std::ptrdiff_t>(line) + 1, name.end(),
                   [](unsigned char c) { return std::isdigit(c) != 0; }))
    return name;
  const std::string first = name.substr(0, line);
  return siblings.contains(first) ? first : name;
}

// Whether a tensor of the file lies in a module of that name: then _1 is no call's.
bool holds_tensor(const std::set<std::string>& tensors, const std::string& module) {
  const auto next = tensors.lower_bound(module + ".");
  return next != tensors.end() && next->starts_with(module + ".");
}

std::optional<OnnxModules> from_scopes(const onnx::GraphProto& graph) {
  int with_scope = 0;
  std::map<std::string, std::set<std::string>> siblings; // by the scope around them
  std::set<std::string> tensors;
  for (const auto& tensor : graph.initializer())
    tensors.insert(tensor.name());
  std::vector<std::vector<std::string>> paths;
  for (const auto& node : graph.node()) {
    const std::string& name = node.name();
    const bool scoped = name.size() > 1 && name[0] == '/';
    with_scope += scoped && name.find('/', 1) != std::string::npos ? 1 : 0;
    std::vector<std::string>& path = paths.emplace_back();
    if (!scoped)
      continue;
    path = split(name.substr(1), '/');
    path.pop_back(); // the operation
    std::string above;
    for (const std::string& part : path) {
      siblings[above].insert(part);
      above = fmt::format("{}/{}", above, part);
    }
  }
  if (with_scope * 4 < graph.node_size() && with_scope < 20)
    return std::nullopt;
  OnnxModules modules;
  for (const auto& path : paths) {
    Calls& calls = modules.calls.emplace_back();
    std::string above; // as written
    std::string full;
    std::string last; // part, without the call
    for (const std::string& part : path) {
      std::string own = part;
      const auto full_of = [&](const std::string& one) {
        if (!last.empty() && one.starts_with(last + ".")) // Sequential: its children have its name in front
          return full + one.substr(last.size());
        return full.empty() ? one : fmt::format("{}.{}", full, one);
      };
      if (!holds_tensor(tensors, full_of(part)))
        own = without_call(part, siblings[above]);
      full = full_of(own);
      last = own;
      above = fmt::format("{}/{}", above, part);
      if (!is_module_name(full))
        break;
      calls.push_back({above, full});
    }
  }
  modules.from_pytorch = true;
  return modules;
}

// PyTorch before 1.13 named no modules, but weights: "layer1.0.conv1.weight" is the module's.
std::string module_of_weight(const onnx::NodeProto& node, const std::set<std::string>& tensors) {
  for (const std::string& input : node.input())
    if (tensors.contains(input) && input.ends_with(".weight"))
      if (const std::string module = input.substr(0, input.size() - 7); is_module_name(module))
        return module;
  return {};
}

OnnxModules from_names(const onnx::GraphProto& graph) {
  std::vector<std::vector<std::string>> paths;
  std::size_t with_slash = 0;
  for (const auto& node : graph.node()) {
    std::vector<std::string> parts = split(node.name(), '/');
    // tf2onnx calls a convolution Conv__223 where it joined it with what is around it; its weight, or else its bias,
    // has TensorFlow's name.
    if (parts.size() == 1 && node.name().find("__") != std::string::npos)
      for (int input = 1; input < node.input_size() && parts.size() == 1; ++input)
        if (std::vector<std::string> weight = split(node.input(input), '/'); weight.size() > 2) {
          weight.pop_back();
          parts = std::move(weight);
        }
    std::erase(parts, "");
    with_slash += parts.size() > 1 ? 1 : 0;
    paths.push_back(std::move(parts));
  }
  const bool has_paths = with_slash * 2 > paths.size();
  if (has_paths) // what nearly all begin with says nothing
    for (bool found = true; found;) {
      std::map<std::string, std::size_t> firsts;
      for (const auto& path : paths)
        if (path.size() > 1)
          ++firsts[path[0]];
      found = false;
      for (const auto& [first, count] : firsts)
        if (count * 10 > with_slash * 9 &&
            std::ranges::count_if(paths, [](const auto& p) { return p.size() > 2; }) > 0) {
          for (auto& path : paths)
            if (path.size() > 1 && path[0] == first)
              path.erase(path.begin());
          found = true;
        }
    }
  OnnxModules modules;
  std::map<std::string, int> unnamed; // by kind
  std::set<std::string> taken;
  std::set<std::string> tensors;
  for (const auto& tensor : graph.initializer())
    tensors.insert(tensor.name());
  for (int i = 0; i < graph.node_size(); ++i) {
    auto& path = paths[static_cast<std::size_t>(i)];
    Calls& calls = modules.calls.emplace_back();
    if (const auto& node = graph.node(i); has_paths && node.op_type() == "Transpose" && graph.input_size() > 0 &&
                                          node.input_size() > 0 && node.input(0) == graph.input(0).name())
      continue; // tf2onnx turns the images, under the name of some layer
    if (!has_paths && graph.node(i).op_type() == "Constant")
      continue; // no layer
    if (const std::string module = has_paths ? "" : module_of_weight(graph.node(i), tensors); !module.empty()) {
      calls.push_back({module, module});
      modules.from_pytorch = true;
      continue;
    }
    std::vector<std::string> parts;
    if (path.empty()) {
      std::string kind = graph.node(i).op_type();
      std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      parts = {fmt::format("{}_{}", kind, unnamed[kind]++)};
    } else if (has_paths) {
      parts.assign(path.begin(), path.size() > 1 ? path.end() - 1 : path.end()); // without the operation
    } else {
      parts = {graph.node(i).name()};
    }
    std::string full;
    for (const std::string& part : parts) {
      full = fmt::format("{}{}{}", full, full.empty() ? "" : ".", plain(part, false));
      calls.push_back({full, full});
    }
    if (!has_paths) // names should be unique, but need not be
      for (int k = 2; !taken.insert(calls.back().name).second; ++k)
        calls.back() = {fmt::format("{}_{}", full, k), fmt::format("{}_{}", full, k)};
  }
  return modules;
}

} // namespace

OnnxModules find_onnx_modules(const onnx::GraphProto& graph) {
  if (auto modules = from_metadata(graph))
    return *std::move(modules);
  if (auto modules = from_scopes(graph))
    return *std::move(modules);
  return from_names(graph);
}

} // namespace scalescope
