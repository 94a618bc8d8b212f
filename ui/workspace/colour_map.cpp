#include "ui/workspace/colour_map.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace scalescope {
namespace {

ColourTable opencv_table(int id) {
  cv::Mat ramp(1, 256, CV_8U), bgr;
  for (int i = 0; i < 256; ++i)
    ramp.at<uchar>(i) = static_cast<uchar>(i);
  cv::applyColorMap(ramp, bgr, id);
  ColourTable table;
  for (int i = 0; i < 256; ++i) {
    const auto& c = bgr.at<cv::Vec3b>(i);
    table[i] = qRgb(c[2], c[1], c[0]);
  }
  return table;
}

ColourTable grey_table() {
  ColourTable table;
  for (int i = 0; i < 256; ++i)
    table[i] = qRgb(i, i, i);
  return table;
}

// Moreland's Msh: CIELAB in spherical coordinates. m is the distance from black, s the angle from the axis of greys, h
// the hue.
struct Msh {
  double m, s, h;
};

constexpr std::array<double, 3> white_d65{0.95047, 1.0, 1.08883};

Msh msh_of(QRgb rgb) {
  const auto linear = [](int level) {
    const double c = level / 255.0;
    return c > 0.04045 ? std::pow((c + 0.055) / 1.055, 2.4) : c / 12.92;
  };
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double r = linear(qRed(rgb)), g = linear(qGreen(rgb)), b = linear(qBlue(rgb));
  const double x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / white_d65[0]);
  const double y = f((0.2126 * r + 0.7152 * g + 0.0722 * b) / white_d65[1]);
  const double z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / white_d65[2]);
  const double l = 116 * y - 16, a = 500 * (x - y), bb = 200 * (y - z);
  const double m = std::sqrt(l * l + a * a + bb * bb);
  return {m, std::acos(l / m), std::atan2(bb, a)};
}

QRgb rgb_of(const Msh& c) {
  const double l = c.m * std::cos(c.s), a = c.m * std::sin(c.s) * std::cos(c.h),
               b = c.m * std::sin(c.s) * std::sin(c.h);
  const auto f = [](double t) { return t * t * t > 0.008856 ? t * t * t : (t - 16.0 / 116) / 7.787; };
  const double fy = (l + 16) / 116;
  const double x = f(fy + a / 500) * white_d65[0], y = f(fy) * white_d65[1], z = f(fy - b / 200) * white_d65[2];
  const auto level = [](double v) {
    const double part = v > 0.0031308 ? 1.055 * std::pow(v, 1 / 2.4) - 0.055 : 12.92 * v;
    return static_cast<int>(std::lround(255 * std::clamp(part, 0.0, 1.0)));
  };
  return qRgb(level(3.2406 * x - 1.5372 * y - 0.4986 * z), level(-0.9689 * x + 1.8758 * y + 0.0415 * z),
              level(0.0557 * x - 0.2040 * y + 1.0570 * z));
}

// From a saturated end to the grey in the middle. The hue turns by Moreland's "spin", so that the steps look equal.
Msh towards_grey(const Msh& end, double grey_m, double t) {
  const double spin = end.s * std::sqrt(grey_m * grey_m - end.m * end.m) / (end.m * std::sin(end.s));
  const double grey_h = end.h > -std::numbers::pi / 3 ? end.h + spin : end.h - spin;
  return {std::lerp(end.m, grey_m, t), std::lerp(end.s, 0.0, t), std::lerp(end.h, grey_h, t)};
}

ColourTable diverging_table() {
  const Msh cool = msh_of(qRgb(59, 76, 192)), warm = msh_of(qRgb(180, 4, 38));
  const double grey_m = std::max({cool.m, warm.m, 88.0});
  ColourTable table;
  for (int i = 0; i < 256; ++i) {
    const double x = i / 255.0;
    table[i] = rgb_of(x < 0.5 ? towards_grey(cool, grey_m, 2 * x) : towards_grey(warm, grey_m, 2 - 2 * x));
  }
  return table;
}

ColourTable make_table(ColourMap map) {
  switch (map) {
  case ColourMap::Viridis:
    return opencv_table(cv::COLORMAP_VIRIDIS);
  case ColourMap::Magma:
    return opencv_table(cv::COLORMAP_MAGMA);
  case ColourMap::Grey:
    return grey_table();
  case ColourMap::Diverging:
    break;
  }
  return diverging_table();
}

// Table index of a value = value * scale + shift; degenerate ranges give every value the same.
struct Ramp {
  explicit Ramp(const MapColours& c) : table(colour_table(c.map)) {
    if (c.high > c.low) {
      scale = 255 / (c.high - c.low);
      shift = 0.5F - c.low * scale;
    } else if (is_diverging(c.map)) {
      shift = 128;
    }
  }
  [[nodiscard]] QRgb operator()(float value) const {
    const float at = value * scale + shift; // infinity times a scale of 0 would give NaN
    if (std::isnan(at))
      return std::isnan(value) ? not_a_number_colour : table[static_cast<std::size_t>(shift)];
    return table[static_cast<std::size_t>(std::clamp(at, 0.0F, 255.0F))];
  }
  const ColourTable& table;
  float scale = 0;
  float shift = 0;
};

} // namespace

bool is_diverging(ColourMap map) { return map == ColourMap::Diverging; }

const ColourTable& colour_table(ColourMap map) {
  static const auto tables = [] {
    std::map<ColourMap, ColourTable> made;
    for (const auto& [name, one] : enum_names<ColourMap>)
      made.emplace(one, make_table(one));
    return made;
  }();
  return tables.at(map);
}

QStringList colour_choice_names(const QString& automatic) {
  QStringList names{automatic};
  for (const auto& [name, map] : enum_names<ColourMap>)
    names << QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
  return names;
}

int place_of(ColourChoice choice) {
  const auto found = std::ranges::find(enum_names<ColourMap>, choice, &std::pair<std::string_view, ColourMap>::second);
  return found == enum_names<ColourMap>.end() ? 0 : static_cast<int>(found - enum_names<ColourMap>.begin()) + 1;
}

ColourChoice colour_choice_at(int place) {
  constexpr auto& maps = enum_names<ColourMap>;
  if (place <= 0)
    return std::nullopt;
  return maps[std::min<std::size_t>(place, maps.size()) - 1].second;
}

QRgb MapColours::of(float value) const { return Ramp(*this)(value); }

QImage colour(std::span<const float> map, int width, int height, const MapColours& colours) {
  Q_ASSERT(map.size() == static_cast<std::size_t>(width) * height);
  QImage image(width, height, QImage::Format_RGB32);
  const Ramp ramp(colours);
  for (int y = 0; y < height; ++y) {
    const auto row = map.subspan(static_cast<std::size_t>(y) * width, width);
    std::ranges::transform(row, reinterpret_cast<QRgb*>(image.scanLine(y)), ramp);
  }
  return image;
}

} // namespace scalescope
