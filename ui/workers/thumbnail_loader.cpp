#include "ui/workers/thumbnail_loader.h"

#include "core/base/error.h"
#include "core/base/explain.h"
#include "core/image/image.h"
#include "core/image/image_header.h"
#include "core/image/read_image.h"
#include "core/image/resize.h"
#include "ui/workers/to_qimage.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace scalescope {
namespace {

/// The size of an upright image, from its header. Errors are reported later, when the file is decoded.
void read_size(const std::filesystem::path& file, ImageRead& read) {
  try {
    const ImageHeader header = read_image_header(read_upright_image(file));
    const QSize stored(static_cast<int>(header.width), static_cast<int>(header.height));
    read.size = header.orientation > 4 ? stored.transposed() : stored;
    read.orientation = header.orientation;
  } catch (const BadImage&) {
  }
}

void read_thumbnail(const std::filesystem::path& file, QSize bounds, ImageRead& read) {
  std::string bytes = read_upright_image(file);
  read.orientation = orientation_of(bytes);
  const Image image = decode_image(std::move(bytes), file);
  read.size = {image.width, image.height};
  const QSize fitted = read.size.scaled(bounds, Qt::KeepAspectRatio).expandedTo({1, 1});
  read.thumbnail = to_qimage(resize(image, fitted.width(), fitted.height()));
}

} // namespace

ThumbnailLoader::ThumbnailLoader(QObject* parent) : QObject(parent) {
  connect(this, &ThumbnailLoader::arrived, this, &ThumbnailLoader::deliver, Qt::QueuedConnection);
  // One processor is left for the UI thread; more than four threads would only wait for the disk.
  const unsigned count = std::clamp(std::thread::hardware_concurrency(), 2U, 5U) - 1;
  for (unsigned i = 0; i < count; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

ThumbnailLoader::~ThumbnailLoader() {
  for (std::jthread& thread : threads_)
    thread.request_stop();
}

void ThumbnailLoader::open(std::vector<std::filesystem::path> images, const std::vector<std::size_t>& unsized,
                           QSize bounds) {
  {
    const std::scoped_lock lock(mutex_);
    ++opening_;
    working_ = 0;
    images_ = std::move(images);
    bounds_ = bounds;
    now_.clear();
    soon_.clear();
    unsized_.assign(unsized.begin(), unsized.end());
    under_way_.clear();
    finished_.clear();
  }
  wake_.notify_all();
}

void ThumbnailLoader::want(const std::vector<std::size_t>& now, const std::vector<std::size_t>& soon) {
  {
    const std::scoped_lock lock(mutex_);
    const auto missing = [&](const std::vector<std::size_t>& images) {
      std::deque<std::size_t> rest;
      std::ranges::copy_if(images, std::back_inserter(rest), [&](auto image) { return !under_way_.contains(image); });
      return rest;
    };
    now_ = missing(now);
    soon_ = missing(soon);
  }
  wake_.notify_all();
}

bool ThumbnailLoader::is_idle() const {
  const std::scoped_lock lock(mutex_);
  return now_.empty() && unsized_.empty() && soon_.empty() && working_ == 0 && finished_.empty();
}

std::optional<ThumbnailLoader::Job> ThumbnailLoader::next_job() {
  for (std::deque<std::size_t>* queue : {&now_, &unsized_, &soon_}) {
    if (queue->empty())
      continue;
    const std::size_t image = queue->front();
    queue->pop_front();
    ++working_;
    Job job{images_[image], image, std::nullopt, opening_};
    if (queue != &unsized_) {
      job.bounds = bounds_;
      under_way_.insert(image);
    }
    return job;
  }
  return std::nullopt;
}

void ThumbnailLoader::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    std::optional<Job> job;
    wake_.wait(lock, stop, [&] { return (job = next_job()).has_value(); });
    if (stop.stop_requested())
      return;
    lock.unlock();

    ImageRead read{job->image, {}, {}, {}};
    try {
      if (job->bounds)
        read_thumbnail(job->file, *job->bounds, read);
      else
        read_size(job->file, read);
    } catch (const std::exception& error) { // usually Error; no exception may end the program
      if (job->bounds)
        read.failure = QString::fromStdString(explain(error));
    }

    lock.lock();
    if (job->opening != opening_)
      continue;
    --working_;
    finished_.push_back(std::move(read));
    if (finished_.size() == 1) // otherwise the UI thread has already been notified
      emit arrived();
  }
}

void ThumbnailLoader::deliver() {
  std::vector<ImageRead> reads;
  {
    const std::scoped_lock lock(mutex_);
    reads.swap(finished_);
    for (const ImageRead& one : reads)
      if (!one.thumbnail.isNull() || !one.failure.isEmpty())
        under_way_.erase(one.image);
  }
  if (!reads.empty())
    emit read(reads);
}

} // namespace scalescope
