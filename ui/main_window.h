#pragma once

#include "ui/explorer.h"
#include "ui/feature_maps.h"
#include "ui/growing_curve.h"
#include "ui/image_opening.h"

#include <QElapsedTimer>
#include <QMainWindow>
#include <QStringList>

#include <map>
#include <memory>

class QAction;
class QDockWidget;
class QLabel;
class QProgressBar;
class QTimer;

namespace scalescope {

class ChannelView;
class CurveView;
class ErrorBar;
class FeaturePanel;
class ImagePanel;
class LayerTree;
class PredictionBars;
class ResponseView;
class StageControls;
class StageView;

/// The window: widgets that show the explorer's state and pass on what the person wants.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(QWidget* parent = nullptr);
  ~MainWindow() override;

  void open_network(const QString& file_or_name);
  void ask_for_analysis(); ///< shows the dialog
  void analyse(AnalysisRequest request);
  void open_images(const QStringList& files_and_folders);
  [[nodiscard]] Explorer& explorer() { return *explorer_; }
  [[nodiscard]] bool settled() const; ///< nothing is loading or being computed

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;

 private:
  void build_widgets();
  void build_menus();
  void connect_widgets();
  void connect_explorer();
  QDockWidget* add_dock(const QString& title, QWidget* widget, Qt::DockWidgetArea area);
  void connect_worker();
  void choose_network();
  void choose_images();
  void choose_sample(int index);
  void walk_layers(int step);
  void show_maps(const std::shared_ptr<const LayerMaps>& maps);
  void show_channel();
  void show_classes(const std::vector<float>& probabilities);
  void show_edit();
  void show_curve();
  void show_read_out();
  void show_progress(const JobProgress& progress);
  void end_analysis();
  void show_status();

  std::unique_ptr<Explorer> explorer_;
  StageView* stage_ = nullptr;
  StageControls* controls_ = nullptr;
  ErrorBar* errors_ = nullptr;
  PredictionBars* predictions_ = nullptr;
  LayerTree* layers_ = nullptr;
  FeaturePanel* maps_ = nullptr;
  ChannelView* channel_ = nullptr;
  CurveView* curve_ = nullptr;
  ResponseView* response_ = nullptr;
  ImagePanel* images_ = nullptr;
  QLabel* read_out_ = nullptr;
  QLabel* status_network_ = nullptr;
  QLabel* status_time_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QStringList class_names_;
  QAction* analyse_ = nullptr;
  QAction* cancel_ = nullptr;
  GrowingCurve growing_;
  std::map<std::string, Regression> regressions_; ///< by layer, of the last analysis of this network
  QString read_scale_;                            ///< what the chosen layer's regression says of the stage
  QTimer* curve_timer_ = nullptr;                 ///< many values come at once: drawn together
  QElapsedTimer stage_time_;                      ///< since the stage of the analysis began
  std::string stage_name_;
  std::jthread opener_; ///< finds images; last: joined first
};

} // namespace scalescope
