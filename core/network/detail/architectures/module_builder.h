#pragma once

#include <torch/script.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
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
/// An activation without parameters, or Identity.
enum class Nonlinearity { none, relu, relu6, silu, hardswish, gelu, sigmoid, hardsigmoid };

/// TorchScript text that sends a value through submodules of self, one after the other.
[[nodiscard]] std::string chain(const std::string& input, const std::vector<std::string>& children);

/// TorchScript text for x with TensorFlow's "same" padding of a square odd kernel at stride 2: an even side gets one
/// row less at the front.
[[nodiscard]] std::string same_padded(std::int64_t kernel);

/// Makes the modules of one network, from the leaves up, because a forward can only call complete modules. The last
/// part of the name of a module's type is the name of the Python class. Modules with the same code share their type,
/// because compiling it takes most of the time.
class ModuleBuilder {
 public:
  /// An outline has names and shapes only. Its modules are empty objects for the forward of others; what they hold is
  /// noted here and told by shapes().
  enum class Kind { runnable, outline };
  explicit ModuleBuilder(Kind kind);

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
  /// Runs its children one after the other.
  [[nodiscard]] torch::jit::Module sequence(const std::string& type, const Children& children) const;
  [[nodiscard]] torch::jit::Module convolution(const Convolution& c) const;
  [[nodiscard]] torch::jit::Module batch_norm(std::int64_t channels, double epsilon = 1e-5) const;
  /// Over the last dimension.
  [[nodiscard]] torch::jit::Module layer_norm(std::int64_t channels, double epsilon = 1e-6) const;
  /// Over the channels of N x C x H x W.
  /// @param type torchvision and timm each have a class of their own.
  [[nodiscard]] torch::jit::Module layer_norm_2d(std::int64_t channels, const std::string& type) const;
  [[nodiscard]] torch::jit::Module linear(std::int64_t in, std::int64_t out) const;
  [[nodiscard]] torch::jit::Module activation(Nonlinearity kind) const;
  [[nodiscard]] torch::jit::Module identity() const { return activation(Nonlinearity::none); }
  [[nodiscard]] torch::jit::Module relu() const { return activation(Nonlinearity::relu); }
  [[nodiscard]] torch::jit::Module relu6() const { return activation(Nonlinearity::relu6); }
  /// @param ceil whether a window that reaches beyond the border counts.
  [[nodiscard]] torch::jit::Module max_pool(std::int64_t kernel, std::int64_t stride, std::int64_t padding = 0,
                                            bool ceil = false) const;
  [[nodiscard]] torch::jit::Module average_pool_to(std::int64_t side) const;
  [[nodiscard]] torch::jit::Module flatten() const;
  [[nodiscard]] torch::jit::Module dropout(double probability) const;
  /// torchvision's, which drops the branch of whole images in training.
  [[nodiscard]] torch::jit::Module stochastic_depth(double probability) const;
  /// torchvision's Conv2dNormActivation: convolution, batch norm, activation (none: left out).
  [[nodiscard]] torch::jit::Module
  convolution_norm(const Convolution& c, Nonlinearity activation, double epsilon = 1e-5,
                   const std::string& type = "torchvision.ops.misc.Conv2dNormActivation") const;
  /// torchvision's SqueezeExcitation.
  [[nodiscard]] torch::jit::Module squeeze_excitation(std::int64_t channels, std::int64_t squeezed,
                                                      Nonlinearity activation, Nonlinearity gate) const;

  /// Gives a module a buffer whose values are known.
  void add_buffer(torch::jit::Module& module, const std::string& name, const at::Tensor& values) const;

  /// Of an outline: the names and shapes of a module's parameters and buffers and of those that it holds.
  [[nodiscard]] Shapes shapes(const torch::jit::Module& module) const;

 private:
  struct Noted {
    torch::jit::Module module;
    Children children;
    Shapes tensors;
  };
  torch::jit::Module note(const Children& children, const Shapes& parameters, const Shapes& buffers) const;
  void list(const torch::jit::Module& module, const std::string& prefix, Shapes& into) const;

  Kind kind_;
  std::shared_ptr<torch::jit::CompilationUnit> unit_ = std::make_shared<torch::jit::CompilationUnit>();
  std::shared_ptr<std::unordered_map<std::string, c10::ClassTypePtr>> types_; ///< by code and attributes
  std::shared_ptr<std::unordered_map<const void*, Noted>> noted_;             ///< by the address of the object
};

} // namespace scalescope
