#pragma once

#include "core/stage/segment.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSlider;
class QSpinBox;
class QToolButton;

namespace scalescope {

/// Controls for object scale (the object's share of the image) and image size (the pixels that the network is given).
/// Also how the object is segmented, how the area behind it is filled, and whether the camera moves instead. Setters
/// send no signals.
class StageControls : public QWidget {
  Q_OBJECT

 public:
  explicit StageControls(QWidget* parent = nullptr);

  void set_has_object(bool has_object);
  void set_scale(double factor); ///< relative to the original object, or of the camera
  void set_image_size(int side); ///< pixels
  void set_camera_mode(bool on);
  void set_cut(const SegmentSettings& cut);
  /// The numbers beside the controls. @param fraction the box's share of the image. @param box in pixels of the
  /// network's input.
  void set_numbers(double fraction, double box_width, double box_height);

  [[nodiscard]] double scale() const;
  [[nodiscard]] int image_size() const;
  [[nodiscard]] bool camera_mode() const;
  [[nodiscard]] SegmentSettings cut() const;

 signals:
  void scale_wanted(double factor, bool finished); ///< finished: the slider was released, or a number typed
  void image_size_wanted(int side, bool finished);
  void camera_mode_wanted(bool on);
  void cut_wanted(scalescope::SegmentSettings cut);
  void reset_wanted();

 private:
  QSlider* scale_slider_;
  QDoubleSpinBox* scale_number_;
  QLabel* scale_text_;
  QSlider* size_slider_;
  QSpinBox* size_number_;
  QLabel* size_text_;
  QComboBox* mode_;
  QComboBox* segment_by_;
  QComboBox* fill_;
  QToolButton* reset_;
};

} // namespace scalescope
