#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// A call of a module, as a file tells it.
struct ModuleCall {
  std::string key;  ///< another one for each call of a module
  std::string name; ///< full name of the module
};

/// Builds a module from a file that has no code in Python: submodules with parameters and buffers under their names,
/// and one forward that holds all operations. Each operation has the scope of its module, and what modules return is
/// marked (see FlatGraph). No submodule has a forward of its own.
///
/// A reader calls begin() for each node of its file, says there what the node uses and makes, and emits the node's
/// operations; then returns(). Nodes of a call need not follow one another.
class ModuleGraph {
 public:
  /// @param types Python classes by the names of modules, as far as they are known; "" is the network's.
  explicit ModuleGraph(std::map<std::string, std::string> types = {});

  [[nodiscard]] torch::jit::Graph& graph() { return *graph_; }

  /// The module of that name, made with those that hold it where it is new. @throws Unreadable if a tensor has that
  /// name, or modules are nested too deeply.
  torch::jit::Module& module(const std::string& name);

  /// Whether a tensor or module of that name is there.
  [[nodiscard]] bool contains(const std::string& name) const;

  /// The parameter or buffer of that full name ("layer1.0.conv1.weight"), registered where it is new.
  /// @throws Unreadable as module().
  [[nodiscard]] torch::jit::Value* tensor(const std::string& name, const at::Tensor& tensor, bool is_buffer);

  /// The batch of images.
  [[nodiscard]] torch::jit::Value* images();

  /// What follows belongs to the next node, in these calls, the outermost first.
  void begin(const std::vector<ModuleCall>& calls);
  /// The node makes a tensor, which the file calls by that name.
  void makes(const std::string& name, torch::jit::Value* value);
  /// The node uses what the file calls by that name.
  void uses(const std::string& name);
  /// The node is left out, because it can't be read or needs what one that was left out makes: the modules that it is
  /// part of return nothing.
  void leave_out();

  /// Inserts an operation ("aten::add" with the overload "Tensor"). @return its results; none if LibTorch has no such
  /// operation, or not with these arguments.
  [[nodiscard]] std::vector<torch::jit::Value*> emit(const std::string& operation, const std::string& overload,
                                                     const std::vector<torch::jit::NamedValue>& placed,
                                                     const std::vector<torch::jit::NamedValue>& named);

  /// Ends the forward. @param names what the file calls the tensors that are returned.
  torch::jit::Module returns(torch::jit::Value* value, const std::vector<std::string>& names);

  /// The tensor made last that depends on the images and is used by a node that was left out: its name in the file, and
  /// the module that made it. No name if there is none, or only the images. Known before returns().
  struct End {
    std::string name;
    std::string module;
    torch::jit::Value* value = nullptr;
  };
  [[nodiscard]] End end_of_known() const;

  /// Modules that make more than one tensor that others use, so that none is what they return. Known after returns().
  [[nodiscard]] const std::set<std::string>& unread() const { return unread_; }

 private:
  struct Made {
    std::string name;
    torch::jit::Value* value;
  };
  struct Call {
    std::string module;
    std::size_t depth = 0;
    std::size_t last = 0; // step
    std::vector<std::size_t> made;
    bool whole = true; // no node was left out
  };
  struct Step {
    std::set<std::string> keys;
    bool left_out = false;
    torch::jit::Node* last = nullptr; // the node behind which the next step begins
  };
  void end_step();
  [[nodiscard]] std::set<std::string> joined_with_others() const;
  void mark_returned();

  std::map<std::string, std::string> types_;
  std::shared_ptr<torch::jit::CompilationUnit> unit_ = std::make_shared<torch::jit::CompilationUnit>();
  std::shared_ptr<torch::jit::Graph> graph_ = std::make_shared<torch::jit::Graph>();
  std::map<std::string, torch::jit::Module> modules_; // by name
  torch::jit::Value* self_ = nullptr;
  torch::jit::Value* images_ = nullptr;
  std::map<std::string, torch::jit::Value*> module_values_;
  std::map<std::string, torch::jit::Value*> tensor_values_;
  std::map<std::string, std::set<std::size_t>> holders_; // steps that use tensors of a module
  std::vector<Step> steps_;
  std::map<std::string, Call> calls_; // by key
  std::vector<Made> made_;
  std::map<std::string, std::vector<std::size_t>> used_in_; // steps, by the file's names
  std::set<std::string> unread_;
};

/// The parts of a text between the signs `at`; one if there is none.
[[nodiscard]] std::vector<std::string> split(const std::string& text, char at);

/// "a.b.c" -> "a.b", "c". @throws Unreadable if the last name is empty.
[[nodiscard]] std::pair<std::string, std::string> parted_name(const std::string& name);

/// LibTorch's schema of an operation; null if it has none.
[[nodiscard]] const c10::FunctionSchema* schema_of(const std::string& operation, const std::string& overload);

} // namespace scalescope
