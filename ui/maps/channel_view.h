#pragma once

#include "ui/workspace/colour_map.h"
#include "ui/workspace/feature_maps.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QSlider;

namespace scalescope {

class MapCanvas;

/// The chosen channel, enlarged: colour bar, the value under the mouse, lowest, mean and highest value. Also the
/// controls for laying it over the image.
class ChannelView : public QWidget {
  Q_OBJECT

 public:
  explicit ChannelView(QWidget* parent = nullptr);
  void set_channel(const FeatureMaps& maps, int channel, const MapColours& colours);
  void clear();
  [[nodiscard]] MapCanvas* canvas() { return canvas_; }
  [[nodiscard]] bool overlay_on() const;
  [[nodiscard]] double opacity() const; ///< 0 .. 1
  void set_overlay(bool on, double opacity);

 signals:
  void overlay_changed(bool on, double opacity);

 private:
  MapCanvas* canvas_;
  QLabel* title_;
  QLabel* numbers_;
  QLabel* under_mouse_;
  QCheckBox* overlay_;
  QSlider* opacity_;
  QLabel* per_cent_;
};

} // namespace scalescope
