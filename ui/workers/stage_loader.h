#pragma once

#include "core/base/latest_request.h"
#include "core/image/sample.h"
#include "core/stage/segment.h"
#include "ui/workers/queued_invoker.h"

#include <QObject>

#include <memory>
#include <optional>

namespace scalescope {

/// What to put on the stage.
struct StageRequest {
  std::uint64_t serial = 0; ///< the asker's, to tell answers apart
  Sample sample;
  SegmentSettings cut;
  std::shared_ptr<const Image> image; ///< the image, if it was read before: then the box is in its pixels
};

/// Reads images and takes them apart, on a thread of its own; only the latest request that waits is served. Signals
/// come in the thread that made it.
class StageLoader : public QObject {
  Q_OBJECT

 public:
  /// The longer side of the working copy that an object is moved in: larger images would not follow the mouse.
  static constexpr int working_side = 1280;

  explicit StageLoader(QObject* parent = nullptr);
  void load(StageRequest request) { requests_.put(std::move(request)); }

 signals:
  /// @param box of the object, in pixels of the image. @param remark as PlacedBox's.
  void read(std::uint64_t serial, std::shared_ptr<const scalescope::Image> image,
            std::optional<scalescope::BoundingBox> box, QString remark);
  void taken_apart(std::uint64_t serial, std::shared_ptr<const scalescope::Segmentation> apart);
  void failed(std::uint64_t serial, QString what);

 private:
  void serve(const StageRequest& request);

  QueuedInvoker invoker_;
  LatestRequest<StageRequest> requests_;
};

} // namespace scalescope
