#pragma once

#include "core/jobs/compare_job.h"
#include "ui/window/open_files.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace scalescope {

class FileJobs;

/// Draws the curves of several analyses in one figure, as `scalescope-cli compare` does: two networks, two data sets,
/// trained and random weights. Folders can be chosen, or dropped on the list.
class CompareDialog : public QDialog {
  Q_OBJECT

 public:
  /// @param files must outlive the dialog. @param open_files these are never overwritten.
  CompareDialog(FileJobs& files, OpenFiles open_files, QWidget* parent = nullptr);

  void add(const QString& analysis);      ///< a folder with an analysis.json, or that file; once each
  void set_folder(const QString& folder); ///< of the results
  [[nodiscard]] CompareJob job() const;   ///< as it is chosen
  void compare();
  [[nodiscard]] QString message() const;

 signals:
  void ended();                                       ///< done or failed: message() says what
  void job_wanted(const scalescope::CompareJob& job); ///< as a file

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void build();
  void show_choice();
  void finish(const QString& text, bool is_error);

  FileJobs& files_;
  OpenFiles open_files_;
  QListWidget* analyses_;
  QLineEdit* folder_;
  QLabel* message_;
  QPushButton* remove_;
  QPushButton* compare_;
  QPushButton* save_job_;
  QPushButton* report_;
};

} // namespace scalescope
