#pragma once

#include "core/image/sample.h"
#include "core/jobs/experiment_job.h"
#include "ui/window/open_files.h"
#include "ui/workspace/explorer.h"

#include <QDialog>
#include <QProcess>

#include <memory>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace scalescope {

class FileJobs;

/// What an experiment is run on.
struct ExperimentSubject {
  std::shared_ptr<const NetworkInfo> network;
  SampleSet samples; ///< as opened, with the boxes drawn by hand; those with an object are used
  ChosenPreprocessing preprocessing;
  OpenFiles open_files; ///< none of which is written over
};

/// Runs an experiment with the network and the images of the window, in a process of its own: the window stays as
/// quick as it was, and the command line that is shown does the same again. The job is written into the folder of the
/// results as job.json, the images and boxes as samples.csv. Closing the dialog stops what runs.
class ExperimentDialog : public QDialog {
  Q_OBJECT

 public:
  /// @param program scalescope-cli. @param files writes samples.csv, and outlives the dialog.
  ExperimentDialog(ExperimentSubject subject, QString program, FileJobs& files, QWidget* parent = nullptr);

  void set_folder(const QString& folder); ///< of the results
  /// As chosen. @throws Error if something is missing.
  [[nodiscard]] ExperimentJob job() const;
  /// All that is written into the folder.
  [[nodiscard]] std::vector<std::string> file_names() const;
  void start();
  void stop(); ///< within one batch; nothing is written
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] QString message() const;
  void reject() override;

 signals:
  void ended(); ///< done, stopped or failed: message() says what

 private:
  void build();
  void launch();
  [[nodiscard]] ExperimentKind kind() const;
  [[nodiscard]] QString job_file() const;
  void show_choice();
  void read_progress();
  void finish(const QString& text, bool is_error);

  ExperimentSubject subject_;
  QString program_;
  FileJobs& files_;
  QProcess process_;
  QByteArray read_; ///< of what the program says, what is no whole line yet
  bool running_ = false;
  bool stopping_ = false;
  bool closing_ = false;

  QComboBox* kind_;
  QLineEdit* layers_;
  QSpinBox* repetitions_;
  QSpinBox* permutations_;
  QCheckBox* random_weights_;
  QSpinBox* seed_;
  QLineEdit* folder_;
  QLineEdit* command_;
  QProgressBar* progress_;
  QLabel* message_;
  QPushButton* start_;
  QPushButton* stop_;
  QPushButton* report_;
};

/// The images with an object as a .csv that read_samples reads: file (whole paths), x, y, w, h, image_width and
/// image_height (of the image that the box refers to, where that was stated), group, and target where the samples
/// have one.
[[nodiscard]] std::string samples_csv(const std::vector<Sample>& samples);

} // namespace scalescope
