#include "ui/window/main_window.h"

#include "ui/curve/curve_view.h"
#include "ui/curve/response_view.h"
#include "ui/images/image_panel.h"
#include "ui/layers/layer_tree.h"
#include "ui/maps/channel_view.h"
#include "ui/maps/feature_panel.h"
#include "ui/stage/overlay.h"
#include "ui/stage/prediction_bars.h"
#include "ui/stage/stage_controls.h"
#include "ui/stage/stage_view.h"
#include "ui/widgets/error_bar.h"
#include "ui/workspace/class_names.h"
#include "ui/workspace/reading.h"

#include <QAction>
#include <QDialog>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStatusBar>
#include <QTimer>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace scalescope {
namespace {

constexpr std::size_t classes_shown = 5;
constexpr std::size_t classes_swept = 3;

QString scale_text(double fraction) { return QLocale().toString(100 * fraction, 'f', 1) + QStringLiteral(" %"); }
QString value_text(double value) { return QLocale().toString(value, 'g', 4); }

QString counted(int count, const QString& one, const QString& many) {
  return QStringLiteral("%1 %2").arg(QLocale().toString(count), count == 1 ? one : many);
}

} // namespace

bool is_network_file(const QString& file) {
  const QString suffix = QFileInfo(file).suffix().toLower();
  return suffix == QStringLiteral("pt") || suffix == QStringLiteral("pth") || suffix == QStringLiteral("safetensors");
}

MainWindow::MainWindow(const Preferences& preferences, QWidget* parent)
    : QMainWindow(parent), preferences_(preferences), explorer_(std::make_unique<Explorer>()),
      analysis_(new AnalysisRun(explorer_->worker(), this)), opener_(new ImageOpener(this)), files_(new FileJobs(this)),
      class_names_(imagenet_class_names()) {
  setAcceptDrops(true);
  setDockNestingEnabled(true);
  build_widgets();
  build_menus();
  connect_widgets();
  connect_explorer();
  connect_work();
  resize(1440, 900);
  show_title();
  show_status();
}

MainWindow::~MainWindow() {
  qDeleteAll(findChildren<QDialog*>(QString(), Qt::FindDirectChildrenOnly)); // they ask the worker
  delete opener_; // their answers find no window: they are stopped first
  delete files_;
  explorer_.reset();
}

// What the first start offers, on the empty stage.
QWidget* MainWindow::welcome() {
  auto* offer = new QWidget;
  auto* demo = new QPushButton(tr("Show the demonstration"));
  demo->setObjectName(QStringLiteral("demonstration"));
  demo->setToolTip(tr("A drawn scene, a cat, a cup and a rocket before a network trained on ImageNet"));
  demo->setProperty("primary", true);
  auto* tour = new QPushButton(tr("Take the tour"));
  tour->setToolTip(tr("Five steps through the window, with the demonstration"));
  connect(demo, &QPushButton::clicked, this, &MainWindow::open_demo);
  connect(tour, &QPushButton::clicked, this, &MainWindow::start_tour);
  auto* row = new QHBoxLayout(offer);
  row->addWidget(demo);
  row->addWidget(tour);
  auto* column = new QVBoxLayout(stage_);
  column->addStretch(5);
  column->addWidget(offer, 0, Qt::AlignHCenter);
  column->addStretch(3);
  return offer;
}

QDockWidget* MainWindow::add_dock(const QString& title, const QString& name, QWidget* widget, Qt::DockWidgetArea area) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(name);
  dock->setWidget(widget);
  addDockWidget(area, dock);
  return dock;
}

void MainWindow::build_widgets() {
  stage_ = new StageView;
  welcome_ = welcome();
  controls_ = new StageControls;
  errors_ = new ErrorBar;
  predictions_ = new PredictionBars;
  predictions_->setAccessibleName(tr("Predictions"));
  predictions_->set_empty_text(tr("The likeliest classes appear here once a network and an image are open."));
  read_out_ = new QLabel;
  read_out_->setObjectName(QStringLiteral("read_out"));
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
  maps_->set_colour_choice(preferences_.colours);
  channel_ = new ChannelView;
  curve_ = new CurveView;
  response_ = new ResponseView;
  response_->set_empty_text(tr("Sweep over scales (Ctrl+E) to see how the network answers to the object's size."));
  images_ = new ImagePanel;

  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  add_dock(tr("Layers"), QStringLiteral("layers"), layers_, Qt::LeftDockWidgetArea);
  add_dock(tr("Feature maps"), QStringLiteral("maps"), maps_, Qt::RightDockWidgetArea);
  auto* channel = add_dock(tr("Channel"), QStringLiteral("channel"), channel_, Qt::RightDockWidgetArea);
  auto* images = add_dock(tr("Images"), QStringLiteral("images"), images_, Qt::RightDockWidgetArea);
  auto* curve = add_dock(tr("R² by layer"), QStringLiteral("curve"), curve_, Qt::BottomDockWidgetArea);
  auto* scrolled = new QScrollArea; // three plots want more height than the curve beside them
  scrolled->setWidget(response_);
  scrolled->setWidgetResizable(true);
  scrolled->setFrameShape(QFrame::NoFrame);
  scrolled->setAccessibleName(tr("Response to scale"));
  auto* response = add_dock(tr("Response to scale"), QStringLiteral("response"), scrolled, Qt::BottomDockWidgetArea);
  tabifyDockWidget(channel, images);
  tabifyDockWidget(curve, response);
  curve->raise();
  images->raise();
  first_layout_ = saveState();
  QTimer::singleShot(0, this, [this] { // sizes given before the window is shown are forgotten
    if (!remembers_ && !restoring_)
      arrange_docks();
  });

  status_network_ = new QLabel;
  status_time_ = new QLabel;
  progress_ = new QProgressBar;
  progress_->setMaximumWidth(220);
  progress_->setFormat(QStringLiteral("%p %"));
  progress_->setAccessibleName(tr("Progress of the analysis"));
  progress_->hide();
  statusBar()->addWidget(status_network_, 1);
  statusBar()->addPermanentWidget(progress_);
  statusBar()->addPermanentWidget(status_time_);
}

void MainWindow::arrange_docks() {
  const auto dock = [this](const char* name) { return findChild<QDockWidget*>(QLatin1String(name)); };
  resizeDocks({dock("layers"), dock("maps")}, {std::max(250, width() / 5), width() * 27 / 100}, Qt::Horizontal);
  resizeDocks({dock("maps"), dock("images")}, {height() * 6 / 10, height() * 3 / 10}, Qt::Vertical);
  // What the stage keeps below it (controls, predictions) is always as tall: of a small window the curve takes less.
  resizeDocks({dock("curve")}, {std::max(150, (height() - 360) * 45 / 100)}, Qt::Vertical);
}

void MainWindow::remember() {
  remembers_ = true;
  const QSettings settings = user_settings();
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  if (!restoreState(settings.value(QStringLiteral("window/layout")).toByteArray()))
    QTimer::singleShot(0, this, &MainWindow::arrange_docks);
}

bool MainWindow::settled() const {
  return !explorer_->busy() && images_->is_settled() && !analysis_->running() && !opener_->busy() && !files_->busy() &&
         !restoring_;
}

void MainWindow::open_network(const QString& file_or_name) {
  ModelSource source;
  source.file = file_or_name.toStdString();
  if (const auto installed = find_installed_model(file_or_name.toStdString());
      !installed.empty() && !QFileInfo::exists(file_or_name))
    source.file = installed;
  open_source(source, 0);
}

void MainWindow::open_source(const ModelSource& source, int input_size) {
  status_network_->setText(
      tr("Opening %1…")
          .arg(QString::fromStdString(source.file.empty() ? source.architecture : source.file.filename().string())));
  QString note;
  RunOptions options = preferences_.run_options(&note);
  options.input_size = input_size;
  if (!note.isEmpty())
    errors_->show_note(note);
  explorer_->open_network(source, options);
}

void MainWindow::open_images(const QStringList& files_and_folders, const QString& target) {
  welcome_->hide();
  stage_->set_message(tr("Looking for images…"));
  opener_->open(files_and_folders, target);
}

void MainWindow::open_files(const QStringList& files) {
  QStringList images;
  QString network;
  for (const QString& file : files) {
    const bool is_network =
        is_network_file(file) || (!QFileInfo::exists(file) && !find_installed_model(file.toStdString()).empty());
    if (file.endsWith(QStringLiteral(".scalescope")))
      return open_session(file);
    if (is_network && network.isEmpty())
      network = file;
    else
      images << file;
  }
  if (!network.isEmpty())
    open_network(network);
  if (!images.isEmpty())
    open_images(images);
}

std::vector<std::filesystem::path> MainWindow::files_in_use() const {
  std::vector<std::filesystem::path> files = images_->samples().files;
  if (const auto& network = explorer_->network())
    files.push_back(network->source.file);
  files.emplace_back(class_file_.toStdString());
  files.emplace_back(session_file_.toStdString());
  return files;
}

void MainWindow::set_preferences(const Preferences& preferences) {
  const bool run_differs = preferences.run_differs(preferences_);
  preferences_ = preferences;
  maps_->set_colour_choice(preferences_.colours);
  if (const auto& network = explorer_->network(); network && run_differs)
    open_source(network->source, network->options.input_size);
}

void MainWindow::choose_sample(int index) {
  const auto& samples = images_->samples().samples;
  if (index >= 0 && index < static_cast<int>(samples.size()))
    explorer_->set_sample(samples[static_cast<std::size_t>(index)]);
}

void MainWindow::walk_images(int step) {
  const int last = static_cast<int>(images_->samples().samples.size()) - 1;
  const int next = std::clamp(images_->current() + step, 0, std::max(last, 0));
  if (last < 0 || next == images_->current())
    return;
  images_->set_current(next);
  choose_sample(next);
}

void MainWindow::walk_layers(int step) {
  if (!explorer_->network())
    return;
  const std::vector<std::string> names = blocks_and_head(*explorer_->network());
  const auto at = std::ranges::find(names, explorer_->layer().toStdString());
  if (at == names.end())
    return;
  const auto next = std::clamp<std::ptrdiff_t>(at - names.begin() + step, 0, std::ssize(names) - 1);
  explorer_->set_layer(QString::fromStdString(names[static_cast<std::size_t>(next)]));
}

void MainWindow::analyse(AnalysisRequest request) {
  request.data = images_from_.join(QStringLiteral(", ")).toStdString();
  last_request_ = request;
  analyse_->setEnabled(false);
  prune_->setEnabled(false); // the worker is not free
  fine_tune_->setEnabled(false);
  stop_->setEnabled(true);
  progress_->setRange(0, 0);
  progress_->show();
  errors_->hide(); // what an earlier analysis had to say is not of this one
  curve_is_gone();
  analysis_->start(std::move(request), explorer_->network());
}

void MainWindow::want_analysis(const AnalysisRequest& request, const ChosenPreprocessing& preprocessing,
                               const std::shared_ptr<const OpenedNetwork>& network, const std::function<void()>& keep) {
  when_work_is_safe({tr("Another analysis"),
                     {.curve = true},
                     [this, request, preprocessing, network] {
                       if (network != explorer_->network()) {
                         errors_->show_error(
                             tr("Another network was opened meanwhile; choose what to analyse once more."));
                         return;
                       }
                       explorer_->set_preprocessing(preprocessing); // the stage shows what is analysed
                       analyse(request);
                     },
                     keep});
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
  read_scale_.reset();
  if (const Regression* regression = analysis_->results().regression(maps.layer);
      regression != nullptr && regression->weights.size() == maps.pooled.size()) {
    shown.regression_weight.assign(regression->importance.begin(), regression->importance.end());
    shown.scale_correlation.assign(regression->correlation.begin(), regression->correlation.end());
    read_scale_ = regression->predict(maps.pooled);
    read_outside_ = regression->fitted ? regression->outside(maps.pooled) : 0;
  }
  maps_->grid()->set_maps(std::move(shown));
  if (wanted_channel_ >= 0 && wanted_channel_ < maps.channels)
    maps_->grid()->choose(std::exchange(wanted_channel_, -1));
  show_read_out();
}

// What the layer says of the object's scale beside what it is.
void MainWindow::show_read_out() {
  read_out_->setToolTip({});
  const auto& apart = explorer_->apart();
  if (!apart) {
    read_out_->clear();
    return;
  }
  const AnalysisResults& results = analysis_->results();
  const bool of_scale = results.target == object_scale_name;
  QString is = tr("true %1, %2 in the original").arg(scale_text(true_scale_), scale_text(apart->fraction));
  const Regression* regression = results.regression(explorer_->layer().toStdString());
  if (!read_scale_ || regression == nullptr) {
    read_out_->setText(
        tr("The object's scale can be read from this layer once it is analysed (Ctrl+Return).<br>%1").arg(is));
    return;
  }
  std::optional<double> truth = true_scale_;
  if (!of_scale) { // what is true of it when the object is changed, nobody knows
    truth = images_->samples().samples[static_cast<std::size_t>(images_->current())].target;
    is = truth ? tr("%1 in the original").arg(value_text(*truth)) : QString();
  }
  const auto as_text = of_scale ? scale_text : value_text;
  const ReadingTrust trust = trust_of(*regression, read_outside_, truth, as_text);
  QString text = QStringLiteral("%1<br><span style='font-size:large; font-weight:600; color:%2'>%3</span> &nbsp;%4")
                     .arg(tr("%1 read from %2")
                              .arg(of_scale ? tr("Scale") : QString::fromStdString(results.target).toHtmlEscaped(),
                                   explorer_->layer().toHtmlEscaped()),
                          theme().accent.name(), as_text(*read_scale_), is);
  if (!trust.guess.isEmpty())
    text +=
        QStringLiteral("<br><span style='color:%1'>%2</span>").arg(theme().peak.name(), trust.guess.toHtmlEscaped());
  read_out_->setText(text);
  read_out_->setToolTip(trust.fitted_on);
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
                                                       stage_->image_area().size().toSize(), 1, Upscaling::Smooth)
                                             : QImage(),
                      channel_->opacity());
}

// Names are those of a network with as many classes; to call others by them would be a lie.
QString MainWindow::name_of_class(std::size_t index, std::size_t classes) const {
  return class_name(class_names_.size() == static_cast<qsizetype>(classes) ? class_names_ : QStringList(), index);
}

void MainWindow::show_classes(const std::vector<float>& probabilities) {
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto shown = std::min(classes_shown, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(shown), std::greater(),
                            [&](std::size_t i) { return probabilities[i]; });
  std::vector<Prediction> likeliest;
  for (std::size_t i = 0; i < shown; ++i)
    likeliest.push_back({name_of_class(order[i], probabilities.size()), probabilities[order[i]]});
  if (likeliest.empty())
    predictions_->set_empty_text(tr("This network has no classes."));
  predictions_->set_predictions(std::move(likeliest));
}

void MainWindow::show_sweep(const std::vector<SweepPoint>& points) {
  ScaleSweep sweep;
  sweep.done = static_cast<int>(points.size());
  sweep.layer = explorer_->layer();
  sweep.channel = maps_->grid()->chosen();
  const std::vector<std::size_t> classes = likeliest_classes(points, classes_swept);
  for (const std::size_t c : classes)
    sweep.classes.push_back({name_of_class(c, points.front().probabilities.size()), {}});
  const AnalysisResults& results = analysis_->results();
  const Regression* regression =
      results.target == object_scale_name ? results.regression(sweep.layer.toStdString()) : nullptr;
  for (const SweepPoint& point : points) {
    sweep.scale.push_back(point.fraction);
    if (regression != nullptr && regression->weights.size() == point.pooled.size()) {
      sweep.predicted.push_back(regression->predict(point.pooled));
      sweep.guessed.push_back(!regression->covers(point.pooled) || !regression->covers_target(point.fraction));
    }
    if (sweep.channel >= 0 && sweep.channel < static_cast<int>(point.pooled.size()))
      sweep.activation.push_back(point.pooled[static_cast<std::size_t>(sweep.channel)]);
    for (std::size_t i = 0; i < classes.size(); ++i)
      sweep.classes[i].probability.push_back(point.probabilities[classes[i]]);
  }
  response_->set_sweep(std::move(sweep));
}

void MainWindow::show_edit() {
  const StageEdit& edit = explorer_->edit();
  stage_->set_camera_mode(edit.camera_mode);
  stage_->set_placement(edit.placement);
  stage_->set_camera(edit.camera);
  controls_->set_camera_mode(edit.camera_mode);
  controls_->set_scale(edit.camera_mode ? edit.camera : edit.placement.scale);
  controls_->set_image_size(edit.image_size);
}

// Every number is that of the frame in sight: what of the object lies within the image.
void MainWindow::show_numbers(const Frame& frame) {
  if (!explorer_->has_object())
    return;
  const double side = explorer_->edit().image_size;
  controls_->set_numbers(frame.fraction, frame.box.width * side / frame.image.width,
                         frame.box.height * side / frame.image.height);
  response_->set_current_scale(frame.fraction);
  true_scale_ = frame.fraction;
  show_read_out();
}

void MainWindow::show_results() {
  const CurveData curve = analysis_->results().curve();
  curve_->set_data(curve);
  curve_->set_current(explorer_->layer());
  layers_->set_scores(analysis_->results().scores());
  save_curve_->setEnabled(!analysis_->results().empty());
  save_results_->setEnabled(analysis_->can_save());
  save_features_->setEnabled(analysis_->can_save());
}

void MainWindow::show_status() {
  const auto& network = explorer_->network();
  QStringList parts;
  if (network)
    parts << QString::fromStdString(network->name)
          << tr("%1 on %2, %3, %4")
                 .arg(QString::fromStdString(network->engine), QString::fromStdString(network->device),
                      network->precision == Precision::BFloat16 ? QStringLiteral("bfloat16")
                                                                : QStringLiteral("float32"),
                      counted(network->threads, tr("thread"), tr("threads")));
  else
    parts << tr("No network: open one with Ctrl+O");
  if (const auto count = images_->samples().samples.size(); count > 0)
    parts << tr("%1: %2").arg(QString::fromStdString(images_->samples().name),
                              counted(static_cast<int>(count), tr("object"), tr("objects")));
  status_network_->setText(parts.join(QStringLiteral(" · ")));
}

void MainWindow::show_title() {
  const QString name = session_file_.isEmpty() ? QString() : QFileInfo(session_file_).completeBaseName();
  setWindowTitle((name.isEmpty() ? QStringLiteral("ScaleScope") : name + QStringLiteral(" – ScaleScope")) +
                 QStringLiteral("[*]"));
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls())
    event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList files;
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile())
      files << url.toLocalFile();
  open_files(files);
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
