#pragma once

#include <torch/script.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

using Children = std::vector<std::pair<std::string, torch::jit::Module>>;
using Shapes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

/// A convolution with the parameters of torch.nn.Conv2d.
struct Convolution {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::array<std::int64_t, 2> kernel = {1, 1}; ///< height, width
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  bool padded = true; ///< by half the kernel
  bool bias = false;
};

/// A tensor that Python computes when it makes a module.
struct Constant {
  std::string name;
  at::Tensor value;
  bool saved = false; ///< a buffer: part of the state_dict()
};

/// TorchScript text that sends a value through submodules of self, one after the other.
[[nodiscard]] std::string chain(const std::string& input, const std::vector<std::string>& children);

/// Makes the modules of one network, from the leaves up, because a forward can only call complete modules. Every module
/// has its own type; the last part of its name is the name of the Python class.
class ModuleBuilder {
 public:
  /// An outline has names and shapes only: no memory for weights and no code, which takes most of the time.
  enum class Kind { runnable, outline };
  explicit ModuleBuilder(Kind kind) : kind_(kind) {}

  /// @param type of the Python class with its package, "torch.nn.modules.linear.Linear".
  /// @param forward TorchScript statements that return the output for the input x; empty for a container.
  [[nodiscard]] torch::jit::Module module(const std::string& type, const Children& children,
                                          const std::vector<std::string>& forward, const Shapes& parameters = {},
                                          const Shapes& buffers = {}) const;

  /// Likewise, for a forward that takes more than x, or that needs constants.
  /// @param arguments "x, mask"
  [[nodiscard]] torch::jit::Module module(const std::string& type, const Children& children,
                                          const std::string& arguments, const std::vector<std::string>& forward,
                                          const Shapes& parameters, const std::vector<Constant>& constants) const;

  [[nodiscard]] torch::jit::Module sequential(const std::vector<torch::jit::Module>& items,
                                              const std::string& type = "torch.nn.modules.container.Sequential") const;
  [[nodiscard]] torch::jit::Module convolution(const Convolution& c) const;
  [[nodiscard]] torch::jit::Module batch_norm(std::int64_t channels, double epsilon = 1e-5) const;
  [[nodiscard]] torch::jit::Module linear(std::int64_t in, std::int64_t out) const;
  [[nodiscard]] torch::jit::Module relu() const;
  [[nodiscard]] torch::jit::Module relu6() const;
  [[nodiscard]] torch::jit::Module max_pool(std::int64_t kernel, std::int64_t stride, std::int64_t padding = 0) const;
  [[nodiscard]] torch::jit::Module average_pool_to(std::int64_t side) const;
  [[nodiscard]] torch::jit::Module dropout(double probability) const;

 private:
  [[nodiscard]] at::TensorOptions options() const;

  Kind kind_;
  std::shared_ptr<torch::jit::CompilationUnit> unit_ = std::make_shared<torch::jit::CompilationUnit>();
};

} // namespace scalescope
