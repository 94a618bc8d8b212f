#pragma once

#include <QDialog>

#include <cstddef>
#include <vector>

class QLabel;
class QListWidget;

namespace scalescope {

class SampleModel;

/// What the open data set contains, and what was left out or not used as written. It stays open beside the images, and
/// follows them; an entry that is about an image leads to its thumbnail.
class DataDialog : public QDialog {
  Q_OBJECT

 public:
  explicit DataDialog(const SampleModel* model, QWidget* parent);

  /// Fills the dialog from the model. It is called when the model has changed.
  void show_data();

 signals:
  void sample_chosen(int sample);

 private:
  const SampleModel* model_;
  QLabel* summary_;
  QListWidget* problems_;
  QLabel* none_;
};

/// A problem or note.
struct DataNote {
  QString text;
  int sample = -1; ///< the first sample of its image, -1 if none is open
};

/// What there is to say about the samples: what the reader left out and what it remarked, then what was found out as
/// the images were read. @param most how many notes are wanted.
[[nodiscard]] std::vector<DataNote> notes_on(const SampleModel& model, std::size_t most);
/// How many there are.
[[nodiscard]] std::size_t count_notes(const SampleModel& model);

} // namespace scalescope
