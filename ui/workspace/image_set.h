#pragma once

#include "ui/workers/image_opener.h"
#include "ui/workspace/sample_model.h"

#include <QObject>
#include <QStringList>

#include <map>
#include <string>

namespace scalescope {

/// The open images: their samples and files, the one on the stage, the boxes drawn by hand, and the column that is the
/// target. It finds images in the background and never waits.
class ImageSet : public QObject {
  Q_OBJECT

 public:
  explicit ImageSet(QObject* parent = nullptr);

  /// Looks for images: looking() and then found() follow. The present images stay until the new ones are taken.
  void look_for(const QStringList& files_and_folders, const ReadChoice& how);
  [[nodiscard]] bool busy() const { return opener_.busy(); }
  /// Replaces the images by those found. The boxes drawn by hand are removed with their images, and no sample is
  /// current.
  void take(OpenedImages images, const QStringList& from, const ReadChoice& how);
  void clear(); ///< closes all images
  /// Sets the columns that can be the target, even if the images are not taken.
  void offer_targets(const OpenedImages& images, const QStringList& of);

  [[nodiscard]] SampleModel& model() { return model_; }
  [[nodiscard]] const SampleSet& samples() const { return model_.set(); }
  [[nodiscard]] const QStringList& from() const { return from_; }             ///< files and folders that were opened
  [[nodiscard]] const ReadChoice& how() const { return how_; }                ///< they were read
  [[nodiscard]] const QStringList& targets() const { return targets_; }       ///< columns that can be the target
  [[nodiscard]] const QStringList& targets_of() const { return targets_of_; } ///< files and folders with these columns

  void set_current(int sample);                                    ///< -1: none
  [[nodiscard]] int current() const { return current_; }           ///< on the stage
  [[nodiscard]] const Sample* current_sample() const;              ///< nullptr: none
  void draw_box(const BoundingBox& box);                           ///< on the current sample
  void set_boxes(const std::map<std::string, BoundingBox>& boxes); ///< drawn earlier, by Sample::id
  [[nodiscard]] const std::map<std::string, BoundingBox>& boxes() const { return boxes_; }

 signals:
  void looking();
  void found(scalescope::OpenedImages images, QStringList from, scalescope::ReadChoice how); ///< as given to look_for()
  void changed();                                                                            ///< samples() have changed
  void current_changed(int sample);
  void targets_changed();

 private:
  SampleModel model_;
  QStringList from_;
  ReadChoice how_;
  QStringList targets_;
  QStringList targets_of_;
  int current_ = -1;
  std::map<std::string, BoundingBox> boxes_; ///< drawn by hand, by Sample::id
  ImageOpener opener_;                       ///< last: stopped first
};

} // namespace scalescope
