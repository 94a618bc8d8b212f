#include "ui/stage_loader.h"

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

// The picture no larger than the working side, and the box with it.
std::pair<Image, BoundingBox> working_copy(const Image& image, BoundingBox box) {
  const int longer = std::max(image.width, image.height);
  if (longer <= StageLoader::working_side)
    return {image, box};
  const auto smaller = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * StageLoader::working_side / longer)));
  };
  Image copy = resize(image, smaller(image.width), smaller(image.height));
  const double x = static_cast<double>(copy.width) / image.width;
  const double y = static_cast<double>(copy.height) / image.height;
  return {std::move(copy), {box.x * x, box.y * y, box.width * x, box.height * y}};
}

} // namespace

StageLoader::StageLoader(QObject* parent)
    : QObject(parent), requests_([this](const StageRequest& request, const std::stop_token&) {
        try {
          serve(request);
        } catch (const std::exception& e) {
          home_.call(
              [this, serial = request.serial, what = QString::fromUtf8(e.what())] { emit failed(serial, what); });
        }
      }) {}

void StageLoader::serve(const StageRequest& request) {
  auto image = request.image;
  if (!image) {
    image = std::make_shared<const Image>(read_image(request.file));
    home_.call([this, serial = request.serial, image] { emit read(serial, image); });
  }
  if (!request.box)
    return;
  const auto [copy, box] = working_copy(*image, *request.box);
  home_.call(
      [this, serial = request.serial, apart = std::make_shared<const TakenApart>(take_apart(copy, box, request.cut))] {
        emit taken_apart(serial, apart);
      });
}

} // namespace scalescope
