#include "ui/main_window.h"

#include "core/base/error.h"
#include "ui/analysis_dialog.h"
#include "ui/channel_view.h"
#include "ui/class_names.h"
#include "ui/curve_view.h"
#include "ui/error_bar.h"
#include "ui/feature_panel.h"
#include "ui/image_panel.h"
#include "ui/layer_tree.h"
#include "ui/map_canvas.h"
#include "ui/overlay.h"
#include "ui/prediction_bars.h"
#include "ui/response_view.h"
#include "ui/stage_controls.h"
#include "ui/stage_view.h"
#include "ui/theme.h"

#include <QAction>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QMenuBar>
#include <QMimeData>
#include <QProgressBar>
#include <QScrollArea>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace scalescope {
namespace {

constexpr std::size_t classes_shown = 5;

bool is_network_file(const QString& file) {
  const QString suffix = QFileInfo(file).suffix().toLower();
  return suffix == "pt" || suffix == "pth" || suffix == "safetensors";
}

QString scale_text(double fraction) { return QLocale().toString(100 * fraction, 'f', 1) + QStringLiteral(" %"); }

} // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent), explorer_(std::make_unique<Explorer>()), class_names_(imagenet_class_names()) {
  setWindowTitle(QStringLiteral("ScaleScope"));
  setAcceptDrops(true);
  setDockNestingEnabled(true);
  build_widgets();
  build_menus();
  connect_widgets();
  connect_explorer();
  connect_worker();
  resize(1440, 900);
  show_status();
}

MainWindow::~MainWindow() {
  opener_ = {};      // their answers find no window: they are stopped first
  explorer_.reset(); //
}

QDockWidget* MainWindow::add_dock(const QString& title, QWidget* widget, Qt::DockWidgetArea area) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(title);
  dock->setWidget(widget);
  addDockWidget(area, dock);
  return dock;
}

void MainWindow::build_widgets() {
  stage_ = new StageView;
  controls_ = new StageControls;
  errors_ = new ErrorBar;
  predictions_ = new PredictionBars;
  predictions_->setAccessibleName(tr("Predictions"));
  predictions_->set_empty_text(tr("The likeliest classes appear here once a network and a picture are open."));
  read_out_ = new QLabel;
  read_out_->setForegroundRole(QPalette::PlaceholderText);
  read_out_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  read_out_->setWordWrap(true);

  auto* centre = new QWidget;
  auto* column = new QVBoxLayout(centre);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(errors_);
  column->addWidget(stage_, 1);
  column->addWidget(controls_);
  auto* answers = new QHBoxLayout;
  answers->setContentsMargins(12, 0, 12, 8);
  answers->setSpacing(16);
  answers->addWidget(predictions_, 3);
  answers->addWidget(read_out_, 2);
  column->addLayout(answers);
  setCentralWidget(centre);

  layers_ = new LayerTree;
  maps_ = new FeaturePanel;
  channel_ = new ChannelView;
  curve_ = new CurveView;
  response_ = new ResponseView;
  response_->set_empty_text(tr("Sweep over scales (Ctrl+E) to see how the network answers to the object's size."));
  images_ = new ImagePanel;

  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  auto* layers = add_dock(tr("Layers"), layers_, Qt::LeftDockWidgetArea);
  auto* maps = add_dock(tr("Feature maps"), maps_, Qt::RightDockWidgetArea);
  auto* channel = add_dock(tr("Channel"), channel_, Qt::RightDockWidgetArea);
  auto* images = add_dock(tr("Images"), images_, Qt::RightDockWidgetArea);
  auto* curve = add_dock(tr("R² by layer"), curve_, Qt::BottomDockWidgetArea);
  auto* scrolled = new QScrollArea; // three plots want more height than the curve beside them
  scrolled->setWidget(response_);
  scrolled->setWidgetResizable(true);
  scrolled->setFrameShape(QFrame::NoFrame);
  auto* response = add_dock(tr("Response to scale"), scrolled, Qt::BottomDockWidgetArea);
  tabifyDockWidget(channel, images);
  tabifyDockWidget(curve, response);
  curve->raise();
  images->raise();
  // Sizes given before the window is shown are forgotten.
  QTimer::singleShot(0, this, [this, layers, maps, images, curve] {
    resizeDocks({layers, maps}, {std::max(250, width() / 5), width() * 27 / 100}, Qt::Horizontal);
    resizeDocks({maps, images}, {height() * 6 / 10, height() * 3 / 10}, Qt::Vertical);
    resizeDocks({curve}, {height() * 28 / 100}, Qt::Vertical);
  });

  status_network_ = new QLabel;
  status_time_ = new QLabel;
  progress_ = new QProgressBar;
  progress_->setMaximumWidth(220);
  progress_->setTextVisible(true);
  progress_->hide();
  statusBar()->addWidget(status_network_, 1);
  statusBar()->addPermanentWidget(progress_);
  statusBar()->addPermanentWidget(status_time_);
}

void MainWindow::build_menus() {
  const auto action = [this](QMenu* menu, const QString& text, const QKeySequence& keys, const QString& tip,
                             auto&& run) {
    auto* made = menu->addAction(text);
    made->setShortcut(keys);
    made->setToolTip(tip);
    made->setStatusTip(tip);
    connect(made, &QAction::triggered, this, run);
    return made;
  };
  auto* file = menuBar()->addMenu(tr("&File"));
  auto* network = action(file, tr("Open &network…"), QKeySequence::Open,
                         tr("Open a TorchScript archive or a checkpoint"), [this] { choose_network(); });
  auto* images = action(file, tr("Open &images…"), QKeySequence(Qt::CTRL | Qt::Key_I),
                        tr("Open a folder of pictures or an annotated data set"), [this] { choose_images(); });
  file->addSeparator();
  action(file, tr("&Quit"), QKeySequence::Quit, tr("Close the window"), [this] { close(); });

  auto* edit = menuBar()->addMenu(tr("&Edit"));
  auto* undo = explorer_->undo_stack()->createUndoAction(this, tr("&Undo"));
  undo->setShortcut(QKeySequence::Undo);
  auto* redo = explorer_->undo_stack()->createRedoAction(this, tr("&Redo"));
  redo->setShortcut(QKeySequence::Redo);
  edit->addActions({undo, redo});
  action(edit, tr("&Reset the object"), QKeySequence(Qt::CTRL | Qt::Key_R),
         tr("Put the object back where it was, at its own scale"), [this] { explorer_->reset(); });

  auto* view = createPopupMenu();
  view->setTitle(tr("&View"));
  menuBar()->addMenu(view);

  auto* analysis = menuBar()->addMenu(tr("&Analysis"));
  analyse_ =
      action(analysis, tr("&Analyse…"), QKeySequence(Qt::CTRL | Qt::Key_Return),
             tr("Measure layer by layer how well the object's scale can be read"), [this] { ask_for_analysis(); });
  cancel_ =
      action(analysis, tr("&Stop the analysis"), QKeySequence(Qt::CTRL | Qt::Key_Period),
             tr("Stop within one batch; what is known of the curve stays"), [this] { explorer_->cancel_analysis(); });
  cancel_->setEnabled(false);
  auto* sweep = action(analysis, tr("&Sweep over scales"), QKeySequence(Qt::CTRL | Qt::Key_E),
                       tr("Show the object at many scales to the network"), [this] { explorer_->sweep(); });

  auto* tools = addToolBar(tr("Main"));
  tools->setObjectName("main tools");
  tools->setMovable(false);
  tools->setToolButtonStyle(Qt::ToolButtonTextOnly);
  tools->addActions({network, images, analyse_, cancel_, sweep});
}

void MainWindow::connect_widgets() {
  connect(stage_, &StageView::placement_wanted, explorer_.get(), &Explorer::set_placement);
  connect(stage_, &StageView::camera_wanted, explorer_.get(), &Explorer::set_scale);
  connect(stage_, &StageView::box_drawn, this, [this](const BoundingBox& box) {
    images_->set_box(images_->current(), box);
    explorer_->set_box(box);
  });
  connect(controls_, &StageControls::scale_wanted, explorer_.get(), &Explorer::set_scale);
  connect(controls_, &StageControls::image_size_wanted, explorer_.get(), &Explorer::set_image_size);
  connect(controls_, &StageControls::camera_mode_wanted, explorer_.get(), &Explorer::set_camera_mode);
  connect(controls_, &StageControls::cut_wanted, explorer_.get(), &Explorer::set_cut);
  connect(controls_, &StageControls::reset_wanted, explorer_.get(), &Explorer::reset);
  connect(layers_, &LayerTree::layer_chosen, explorer_.get(), &Explorer::set_layer);
  connect(curve_, &CurveView::layer_chosen, explorer_.get(), &Explorer::set_layer);
  connect(maps_->grid(), &FeatureGrid::layer_step, this, &MainWindow::walk_layers);
  connect(maps_->grid(), &FeatureGrid::chosen_map_changed, this, &MainWindow::show_channel);
  connect(channel_, &ChannelView::overlay_changed, this, [this] { show_channel(); });
  connect(images_, &ImagePanel::image_chosen, this, &MainWindow::choose_sample);
}

void MainWindow::connect_explorer() {
  Explorer* explorer = explorer_.get();
  connect(explorer, &Explorer::network_opened, this, [this] {
    const OpenedNetwork& network = *explorer_->network();
    layers_->set_layers(network.layers);
    layers_->set_scores({});
    curve_->set_data({});
    regressions_.clear();
    for (const auto& note : network.notes)
      errors_->show_note(QString::fromStdString(note));
    show_status();
  });
  connect(explorer, &Explorer::layer_changed, this, [this](const QString& layer) {
    layers_->set_current(layer);
    curve_->set_current(layer);
  });
  connect(explorer, &Explorer::picture_shown, this,
          [this](const std::shared_ptr<const Image>& picture, const std::optional<BoundingBox>& box) {
            stage_->set_picture(picture, box);
            controls_->set_has_object(false);
            response_->set_sweep({});
          });
  connect(explorer, &Explorer::object_taken, this, [this](const std::shared_ptr<const TakenApart>& apart) {
    stage_->set_apart(apart);
    controls_->set_has_object(true);
  });
  connect(explorer, &Explorer::edited, this, &MainWindow::show_edit);
  connect(explorer, &Explorer::frame_shown, this, [this](const std::shared_ptr<const Frame>& frame) {
    stage_->show_frame(frame);
    show_channel(); // over the new picture
  });
  connect(explorer, &Explorer::maps_shown, this,
          [this](const std::shared_ptr<const LayerMaps>& maps, double milliseconds) {
            show_maps(maps);
            status_time_->setText(tr("%1 ms forward pass").arg(QLocale().toString(milliseconds, 'f', 1)));
          });
  connect(explorer, &Explorer::classes_shown, this, &MainWindow::show_classes);
  connect(explorer, &Explorer::failed, errors_, &ErrorBar::show_error);
  connect(explorer, &Explorer::noted, errors_, &ErrorBar::show_note);
  connect(explorer, &Explorer::swept, this, [this](const std::vector<SweepPoint>& points) {
    ScaleSweep sweep;
    sweep.done = static_cast<int>(points.size());
    sweep.layer = explorer_->layer();
    sweep.channel = maps_->grid()->chosen();
    std::vector<std::size_t> classes;
    if (!points.empty() && !points.front().probabilities.empty()) {
      classes.resize(points.front().probabilities.size());
      std::iota(classes.begin(), classes.end(), std::size_t{0});
      const auto most = [&](std::size_t c) {
        float highest = 0;
        for (const SweepPoint& point : points)
          highest = std::max(highest, point.probabilities[c]);
        return highest;
      };
      const auto kept = std::min<std::size_t>(3, classes.size());
      std::ranges::partial_sort(classes, classes.begin() + static_cast<std::ptrdiff_t>(kept), std::greater(), most);
      classes.resize(kept);
    }
    for (const std::size_t c : classes)
      sweep.classes.push_back({class_name(class_names_, c), {}});
    const auto regression = regressions_.find(sweep.layer.toStdString());
    for (const SweepPoint& point : points) {
      sweep.scale.push_back(point.fraction);
      if (regression != regressions_.end())
        sweep.predicted.push_back(regression->second.predict(point.pooled));
      if (sweep.channel >= 0 && sweep.channel < static_cast<int>(point.pooled.size()))
        sweep.activation.push_back(point.pooled[static_cast<std::size_t>(sweep.channel)]);
      for (std::size_t i = 0; i < classes.size(); ++i)
        sweep.classes[i].probability.push_back(point.probabilities[classes[i]]);
    }
    response_->set_sweep(std::move(sweep));
  });
}

void MainWindow::connect_worker() {
  curve_timer_ = new QTimer(this);
  curve_timer_->setSingleShot(true);
  curve_timer_->setInterval(100);
  connect(curve_timer_, &QTimer::timeout, this, &MainWindow::show_curve);
  NetworkWorker* worker = &explorer_->worker();
  connect(worker, &NetworkWorker::progressed, this, &MainWindow::show_progress);
  connect(worker, &NetworkWorker::fitted_part, this, [this](const PartialCurve& part) {
    growing_.add(part);
    if (!curve_timer_->isActive())
      curve_timer_->start();
  });
  connect(worker, &NetworkWorker::analysed, this,
          [this](const std::shared_ptr<const Analysis>& analysis,
                 const std::shared_ptr<const std::vector<Regression>>& fitted) {
            growing_.finish();
            for (std::size_t i = 0; i < fitted->size(); ++i)
              regressions_[analysis->layers[i].name] = (*fitted)[i];
            explorer_->look(); // now the scale can be read
            show_curve();
            std::map<std::string, LayerR2> scores;
            for (std::size_t i = 0; i < analysis->layers.size(); ++i)
              scores[analysis->layers[i].name] = {analysis->scores[i].mean(), analysis->scores[i].deviation()};
            layers_->set_scores(std::move(scores));
            end_analysis();
            statusBar()->showMessage(tr("Analysed %1 rows, %2 left out; the peak is at %3.")
                                         .arg(analysis->extraction.rows.size())
                                         .arg(analysis->extraction.left_out.size())
                                         .arg(QString::fromStdString(analysis->layers[analysis->peak()].name)));
            for (const auto& note : analysis->extraction.notes)
              errors_->show_note(QString::fromStdString(note));
          });
  connect(worker, &NetworkWorker::analysis_failed, this, [this](const QString& what) {
    end_analysis();
    if (what.isEmpty())
      statusBar()->showMessage(tr("The analysis was stopped; what is known of the curve stays."));
    else
      errors_->show_error(what);
  });
}

void MainWindow::ask_for_analysis() {
  if (!explorer_->network()) {
    errors_->show_note(tr("No network is open; open one first."));
    return;
  }
  AnalysisDialog dialog(*explorer_->network(), images_->samples(), this);
  if (dialog.exec() != QDialog::Accepted)
    return;
  try {
    analyse(dialog.request(explorer_->preprocessing()));
  } catch (const Error& e) {
    errors_->show_error(QString::fromUtf8(e.what()));
  }
}

void MainWindow::analyse(AnalysisRequest request) {
  std::vector<int> depths;
  std::vector<int> channels;
  for (const auto& name : request.settings.extraction.layers)
    for (const Layer& layer : explorer_->network()->layers)
      if (layer.name == name && layer.has_output()) {
        depths.push_back(layer.depth);
        channels.push_back(layer.channels());
        break;
      }
  growing_ = GrowingCurve(explorer_->network()->name, request.settings.extraction.layers, depths, channels);
  layers_->set_scores({});
  show_curve();
  analyse_->setEnabled(false);
  cancel_->setEnabled(true);
  progress_->setRange(0, 0);
  progress_->show();
  stage_name_.clear();
  explorer_->analyse(std::move(request));
}

void MainWindow::show_curve() {
  curve_->set_data(growing_.data());
  curve_->set_current(explorer_->layer());
}

void MainWindow::show_progress(const JobProgress& progress) {
  if (progress.stage != stage_name_) {
    stage_name_ = progress.stage;
    stage_time_.start();
  }
  progress_->setRange(0, static_cast<int>(progress.total));
  progress_->setValue(static_cast<int>(progress.done));
  const double seconds = static_cast<double>(stage_time_.elapsed()) / 1000;
  const double left = progress.done > 0 ? seconds * static_cast<double>(progress.total - progress.done) /
                                              static_cast<double>(progress.done)
                                        : 0;
  progress_->setFormat(QStringLiteral("%p %"));
  statusBar()->showMessage(
      progress.stage == "fitting"
          ? tr("Fitting, %1 s left").arg(QLocale().toString(left, 'f', 0))
          : tr("%1: %2 of %3 images, %4 images/s, %5 s left")
                .arg(progress.stage == "images" ? tr("Network") : tr("Random weights"))
                .arg(progress.done)
                .arg(progress.total)
                .arg(QLocale().toString(static_cast<double>(progress.done) / std::max(seconds, 1e-3), 'f', 0),
                     QLocale().toString(left, 'f', 0)));
}

void MainWindow::end_analysis() {
  analyse_->setEnabled(true);
  cancel_->setEnabled(false);
  progress_->hide();
}

void MainWindow::open_network(const QString& file_or_name) {
  status_network_->setText(tr("Opening %1…").arg(QFileInfo(file_or_name).fileName()));
  RunOptions options;
  try {
    options.cache = Cache::of_user();
  } catch (const Error& e) { // it works without one
    errors_->show_note(QString::fromUtf8(e.what()));
  }
  explorer_->open_network(file_or_name, options);
}

void MainWindow::open_images(const QStringList& files_and_folders) {
  std::vector<std::filesystem::path> paths;
  for (const QString& path : files_and_folders)
    paths.emplace_back(path.toStdString());
  stage_->set_message(tr("Looking for images…"));
  opener_ = std::jthread([this, paths = std::move(paths)](const std::stop_token& stop) {
    try {
      OpenedImages images = scalescope::open_images(paths, stop);
      QMetaObject::invokeMethod(this, [this, images = std::move(images)] {
        stage_->set_message({});
        for (const auto& message : images.messages)
          errors_->show_error(QString::fromStdString(message));
        if (images.set.samples.empty())
          return;
        images_->set_samples(images.set);
        images_->set_current(0);
        choose_sample(0);
        show_status();
      });
    } catch (const Cancelled&) { // another set was asked for
    }
  });
}

bool MainWindow::settled() const { return !explorer_->busy() && images_->is_settled() && analyse_->isEnabled(); }

void MainWindow::choose_network() {
  const QString file = QFileDialog::getOpenFileName(this, tr("Open a network"), {},
                                                    tr("Networks (*.pt *.pth *.safetensors);;All files (*)"));
  if (!file.isEmpty())
    open_network(file);
}

void MainWindow::choose_images() {
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Open a folder of images"));
  if (!folder.isEmpty())
    open_images({folder});
}

void MainWindow::choose_sample(int index) {
  const auto& samples = images_->samples().samples;
  if (index >= 0 && index < static_cast<int>(samples.size()))
    explorer_->set_sample(samples[static_cast<std::size_t>(index)]);
}

void MainWindow::walk_layers(int step) {
  if (!explorer_->network())
    return;
  std::vector<std::string> names = explorer_->network()->blocks;
  const auto& head = explorer_->network()->head;
  names.insert(names.end(), head.begin(), head.end());
  const auto at = std::ranges::find(names, explorer_->layer().toStdString());
  if (at == names.end())
    return;
  const auto next = std::clamp<std::ptrdiff_t>(at - names.begin() + step, 0, std::ssize(names) - 1);
  explorer_->set_layer(QString::fromStdString(names[static_cast<std::size_t>(next)]));
}

void MainWindow::show_maps(const std::shared_ptr<const LayerMaps>& looked) {
  const LayerMaps& maps = *looked;
  FeatureMaps shown{.layer = QString::fromStdString(maps.layer),
                    .channels = maps.channels,
                    .height = maps.height,
                    .width = maps.width,
                    .values = {looked, &looked->values}, // shared, not copied
                    .scale_correlation = {},
                    .regression_weight = {}};
  read_scale_.clear();
  if (const auto found = regressions_.find(maps.layer); found != regressions_.end()) {
    shown.regression_weight.assign(found->second.importance.begin(), found->second.importance.end());
    read_scale_ = tr("Scale read from %1: %2").arg(shown.layer, scale_text(found->second.predict(maps.pooled())));
  }
  maps_->grid()->set_maps(std::move(shown));
  show_read_out();
}

// What the layer says of the object's scale beside what it is.
void MainWindow::show_read_out() {
  const auto& apart = explorer_->apart();
  if (!apart) {
    read_out_->clear();
    return;
  }
  const StageEdit& edit = explorer_->edit();
  const double truth = fraction_of_scale(*apart, edit.camera_mode ? edit.camera : edit.placement.scale);
  const QString is = tr("true %1, %2 in the original").arg(scale_text(truth), scale_text(apart->fraction));
  read_out_->setText(read_scale_.isEmpty()
                         ? tr("Analyse (Ctrl+Return) to read the object's scale from the layer; %1.").arg(is)
                         : read_scale_ + QStringLiteral("\n") + is);
}

void MainWindow::show_channel() {
  FeatureGrid* grid = maps_->grid();
  const int chosen = grid->chosen();
  if (chosen < 0) {
    channel_->clear();
    stage_->set_overlay({}, 0);
    return;
  }
  const FeatureMaps& maps = grid->maps();
  channel_->set_channel(maps, chosen, grid->colours(chosen));
  stage_->set_overlay(channel_->overlay_on() ? overlay(maps.map(chosen), maps.width, maps.height, grid->colours(chosen),
                                                       stage_->picture_area().size().toSize(), 1, Upscaling::Smooth)
                                             : QImage(),
                      channel_->opacity());
}

void MainWindow::show_classes(const std::vector<float>& probabilities) {
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto shown = std::min(classes_shown, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(shown), std::greater(),
                            [&](std::size_t i) { return probabilities[i]; });
  const bool imagenet = static_cast<qsizetype>(probabilities.size()) == class_names_.size();
  std::vector<Prediction> likeliest;
  for (std::size_t i = 0; i < shown; ++i)
    likeliest.push_back({class_name(imagenet ? class_names_ : QStringList(), order[i]), probabilities[order[i]]});
  if (likeliest.empty())
    predictions_->set_empty_text(tr("This network has no classes."));
  predictions_->set_predictions(std::move(likeliest));
}

void MainWindow::show_edit() {
  const StageEdit& edit = explorer_->edit();
  stage_->set_camera_mode(edit.camera_mode);
  stage_->set_placement(edit.placement);
  stage_->set_camera(edit.camera);
  controls_->set_camera_mode(edit.camera_mode);
  controls_->set_scale(edit.camera_mode ? edit.camera : edit.placement.scale);
  controls_->set_image_size(edit.image_size);
  const auto& apart = explorer_->apart();
  if (!apart)
    return;
  const double factor = edit.camera_mode ? edit.camera : edit.placement.scale;
  const double fraction = fraction_of_scale(*apart, factor);
  controls_->set_numbers(fraction, factor * apart->box.width * edit.image_size / apart->original.width,
                         factor * apart->box.height * edit.image_size / apart->original.height);
  response_->set_current_scale(fraction);
  read_out_->setText(
      tr("Object: %1 of the image, %2 at its own scale").arg(scale_text(fraction), scale_text(apart->fraction)));
}

void MainWindow::show_status() {
  const auto& network = explorer_->network();
  QStringList parts;
  if (network)
    parts << QString::fromStdString(network->name)
          << tr("%1 on %2, %3, %n thread(s)", nullptr, network->threads)
                 .arg(QString::fromStdString(network->engine), QString::fromStdString(network->device),
                      network->precision == Precision::BFloat16 ? "bfloat16" : "float32");
  else
    parts << tr("No network: open one with Ctrl+O");
  if (const auto count = images_->samples().samples.size(); count > 0)
    parts << tr("%1: %2 objects").arg(QString::fromStdString(images_->samples().name)).arg(count);
  status_network_->setText(parts.join(QStringLiteral(" · ")));
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls())
    event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList images;
  for (const QUrl& url : event->mimeData()->urls()) {
    const QString file = url.toLocalFile();
    if (is_network_file(file))
      open_network(file);
    else if (!file.isEmpty())
      images << file;
  }
  if (!images.isEmpty())
    open_images(images);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  explorer_->cancel_analysis();
  QMainWindow::closeEvent(event);
}

void MainWindow::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space && !event->isAutoRepeat())
    stage_->show_original(true);
  else
    QMainWindow::keyPressEvent(event);
}

void MainWindow::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space && !event->isAutoRepeat())
    stage_->show_original(false);
  else
    QMainWindow::keyReleaseEvent(event);
}

} // namespace scalescope
