#pragma once

#include "core/network/network.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// Weights of attention for one image: how much each patch attends to each other, head by head; of attention in
/// windows, put back to their places in the map.
class ImageAttention {
 public:
  /// @param shape and values of the layer's output for one image: heads x queries x keys, or as Layer::windows says.
  /// @throws Error if the windows do not make up a map.
  ImageAttention(const Layer& layer, const std::vector<std::int64_t>& shape, std::span<const float> values);

  [[nodiscard]] int heads() const { return heads_; }
  [[nodiscard]] int rows() const { return rows_; } ///< of the map of patches
  [[nodiscard]] int columns() const { return columns_; }
  /// Whether there is a class token, which the maps of the whole image belong to.
  [[nodiscard]] bool has_class_token() const { return class_token_; }
  /// Whether it is known where the patches are; else the map is one row of tokens.
  [[nodiscard]] bool has_places() const { return places_known_; }

  /// heads x rows x columns: how much the class token attends to each patch; without one, the mean over the patches
  /// that attend, of its window where there are windows.
  [[nodiscard]] std::vector<float> of_image() const;
  /// heads x rows x columns: how much one patch attends to each patch. Patches of other windows get 0. has_places()
  /// only.
  [[nodiscard]] std::vector<float> of_patch(int row, int column) const;

 private:
  void place_windows(const std::string& name, std::span<const float> values, std::size_t numbers_at,
                     std::size_t stride);
  [[nodiscard]] float weight(std::size_t window, int head, std::size_t query, std::size_t key) const {
    return weights_[((window * static_cast<std::size_t>(heads_) + static_cast<std::size_t>(head)) * positions_ +
                     query) *
                        positions_ +
                    key];
  }

  int heads_ = 0;
  int rows_ = 1;
  int columns_ = 0;
  bool class_token_ = false;
  bool places_known_ = false;
  std::size_t windows_ = 1;
  std::size_t positions_ = 0;  ///< of a window, or all tokens
  std::vector<float> weights_; ///< windows x heads x queries x keys
  std::vector<int>
      patch_at_; ///< windows x positions: the patch there, row by row; -1: padding, or in front of the patches
  std::vector<std::size_t> slot_of_; ///< by patch: its place in patch_at_
};

} // namespace scalescope
