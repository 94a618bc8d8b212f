#pragma once
// The half of transformers_test that sees torch; Qt's headers and torch's cannot share a file.

#include <string>
#include <vector>

/// A network that was built from what Python said, beside Python's.
struct TransformerComparison {
  std::string error;               ///< what was thrown; then all else is empty
  std::vector<std::string> keys;   ///< parameters and buffers that only one of them has, or with other shapes
  std::vector<std::string> absent; ///< modules of Python without an output here
  std::vector<std::string> unlike; ///< modules whose output differs by more than 1e-4 of its largest value
  std::size_t compared = 0;
};

/// Builds the network, gives it Python's weights and compares the outputs of all modules.
/// @param file of `transformers_reference.py network`.
[[nodiscard]] TransformerComparison compare_transformer(const std::string& file, bool openvino);

/// The engines of this build that run on this machine: "OpenVINO" may be absent.
[[nodiscard]] bool has_openvino();

/// Names of all built-in ViTs, DeiTs and Swins.
[[nodiscard]] std::vector<std::string> transformer_names();

/// The parameters and buffers of a built-in architecture with 1000 classes, "patch_embed.proj.bias 192", sorted.
[[nodiscard]] std::vector<std::string> tensors_of(const std::string& architecture);

/// What is said of a config.json: of timm with these model_args, or (architecture "") of transformers; "" if nothing.
[[nodiscard]] std::string config_error(const std::string& architecture, const std::string& json);

/// The shape of what a network without a head returns for an image of this side. @param json as for config_error
[[nodiscard]] std::vector<long> headless_shape(const std::string& architecture, const std::string& json, int side);

/// The architecture that weights with the names and shapes of another are taken for.
[[nodiscard]] std::string taken_for(const std::string& architecture);

/// Writes a checkpoint of a built-in architecture with random weights, with these tensors of integers besides.
void write_transformer(const std::string& architecture, const std::vector<std::string>& extra, const std::string& file);
