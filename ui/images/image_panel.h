#pragma once

#include "core/image/sample.h"

#include <QWidget>

class QLabel;

namespace scalescope {

class DataDialog;
class SampleModel;
class ScaleHistogram;
class ThumbnailLoader;
class ThumbnailView;

/// The samples of a set as thumbnails with their boxes and object scales, above a histogram of these scales. Images are
/// read in the background: first the visible thumbnails, then the sizes of all images (object scales need them), then
/// thumbnails up to a page away. The heading leads to what there is to say about the data. Belongs to the UI thread.
class ImagePanel : public QWidget {
  Q_OBJECT
 public:
  /// @param model the samples to show; it receives the loaded thumbnails and sizes. A new set has no current sample.
  explicit ImagePanel(SampleModel* model, QWidget* parent = nullptr);

  [[nodiscard]] const SampleSet& samples() const;
  /// Makes a sample current and scrolls to it, without image_chosen; -1 for none.
  void set_current(int sample);
  [[nodiscard]] int current() const; ///< -1 for none
  /// Whether everything visible is loaded (a screenshot waits for it).
  [[nodiscard]] bool is_settled() const;

 signals:
  void image_chosen(int sample); ///< by mouse or keyboard

 private:
  void show_samples();
  void show_box(int sample);
  void start_loading();
  void queue_asking();
  void ask_for_thumbnails();
  void show_heading();
  void queue_heading();
  void show_data_dialog();
  void show_scales();
  void show_current();
  void choose_first_of_bin(int bin);

  SampleModel* model_;
  ThumbnailLoader* loader_;
  QLabel* heading_;
  DataDialog* data_;
  ThumbnailView* view_;
  ScaleHistogram* histogram_;
  QSize bounds_;            ///< of the thumbnails being loaded, in device pixels
  bool being_told_ = false; ///< the program, not the person, is changing the current sample
  bool ask_queued_ = false;
  bool heading_queued_ = false;
  std::size_t shown_notes_ = 0; ///< in the heading
};

} // namespace scalescope
