#pragma once

#include <QImage>
#include <QObject>
#include <QSize>
#include <QString>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <unordered_set>
#include <vector>

namespace scalescope {

/// What was learned of an image file.
struct ImageRead {
  std::size_t image = 0; ///< as numbered by ThumbnailLoader::open
  QSize size;            ///< upright, in pixels; empty if it could not be read
  QImage thumbnail;      ///< null where only the size was read, and where `failure` says why there is none
  QString failure;       ///< core's sentence
  int orientation = 1;   ///< that it was turned upright from: see orientation_of
};

/// Reads images on threads of its own: thumbnails of those wanted now, then the sizes of all, then thumbnails that
/// are wanted soon. Its members belong to the UI thread.
class ThumbnailLoader : public QObject {
  Q_OBJECT
 public:
  explicit ThumbnailLoader(QObject* parent = nullptr);
  ~ThumbnailLoader() override; ///< waits for the images that are being decoded, at most one a thread

  /// Begins anew with these images; nothing of earlier ones is told any more. Does not wait.
  /// @param unsized the images whose size is to be read, in this order.
  /// @param bounds thumbnails are the largest that fit in there, in device pixels.
  void open(std::vector<std::filesystem::path> images, const std::vector<std::size_t>& unsized, QSize bounds);
  /// The thumbnails that are still missing, most urgent first; what was wanted earlier is forgotten.
  void want(const std::vector<std::size_t>& now, const std::vector<std::size_t>& soon);
  /// Whether all that was asked for has been told.
  [[nodiscard]] bool is_idle() const;

 signals:
  /// What was read since the last time.
  void read(const std::vector<scalescope::ImageRead>& images);
  /// From a thread to the UI thread: there is something to deliver.
  void arrived();

 private:
  struct Job {
    std::filesystem::path file;
    std::size_t image = 0;
    std::optional<QSize> bounds; ///< of the thumbnail; without them only the size is read
    int opening = 0;
  };

  void work(const std::stop_token& stop);
  [[nodiscard]] std::optional<Job> next_job();
  void deliver();

  mutable std::mutex mutex_; ///< guards what follows, but for threads_
  std::condition_variable_any wake_;
  std::vector<std::filesystem::path> images_;
  QSize bounds_;
  std::deque<std::size_t> now_;
  std::deque<std::size_t> unsized_;
  std::deque<std::size_t> soon_;
  std::unordered_set<std::size_t> under_way_; ///< thumbnails taken by a thread and not yet told
  std::vector<ImageRead> finished_;
  int opening_ = 0;                   ///< counts calls of open: a job of an earlier one is dropped
  int working_ = 0;                   ///< jobs of this opening on threads
  std::vector<std::jthread> threads_; ///< last: joined before the rest goes
};

} // namespace scalescope
