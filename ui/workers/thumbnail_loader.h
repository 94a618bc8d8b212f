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

/// The result of reading an image file.
struct ImageRead {
  std::size_t image = 0; ///< as numbered by ThumbnailLoader::open
  QSize size;            ///< upright, in pixels; empty if it could not be read
  QImage thumbnail;      ///< null if only the size was read, or if there is a `failure`
  QString failure;       ///< the error message from core
  int orientation = 1;   ///< EXIF orientation before it was made upright: see orientation_of
};

/// Reads images on its own threads: first thumbnails that are needed now, then the sizes of all images, then thumbnails
/// that are needed soon. Its members belong to the UI thread.
class ThumbnailLoader : public QObject {
  Q_OBJECT
 public:
  explicit ThumbnailLoader(QObject* parent = nullptr);
  ~ThumbnailLoader() override; ///< waits for the images that are being decoded, at most one per thread

  /// Starts again with these images and drops all results of earlier ones. Does not wait.
  /// @param unsized the images with unknown sizes, which are read in this order.
  /// @param bounds thumbnails are as large as fits into it, in device pixels.
  void open(std::vector<std::filesystem::path> images, const std::vector<std::size_t>& unsized, QSize bounds);
  /// Sets the thumbnails that are still missing, most urgent first; replaces earlier requests.
  void want(const std::vector<std::size_t>& now, const std::vector<std::size_t>& soon);
  /// Whether all requested results have been taken.
  [[nodiscard]] bool is_idle() const;

 signals:
  /// Takes the results since the last call.
  void read(const std::vector<scalescope::ImageRead>& images);
  /// From a thread to the UI thread: there are new results.
  void arrived();

 private:
  struct Job {
    std::filesystem::path file;
    std::size_t image = 0;
    std::optional<QSize> bounds; ///< of the thumbnail; no value: only the size is read
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
  std::unordered_set<std::size_t> under_way_; ///< thumbnails that a thread has started and not delivered
  std::vector<ImageRead> finished_;
  int opening_ = 0;                   ///< counts calls of open: a job of an earlier one is dropped
  int working_ = 0;                   ///< running jobs of the present opening
  std::vector<std::jthread> threads_; ///< last: joined before the other members are destroyed
};

} // namespace scalescope
