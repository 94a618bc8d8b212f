#pragma once

#include "core/jobs/prune_job.h"
#include "ui/workspace/analysis_results.h"
#include "ui/workspace/explorer.h"

#include <QDialog>

#include <memory>

class QCheckBox;
class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;

namespace scalescope {

class CurveView;

/// What the dialog is about: values of the time when it was opened.
struct PruneSubject {
  std::shared_ptr<const NetworkInfo> network;
  AnalysisResults results; ///< of the network; empty() without an analysis
  Preprocessing preprocessing;
  std::vector<std::filesystem::path> images; ///< to compare on
  std::string layer;                         ///< looked at: where there is no analysis, the first choice
};

/// Cuts a network: the layer is chosen in a list or on the curve, what it costs before and after is measured by the
/// network's worker as soon as one is chosen, and what was measured is what is saved.
class PruneDialog : public QDialog {
  Q_OBJECT

 public:
  PruneDialog(PruneSubject subject, NetworkWorker& worker, QWidget* parent = nullptr);
  ~PruneDialog() override; ///< stops what is running

  void choose_layer(const QString& layer);
  void choose_output(PrunedOutput output);
  [[nodiscard]] PruneJob job() const; ///< as it is chosen; where to, the person says when saving
  /// The network cut as is chosen now; null while that is computed, and where it can't be.
  [[nodiscard]] const std::shared_ptr<const PruneResult>& result() const { return result_; }
  /// Whether its weights are to be written beside it, and it is to be opened then.
  [[nodiscard]] bool wants_checkpoint() const;
  [[nodiscard]] bool wants_opened() const;

 signals:
  void settled(); ///< result() is there, or a message says why not
  void save_wanted();

 private:
  void build();
  void fill_layers();
  void choose_best(bool within_standard_deviation);
  void cut();
  void show_result();
  void say(const QString& text, bool is_error);
  [[nodiscard]] std::optional<LayerR2> score(const std::string& layer) const;

  PruneSubject subject_;
  NetworkWorker& worker_;
  std::vector<LayerR2> scores_;
  std::shared_ptr<const PruneResult> result_;
  std::uint64_t serial_ = 0; ///< of the latest request

  CurveView* curve_ = nullptr;
  QComboBox* layers_ = nullptr;
  QComboBox* output_ = nullptr;
  QLabel* costs_ = nullptr;
  QLabel* gone_ = nullptr;
  QLabel* message_ = nullptr;
  QProgressBar* busy_ = nullptr;
  QCheckBox* checkpoint_ = nullptr;
  QCheckBox* open_ = nullptr;
  QPushButton* save_ = nullptr;
};

} // namespace scalescope
