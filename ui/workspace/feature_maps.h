#pragma once

#include <QString>

#include <memory>
#include <span>
#include <vector>

namespace scalescope {

/// What a layer says about one image: a map for each channel. A value: copies share the numbers.
struct FeatureMaps {
  QString layer;
  int channels = 0;
  int height = 0; ///< 1 x 1 for a layer that gives a vector
  int width = 0;
  std::shared_ptr<const std::vector<float>> values; ///< channels x height x width
  std::vector<float> scale_correlation; ///< by channel, -1 .. 1, of activation and object scale; may be empty
  std::vector<float> regression_weight; ///< by channel, on standardised activation; may be empty

  [[nodiscard]] bool empty() const { return !values || channels == 0; }
  [[nodiscard]] std::span<const float> map(int channel) const;
};

/// Of finite values; low > high where there is none.
struct ValueRange {
  float low = 0;
  float high = -1;
};
[[nodiscard]] ValueRange value_range(std::span<const float> values);
/// From the `outside` quantile to the 1 - `outside` quantile of the finite values, of at most 65,536 of them taken at
/// even steps: one wild channel doesn't leave the others dark. Where the two coincide (nearly all is 0), value_range.
[[nodiscard]] ValueRange robust_range(std::span<const float> values, double outside = 0.005);
/// Mean of the finite values, NaN where there is none.
[[nodiscard]] float mean_value(std::span<const float> values);

enum class ChannelOrder { Index, MeanActivation, ScaleCorrelation, RegressionWeight };

/// Whether the maps carry what the order needs.
[[nodiscard]] bool can_order(const FeatureMaps& maps, ChannelOrder order);
/// The number that the order sorts by: NaN for Index.
[[nodiscard]] float order_value(const FeatureMaps& maps, int channel, ChannelOrder order);
/// All channels: by ascending index, by descending mean, or by descending magnitude of correlation or weight (a channel
/// that shrinks with scale tells as much as one that grows). Equals stay by index, NaN comes last.
[[nodiscard]] std::vector<int> channel_order(const FeatureMaps& maps, ChannelOrder order);

enum class Normalisation { PerChannel, PerLayer };

} // namespace scalescope
