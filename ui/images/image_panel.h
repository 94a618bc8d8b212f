#pragma once

#include "core/image/sample.h"

#include <QWidget>

#include <optional>
#include <vector>

class QLabel;

namespace scalescope {

class SampleModel;
class ScaleHistogram;
class ThumbnailLoader;
class ThumbnailView;

/// The samples of a set as thumbnails with their boxes and object scales, over a histogram of these scales. Images
/// are read in the background: the thumbnails in sight first, then the sizes of all (which scales need), then
/// thumbnails up to a page away. Belongs to the UI thread.
class ImagePanel : public QWidget {
  Q_OBJECT
 public:
  explicit ImagePanel(QWidget* parent = nullptr);

  /// Shows another set; no sample is current then.
  void set_samples(SampleSet set);
  [[nodiscard]] const SampleSet& samples() const;
  /// Another box for a sample, as drawn by hand, or none.
  void set_box(int sample, const std::optional<BoundingBox>& box);
  /// Makes a sample current and brings it into sight, without image_chosen; -1 for none.
  void set_current(int sample);
  [[nodiscard]] int current() const; ///< -1 for none
  /// Whether nothing is left to load for what is in sight (a screenshot waits for it).
  [[nodiscard]] bool is_settled() const;

 signals:
  void image_chosen(int sample); ///< by mouse or keyboard

 private:
  void start_loading();
  void queue_asking();
  void ask_for_thumbnails();
  void show_heading();
  void show_scales();
  void show_current();
  void choose_first_of_bin(int bin);

  SampleModel* model_;
  ThumbnailLoader* loader_;
  QLabel* heading_;
  ThumbnailView* view_;
  ScaleHistogram* histogram_;
  QSize bounds_;            ///< of the thumbnails being loaded, in device pixels
  bool being_told_ = false; ///< the current sample is changed by the program, not by the person
  bool ask_queued_ = false;
};

} // namespace scalescope
