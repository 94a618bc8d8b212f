#pragma once

#include "core/jobs/analyze_job.h"

#include <QObject>

class QWidget;

namespace scalescope {

class PruneDialog;
class Workspace;

/// The dialogs that ask what is to be done with the network: analysis, pruning, fine-tuning, experiments, and the
/// comparison of what came of them. All but the analysis' stay open beside the window.
class WorkDialogs : public QObject {
  Q_OBJECT

 public:
  WorkDialogs(Workspace& workspace, QWidget* window);

  void ask_for_analysis(); ///< returns when it is answered
  void ask_for_pruning();
  /// Writes a job for `scalescope-cli run`: its data is the data set that is open, or, where that is not all (several
  /// sources, boxes drawn by hand), a NAME-samples.csv that is written beside it; its results go to NAME-result.
  void write_job(AnalyzeJob job, const QString& file);
  void ask_for_fine_tuning();
  void ask_for_experiment();
  void ask_for_comparison(); ///< needs no network
  /// Writes a pruned network, with its weights beside it if the dialog says so.
  void save_pruned(const PruneDialog& dialog, const QString& file);

 signals:
  void said(const QString& what); ///< what was done

 private:
  void save_job(const AnalyzeJob& job); ///< asks where
  [[nodiscard]] bool has_network();     ///< else it says that one is needed

  Workspace& workspace_;
  QWidget* window_;
};

} // namespace scalescope
