#include "ui/workers/stage_loader.h"

#include "core/base/explain.h"
#include "core/image/placed_box.h"
#include "core/image/read_image.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

namespace scalescope {

StageLoader::StageLoader(QObject* parent)
    : QObject(parent), requests_([this](const StageRequest& request, const std::stop_token&) {
        try {
          serve(request);
        } catch (const std::exception& e) {
          invoker_.call([this, serial = request.serial, what = QString::fromStdString(explain(e))] {
            emit failed(serial, what);
          });
        }
      }) {}

void StageLoader::serve(const StageRequest& request) {
  auto image = request.image;
  std::optional<BoundingBox> box = request.sample.box;
  if (!image) {
    std::string bytes = read_upright_image(request.sample.file);
    const int orientation = orientation_of(bytes);
    image = std::make_shared<const Image>(decode_image(std::move(bytes), request.sample.file));
    const auto tell = [&](const std::string& remark) {
      invoker_.call([this, serial = request.serial, image, box, remark = QString::fromStdString(remark)] {
        emit read(serial, image, box, remark);
      });
    };
    try {
      const PlacedBox placed =
          box ? place_box(request.sample, {image->width, image->height, orientation}) : PlacedBox();
      box = box ? std::optional(placed.box) : std::nullopt;
      std::vector<std::string> remarks = image->notes;
      if (!placed.remark.empty())
        remarks.insert(remarks.begin(), placed.remark);
      tell(fmt::format("{}", fmt::join(remarks, "; ")));
    } catch (const Error&) { // the image can still be viewed
      box.reset();
      tell(fmt::format("{}", fmt::join(image->notes, "; ")));
      throw;
    }
  }
  if (!box)
    return;
  const auto [copy, box_in_copy] = working_copy(*image, *box, working_side);
  invoker_.call([this, serial = request.serial,
                 apart = std::make_shared<const Segmentation>(segment(copy, box_in_copy, request.cut))] {
    emit taken_apart(serial, apart);
  });
}

} // namespace scalescope
