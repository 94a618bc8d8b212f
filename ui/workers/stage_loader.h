#pragma once

#include "core/base/latest_request.h"
#include "core/image/sample.h"
#include "core/stage/segment.h"
#include "ui/workers/queued_invoker.h"

#include <QObject>

#include <memory>
#include <optional>

namespace scalescope {

/// A request to put an image on the stage.
struct StageRequest {
  std::uint64_t serial = 0; ///< chosen by the sender, to recognise the answer
  Sample sample;
  SegmentSettings cut;
  std::shared_ptr<const Image> image; ///< the image if it was read before; the box is then in its pixels
};

/// Reads images and segments their objects on its own thread; only the latest waiting request is served. Signals are
/// sent in the thread that made this object.
class StageLoader : public QObject {
  Q_OBJECT

 public:
  /// The longer side of the working copy in which an object is moved; with larger images the display would lag behind
  /// the mouse.
  static constexpr int working_side = 1280;

  explicit StageLoader(QObject* parent = nullptr);
  void load(StageRequest request) { requests_.put(std::move(request)); }

 signals:
  /// @param box of the object, in pixels of the image. @param remark on the box and the image: see PlacedBox,
  /// Image::notes.
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
