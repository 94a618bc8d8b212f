#pragma once

#include "core/jobs/job_file.h"

#include <QObject>

class QWidget;

namespace scalescope {

class PruneDialog;
class Workspace;

/// The dialogs for work with the network: analysis, pruning, fine-tuning, experiments and comparison. All but the
/// analysis dialog stay open beside the window.
class WorkDialogs : public QObject {
  Q_OBJECT

 public:
  WorkDialogs(Workspace& workspace, QWidget* window);

  void ask_for_analysis(); ///< returns when it is answered
  void ask_for_pruning();
  /// Writes a job for `scalescope-cli run`. Its data is the open data set; or, with several sources or boxes drawn by
  /// hand, a NAME-samples.csv that is written beside it. Its results go to NAME-result.
  void write_job(AnalyzeJob job, const QString& file);
  /// Writes what is chosen in the dialog as a job. Its network goes to NAME-pruned beside it.
  void write_prune_job(const PruneDialog& dialog, const QString& file);
  void ask_for_fine_tuning();
  void ask_for_experiment();
  void ask_for_comparison(); ///< needs no network
  /// Writes a pruned network, and its weights beside it if that is chosen in the dialog.
  void save_pruned(const PruneDialog& dialog, const QString& file);

 signals:
  void said(const QString& what); ///< what was done

 private:
  void save_job(const AnalyzeJob& job);            ///< asks where
  [[nodiscard]] QString job_file(QWidget* asking); ///< chosen by the person, or empty
  void write_job_as_it_is(const Job& job, const QString& file);
  [[nodiscard]] bool has_network(); ///< if not, it reports that one is needed

  Workspace& workspace_;
  QWidget* window_;
};

} // namespace scalescope
