#include "core/image/detail/cielab.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace scalescope {
namespace {

struct Lab {
  double lightness;
  double a;
  double b;
};

Lab lab_of(const cv::Vec3b& stored, LabEncoding encoding) {
  const auto axis = [&](std::uint8_t value) {
    return encoding == LabEncoding::icclab ? value - 128.0 : static_cast<double>(static_cast<std::int8_t>(value));
  };
  return {stored[2] * 100.0 / 255, axis(stored[1]), axis(stored[0])};
}

Lab lab_of(const cv::Vec3w& stored, LabEncoding encoding) {
  const bool icc = encoding == LabEncoding::icclab;
  const auto axis = [&](std::uint16_t value) {
    return icc ? value / 256.0 - 128 : static_cast<std::int16_t>(value) / 256.0;
  };
  return {stored[2] * 100.0 / (icc ? 65280 : 65535), axis(stored[1]), axis(stored[0])};
}

// The inverse of CIE's f, https://en.wikipedia.org/wiki/CIELAB_color_space
double inverse(double t) {
  constexpr double knee = 6.0 / 29;
  return t > knee ? t * t * t : 3 * knee * knee * (t - 4.0 / 29);
}

std::uint8_t srgb(double linear) {
  const double light = std::clamp(linear, 0.0, 1.0);
  const double value = light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055; // IEC 61966-2-1
  return static_cast<std::uint8_t>(std::lround(255 * value));
}

cv::Vec3b bgr_of(const Lab& lab) {
  const double fy = (lab.lightness + 16) / 116;
  const double x = 0.96422 * inverse(fy + lab.a / 500); // the white point D50 of ICC profiles
  const double y = inverse(fy);
  const double z = 0.82521 * inverse(fy - lab.b / 200);
  // From XYZ at D50 to linear sRGB: http://www.brucelindbloom.com/index.html?Eqn_RGB_XYZ_Matrix.html
  return {srgb(0.0719453 * x - 0.2289914 * y + 1.4052427 * z), srgb(-0.9787684 * x + 1.9161415 * y + 0.0334540 * z),
          srgb(3.1338561 * x - 1.6168667 * y - 0.4906146 * z)};
}

template <typename Stored>
cv::Mat converted(const cv::Mat& samples, LabEncoding encoding) {
  cv::Mat bgr(samples.size(), CV_8UC3);
  for (int y = 0; y < samples.rows; ++y)
    for (int x = 0; x < samples.cols; ++x)
      bgr.at<cv::Vec3b>(y, x) = bgr_of(lab_of(samples.at<Stored>(y, x), encoding));
  return bgr;
}

} // namespace

cv::Mat lab_to_bgr(const cv::Mat& samples, LabEncoding encoding) {
  return samples.depth() == CV_16U ? converted<cv::Vec3w>(samples, encoding) : converted<cv::Vec3b>(samples, encoding);
}

} // namespace scalescope
