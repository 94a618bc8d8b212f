// Who tells whom in the window: widgets --> explorer --> widgets; analysis and files --> widgets.

#include "ui/curve/curve_view.h"
#include "ui/curve/response_view.h"
#include "ui/images/image_panel.h"
#include "ui/layers/layer_tree.h"
#include "ui/maps/channel_view.h"
#include "ui/maps/feature_panel.h"
#include "ui/stage/stage_controls.h"
#include "ui/stage/stage_view.h"
#include "ui/widgets/error_bar.h"
#include "ui/window/demo.h"
#include "ui/window/main_window.h"
#include "ui/workspace/sample_model.h"

#include <QAction>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QStatusBar>

namespace scalescope {

void MainWindow::connect_widgets() {
  connect(stage_, &StageView::placement_wanted, explorer_.get(), &Explorer::set_placement);
  connect(stage_, &StageView::camera_wanted, explorer_.get(), &Explorer::set_scale);
  connect(stage_, &StageView::box_drawn, this, [this](const BoundingBox& box) {
    const int current = images_->current();
    images_->set_box(current, box);
    boxes_[images_->samples().samples[static_cast<std::size_t>(current)].id] = box;
    work_.box_drawn();
    show_unsaved();
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
  // A curve is of its network; where only the engine is another, it stays.
  connect(explorer, &Explorer::network_loaded, this, [this](const std::shared_ptr<const OpenedNetwork>& loaded) {
    const auto& held = explorer_->network();
    const bool other = !held || !(held->source == loaded->source);
    when_work_is_safe({tr("Opening %1").arg(QString::fromStdString(loaded->name)),
                       {.curve = other && !is_restoring(loaded->source)}, // of a session's all was asked about
                       [this, loaded] { explorer_->take_network(loaded); },
                       [this, loaded] { explorer_->drop_network(loaded); }});
  });
  connect(explorer, &Explorer::network_opened, this, [this, known = ModelSource()]() mutable {
    const OpenedNetwork& network = *explorer_->network();
    layers_->set_layers(network.layers);
    if (!(network.source == known)) {
      analysis_->set_results({});
      curve_is_gone();
    } else {
      show_results();
    }
    known = network.source;
    if (!known.file.empty())
      add_recent(RecentKind::Network, QString::fromStdString(known.file.string()));
    for (const auto& note : network.notes)
      errors_->show_note(QString::fromStdString(note));
    show_status();
    if (is_restoring(network.source)) {
      explorer_->set_preprocessing(restoring_->preprocessing);
      if (!restoring_->layer.isEmpty())
        explorer_->set_layer(restoring_->layer);
      analysis_->set_results(restoring_->results);
      curve_is_gone(); // the one before
      restore_images();
    }
  });
  connect(explorer, &Explorer::network_failed, this, [this] {
    show_status();
    if (restoring_)
      restore_images();
  });
  connect(explorer, &Explorer::layer_changed, this, [this](const QString& layer) {
    layers_->set_current(layer);
    curve_->set_current(layer);
  });
  connect(explorer, &Explorer::image_shown, this,
          [this](const std::shared_ptr<const Image>& image, const std::optional<BoundingBox>& box) {
            stage_->set_image(image, box);
            controls_->set_has_object(false);
            response_->set_sweep({});
            show_read_out();
          });
  connect(explorer, &Explorer::object_taken, this, [this](const std::shared_ptr<const Segmentation>& apart) {
    stage_->set_apart(apart);
    controls_->set_has_object(true);
  });
  connect(explorer, &Explorer::edited, this, &MainWindow::show_edit);
  connect(explorer, &Explorer::frame_shown, this, [this](const std::shared_ptr<const Frame>& frame) {
    stage_->show_frame(frame);
    show_channel(); // over the new image
    show_numbers(*frame);
  });
  connect(explorer, &Explorer::maps_shown, this,
          [this](const std::shared_ptr<const LayerMaps>& maps, double milliseconds) {
            show_maps(maps);
            status_time_->setText(tr("%1 ms forward pass").arg(QLocale().toString(milliseconds, 'f', 1)));
          });
  connect(explorer, &Explorer::classes_shown, this, &MainWindow::show_classes);
  connect(explorer, &Explorer::swept, this, &MainWindow::show_sweep);
  connect(explorer, &Explorer::failed, errors_, &ErrorBar::show_error);
  connect(explorer, &Explorer::noted, errors_, &ErrorBar::show_note);
}

void MainWindow::connect_work() {
  connect(analysis_, &AnalysisRun::changed, this, [this] {
    if (analysis_->running() && !analysis_->results().empty()) {
      work_.curve_grew();
      show_unsaved();
    }
    show_results();
  });
  connect(analysis_, &AnalysisRun::progressed, this, [this](const QString& text, int done, int total) {
    progress_->setRange(0, total);
    progress_->setValue(done);
    statusBar()->showMessage(text);
  });
  connect(analysis_, &AnalysisRun::finished, this, [this](const QString& message) {
    analyse_->setEnabled(true);
    prune_->setEnabled(true);
    fine_tune_->setEnabled(true);
    stop_->setEnabled(false);
    progress_->hide();
    statusBar()->showMessage(message);
    if (!analysis_->results().empty()) {
      work_.curve_grew();
      show_unsaved();
    }
    explorer_->look(); // now the scale can be read
  });
  connect(analysis_, &AnalysisRun::failed, errors_, &ErrorBar::show_error);
  connect(analysis_, &AnalysisRun::noted, errors_, &ErrorBar::show_note);
  connect(analysis_, &AnalysisRun::saved, this,
          [this](const QString& folder) { statusBar()->showMessage(tr("Results saved in %1.").arg(folder)); });
  connect(opener_, &ImageOpener::opened, this, &MainWindow::look_at_images);
  connect(files_, &FileJobs::failed, this, [this](const QString& what) {
    stage_->set_message({});
    errors_->show_error(what);
  });
  connect(errors_, &ErrorBar::error_shown, this, &MainWindow::failed);
}

// Other images take away the boxes that were drawn on these.
void MainWindow::look_at_images(const OpenedImages& opened, const QStringList& from, const QString& target) {
  stage_->set_message({});
  if (!opened.set.remarks.empty())
    errors_->show_note(summary_of(opened.set.remarks)); // the images' heading counts them all
  for (const auto& message : opened.messages)
    errors_->show_error(QString::fromStdString(message));
  if (!opened.set.samples.empty())
    when_work_is_safe({tr("Opening %1").arg(QString::fromStdString(opened.set.name)),
                       {.boxes = !restoring_}, // of a session's all was asked about
                       [this, opened = OpenedImages(opened), from, target]() mutable {
                         take_images(std::move(opened), from, target);
                       },
                       [this] { delete findChild<Demo*>(); }}); // if they are its images, it waits in vain
  else {
    offer_targets(opened, from); // another column may do
    if (restoring_) {
      restoring_->images.clear();
      restore_images();
    }
  }
}

void MainWindow::offer_targets(const OpenedImages& opened, const QStringList& from) {
  targets_.clear();
  for (const auto& choice : opened.targets)
    targets_ << QString::fromStdString(choice);
  targets_of_ = from;
  target_action_->setEnabled(!targets_.isEmpty());
}

void MainWindow::take_images(OpenedImages opened, const QStringList& from, const QString& target) {
  offer_targets(opened, from);
  images_from_ = from;
  target_ = target;
  boxes_.clear();
  work_.boxes_gone();
  show_unsaved();
  images_->set_samples(std::move(opened.set));
  show_status();
  for (const QString& path : from)
    add_recent(RecentKind::Images, path);
  if (restoring_) {
    restore_stage();
  } else {
    images_->set_current(0);
    choose_sample(0);
  }
}

} // namespace scalescope
