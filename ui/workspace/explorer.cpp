#include "ui/workspace/explorer.h"

#include <QUndoCommand>

#include <cmath>
#include <utility>

namespace scalescope {
namespace {

constexpr int sweep_steps = 13;
constexpr double sweep_from = 0.02; // object scale, fraction of the image
constexpr double sweep_to = 0.6;

} // namespace

bool StageEdit::operator==(const StageEdit& other) const {
  return placement.scale == other.placement.scale && placement.centre_x == other.placement.centre_x &&
         placement.centre_y == other.placement.centre_y && camera == other.camera && camera_mode == other.camera_mode &&
         image_size == other.image_size;
}

class Explorer::EditCommand : public QUndoCommand {
 public:
  EditCommand(Explorer& explorer, StageEdit before, StageEdit after)
      : QUndoCommand(after.image_size != before.image_size ? tr("image size") : tr("object scale")),
        explorer_(explorer), before_(before), after_(after) {}
  void undo() override { explorer_.apply(explorer_.before_ = before_); }
  void redo() override { explorer_.apply(explorer_.before_ = after_); }

 private:
  Explorer& explorer_;
  StageEdit before_;
  StageEdit after_;
};

Explorer::Explorer(QObject* parent) : QObject(parent) {
  connect(&worker_, &NetworkWorker::loaded, this, &Explorer::network_loaded);
  connect(&worker_, &NetworkWorker::opened, this, [this](const std::shared_ptr<const NetworkInfo>& network) {
    network_ = network;
    preprocessing_ = chosen(PreprocessingChoice{}, *network);
    layer_ = QString::fromStdString(network->blocks.empty() ? "" : network->blocks[network->blocks.size() / 2]);
    StageEdit edit = edit_;
    edit.image_size = network->input_size;
    before_ = edit;
    undo_.clear();
    emit network_opened();
    emit preprocessing_changed();
    emit layer_changed(layer_);
    apply(edit);
  });
  connect(&worker_, &NetworkWorker::open_failed, this, [this](const QString& what) {
    emit failed(what);
    emit network_failed();
  });
  connect(&worker_, &NetworkWorker::noted, this, &Explorer::noted);
  connect(&worker_, &NetworkWorker::look_failed, this, [this](const QString& what) {
    looks_under_way_ = false;
    emit failed(what);
  });
  connect(&worker_, &NetworkWorker::sweep_failed, this, [this](const QString& what) {
    sweeping_ = false;
    emit failed(what);
  });
  connect(&worker_, &NetworkWorker::looked, this, [this](const LookAnswer& answer) {
    if (answer.serial < serial_) // of the previous image
      return;
    if (answer.serial == look_serial_ && (answer.probabilities || !network_))
      looks_under_way_ = false;
    if (answer.maps || !network_)
      emit frame_shown(answer.frame);
    if (answer.maps)
      emit maps_shown(answer.maps, answer.milliseconds);
    if (answer.probabilities)
      emit classes_shown(*answer.probabilities);
  });
  connect(&worker_, &NetworkWorker::swept, this, [this](std::uint64_t serial, const std::vector<SweepPoint>& points) {
    if (serial != sweep_serial_)
      return;
    sweeping_ = false;
    emit swept(points);
  });
  connect(&loader_, &StageLoader::read, this,
          [this](std::uint64_t serial, const std::shared_ptr<const Image>& image, const std::optional<BoundingBox>& box,
                 const QString& remark) {
            if (serial != serial_)
              return;
            image_ = image;
            sample_->box = box;
            sample_->drawn_on.reset();
            loading_ = box.has_value();
            emit image_shown(image_, box);
            if (!remark.isEmpty())
              emit noted(QStringLiteral("%1: %2.").arg(QString::fromStdString(sample_->id), remark));
            if (!box && restored_)
              apply(before_ = *std::exchange(restored_, std::nullopt));
            else
              look();
          });
  connect(&loader_, &StageLoader::taken_apart, this,
          [this](std::uint64_t serial, const std::shared_ptr<const Segmentation>& apart) {
            if (serial != serial_)
              return;
            apart_ = apart;
            loading_ = false;
            StageEdit edit = restored_.value_or(edit_);
            if (!restored_) {
              edit.placement = home(*apart_);
              edit.camera = 1;
            }
            restored_.reset();
            before_ = edit;
            undo_.clear();
            emit object_taken(apart_);
            if (!apart_->note.empty())
              emit noted(QString::fromStdString(apart_->note));
            apply(edit);
          });
  connect(&loader_, &StageLoader::failed, this, [this](std::uint64_t serial, const QString& what) {
    if (serial != serial_)
      return;
    loading_ = false;
    emit failed(what);
  });
}

Explorer::~Explorer() = default;

void Explorer::open_network(const ModelSource& source, const RunOptions& options) { worker_.open(source, options); }

void Explorer::take_network(const std::shared_ptr<const NetworkInfo>& loaded) { worker_.take(loaded); }

void Explorer::drop_network(const std::shared_ptr<const NetworkInfo>& loaded) {
  worker_.drop(loaded);
  emit network_failed();
}

void Explorer::set_sample(const std::optional<Sample>& sample) {
  sample_ = sample;
  image_.reset();
  restored_.reset();
  load();
}

void Explorer::restore_stage(const std::optional<Sample>& sample, const SegmentSettings& cut, const StageEdit& edit) {
  cut_ = cut;
  emit cut_restored();
  set_sample(sample);
  if (sample)
    restored_ = edit;
}

void Explorer::set_box(const BoundingBox& box) {
  if (sample_) {
    sample_->box = box;
    sample_->drawn_on.reset();
  }
  load();
}

void Explorer::set_cut(const SegmentSettings& cut) {
  cut_ = cut;
  if (apart_)
    restored_ = edit_; // the same object at the same place, segmented differently
  load();
}

void Explorer::load() {
  apart_.reset();
  serial_ = ++look_serial_;
  loading_ = sample_.has_value();
  looks_under_way_ = false; // answers for the previous image are ignored
  if (sample_)
    loader_.load({serial_, *sample_, cut_, image_});
  else
    emit image_shown(nullptr, std::nullopt);
}

void Explorer::set_layer(const QString& layer) {
  if (layer == layer_)
    return;
  layer_ = layer;
  emit layer_changed(layer_);
  look();
}

void Explorer::set_preprocessing(const ChosenPreprocessing& preprocessing) {
  preprocessing_ = preprocessing;
  emit preprocessing_changed();
  look();
}

void Explorer::set_placement(const Placement& placement, bool finished) {
  StageEdit edit = edit_;
  edit.placement = placement;
  change(edit, finished);
}

void Explorer::set_scale(double factor, bool finished) {
  StageEdit edit = edit_;
  (edit.camera_mode ? edit.camera : edit.placement.scale) = factor;
  change(edit, finished);
}

void Explorer::set_image_size(int side, bool finished) {
  StageEdit edit = edit_;
  edit.image_size = side;
  change(edit, finished);
}

// Moving the camera resets the object, and moving the object resets the camera: never both at once.
void Explorer::set_camera_mode(bool on) {
  StageEdit edit = edit_;
  edit.camera_mode = on;
  edit.camera = 1;
  if (apart_)
    edit.placement = home(*apart_);
  change(edit, true);
}

void Explorer::reset() {
  StageEdit edit = edit_;
  edit.camera = 1;
  if (apart_)
    edit.placement = home(*apart_);
  change(edit, true);
}

void Explorer::change(const StageEdit& edit, bool finished) {
  if (finished && !(edit == before_)) {
    undo_.push(new EditCommand(*this, before_, edit)); // push() applies it
    return;
  }
  apply(edit);
}

void Explorer::apply(const StageEdit& edit) {
  edit_ = edit;
  emit edited();
  look();
}

StageState Explorer::state_of(const StageEdit& edit) const {
  return {image_, apart_, edit.placement, edit.camera_mode ? edit.camera : 1, edit.image_size};
}

void Explorer::look() {
  if (!image_)
    return;
  looks_under_way_ = true;
  worker_.look({++look_serial_, state_of(edit_), network_ ? layer_.toStdString() : "", preprocessing_.preprocessing});
}

void Explorer::sweep() {
  if (!apart_ || !network_ || layer_.isEmpty()) {
    emit noted(tr("A sweep needs a network and an image with an object; open one, or draw the object's box."));
    return;
  }
  SweepRequest request{++sweep_serial_, {}, layer_.toStdString(), preprocessing_.preprocessing};
  sweeping_ = true;
  for (int i = 0; i < sweep_steps; ++i) {
    const double fraction = sweep_from * std::pow(sweep_to / sweep_from, static_cast<double>(i) / (sweep_steps - 1));
    StageEdit edit = edit_;
    edit.camera_mode = false;
    edit.placement.scale = scale_of_fraction(*apart_, fraction);
    request.states.push_back(state_of(edit));
  }
  worker_.sweep(std::move(request));
}

} // namespace scalescope
