#include "ui/workers/image_opener.h"

#include "core/base/error.h"
#include "core/base/explain.h"

namespace scalescope {

ImageOpener::ImageOpener(QObject* parent)
    : QObject(parent),
      requests_([this](const Request& request, const std::stop_token& stop) { serve(request, stop); }) {}

void ImageOpener::open(const QStringList& files_and_folders, const ReadChoice& how) {
  busy_ = true;
  requests_.put({++serial_, files_and_folders, how});
}

void ImageOpener::serve(const Request& request, const std::stop_token& stop) {
  std::vector<std::filesystem::path> paths;
  for (const QString& path : request.from)
    paths.emplace_back(path.toStdString());
  OpenedImages images;
  try {
    images = open_images(paths, stop, request.how);
  } catch (const Cancelled&) {
    return; // another set was asked for
  } catch (const std::exception& e) {
    images.messages.emplace_back(explain(e));
  }
  invoker_.call([this, images = std::move(images), request] {
    if (request.serial != serial_)
      return;
    busy_ = false;
    emit opened(images, request.from, request.how);
  });
}

} // namespace scalescope
