#pragma once

#include "core/network/detail/architectures/architectures.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// The architecture whose backbone has these names and shapes, if there is exactly one; a few tensors may differ. Heads
/// and the number of classes are ignored.
/// @param named the one of several with the same tensors.
[[nodiscard]] std::optional<Architecture> recognise(const StateDict& weights, const std::string& named = {});

/// The same for a file whose exporter joined batch norms with convolutions: only the factors of convolutions and linear
/// layers are compared, and all must fit.
[[nodiscard]] std::optional<Architecture> recognise_without_norms(const StateDict& weights,
                                                                  const std::string& named = {});

/// A module with its weights, and notes for the user.
struct Assembled {
  torch::jit::Module module;
  Architecture architecture;
  std::int64_t classes = 0;                    ///< of its head; 0: it has none
  std::map<std::string, at::ScalarType> types; ///< what fill() returned
  std::vector<std::string> notes;              ///< "Its head (fc.0, fc.2) is not resnet50's and was left out: ...", ...
};

/// Copies tensors into the parameters and buffers of a module, in float32.
/// @param given one of the same name and shape for each. @param notes says if some were of another floating type.
/// @return LoadedModel::types
[[nodiscard]] std::map<std::string, at::ScalarType>
fill(const torch::jit::Module& module, const std::map<std::string, at::Tensor>& given, std::vector<std::string>& notes);

/// Recognises a checkpoint and builds its network, in float32. A head with another number of classes is kept; an
/// unknown head is left out, with a note. Auxiliary classifiers are left out, as evaluation does not run them.
/// @param source names the file in messages.
/// @param named the architecture where several have the same tensors, but compute differently.
/// @param stated what it is, where a config.json says so: then nothing else is tried.
/// @throws Error if no architecture fits or several do, or a tensor is missing, has another shape or has no place
///         (named).
[[nodiscard]] Assembled assemble(const StateDict& weights, const std::string& source, const std::string& named = {},
                                 const BuiltIn* stated = nullptr);

} // namespace scalescope
