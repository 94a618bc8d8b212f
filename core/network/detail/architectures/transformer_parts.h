#pragma once
// What the transformers share.

#include "core/network/detail/architectures/module_builder.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

[[nodiscard]] torch::jit::Module layer_norm(const ModuleBuilder& build, std::int64_t channels, double epsilon);
[[nodiscard]] torch::jit::Module linear_layer(const ModuleBuilder& build, std::int64_t in, std::int64_t out,
                                              bool bias = true,
                                              const std::string& type = "torch.nn.modules.linear.Linear");
/// A convolution that makes one position of each patch, or of nothing else than its own pixels.
[[nodiscard]] torch::jit::Module patch_convolution(const ModuleBuilder& build, std::int64_t out, std::int64_t patch,
                                                   bool bias = true);
[[nodiscard]] torch::jit::Module identity(const ModuleBuilder& build);
/// What evaluation sees of any dropout.
[[nodiscard]] torch::jit::Module dropout(const ModuleBuilder& build,
                                         const std::string& type = "torch.nn.modules.dropout.Dropout");
/// The exact GELU, x Phi(x) (Hendrycks & Gimpel 2016).
[[nodiscard]] torch::jit::Module gelu(const ModuleBuilder& build,
                                      const std::string& type = "torch.nn.modules.activation.GELU");

/// "submodule.forward(input)" for a submodule of self.
[[nodiscard]] std::string call(const std::string& child, const std::string& input);

/// How attention (Vaswani et al. 2017) is computed: softmax(q k^T / sqrt(d) + bias) v. In single steps, because
/// LibTorch 1.13 has no scaled_dot_product_attention, and the weights are of interest.
struct AttentionText {
  std::int64_t heads = 0;
  std::int64_t width = 0; ///< of all heads together
  std::string query = {}; ///< expressions, images x positions x width
  std::string key = {};
  std::string value = {};
  std::string query_norm = {}; ///< a submodule that normalises each head's queries; "": none
  std::string key_norm = {};
  bool unit_length = false; ///< queries and keys are divided by their length (cosine attention)
  std::string scale = {};   ///< an expression that the scores are multiplied by; "": 1/sqrt(d)
  std::string scores = {};  ///< TorchScript that is added to the scores: " + bias"
  bool masked = false;      ///< `mask` (windows x positions x positions) is added to the scores of each window
  std::string softmax = {}; ///< the submodule that computes it; "": none
  std::string dropout = {}; ///< the submodule that the weights pass through; "": none
};
/// Queries, keys and values side by side in the variable `qkv`.
[[nodiscard]] AttentionText packed_attention(std::int64_t heads, std::int64_t width);

/// @return statements that leave images x positions x width in `attended`.
[[nodiscard]] std::vector<std::string> attention(const AttentionText& text);

/// Position embeddings, learnt for a square grid of patches, for the grid of the image at hand.
struct Positions {
  /// timm's resample_abs_pos_embed (bicubic, antialiased); the package transformers' for ViT and DINOv2; torchvision's
  /// interpolate_embeddings.
  enum class Kind { timm, transformers, torchvision };
  std::string parameter = "self.pos_embed";
  std::int64_t prefix = 1; ///< its first rows, which belong to no patch
  std::int64_t grid = 14;  ///< a side of the grid
  std::int64_t width = 0;
  std::int64_t patch = 16;
  Kind kind = Kind::timm;
};
/// @return statements that leave 1 x positions x width in `positions`, for the images `x`.
[[nodiscard]] std::vector<std::string> resampled(const Positions& positions);

/// Joins lists of statements.
[[nodiscard]] std::vector<std::string> join(std::vector<std::string> first, const std::vector<std::string>& second);

} // namespace scalescope
