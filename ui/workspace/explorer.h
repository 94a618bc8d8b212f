#pragma once

#include "core/jobs/preprocessing_choice.h"
#include "core/stage/composite.h"
#include "ui/workers/network_worker.h"
#include "ui/workers/stage_loader.h"

#include <QObject>
#include <QStringList>
#include <QUndoStack>

#include <memory>
#include <optional>

namespace scalescope {

/// The person's changes of the object and the image size. Undo and redo step through them.
struct StageEdit {
  Placement placement;
  double camera = 1;
  bool camera_mode = false;
  int image_size = 224;
  bool operator==(const StageEdit& other) const;
};

/// The state that the window shows, and how it reacts to changes: the network, the image on the stage and the chosen
/// layer. It owns background threads, sends them requests, and reports the answers as signals. It never waits.
class Explorer : public QObject {
  Q_OBJECT

 public:
  explicit Explorer(QObject* parent = nullptr);
  ~Explorer() override;

  /// Reads a network; network_loaded() or network_failed() follows. The present network stays until the new one is
  /// taken.
  void open_network(const ModelSource& source, const RunOptions& options);
  void take_network(const std::shared_ptr<const NetworkInfo>& loaded); ///< network_opened() follows
  void drop_network(const std::shared_ptr<const NetworkInfo>& loaded); ///< network_failed() follows
  [[nodiscard]] const std::shared_ptr<const NetworkInfo>& network() const { return network_; }

  /// Puts a sample's image on the stage; no value clears the stage.
  void set_sample(const std::optional<Sample>& sample);
  /// The same, with an earlier segmentation and edit.
  void restore_stage(const std::optional<Sample>& sample, const SegmentSettings& cut, const StageEdit& edit);
  void set_box(const BoundingBox& box); ///< the person drew it on the image on the stage
  void set_layer(const QString& layer);
  [[nodiscard]] const QString& layer() const { return layer_; }
  void set_preprocessing(const ChosenPreprocessing& preprocessing);
  [[nodiscard]] const ChosenPreprocessing& preprocessing() const { return preprocessing_; }

  [[nodiscard]] const StageEdit& edit() const { return edit_; }
  /// @param finished ends a step of undo; a drag is one step.
  void set_placement(const Placement& placement, bool finished);
  void set_scale(double factor, bool finished); ///< scale of the object, or of the camera in camera mode
  void set_image_size(int side, bool finished);
  void set_camera_mode(bool on);
  void set_cut(const SegmentSettings& cut);
  [[nodiscard]] const SegmentSettings& cut() const { return cut_; }
  void reset();
  [[nodiscard]] QUndoStack* undo_stack() { return &undo_; }

  [[nodiscard]] const std::shared_ptr<const Segmentation>& apart() const { return apart_; }
  [[nodiscard]] bool has_object() const { return apart_ != nullptr; }
  /// A screenshot waits for it.
  [[nodiscard]] bool busy() const { return worker_.opening() || loading_ || looks_under_way_ || sweeping_; }

  void look();  ///< runs the network again for the image on the stage
  void sweep(); ///< over scales, for the layer and the image on the stage
  [[nodiscard]] NetworkWorker& worker() { return worker_; }

 signals:
  void network_loaded(std::shared_ptr<const scalescope::NetworkInfo> network); ///< must be taken or dropped
  void network_opened();
  void preprocessing_changed(); ///< also when a network was opened
  void network_failed();        ///< it did not open, or was dropped; the present network stays
  void image_shown(std::shared_ptr<const scalescope::Image> image, std::optional<scalescope::BoundingBox> box);
  void object_taken(std::shared_ptr<const scalescope::Segmentation> apart);
  void edited();       ///< edit() has changed
  void cut_restored(); ///< cut() has changed, but not by set_cut()
  void frame_shown(std::shared_ptr<const scalescope::Frame> frame);
  void maps_shown(std::shared_ptr<const scalescope::LayerMaps> maps, double milliseconds);
  void classes_shown(std::vector<float> probabilities);
  void layer_changed(QString layer);
  void swept(std::vector<scalescope::SweepPoint> points);
  void failed(QString what);
  void noted(QString what);

 private:
  class EditCommand;
  void change(const StageEdit& edit, bool finished);
  void apply(const StageEdit& edit);
  void load();
  [[nodiscard]] StageState state_of(const StageEdit& edit) const;

  NetworkWorker worker_;
  StageLoader loader_;
  std::shared_ptr<const NetworkInfo> network_;
  ChosenPreprocessing preprocessing_;
  QString layer_;
  std::optional<Sample> sample_; ///< its box is in pixels of image_, once that is loaded
  SegmentSettings cut_;
  std::shared_ptr<const Image> image_;
  std::shared_ptr<const Segmentation> apart_;
  StageEdit edit_;
  StageEdit before_;                  ///< the last finished one
  std::optional<StageEdit> restored_; ///< applied once the object is segmented
  QUndoStack undo_;
  std::uint64_t serial_ = 0; ///< of the image on the stage
  std::uint64_t look_serial_ = 0;
  std::uint64_t sweep_serial_ = 0;
  bool loading_ = false;
  bool looks_under_way_ = false;
  bool sweeping_ = false;
};

} // namespace scalescope
