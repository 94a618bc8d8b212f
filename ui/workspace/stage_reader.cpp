#include "ui/workspace/stage_reader.h"

#include "core/image/resizing.h"

#include <QRect>

#include <cmath>

namespace scalescope {

StageReader::StageReader(Explorer& explorer, const AnalysisRun& analysis, const ImageSet& images)
    : explorer_(explorer), analysis_(analysis), images_(images) {
  connect(&explorer, &Explorer::image_shown, this, &StageReader::update);
  connect(&explorer, &Explorer::frame_shown, this,
          [this](const std::shared_ptr<const Frame>& frame) { read_frame(*frame); });
  connect(&explorer, &Explorer::maps_shown, this, &StageReader::read_maps);
}

// Every number belongs to the visible frame: the part of the object within the image.
void StageReader::read_frame(const Frame& frame) {
  if (!explorer_.has_object())
    return;
  scale_ = frame.fraction;
  update();
}

void StageReader::read_maps(const std::shared_ptr<const LayerMaps>& looked) {
  looked_ = looked;
  value_.reset();
  if (const Regression* regression = regression_of(*looked)) {
    value_ = regression->predict(looked->pooled);
    outside_ = regression->fitted ? regression->outside(looked->pooled) : 0;
  }
  send_maps();
  update();
}

const Regression* StageReader::regression_of(const LayerMaps& maps) const {
  const Regression* regression = analysis_.results().regression(maps.layer);
  return regression != nullptr && regression->weights.size() == maps.pooled.size() ? regression : nullptr;
}

void StageReader::send_maps() {
  FeatureMaps maps;
  maps.layer = QString::fromStdString(looked_->layer);
  maps.channels = looked_->channels;
  maps.height = looked_->height;
  maps.width = looked_->width;
  maps.values = {looked_, &looked_->values}; // shared, not copied
  patch_ = pointed_patch();
  if (const auto& attention = looked_->attention) {
    maps.heads = true;
    maps.class_token = attention->has_class_token();
    maps.has_places = attention->has_places();
    maps.patch = patch_;
    if (patch_)
      maps.values = std::make_shared<const std::vector<float>>(attention->of_patch(patch_->y(), patch_->x()));
  }
  if (const Regression* regression = regression_of(*looked_)) {
    maps.regression_weight.assign(regression->importance.begin(), regression->importance.end());
    maps.scale_correlation.assign(regression->correlation.begin(), regression->correlation.end());
  }
  emit maps_changed(std::move(maps));
}

std::optional<QPoint> StageReader::pointed_patch() const {
  if (!pointed_ || !looked_ || !looked_->attention || !looked_->attention->has_places())
    return std::nullopt;
  const QPoint patch(static_cast<int>(std::floor(pointed_->x() * looked_->width)),
                     static_cast<int>(std::floor(pointed_->y() * looked_->height)));
  return QRect(0, 0, looked_->width, looked_->height).contains(patch) ? std::optional(patch) : std::nullopt;
}

void StageReader::point_at(const std::optional<QPointF>& place) {
  pointed_ = place;
  if (pointed_patch() != patch_)
    send_maps();
}

void StageReader::update() {
  reading_.reset();
  if (const auto& apart = explorer_.apart()) {
    const AnalysisResults& results = analysis_.results();
    const int width = apart->original.width;
    const int height = apart->original.height;
    const BoundingBox seen =
        seen_part(explorer_.preprocessing().preprocessing.resizing, width, height, explorer_.edit().image_size);
    Reading reading{.layer = explorer_.layer(),
                    .target = QString::fromStdString(results.target),
                    .scale = scale_,
                    .original_scale = seen_scale(apart->box, seen, width, height),
                    .value = {},
                    .truth = {},
                    .trust = {}};
    const Regression* regression = results.regression(reading.layer.toStdString());
    if (reading.of_scale())
      reading.truth = reading.scale;
    else if (const Sample* sample = images_.current_sample()) // after a change, the truth is not known
      reading.truth = sample->target;
    if (value_ && regression != nullptr) {
      reading.value = value_;
      reading.trust = trust_of(*regression, outside_, reading.truth, reading.of_scale() ? scale_text : value_text);
    }
    reading_ = std::move(reading);
  }
  emit reading_changed();
}

ScaleSweep StageReader::curves_of(const std::vector<SweepPoint>& sweep, int channel, const QStringList& names) const {
  const AnalysisResults& results = analysis_.results();
  const Regression* regression =
      results.target == object_scale_name ? results.regression(explorer_.layer().toStdString()) : nullptr;
  return scale_sweep(sweep, explorer_.layer(), regression, channel, names);
}

} // namespace scalescope
