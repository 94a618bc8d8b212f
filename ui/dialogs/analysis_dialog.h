#pragma once

#include "datasets/readers.h"
#include "ui/workspace/explorer.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace scalescope {

class FurtherFits;
class SquareFields;

/// The settings of `scalescope-cli analyze`, for the network and the samples that are open.
class AnalysisDialog : public QDialog {
  Q_OBJECT

 public:
  /// @param samples as opened, with every object. @param preprocessing the one in use.
  AnalysisDialog(const NetworkInfo& network, const SampleSet& samples, ChosenPreprocessing preprocessing,
                 QWidget* parent = nullptr);
  /// Shows the settings of an earlier job.
  void set_job(const AnalyzeJob& earlier);
  /// The chosen settings; the window fills in the paths of data and results. @throws Error for numbers that can't be
  /// read.
  [[nodiscard]] AnalyzeJob job() const;
  /// What to analyse. @throws Error for an unknown layer, a missing file of folds, or no objects.
  [[nodiscard]] AnalysisRequest request() const;
  /// The chosen preprocessing. @throws Error for numbers that can't be read.
  [[nodiscard]] ChosenPreprocessing preprocessing() const;

 signals:
  void job_wanted(const scalescope::AnalyzeJob& job); ///< as a file

 private:
  [[nodiscard]] ObjectRule rule() const;
  [[nodiscard]] PreprocessingChoice chosen_preprocessing() const;
  [[nodiscard]] PreprocessingChoice chosen_scaling() const;
  void show_count();
  void show_custom();

  const NetworkInfo& network_;
  const SampleSet& samples_;
  ChosenPreprocessing preprocessing_;
  QComboBox* objects_;
  QLineEdit* classes_;
  QLabel* count_;
  QLineEdit* layers_;
  QLineEdit* inside_;
  QComboBox* tokens_; ///< null for a network without the choice
  QComboBox* scaling_;
  SquareFields* square_;
  QLineEdit* mean_;
  QLineEdit* standard_deviation_;
  QComboBox* protocol_;
  QSpinBox* repetitions_;
  QLineEdit* folds_;
  QSpinBox* seed_;
  QSpinBox* batch_;
  QCheckBox* random_weights_;
  QCheckBox* random_scale_;
  FurtherFits* further_;
  QLabel* problem_ = nullptr;
};

} // namespace scalescope
