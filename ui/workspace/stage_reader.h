#pragma once

#include "core/stage/composite.h"
#include "ui/workers/analysis_run.h"
#include "ui/workspace/explorer.h"
#include "ui/workspace/feature_maps.h"
#include "ui/workspace/image_set.h"
#include "ui/workspace/reading.h"
#include "ui/workspace/scale_sweep.h"

#include <QObject>
#include <QPointF>

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

  /// Of attention, the maps then show what the patch at this place attends to. @param place from 0 to 1 along the sides
  /// of what the network sees; nothing, or a place beside it: the maps of the whole image.
  void point_at(const std::optional<QPointF>& place);

 signals:
  /// The maps, with the weights and correlations of the layer's regression if there is one.
  void maps_changed(scalescope::FeatureMaps maps);
  void reading_changed();

 private:
  void read_maps(const std::shared_ptr<const LayerMaps>& maps);
  [[nodiscard]] std::optional<QPoint> pointed_patch() const;
  [[nodiscard]] const Regression* regression_of(const LayerMaps& maps) const; ///< null: there is none for them
  void send_maps();
  void read_frame(const Frame& frame);
  void update();

  const Explorer& explorer_;
  const AnalysisRun& analysis_;
  const ImageSet& images_;
  std::shared_ptr<const LayerMaps> looked_; ///< of the last look
  std::optional<QPointF> pointed_;
  std::optional<QPoint> patch_; ///< whose attention was sent
  std::optional<Reading> reading_;
  std::optional<double> value_; ///< prediction from the maps of the last look
  double outside_ = 0;          ///< Regression::outside of them, if a range is known
  double scale_ = 0;            ///< of the object in the last frame
};

} // namespace scalescope
