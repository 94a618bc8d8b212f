#include "ui/window/stage_panel.h"

#include "core/stage/composite.h"
#include "ui/stage/prediction_bars.h"
#include "ui/stage/read_out.h"
#include "ui/stage/stage_controls.h"
#include "ui/stage/stage_view.h"
#include "ui/widgets/error_bar.h"
#include "ui/workspace/workspace.h"

#include <QPushButton>
#include <QVBoxLayout>

namespace scalescope {
namespace {

constexpr std::size_t classes_shown = 5;

} // namespace

StagePanel::StagePanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), errors_(new ErrorBar), stage_(new StageView),
      controls_(new StageControls), predictions_(new PredictionBars), read_out_(new ReadOut), welcome_(welcome()) {
  predictions_->setAccessibleName(tr("Predictions"));
  predictions_->set_empty_text(tr("The most likely classes appear here when a network and an image are open."));

  auto* column = new QVBoxLayout(this);
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

  connect_to_explorer();
  connect_to_workspace();
}

// The offers on the empty stage.
QWidget* StagePanel::welcome() {
  auto* offer = new QWidget;
  auto* demo = new QPushButton(tr("Show the demonstration"));
  demo->setObjectName(QStringLiteral("demonstration"));
  demo->setToolTip(tr("A synthetic scene, a cat, a cup and a rocket with a network trained on ImageNet"));
  demo->setProperty("primary", true);
  auto* tour = new QPushButton(tr("Take the tour"));
  tour->setToolTip(tr("Five steps through the window, with the demonstration"));
  connect(demo, &QPushButton::clicked, this, &StagePanel::demo_wanted);
  connect(tour, &QPushButton::clicked, this, &StagePanel::tour_wanted);
  auto* row = new QHBoxLayout(offer);
  row->addWidget(demo);
  row->addWidget(tour);
  auto* column = new QVBoxLayout(stage_);
  column->addStretch(5);
  column->addWidget(offer, 0, Qt::AlignHCenter);
  column->addStretch(3);
  return offer;
}

void StagePanel::show_waiting(const QString& message) {
  welcome_->hide();
  stage_->set_message(message);
}

void StagePanel::connect_to_explorer() {
  Explorer* explorer = &workspace_.explorer();
  connect(stage_, &StageView::placement_wanted, explorer, &Explorer::set_placement);
  connect(stage_, &StageView::camera_wanted, explorer, &Explorer::set_scale);
  connect(controls_, &StageControls::scale_wanted, explorer, &Explorer::set_scale);
  connect(controls_, &StageControls::image_size_wanted, explorer, &Explorer::set_image_size);
  connect(controls_, &StageControls::camera_mode_wanted, explorer, &Explorer::set_camera_mode);
  connect(controls_, &StageControls::cut_wanted, explorer, &Explorer::set_cut);
  connect(controls_, &StageControls::reset_wanted, explorer, &Explorer::reset);

  connect(explorer, &Explorer::image_shown, this,
          [this](const std::shared_ptr<const Image>& image, const std::optional<BoundingBox>& box) {
            stage_->set_image(image, box);
            controls_->set_has_object(false);
          });
  connect(explorer, &Explorer::object_taken, this, [this](const std::shared_ptr<const Segmentation>& apart) {
    stage_->set_apart(apart);
    controls_->set_has_object(true);
  });
  connect(explorer, &Explorer::edited, this, &StagePanel::show_edit);
  connect(explorer, &Explorer::cut_restored, this, [this] { controls_->set_cut(workspace_.explorer().cut()); });
  connect(explorer, &Explorer::frame_shown, this, [this](const std::shared_ptr<const Frame>& frame) {
    stage_->show_frame(frame);
    if (!workspace_.explorer().has_object())
      return;
    const double side = workspace_.explorer().edit().image_size;
    controls_->set_numbers(frame->fraction, frame->box.width * side / frame->seen.width,
                           frame->box.height * side / frame->seen.height);
  });
  connect(explorer, &Explorer::classes_shown, this, [this](const std::vector<float>& probabilities) {
    if (probabilities.empty())
      predictions_->set_empty_text(tr("This network has no classes."));
    predictions_->set_predictions(likeliest(probabilities, workspace_.class_names(), classes_shown));
  });
}

void StagePanel::connect_to_workspace() {
  connect(stage_, &StageView::box_drawn, &workspace_, &Workspace::draw_box);
  connect(&workspace_.reader(), &StageReader::reading_changed, read_out_,
          [this] { read_out_->show_reading(workspace_.reader().reading()); });
  connect(stage_, &StageView::pointed, &workspace_.reader(), &StageReader::point_at);
  connect(&workspace_.reader(), &StageReader::maps_changed, stage_, [this](const FeatureMaps& maps) {
    stage_->set_patch(maps.patch ? std::optional(QRectF(static_cast<double>(maps.patch->x()) / maps.width,
                                                        static_cast<double>(maps.patch->y()) / maps.height,
                                                        1.0 / maps.width, 1.0 / maps.height))
                                 : std::nullopt);
  });
  connect(&workspace_.images(), &ImageSet::looking, this, [this] { show_waiting(tr("Looking for images…")); });
  connect(&workspace_.images(), &ImageSet::found, stage_, [this] { stage_->set_message({}); });
  connect(&workspace_.files(), &FileJobs::failed, stage_, [this] { stage_->set_message({}); });
  connect(&workspace_.sessions(), &SessionKeeper::opening, welcome_, &QWidget::hide);
  connect(&workspace_, &Workspace::analysis_started, errors_,
          &QWidget::hide); // older errors do not belong to this analysis
  connect(&workspace_, &Workspace::failed, errors_, &ErrorBar::show_error);
  connect(&workspace_, &Workspace::noted, errors_, &ErrorBar::show_note);
}

void StagePanel::show_edit() {
  const StageEdit& edit = workspace_.explorer().edit();
  stage_->set_camera_mode(edit.camera_mode);
  stage_->set_placement(edit.placement);
  stage_->set_camera(edit.camera);
  controls_->set_camera_mode(edit.camera_mode);
  controls_->set_scale(edit.camera_mode ? edit.camera : edit.placement.scale);
  controls_->set_image_size(edit.image_size);
}

} // namespace scalescope
