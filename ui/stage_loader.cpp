#include "ui/stage_loader.h"

#include "core/base/explain.h"

namespace scalescope {

StageLoader::StageLoader(QObject* parent)
    : QObject(parent), requests_([this](const StageRequest& request, const std::stop_token&) {
        try {
          serve(request);
        } catch (const std::exception& e) {
          home_.call([this, serial = request.serial, what = QString::fromStdString(explain(e))] {
            emit failed(serial, what);
          });
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
  const auto [copy, box] = working_copy(*image, *request.box, working_side);
  home_.call(
      [this, serial = request.serial, apart = std::make_shared<const TakenApart>(take_apart(copy, box, request.cut))] {
        emit taken_apart(serial, apart);
      });
}

} // namespace scalescope
