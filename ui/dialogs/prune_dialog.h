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

/// The input of the dialog: values at the time when it was opened.
struct PruneSubject {
  std::shared_ptr<const NetworkInfo> network;
  AnalysisResults results; ///< of the network; empty() without an analysis
  Preprocessing preprocessing;
  std::vector<std::filesystem::path> images; ///< to compare on
  std::string layer;                         ///< the layer on display; the first choice if there is no analysis
};

/// Prunes a network. The layer is chosen in a list or on the curve. The network's worker then prunes and measures it at
/// once; saving writes exactly that network.
class PruneDialog : public QDialog {
  Q_OBJECT

 public:
  PruneDialog(PruneSubject subject, NetworkWorker& worker, QWidget* parent = nullptr);
  ~PruneDialog() override; ///< stops what is running

  void choose_layer(const QString& layer);
  void choose_output(PrunedOutput output);
  [[nodiscard]] PruneJob job() const; ///< as it is chosen; where to, the person says when saving
  /// The network pruned as chosen now; null while it is computed, or if that is not possible.
  [[nodiscard]] const std::shared_ptr<const PruneResult>& result() const { return result_; }
  /// Whether to write its weights beside it, and whether to open it afterwards.
  [[nodiscard]] bool wants_checkpoint() const;
  [[nodiscard]] bool wants_opened() const;

 signals:
  void settled(); ///< result() exists, or a message says why not
  void save_wanted();
  void job_wanted(); ///< job() as a file

 private:
  void build();
  void fill_layers();
  void choose_best(bool within_standard_error);
  void prune();
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
  QComboBox* format_ = nullptr;
  QLabel* costs_ = nullptr;
  QLabel* gone_ = nullptr;
  QLabel* message_ = nullptr;
  QProgressBar* busy_ = nullptr;
  QCheckBox* checkpoint_ = nullptr;
  QCheckBox* open_ = nullptr;
  QPushButton* save_ = nullptr;
};

} // namespace scalescope
