#pragma once

#include <QWidget>

namespace scalescope {

class ErrorBar;
class PredictionBars;
class ReadOut;
class StageControls;
class StageView;
class Workspace;

/// The middle of the window: the error bar, the stage with its controls, and below it the most likely classes and the
/// reading of the layer. While nothing is open, it offers the demonstration and the tour.
class StagePanel : public QWidget {
  Q_OBJECT

 public:
  explicit StagePanel(Workspace& workspace, QWidget* parent = nullptr);

  [[nodiscard]] StageView* stage() { return stage_; }
  [[nodiscard]] ErrorBar* errors() { return errors_; }
  void show_waiting(const QString& message); ///< instead of an image, until one is loaded

 signals:
  void demo_wanted();
  void tour_wanted();

 private:
  [[nodiscard]] QWidget* welcome();
  void connect_to_explorer();
  void connect_to_workspace();
  void show_edit();

  Workspace& workspace_;
  ErrorBar* errors_;
  StageView* stage_;
  StageControls* controls_;
  PredictionBars* predictions_;
  ReadOut* read_out_;
  QWidget* welcome_; ///< on the stage until something is opened
};

} // namespace scalescope
