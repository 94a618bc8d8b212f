#pragma once

#include "core/experiment/analysis.h"
#include "ui/network_worker.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace scalescope {

/// The settings of `scalescope-cli analyze`, for the network and the samples that are open.
class AnalysisDialog : public QDialog {
  Q_OBJECT

 public:
  AnalysisDialog(const OpenedNetwork& network, const SampleSet& samples, QWidget* parent = nullptr);
  /// What to analyse. @throws Error for an unknown layer.
  [[nodiscard]] AnalysisRequest request(const Preprocessing& preprocessing) const;

 private:
  [[nodiscard]] std::vector<Sample> chosen_samples() const;
  void show_count();

  const OpenedNetwork& network_;
  const SampleSet& samples_;
  QComboBox* objects_;
  QLabel* count_;
  QLineEdit* layers_;
  QComboBox* protocol_;
  QSpinBox* repetitions_;
  QSpinBox* seed_;
  QSpinBox* batch_;
  QCheckBox* random_weights_;
  QCheckBox* random_scale_;
};

} // namespace scalescope
