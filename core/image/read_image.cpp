#include "core/image/read_image.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/image/image_header.h"

#include <fmt/format.h>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/core/version.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <limits>
#include <new>
#include <string>

namespace scalescope {

namespace {

constexpr const char* rare_kind =
    "can't be decoded, because it is damaged or of a rare type: convert it to PNG, or leave it out";
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

/// The upright samples as OpenCV reads them with these flags; empty if that fails.
cv::Mat decode(std::string bytes, int flags) {
  const ImageHeader header = read_image_header(bytes);
  check_size(header);
  if (header.unassociated_alpha_at) {
    // libtiff would multiply the colours by this alpha. If it is marked as "associated", the colours stay as stored.
    std::string alpha = bytes.substr(*header.unassociated_alpha_at, 2);
    for (char& byte : alpha)
      byte = byte == 2 ? 1 : byte;
    bytes.replace(*header.unassociated_alpha_at, 2, alpha);
  }

  // The colour profile is removed: samples are used as stored, and libpng would write a warning to stderr for many
  // profiles.
  bytes.erase(header.colour_profile_at, header.colour_profile_size);

  // Errors are reported by our Error; OpenCV's log would repeat them.
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8U, bytes.data());
  cv::Mat image = cv::imdecode(encoded, flags | cv::IMREAD_IGNORE_ORIENTATION);
  if (image.empty())
    throw BadImage(rare_kind);
  if (!header.decoder_turns)
    turn_upright(image, header.orientation);
  return image;
}

Image to_image(cv::Mat decoded) {
  if (decoded.type() != CV_8UC3 && decoded.type() != CV_16UC3)
    throw BadImage(rare_kind);
  if (decoded.depth() == CV_16U)
    decoded.convertTo(decoded, CV_8U, 1 / 257.0);
  Image image{decoded.cols, decoded.rows, std::vector<std::uint8_t>(decoded.total() * 3)};
  cv::Mat rgb(decoded.size(), CV_8UC3, image.pixels.data());
  cv::cvtColor(decoded, rgb, cv::COLOR_BGR2RGB);
  return image;
}

LabelMask to_label_mask(const cv::Mat& image) {
  if (image.type() != CV_16UC1)
    throw BadImage(fmt::format("has {} channel{} of {} bits, but a label mask has one channel of 16 bits, with a "
                               "number for each object and 0 for the background: convert it",
                               image.channels(), image.channels() == 1 ? "" : "s", 8 * image.elemSize1()));
  LabelMask mask{image.cols, image.rows, std::vector<std::uint16_t>(image.total())};
  image.copyTo(cv::Mat(image.size(), CV_16UC1, mask.labels.data()));
  return mask;
}

/// Calls `read` on an image's bytes; converts its exceptions to an Error with the name of the file.
template <typename Read>
auto decoded(const std::filesystem::path& file, const Read& read) {
  try {
    return read();
  } catch (const BadImage& bad) {
    throw Error(fmt::format("'{}' {}.", file.string(), bad.what()));
  } catch (const cv::Exception&) { // its text is about OpenCV's code
    throw Error(fmt::format("'{}' {}.", file.string(), rare_kind));
  } catch (const std::bad_alloc&) {
    throw Error(fmt::format("'{}' does not fit into memory: make the image smaller.", file.string()));
  }
}

} // namespace

std::string read_upright_image(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::file_size(file, error) > std::numeric_limits<int>::max() && !error)
    throw Error(fmt::format("'{}' is larger than 2 GB, too large for an image: make it smaller.", file.string()));
  return read_file(file);
}

int orientation_of(std::string_view bytes) {
  try {
    return read_image_header(bytes).orientation;
  } catch (const BadImage&) {
    return 1;
  }
}

Image decode_image(std::string bytes, const std::filesystem::path& file) {
  return decoded(file, [&] { return to_image(decode(std::move(bytes), cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH)); });
}

Image read_image(const std::filesystem::path& file) { return decode_image(read_upright_image(file), file); }

LabelMask read_label_mask(const std::filesystem::path& file) {
  return decoded(file, [&] { return to_label_mask(decode(read_upright_image(file), cv::IMREAD_UNCHANGED)); });
}

std::string opencv_version() { return CV_VERSION; }

} // namespace scalescope
