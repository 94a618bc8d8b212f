#include "core/stage/detail/fill.h"

#include "core/stage/detail/inpaint.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>

namespace scalescope {

namespace {

/// One step of the pyramid: colours times weights, and weights, 0 to 1.
void fill_from_above(cv::Mat4f& level) {
  if (level.total() > 1) {
    cv::Mat4f above;
    cv::resize(level, above, {(level.cols + 1) / 2, (level.rows + 1) / 2}, 0, 0, cv::INTER_AREA);
    for (cv::Vec4f& p : above) // a pixel is as good as known as soon as part of it is
      if (p[3] > 0)
        p *= 1 / p[3];
    fill_from_above(above);
    cv::Mat4f below;
    cv::resize(above, below, level.size(), 0, 0, cv::INTER_LINEAR);
    for (int y = 0; y < level.rows; ++y)
      for (int x = 0; x < level.cols; ++x)
        level(y, x) += (1 - level(y, x)[3]) * below(y, x);
  }
}

cv::Mat3b blur_into(const cv::Mat3b& image, const cv::Mat1b& hole) {
  const cv::Rect place = cv::boundingRect(hole);
  const double sigma = 0.05 * std::max(place.width, place.height) + 1;
  // Blurs at a scale where sigma is a few pixels; this is fast and looks the same.
  const double factor = std::min(1.0, 4 / sigma);
  cv::Mat3b small;
  cv::resize(image, small, {}, factor, factor, cv::INTER_AREA);
  cv::Mat1f small_hole;
  cv::resize(cv::Mat1f(hole), small_hole, small.size(), 0, 0, cv::INTER_AREA);
  cv::Mat1b known = small_hole == 0;
  if (cv::countNonZero(known) == 0)
    known = small_hole < 255; // a sliver
  small = extend(small, known);
  cv::GaussianBlur(small, small, {}, sigma * factor);
  cv::Mat3b smooth;
  cv::resize(small, smooth, image.size(), 0, 0, cv::INTER_CUBIC);
  return smooth;
}

/// Only the hole gets new pixels; they fade in at its border.
void fade_in(const cv::Mat3b& image, const cv::Mat1b& hole, cv::Mat3b& filled) {
  constexpr float seam = 3; // pixels
  cv::Mat1f depth;
  cv::distanceTransform(hole, depth, cv::DIST_L2, cv::DIST_MASK_5);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      const float share = std::min(depth(y, x) / seam, 1.F);
      filled(y, x) = cv::Vec3b(share * cv::Vec3f(filled(y, x)) + (1 - share) * cv::Vec3f(image(y, x)));
    }
}

} // namespace

cv::Mat3b extend(const cv::Mat3b& image, const cv::Mat1b& known) {
  cv::Mat4f level(image.size());
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      const cv::Vec3b& p = image(y, x);
      level(y, x) = known(y, x) != 0 ? cv::Vec4f(p[0], p[1], p[2], 1) : cv::Vec4f();
    }
  fill_from_above(level);
  cv::Mat3b result(image.size());
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x)
      for (int c = 0; c < 3; ++c)
        result(y, x)[c] = cv::saturate_cast<uchar>(level(y, x)[c]);
  return result;
}

Filled fill(const cv::Mat3b& image, const cv::Mat1b& hole, Fill how, std::uint64_t seed) {
  Filled filled;
  switch (how) {
  case Fill::Inpaint:
    if (auto inpainted = inpaint(image, hole, seed))
      filled.image = *inpainted;
    else
      filled = {blur_into(image, hole), "Too little of the image is left to inpaint the area behind the object, so it "
                                        "is filled with the blurred surroundings."};
    break;
  case Fill::Blur:
    filled.image = blur_into(image, hole);
    break;
  case Fill::MeanColour:
    filled.image = cv::Mat3b(image.size());
    filled.image.setTo(cv::mean(image, ~hole));
    break;
  case Fill::Noise: {
    cv::Scalar mean;
    cv::Scalar standard_deviation;
    cv::meanStdDev(image, mean, standard_deviation, ~hole);
    filled.image = cv::Mat3b(image.size());
    cv::RNG(seed + 1).fill(filled.image, cv::RNG::NORMAL, mean, standard_deviation);
    break;
  }
  }
  fade_in(image, hole, filled.image);
  return filled;
}

} // namespace scalescope
