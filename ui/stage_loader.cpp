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
          emit failed(request.serial, QString::fromUtf8(e.what()));
        }
      }) {}

void StageLoader::serve(const StageRequest& request) {
  auto image = request.image;
  if (!image) {
    image = std::make_shared<const Image>(read_image(request.file));
    emit read(request.serial, image);
  }
  if (!request.box)
    return;
  const auto [copy, box] = working_copy(*image, *request.box);
  emit taken_apart(request.serial, std::make_shared<const TakenApart>(take_apart(copy, box, request.cut)));
}

} // namespace scalescope
