#include "ui/thumbnail_loader.h"

#include "core/base/error.h"
#include "core/base/explain.h"
#include "core/image/image.h"
#include "core/image/picture_header.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace scalescope {
namespace {

QImage to_qimage(const Image& image) {
  const QImage view(image.pixels.data(), image.width, image.height, 3 * image.width, QImage::Format_RGB888);
  return view.convertToFormat(QImage::Format_RGB32); // what painting is fastest with
}

/// The size of an upright picture, off its header; what is wrong with a file is said by whoever decodes it.
void read_size(const std::filesystem::path& file, PictureRead& read) {
  try {
    const PictureHeader header = read_picture_header(read_picture(file));
    const QSize stored(static_cast<int>(header.width), static_cast<int>(header.height));
    read.size = header.orientation > 4 ? stored.transposed() : stored;
    read.orientation = header.orientation;
  } catch (const BadPicture&) {
  }
}

void read_thumbnail(const std::filesystem::path& file, QSize bounds, PictureRead& read) {
  std::string bytes = read_picture(file);
  read.orientation = orientation_of(bytes);
  const Image image = decode_picture(std::move(bytes), file);
  read.size = {image.width, image.height};
  const QSize fitted = read.size.scaled(bounds, Qt::KeepAspectRatio).expandedTo({1, 1});
  read.thumbnail = to_qimage(resize(image, fitted.width(), fitted.height()));
}

} // namespace

ThumbnailLoader::ThumbnailLoader(QObject* parent) : QObject(parent) {
  connect(this, &ThumbnailLoader::arrived, this, &ThumbnailLoader::deliver, Qt::QueuedConnection);
  // One processor is left to the UI thread; more than four threads wait for the disk.
  const unsigned count = std::clamp(std::thread::hardware_concurrency(), 2U, 5U) - 1;
  for (unsigned i = 0; i < count; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

ThumbnailLoader::~ThumbnailLoader() {
  for (std::jthread& thread : threads_)
    thread.request_stop();
}

void ThumbnailLoader::open(std::vector<std::filesystem::path> pictures, const std::vector<std::size_t>& unsized,
                           QSize bounds) {
  {
    const std::scoped_lock lock(mutex_);
    ++opening_;
    working_ = 0;
    pictures_ = std::move(pictures);
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
    const auto missing = [&](const std::vector<std::size_t>& pictures) {
      std::deque<std::size_t> rest;
      std::ranges::copy_if(pictures, std::back_inserter(rest),
                           [&](auto picture) { return !under_way_.contains(picture); });
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
    const std::size_t picture = queue->front();
    queue->pop_front();
    ++working_;
    Job job{pictures_[picture], picture, std::nullopt, opening_};
    if (queue != &unsized_) {
      job.bounds = bounds_;
      under_way_.insert(picture);
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

    PictureRead read{job->picture, {}, {}, {}};
    try {
      if (job->bounds)
        read_thumbnail(job->file, *job->bounds, read);
      else
        read_size(job->file, read);
    } catch (const std::exception& error) { // Error, as a rule; whatever it is, it must not end the program
      if (job->bounds)
        read.failure = QString::fromStdString(explain(error));
    }

    lock.lock();
    if (job->opening != opening_)
      continue;
    --working_;
    finished_.push_back(std::move(read));
    if (finished_.size() == 1) // else the UI thread has been told already
      emit arrived();
  }
}

void ThumbnailLoader::deliver() {
  std::vector<PictureRead> reads;
  {
    const std::scoped_lock lock(mutex_);
    reads.swap(finished_);
    for (const PictureRead& one : reads)
      if (!one.thumbnail.isNull() || !one.failure.isEmpty())
        under_way_.erase(one.picture);
  }
  if (!reads.empty())
    emit read(reads);
}

} // namespace scalescope
