#include "core/stage/segment.h"

#include "core/base/error.h"
#include "core/image/resize.h"
#include "core/stage/detail/fill.h"
#include "core/stage/detail/find_object.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace scalescope {

namespace {

constexpr double least_side = 4; // pixels of the box within the image
constexpr double widest_feather = 0.25;

cv::Mat3b as_mat(const Image& image) {
  cv::Mat3b mat(image.height, image.width);
  std::copy(image.pixels.begin(), image.pixels.end(), mat.ptr<std::uint8_t>());
  return mat;
}

Image as_image(const cv::Mat3b& mat) {
  return {mat.cols, mat.rows,
          std::vector<std::uint8_t>(mat.ptr<std::uint8_t>(), mat.ptr<std::uint8_t>() + mat.total() * 3)};
}

BoundingBox checked_box(const Image& image, const BoundingBox& box) {
  const BoundingBox inside = clip(box, image.width, image.height);
  if (std::min(inside.width, inside.height) < least_side)
    throw Error(fmt::format("The box at ({:.6g}, {:.6g}) of {:.6g} x {:.6g} pixels has fewer than {} x {} pixels "
                            "within the image of {} x {}: draw a box around the object.",
                            box.x, box.y, box.width, box.height, least_side, least_side, image.width, image.height));
  return inside;
}

/// The share of every pixel that the box covers.
cv::Mat1f box_mask(const cv::Size& size, const BoundingBox& box) {
  const auto covered = [](int i, double start, double length) {
    return static_cast<float>(std::clamp(std::min(i + 1.0, start + length) - std::max<double>(i, start), 0.0, 1.0));
  };
  cv::Mat1f across(1, size.width);
  for (int x = 0; x < size.width; ++x)
    across(0, x) = covered(x, box.x, box.width);
  cv::Mat1f down(size.height, 1);
  for (int y = 0; y < size.height; ++y)
    down(y, 0) = covered(y, box.y, box.height);
  return cv::Mat1f(down * across);
}

ObjectOutline outline_of(const cv::Mat1f& mask) {
  // Contours run through the centres of the outermost pixels inside; in an image of twice the size they lie within a
  // quarter of a pixel of the true border.
  cv::Mat1f doubled;
  cv::resize(mask, doubled, {}, 2, 2, cv::INTER_LINEAR);
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(doubled >= 0.5F, contours, cv::RETR_LIST, cv::CHAIN_APPROX_TC89_L1);
  ObjectOutline outline;
  for (const auto& contour : contours)
    if (contour.size() > 2) {
      auto& polygon = outline.emplace_back();
      for (const cv::Point& p : contour)
        polygon.push_back({(p.x + 0.5) / 2, (p.y + 0.5) / 2});
    }
  return outline;
}

/// The segmented object with its own colours. Near the border, a pixel is a mix of object and background, so its colour
/// is continued from further inside.
ObjectLayer make_layer(const cv::Mat3b& image, const cv::Mat1f& mask, const cv::Mat1f& soft) {
  const cv::Rect place = cv::boundingRect(cv::Mat1b(soft > 1 / 510.F));
  const cv::Mat1b inside = mask(place) > 0.99F;
  cv::Mat1b core;
  cv::erode(inside, core, cv::Mat(), {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  if (cv::countNonZero(core) == 0)
    core = mask(place) > 0; // thinner than three pixels
  const cv::Mat3b colours = extend(image(place), core);
  ObjectLayer layer{place.x, place.y, place.width, place.height, {}};
  layer.pixels.reserve(static_cast<std::size_t>(place.area()) * 4);
  for (int y = 0; y < place.height; ++y)
    for (int x = 0; x < place.width; ++x) {
      const float alpha = soft(place.y + y, place.x + x);
      for (int c = 0; c < 3; ++c)
        layer.pixels.push_back(cv::saturate_cast<uchar>(alpha * static_cast<float>(colours(y, x)[c])));
      layer.pixels.push_back(cv::saturate_cast<uchar>(255 * alpha));
    }
  return layer;
}

double sum_of(const cv::Mat1f& mask) { return cv::sum(mask)[0]; }

struct Object {
  cv::Mat1f mask; ///< as large as the image, 0 to 1
  bool is_box = false;
};

Segmentation segment(const Image& image, const BoundingBox& box, const cv::Mat3b& pixels, const Object& object,
                     const SegmentSettings& settings, std::uint64_t seed) {
  if (!(settings.feather >= 0 && settings.feather <= widest_feather))
    throw Error(fmt::format("A soft edge of {} times the object's side is not possible: give 0 to {}.",
                            settings.feather, widest_feather));
  const double side = std::sqrt(box.width * box.height);
  cv::Mat1f soft = object.mask;
  if (settings.feather > 0) {
    const double sigma = std::max(settings.feather * side, 0.5);
    // The edge of the image is not a border of the object: the mask continues beyond it.
    cv::GaussianBlur(object.mask, soft, {}, sigma, sigma, cv::BORDER_REPLICATE);
  }
  // A mask misses hairs and shadows just outside of it; this removes them from the background, too.
  cv::Mat1b hole = soft > 1 / 510.F;
  const int margin = 2 + (object.is_box ? 0 : static_cast<int>(std::lround(0.015 * side)));
  cv::dilate(hole, hole, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * margin + 1, 2 * margin + 1}));
  if (cv::countNonZero(hole) == pixels.cols * pixels.rows)
    throw Error(fmt::format("The object covers the whole image of {} x {} pixels, so nothing is left to fill the area "
                            "behind it: draw a tighter box.",
                            image.width, image.height));

  const double area = static_cast<double>(image.width) * image.height;
  const Filled filled = fill(pixels, hole, settings.fill, seed);
  return {image,
          as_image(filled.image),
          make_layer(pixels, object.mask, soft),
          box,
          box.width * box.height / area,
          sum_of(object.mask) / area,
          outline_of(object.mask),
          filled.note};
}

} // namespace

std::pair<Image, BoundingBox> working_copy(const Image& image, const BoundingBox& box, int longest_side) {
  const int longer = std::max(image.width, image.height);
  if (longer <= longest_side)
    return {image, box};
  const auto smaller = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * longest_side / longer)));
  };
  Image copy = resize(image, smaller(image.width), smaller(image.height));
  const double x = static_cast<double>(copy.width) / image.width;
  const double y = static_cast<double>(copy.height) / image.height;
  return {std::move(copy), {box.x * x, box.y * y, box.width * x, box.height * y}};
}

Segmentation segment(const Image& image, const BoundingBox& box, const SegmentSettings& settings, std::uint64_t seed) {
  const BoundingBox inside = checked_box(image, box);
  const cv::Mat3b pixels = as_mat(image);
  std::optional<cv::Mat1f> found;
  if (settings.by == SegmentBy::Mask)
    found = find_object(pixels, {inside.x, inside.y, inside.width, inside.height}, seed);
  const Object object = found ? Object{*found, false} : Object{box_mask(pixels.size(), inside), true};
  Segmentation apart = segment(image, inside, pixels, object, settings, seed);
  if (settings.by == SegmentBy::Mask && !found)
    apart.note = "GrabCut could not separate the object from its surroundings, so the whole box is segmented." +
                 (apart.note.empty() ? "" : " " + apart.note);
  return apart;
}

Segmentation segment(const Image& image, const BoundingBox& box, std::span<const std::uint8_t> mask,
                     const SegmentSettings& settings, std::uint64_t seed) {
  const BoundingBox inside = checked_box(image, box);
  const cv::Mat3b pixels = as_mat(image);
  if (mask.size() != pixels.total())
    throw Error(fmt::format("The mask has {} pixels, but the image has {} x {}: give a mask of the image's size.",
                            mask.size(), image.width, image.height));
  Object object{box_mask(pixels.size(), inside), false};
  std::size_t i = 0;
  for (float& share : object.mask)
    share = share > 0 ? static_cast<float>(mask[i++]) / 255 : (++i, 0.F);
  if (sum_of(object.mask) < 1)
    throw Error(fmt::format("The mask is empty within the box at ({:.6g}, {:.6g}) of {:.6g} x {:.6g} pixels: give the "
                            "mask of the object in the box.",
                            box.x, box.y, box.width, box.height));
  return segment(image, inside, pixels, object, settings, seed);
}

} // namespace scalescope
