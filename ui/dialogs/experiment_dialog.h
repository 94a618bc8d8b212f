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

class FurtherFits;
class SquareFields;

class FileJobs;

/// The input of an experiment.
struct ExperimentSubject {
  std::shared_ptr<const NetworkInfo> network;
  SampleSet samples; ///< as opened, with the boxes drawn by hand; samples with an object are used
  ChosenPreprocessing preprocessing;
  OpenFiles open_files; ///< these are never overwritten
};

/// Runs an experiment with the network and the images of the window in its own process, so the window stays fast. The
/// command line that is shown does the same. The job is written into the folder of the results as job.json, the images
/// and boxes as samples.csv. Closing the dialog stops the experiment.
class ExperimentDialog : public QDialog {
  Q_OBJECT

 public:
  /// @param program scalescope-cli. @param files writes samples.csv; must outlive the dialog.
  ExperimentDialog(ExperimentSubject subject, QString program, FileJobs& files, QWidget* parent = nullptr);

  void set_folder(const QString& folder); ///< of the results
  /// The chosen job. @throws Error if something is missing.
  [[nodiscard]] ExperimentJob job() const;
  /// All files that are written into the folder.
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
  [[nodiscard]] std::vector<Sample> chosen_samples() const; ///< @throws Error for an unknown class
  void read_progress();
  void finish(const QString& text, bool is_error);

  ExperimentSubject subject_;
  QString program_;
  FileJobs& files_;
  QProcess process_;
  QByteArray read_; ///< output of the program that is not a complete line yet
  bool running_ = false;
  bool stopping_ = false;
  bool closing_ = false;

  QComboBox* kind_;
  QLineEdit* classes_;
  QLineEdit* layers_;
  QComboBox* tokens_ = nullptr; ///< of a network that has the choice
  SquareFields* square_;
  QSpinBox* repetitions_;
  QSpinBox* permutations_;
  QCheckBox* random_weights_;
  FurtherFits* further_;
  QSpinBox* seed_;
  QLineEdit* folder_;
  QLineEdit* command_;
  QProgressBar* progress_;
  QLabel* message_;
  QPushButton* start_;
  QPushButton* stop_;
  QPushButton* report_;
};

/// The images with an object as a .csv for read_samples: file (full path), x, y, w, h, image_width and image_height (if
/// the annotation states them), group, and target if the samples have one.
[[nodiscard]] std::string samples_csv(const std::vector<Sample>& samples);

} // namespace scalescope
