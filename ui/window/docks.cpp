#include "ui/window/docks.h"

#include "core/stage/composite.h"
#include "ui/curve/curve_view.h"
#include "ui/curve/response_view.h"
#include "ui/images/image_panel.h"
#include "ui/layers/layer_tree.h"
#include "ui/maps/channel_view.h"
#include "ui/maps/feature_panel.h"
#include "ui/stage/overlay.h"
#include "ui/workspace/workspace.h"

#include <QDockWidget>
#include <QMainWindow>
#include <QScrollArea>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace scalescope {
namespace {

bool differs_much(const QSize& a, const QSize& b) {
  return a.isValid() &&
         (std::abs(a.width() - b.width()) > b.width() / 10 || std::abs(a.height() - b.height()) > b.height() / 10);
}

} // namespace

Docks::Docks(Workspace& workspace, QMainWindow& window)
    : QObject(&window), workspace_(workspace), window_(window), layers_(new LayerTree), maps_(new FeaturePanel),
      channel_(new ChannelView), curve_(new CurveView), response_(new ResponseView),
      images_(new ImagePanel(&workspace.images().model())) {
  response_->set_empty_text(tr("Sweep over scales (Ctrl+E) to see how the network responds to the object's size."));
  build();
  connect_layers();
  connect_maps();
  connect_curve();
  connect_images();
}

void Docks::build() {
  window_.setDockNestingEnabled(true);
  window_.setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  add(tr("Layers"), QStringLiteral("layers"), layers_, Qt::LeftDockWidgetArea);
  add(tr("Feature maps"), QStringLiteral("maps"), maps_, Qt::RightDockWidgetArea);
  auto* channel = add(tr("Channel"), QStringLiteral("channel"), channel_, Qt::RightDockWidgetArea);
  auto* images = add(tr("Images"), QStringLiteral("images"), images_, Qt::RightDockWidgetArea);
  auto* curve = add(tr("R² by layer"), QStringLiteral("curve"), curve_, Qt::BottomDockWidgetArea);
  auto* scrolled = new QScrollArea; // three plots need more height than the curve beside them
  scrolled->setWidget(response_);
  scrolled->setWidgetResizable(true);
  scrolled->setFrameShape(QFrame::NoFrame);
  scrolled->setAccessibleName(tr("Response to scale"));
  auto* response = add(tr("Response to scale"), QStringLiteral("response"), scrolled, Qt::BottomDockWidgetArea);
  window_.tabifyDockWidget(channel, images);
  window_.tabifyDockWidget(curve, response);
  curve->raise();
  images->raise();
  first_layout_ = window_.saveState();
}

QDockWidget* Docks::add(const QString& title, const QString& name, QWidget* widget, Qt::DockWidgetArea area) {
  auto* dock = new QDockWidget(title, &window_);
  dock->setObjectName(name);
  dock->setWidget(widget);
  window_.addDockWidget(area, dock);
  return dock;
}

QDockWidget* Docks::dock(const char* name) const { return window_.findChild<QDockWidget*>(QLatin1String(name)); }

void Docks::arrange() {
  const int width = window_.width();
  const int height = window_.height();
  window_.resizeDocks({dock("layers"), dock("maps")}, {std::max(250, width / 5), width * 27 / 100}, Qt::Horizontal);
  window_.resizeDocks({dock("maps"), dock("images")}, {height * 6 / 10, height * 3 / 10}, Qt::Vertical);
  // The controls and predictions below the stage have a fixed height, so in a small window the curve gets less.
  window_.resizeDocks({dock("curve")}, {std::max(150, (height - 360) * 45 / 100)}, Qt::Vertical);
}

void Docks::arrange_anew() {
  window_.restoreState(first_layout_);
  arrange();
}

void Docks::raise(const char* name) { dock(name)->raise(); }

void Docks::bring_up(const char* name) {
  dock(name)->show();
  raise(name);
}

bool Docks::settled() const { return images_->is_settled(); }

void Docks::keep(Session& session) const {
  session.channel = maps_->grid()->chosen();
  session.overlay = channel_->overlay_on();
  session.opacity = channel_->opacity();
  session.order = maps_->grid()->order();
  session.normalisation = maps_->normalisation();
  session.colours = maps_->colour_choice();
  session.layout = window_.saveState();
  session.window = window_.size();
}

void Docks::put_back(const Session& session) {
  window_.restoreState(session.layout);
  if (differs_much(session.window,
                   window_.size())) // the heights from a window of another size may leave no room for the stage
    arrange();
  maps_->set_normalisation(session.normalisation);
  maps_->set_colour_choice(session.colours);
  maps_->set_order(session.order);
  channel_->set_overlay(session.overlay, session.opacity);
}

void Docks::connect_layers() {
  Explorer* explorer = &workspace_.explorer();
  connect(layers_, &LayerTree::layer_chosen, explorer, &Explorer::set_layer);
  connect(explorer, &Explorer::network_opened, this, [this] {
    layers_->set_layers(workspace_.explorer().network()->layers);
    show_output();
    show_results();
  });
  connect(layers_, &LayerTree::output_chosen, this, [this](const QString& name) {
    const NetworkInfo& network = *workspace_.explorer().network();
    ModelSource source = network.source;
    source.output = name.toStdString();
    workspace_.open_network(source, network.options.input_size);
  });
  connect(layers_, &LayerTree::tokens_chosen, this, [this](Tokens tokens) { workspace_.open_for_tokens(tokens); });
  connect(explorer, &Explorer::network_failed, this, &Docks::show_output); // the old one stays
  connect(explorer, &Explorer::layer_changed, layers_, &LayerTree::set_current);
}

void Docks::show_output() {
  if (const auto& network = workspace_.explorer().network()) {
    layers_->set_outputs(network->outputs, network->output_index);
    layers_->set_tokens(*network);
  }
}

void Docks::connect_maps() {
  FeatureGrid* grid = maps_->grid();
  connect(grid, &FeatureGrid::layer_step, &workspace_, &Workspace::walk_layers);
  connect(grid, &FeatureGrid::chosen_map_changed, this, &Docks::show_channel);
  connect(channel_, &ChannelView::overlay_changed, this, &Docks::show_channel);
  connect(&workspace_.reader(), &StageReader::maps_changed, this, [this, grid](const FeatureMaps& maps) {
    grid->set_maps(maps);
    if (wanted_channel_ >= 0 && wanted_channel_ < maps.channels)
      grid->choose(std::exchange(wanted_channel_, -1));
  });
  connect(&workspace_.sessions(), &SessionKeeper::opened, this,
          [this](const Session& session) { wanted_channel_ = session.channel; });
}

void Docks::connect_curve() {
  Explorer* explorer = &workspace_.explorer();
  connect(curve_, &CurveView::layer_chosen, explorer, &Explorer::set_layer);
  connect(explorer, &Explorer::layer_changed, curve_, &CurveView::set_current);
  connect(&workspace_.analysis(), &AnalysisRun::changed, this, &Docks::show_results);
  connect(explorer, &Explorer::image_shown, this, [this] { response_->set_sweep({}); });
  connect(explorer, &Explorer::frame_shown, this, [this](const std::shared_ptr<const Frame>& frame) {
    if (workspace_.explorer().has_object())
      response_->set_current_scale(frame->fraction);
  });
  connect(explorer, &Explorer::swept, this, [this](const std::vector<SweepPoint>& points) {
    response_->set_sweep(workspace_.reader().curves_of(points, maps_->grid()->chosen(), workspace_.class_names()));
  });
}

void Docks::connect_images() {
  connect(images_, &ImagePanel::image_chosen, &workspace_, &Workspace::choose_sample);
  connect(&workspace_.images(), &ImageSet::current_changed, images_, &ImagePanel::set_current);
}

void Docks::show_results() {
  const AnalysisResults& results = workspace_.analysis().results();
  curve_->set_data(results.curve());
  curve_->set_current(workspace_.explorer().layer());
  layers_->set_scores(results.scores());
}

void Docks::show_channel() {
  const FeatureGrid* grid = maps_->grid();
  if (const int chosen = grid->chosen(); chosen >= 0)
    channel_->set_channel(grid->maps(), chosen, grid->colours(chosen));
  else
    channel_->clear();
  emit channel_shown();
}

QImage Docks::overlay(const QSize& image) const {
  const FeatureGrid* grid = maps_->grid();
  const int chosen = grid->chosen();
  if (chosen < 0 || !channel_->overlay_on())
    return {};
  const FeatureMaps& maps = grid->maps();
  return scalescope::overlay(maps.map(chosen), maps.width, maps.height, grid->colours(chosen), image, 1,
                             Upscaling::Smooth);
}

double Docks::overlay_opacity() const { return channel_->opacity(); }

} // namespace scalescope
