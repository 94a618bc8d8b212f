#include "core/image/detail/decoder.h"

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include <string_view>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

namespace scalescope {
namespace {

constexpr std::uint64_t most_pixels = 250'000'000; // 1.5 GB while 16 bits are decoded

void check_size(const ImageHeader& header) {
  if (header.width == 0 || header.height == 0)
    throw BadImage("has no pixels according to its header: copy or download it again");
  if (header.width > most_pixels / header.height)
    throw BadImage(
        fmt::format("has {} x {} pixels according to its header, above the limit of {} megapixels: make it smaller",
                    header.width, header.height, most_pixels / 1'000'000));
}

void turn_upright(cv::Mat& image, int orientation) {
  // 5 to 8 are 1 to 4, mirrored along the diagonal.
  if (orientation > 4)
    cv::transpose(image, image);
  switch (orientation % 4) {
  case 2:
    cv::flip(image, image, 1); // left to right
    break;
  case 3:
    cv::flip(image, image, -1); // both
    break;
  case 0:
    cv::flip(image, image, 0); // top to bottom
    break;
  default:
    break;
  }
}

/// A file in memory, which has a path while this exists.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : descriptor_(memfd_create("image", MFD_CLOEXEC)) {
    while (descriptor_ >= 0 && !bytes.empty()) {
      const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
      if (written <= 0)
        break;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (!bytes.empty()) {
      close(descriptor_);
      throw std::bad_alloc();
    }
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

} // namespace

cv::Mat decode(std::string bytes, const ImageHeader& header, int flags,
               std::map<TiffTag, std::vector<std::uint16_t>> described_as) {
  check_size(header);
  // Errors are reported by our Error; OpenCV's log would repeat them.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  flags |= cv::IMREAD_IGNORE_ORIENTATION;
  cv::Mat image;
  if (header.format == ImageFormat::tiff) {
    described_as[TiffTag::orientation] = {1}; // OpenCV would turn some of its types, and others not
    // As a file, because OpenCV can't read tiles of less than 1024 bytes from memory.
    const MemoryFile file(TiffDirectory(bytes).with(described_as));
    image = cv::imread(file.path(), flags);
  } else {
    image = cv::imdecode(cv::Mat(1, static_cast<int>(bytes.size()), CV_8U, bytes.data()), flags);
  }
  if (image.empty())
    throw BadImage(rare_kind);
  turn_upright(image, header.orientation);
  return image;
}

std::vector<std::uint16_t> alpha_as_stored(const TiffSamples& samples) {
  constexpr std::uint16_t associated = 1;
  std::vector<std::uint16_t> extra(samples.extra_channels);
  if (!extra.empty() && samples.first_extra != 0)
    extra.front() = associated;
  return extra;
}

std::string frames_note(const ImageHeader& header) {
  if (header.frames <= 1)
    return {};
  return fmt::format("only the first of its {} {} was used", header.frames,
                     header.format == ImageFormat::tiff ? "pages" : "frames");
}

} // namespace scalescope
