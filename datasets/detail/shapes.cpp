#include "datasets/detail/shapes.h"

#include "datasets/scenes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace scalescope {

namespace {

using std::numbers::pi;
using Polygon = std::vector<cv::Point2d>;

constexpr int curve_points = 180; // a circle of 500 pixels' radius is then off by less than 0.1 pixel

/// A closed curve through point(t), t from 0 to 2 pi.
template <typename Point>
Polygon curve(Point point, int count = curve_points) {
  Polygon polygon;
  for (int i = 0; i < count; ++i)
    polygon.push_back(point(2 * pi * i / count));
  return polygon;
}

/// A closed curve around the origin at distance radius(t) in direction t; it starts upwards.
template <typename Radius>
Polygon polar(Radius radius, int count = curve_points) {
  return curve([&](double t) { return radius(t) * cv::Point2d(std::sin(t), -std::cos(t)); }, count);
}

Polygon regular(int corners, double radius = 1) {
  return polar([&](double) { return radius; }, corners);
}

Polygon star() {
  Polygon polygon = regular(10);
  for (std::size_t i = 1; i < polygon.size(); i += 2)
    polygon[i] *= 0.5;
  return polygon;
}

Outline ring() {
  Polygon hole = regular(curve_points, 0.5);
  std::ranges::reverse(hole);
  return {regular(curve_points), hole};
}

/// The unit circle without another circle at its right side.
Polygon crescent() {
  constexpr double offset = 0.55;
  constexpr double radius = 0.85;
  const double tip_x = (1 - radius * radius + offset * offset) / (2 * offset); // where the circles meet
  const double outer = std::acos(tip_x);
  const double inner = std::acos((tip_x - offset) / radius);
  Polygon polygon;
  for (int i = 0; i <= curve_points; ++i) {
    const double t = outer + (2 * pi - 2 * outer) * i / curve_points;
    polygon.emplace_back(std::cos(t), std::sin(t));
  }
  for (int i = 1; i < curve_points; ++i) {
    const double t = 2 * pi - inner - (2 * pi - 2 * inner) * i / curve_points;
    polygon.emplace_back(offset + radius * std::cos(t), radius * std::sin(t));
  }
  return polygon;
}

cv::Point2d heart(double t) {
  return {0.94 * std::pow(std::sin(t), 3),
          -(13 * std::cos(t) - 5 * std::cos(2 * t) - 2 * std::cos(3 * t) - std::cos(4 * t)) / 17};
}

/// A circle with a tip above it, along its tangents.
Polygon drop() {
  constexpr double centre = 0.28;
  constexpr double radius = 0.72;
  const double tangent = std::acos(radius / (1 + centre)); // from the direction of the tip
  Polygon polygon{{0, -1}};
  for (int i = 0; i <= curve_points; ++i) {
    const double t = tangent + (2 * pi - 2 * tangent) * i / curve_points;
    polygon.emplace_back(radius * std::sin(t), centre - radius * std::cos(t));
  }
  return polygon;
}

// In the order of scene_classes().
std::vector<Outline> make_outlines() {
  constexpr double arm = 0.36; // half the width of a bar of the cross
  constexpr double shaft = 0.34;
  return {
      {regular(curve_points)},                // disc
      {{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}}}, // square
      {regular(3)},                           // triangle
      {star()},                               // star
      ring(),                                 // ring
      {{{-arm, -1},
        {arm, -1},
        {arm, -arm},
        {1, -arm},
        {1, arm},
        {arm, arm},
        {arm, 1},
        {-arm, 1},
        {-arm, arm},
        {-1, arm},
        {-1, -arm},
        {-arm, -arm}}},                                                                    // cross
      {regular(6)},                                                                        // hexagon
      {crescent()},                                                                        // crescent
      {curve(heart)},                                                                      // heart
      {{{-1, -shaft}, {0, -shaft}, {0, -0.8}, {1, 0}, {0, 0.8}, {0, shaft}, {-1, shaft}}}, // arrow
      {drop()},                                                                            // drop
      {polar([](double t) { return 0.8 + 0.2 * std::cos(6 * t); })},                       // flower
  };
}

/// Adds a line of the outline to `row`s; their running sums become coverages. `from` and `to` are in the same row and
/// column of pixels. The line covers `height` of the pixel's height, and everything to the right of it.
void add_piece(cv::Mat1d& sums, cv::Point2d from, cv::Point2d to) {
  const double height = to.y - from.y;
  const double middle = (from.x + to.x) / 2;
  const int x = std::clamp(static_cast<int>(middle), 0, sums.cols - 2);
  const int y = std::clamp(static_cast<int>((from.y + to.y) / 2), 0, sums.rows - 1);
  const double right_part = 1 - (middle - x);
  sums(y, x) += height * right_part;
  sums(y, x + 1) += height * (1 - right_part);
}

/// Where the line from `from` to `to` crosses the grid of pixels, as places from 0 to 1 along it, both ends included.
std::vector<double> crossings(cv::Point2d from, cv::Point2d to) {
  std::vector<double> places{0, 1};
  for (const auto& [a, b] : {std::pair(from.x, to.x), std::pair(from.y, to.y)})
    for (int line = cvFloor(std::min(a, b)) + 1; line < std::max(a, b); ++line)
      places.push_back((line - a) / (b - a));
  std::ranges::sort(places);
  return places;
}

} // namespace

const std::vector<std::string>& scene_classes() {
  static const std::vector<std::string> classes{"disc",    "square",   "triangle", "star",  "ring", "cross",
                                                "hexagon", "crescent", "heart",    "arrow", "drop", "flower"};
  return classes;
}

const Outline& outline_of(int object_class) {
  static const std::vector<Outline> outlines = make_outlines();
  return outlines.at(static_cast<std::size_t>(object_class));
}

Outline rotated(const Outline& outline, double angle) {
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  Outline result = outline;
  for (Polygon& polygon : result)
    for (cv::Point2d& point : polygon)
      point = {c * point.x - s * point.y, s * point.x + c * point.y};
  return result;
}

Outline placed(const Outline& outline, double factor, cv::Point2d offset) {
  Outline result = outline;
  for (Polygon& polygon : result)
    for (cv::Point2d& point : polygon)
      point = point * factor + offset;
  return result;
}

cv::Rect2d box_of(const Outline& outline) {
  cv::Point2d low = outline.front().front();
  cv::Point2d high = low;
  for (const Polygon& polygon : outline)
    for (const cv::Point2d& point : polygon) {
      low = {std::min(low.x, point.x), std::min(low.y, point.y)};
      high = {std::max(high.x, point.x), std::max(high.y, point.y)};
    }
  return {low, high};
}

double largest_aspect() {
  static const double largest = [] {
    double found = 1;
    for (int object_class = 0; object_class < static_cast<int>(scene_classes().size()); ++object_class)
      for (int degree = 0; degree < 360; ++degree) {
        const cv::Rect2d box = box_of(rotated(outline_of(object_class), degree * pi / 180));
        found = std::max({found, box.width / box.height, box.height / box.width});
      }
    return found * 1.02; // half a degree can add that much
  }();
  return largest;
}

cv::Mat1f coverage(const Outline& outline, int width, int height) {
  cv::Mat1d sums = cv::Mat1d::zeros(height, width + 1);
  for (const Polygon& polygon : outline)
    for (std::size_t i = 0; i < polygon.size(); ++i) {
      const cv::Point2d from = polygon[i];
      const cv::Point2d to = polygon[(i + 1) % polygon.size()];
      const std::vector<double> places = crossings(from, to);
      for (std::size_t j = 1; j < places.size(); ++j)
        add_piece(sums, from + places[j - 1] * (to - from), from + places[j] * (to - from));
    }
  cv::Mat1f covered(height, width);
  for (int y = 0; y < height; ++y) {
    double sum = 0;
    for (int x = 0; x < width; ++x)
      covered(y, x) = static_cast<float>(std::min(std::abs(sum += sums(y, x)), 1.0));
  }
  return covered;
}

} // namespace scalescope
