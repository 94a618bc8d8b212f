#pragma once

#include "core/stage/composite.h"
#include "ui/workers/analysis_run.h"
#include "ui/workspace/explorer.h"
#include "ui/workspace/feature_maps.h"
#include "ui/workspace/image_set.h"
#include "ui/workspace/reading.h"
#include "ui/workspace/scale_sweep.h"

#include <QObject>

#include <optional>

namespace scalescope {

/// Predicts the target from the chosen layer's features with the regressions of the analysis: for the frame on the
/// stage, and for a sweep.
class StageReader : public QObject {
  Q_OBJECT

 public:
  StageReader(Explorer& explorer, const AnalysisRun& analysis, const ImageSet& images);

  /// No value without an object on the stage.
  [[nodiscard]] const std::optional<Reading>& reading() const { return reading_; }
  /// The sweep as curves over scale. @param channel for the curve of the activation, -1: none. @param names of classes.
  [[nodiscard]] ScaleSweep curves_of(const std::vector<SweepPoint>& sweep, int channel, const QStringList& names) const;

 signals:
  /// The maps, with the weights and correlations of the layer's regression if there is one.
  void maps_changed(scalescope::FeatureMaps maps);
  void reading_changed();

 private:
  void read_maps(const std::shared_ptr<const LayerMaps>& maps);
  void read_frame(const Frame& frame);
  void update();

  const Explorer& explorer_;
  const AnalysisRun& analysis_;
  const ImageSet& images_;
  std::optional<Reading> reading_;
  std::optional<double> value_; ///< prediction from the maps of the last look
  double outside_ = 0;          ///< Regression::outside of them, if a range is known
  double scale_ = 0;            ///< of the object in the last frame
};

} // namespace scalescope
