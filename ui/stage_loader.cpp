#include "ui/stage_loader.h"

namespace scalescope {

StageLoader::StageLoader(QObject* parent)
    : QObject(parent), thread_([this](const std::stop_token& stop) { work(stop); }) {}

StageLoader::~StageLoader() { thread_ = {}; }

void StageLoader::load(StageRequest request) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_ = std::move(request);
  }
  wake_.notify_one();
}

void StageLoader::work(const std::stop_token& stop) {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!wake_.wait(lock, stop, [this] { return waiting_.has_value(); }))
      return;
    const StageRequest request = std::move(*waiting_);
    waiting_.reset();
    lock.unlock();
    try {
      serve(request);
    } catch (const std::exception& e) {
      emit failed(request.serial, QString::fromUtf8(e.what()));
    }
  }
}

void StageLoader::serve(const StageRequest& request) {
  auto image = request.image;
  if (!image) {
    image = std::make_shared<const Image>(read_image(request.file));
    emit read(request.serial, image);
  }
  if (!request.box)
    return;
  const auto [copy, box] = working_copy(*image, *request.box, working_side);
  emit taken_apart(request.serial, std::make_shared<const TakenApart>(take_apart(copy, box, request.cut)));
}

} // namespace scalescope
