#pragma once

#include "core/image/sample.h"
#include "core/stage/stage.h"

#include <QObject>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace scalescope {

/// What to put on the stage.
struct StageRequest {
  std::uint64_t serial = 0; ///< the asker's, to tell answers apart
  std::filesystem::path file;
  std::optional<BoundingBox> box; ///< of the object, in pixels of the picture
  CutSettings cut;
  std::shared_ptr<const Image> image; ///< the picture, if it was read before
};

/// Reads pictures and takes them apart, on a thread of its own; only the latest request that waits is served. Signals
/// come from that thread: connect them queued.
class StageLoader : public QObject {
  Q_OBJECT

 public:
  /// The longer side of the working copy that an object is moved in: larger pictures would not follow the mouse.
  static constexpr int working_side = 1280;

  explicit StageLoader(QObject* parent = nullptr);
  ~StageLoader() override;
  void load(StageRequest request);

 signals:
  void read(std::uint64_t serial, std::shared_ptr<const scalescope::Image> image);
  void taken_apart(std::uint64_t serial, std::shared_ptr<const scalescope::TakenApart> apart);
  void failed(std::uint64_t serial, QString what);

 private:
  void work(const std::stop_token& stop);
  void serve(const StageRequest& request);

  std::mutex mutex_; ///< guards waiting_
  std::condition_variable_any wake_;
  std::optional<StageRequest> waiting_;
  std::jthread thread_; ///< last: joined first
};

} // namespace scalescope
