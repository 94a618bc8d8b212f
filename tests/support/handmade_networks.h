#pragma once
// Networks with known outputs, as TorchScript archives. No torch headers, because they clash with Qt's.

#include "core/network/network.h"

#include <filesystem>

namespace handmade {

/// On images of [0, 1] with a red object: the layer `area` has the channels 3 red + 1, whose mean is exactly linear in
/// the object's area, and green; `invariant` is the mean blue of the object, independent of its size. Any input size.
void write_known_answers(const std::filesystem::path& file);

/// Opens it for images of that side, on LibTorch with two threads.
[[nodiscard]] scalescope::Network open_known_answers(const std::filesystem::path& file, int side);

/// Convolutions of stride 1 with positive weights, 4 channels each: `first` and `second` of 3 x 3 and, with padding,
/// `third` of 9 x 9. Any input size from 8 (with padding) or 5.
/// @param padded whether zeros are put around, so that every map is as large as the image.
void write_convolutions(const std::filesystem::path& file, bool padded);

/// The layer `area` has the channels 3 red + 1, green and blue; without a head it is the output. The `head` makes two
/// classes of their means: 2, -1 and 0.5 times them, and -1, 1 and 8 times. Any input size.
void write_linear_head(const std::filesystem::path& file, bool with_head);

/// Returns a dict: "map", what its layer `first` returns, and "logits" and "other", vectors of 4 and of 2. Any input
/// size.
void write_several_outputs(const std::filesystem::path& file);

/// Two smooth convolutions, `first` and `second`, of 4 channels, and a head of three classes; weights from a fixed
/// rule.
/// @param change is added to what `first` returns in its channel 1, at every position.
void write_smooth(const std::filesystem::path& file, float change);

/// The layer `patches` returns the means of patches of 8 x 8 pixels as a sequence, N x positions x 3 channels, row by
/// row; with a class token 100, 200, 300 in front of them.
void write_patches(const std::filesystem::path& file, bool class_token);

/// The layer `pair` returns means and largest values of the channels, 2 x N x 3: it has something else in front.
void write_pair(const std::filesystem::path& file);

} // namespace handmade
