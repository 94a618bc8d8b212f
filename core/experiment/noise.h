#pragma once

#include "core/experiment/analysis.h"
#include "core/experiment/experiment_text.h"
#include "core/features/pool_generated.h"
#include "core/image/noise.h"

#include <vector>

namespace scalescope {

/// The settings of `noise`.
struct NoiseSettings {
  NoiseKind kind = NoiseKind::Gaussian;
  std::vector<int> sizes; ///< sides in pixels
  int images = 30;        ///< of each size
  std::uint64_t seed = 0;
};

/// Rows of `noise`: images without any content, of several sizes; the target is the side in pixels. Only the image's
/// size can be read from them, because zero padding reveals it. Every image is its own group.
/// @param positions that maps are pooled over. @throws Error as pool_generated_images.
[[nodiscard]] Extraction noise_sizes(const Network& network, const ExtractionSettings& settings,
                                     const NoiseSettings& noise, Positions positions, const std::stop_token& stop = {},
                                     const JobCallback& progress = {});

/// The layers with positions free of padding at all sizes.
[[nodiscard]] std::vector<std::string>
layers_without_padding(const Network& network, const std::vector<std::string>& layers, const std::vector<int>& sizes);

/// Its report: question, settings, remarks, and the second curve.
/// @param layers of the main curve. @param inner the same noise, pooled over positions without padding, for the layers
/// with such positions; no value if there are none.
[[nodiscard]] ExperimentText noise_text(const NoiseSettings& noise, const std::vector<std::string>& layers,
                                        const std::optional<Analysis>& inner);

} // namespace scalescope
