#pragma once

#include <QPoint>
#include <QString>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace scalescope {

/// The feature maps of a layer for one image: one map per channel. Copies share the numbers.
struct FeatureMaps {
  QString layer;
  int channels = 0;
  bool heads = false;          ///< channels are heads of attention
  bool class_token = false;    ///< of heads: without a patch they show what the class token attends to
  bool has_places = false;     ///< of heads: a patch can be pointed at
  std::optional<QPoint> patch; ///< of heads: the column and row of the patch whose attention this is
  int height = 0;              ///< 1 x 1 for a layer that gives a vector
  int width = 0;
  std::shared_ptr<const std::vector<float>> values; ///< channels x height x width
  std::vector<float> scale_correlation; ///< by channel, -1 .. 1, of activation and object scale; may be empty
  std::vector<float> regression_weight; ///< by channel, on standardised activation; may be empty

  [[nodiscard]] bool empty() const { return !values || channels == 0; }
  [[nodiscard]] std::span<const float> map(int channel) const;
};

/// Range of the finite values; low > high if there are none.
struct ValueRange {
  float low = 0;
  float high = -1;
};
[[nodiscard]] ValueRange value_range(std::span<const float> values);
/// From the `outside` quantile to the 1 - `outside` quantile of the finite values (at most 65,536 of them, at even
/// steps), so that one channel with extreme values does not make the others dark. If both are equal (nearly all values
/// are 0), value_range.
[[nodiscard]] ValueRange robust_range(std::span<const float> values, double outside = 0.005);
/// Mean of the finite values; NaN if there are none.
[[nodiscard]] float mean_value(std::span<const float> values);

enum class ChannelOrder { Index, MeanActivation, ScaleCorrelation, RegressionWeight };

/// Whether the maps have the numbers that the order needs.
[[nodiscard]] bool can_order(const FeatureMaps& maps, ChannelOrder order);
/// The sort key of a channel; NaN for Index.
[[nodiscard]] float order_value(const FeatureMaps& maps, int channel, ChannelOrder order);
/// All channels: by ascending index, by descending mean, or by descending magnitude of correlation or weight (a channel
/// that decreases with scale is as informative as one that increases). Equal keys are ordered by index; NaN comes last.
[[nodiscard]] std::vector<int> channel_order(const FeatureMaps& maps, ChannelOrder order);

enum class Normalisation { PerChannel, PerLayer };

} // namespace scalescope
