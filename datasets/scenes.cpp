#include "datasets/scenes.h"

#include "core/base/error.h"
#include "datasets/detail/shapes.h"
#include "datasets/detail/surfaces.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace scalescope {

namespace {

using std::numbers::pi;

constexpr double margin = 1;      // pixels between an object and the border of the image
constexpr double least_area = 64; // of an object's box in pixels; below it, thin shapes fall apart

/// The rotated outline of a description, and the pixels per unit.
struct Turned {
  Outline outline;
  cv::Rect2d box;

  explicit Turned(const SceneDescription& d) : outline(rotated(outline_of(d.object_class), d.rotation)) {
    box = box_of(outline);
  }
  double factor(double scale, int width, int height) const { return std::sqrt(scale * width * height / box.area()); }
};

/// The largest factor for a box centred there, of a given unit size.
double largest_factor(const Turned& turned, double centre_x, double centre_y, int width, int height) {
  const double half_width = std::min(centre_x, 1 - centre_x) * width - margin;
  const double half_height = std::min(centre_y, 1 - centre_y) * height - margin;
  return std::max(0.0, 2 * std::min(half_width / turned.box.width, half_height / turned.box.height));
}

void check_size(int width, int height) {
  if (width < 16 || height < 16 || width > 8192 || height > 8192)
    throw Error(fmt::format("scenes of {} x {} pixels are not possible; choose a side of 16 to 8192", width, height));
}

void check_visible(double scale, double pixels) {
  if (!(scale * pixels >= least_area))
    throw Error(
        fmt::format("objects of scale {:g} are too small to be seen in scenes of {:g} pixels; choose a scale of at "
                    "least {:.4f}",
                    scale, pixels, std::ceil(least_area / pixels * 1e4) / 1e4));
}

void check(const SceneOptions& options) {
  check_size(options.width, options.height);
  const double pixels = static_cast<double>(options.width) * options.height;
  if (!(options.min_scale > 0 && options.min_scale <= options.max_scale))
    throw Error(fmt::format("the scales of scenes can't go from {:g} to {:g}; choose two ascending numbers above 0",
                            options.min_scale, options.max_scale));
  const double side = std::min(options.width, options.height) - 2 * margin;
  const double fits = side * side / (pixels * largest_aspect());
  if (options.max_scale > fits)
    throw Error(fmt::format("objects of scale {:g} don't fit into scenes of {} x {} pixels at every rotation; choose a "
                            "largest scale of at most {:.3f}",
                            options.max_scale, options.width, options.height, std::floor(fits * 1000) / 1000));
  check_visible(options.min_scale, pixels);
}

/// Height of the object above the ground, 0 to 1: round at its border. The same on any scale.
cv::Mat1f relief_of(const cv::Mat1f& covered, double size) {
  const int side = 1 + 2 * static_cast<int>(std::lround(0.045 * size));
  cv::Mat1f relief = covered;
  for (int i = 0; i < 3; ++i) { // three box filters are nearly a Gaussian, and their cost does not depend on the width
    cv::Mat1f smoother;
    cv::blur(relief, smoother, {side, side}, {-1, -1}, cv::BORDER_CONSTANT);
    relief = smoother;
  }
  return relief;
}

/// The effect of the light on a surface.
struct Shade {
  float gain = 1;  ///< factor on its colour
  float gloss = 0; ///< white on top
};

/// Light from one side at 40 degrees above the image, and diffuse light from everywhere.
class Lamp {
 public:
  explicit Lamp(const Lighting& light)
      : contrast_(light.contrast), towards_(std::cos(light.direction) * flat, std::sin(light.direction) * flat, rise),
        half_(towards_ + cv::Vec3d(0, 0, 1)) {
    half_ /= cv::norm(half_);
  }

  /// @param slope of the relief to the right and down, in heights over lengths of the same unit.
  Shade on(cv::Point2d slope) const {
    const cv::Vec3d up = cv::Vec3d(-slope.x, -slope.y, 1) / std::sqrt(1 + slope.dot(slope));
    const double lit = std::max(0.0, up.dot(towards_)) / rise; // 1 where it is level
    const double mirrored = std::max(0.0, up.dot(half_));
    return {static_cast<float>(1 + contrast_ * (lit - 1)),
            static_cast<float>(0.45 * contrast_ * std::pow(mirrored, 40))};
  }

 private:
  static constexpr double rise = 0.643; // sine of 40 degrees
  static constexpr double flat = 0.766; // its cosine
  double contrast_;
  cv::Vec3d towards_;
  cv::Vec3d half_; ///< between the light and the eye
};

/// The slope of a relief at a pixel, a pixel's step for a length of 1.
cv::Point2d slope_at(const cv::Mat1f& relief, int x, int y) {
  const int left = std::max(x - 1, 0);
  const int right = std::min(x + 1, relief.cols - 1);
  const int up = std::max(y - 1, 0);
  const int down = std::min(y + 1, relief.rows - 1);
  return {(relief(y, right) - relief(y, left)) / 2.0, (relief(down, x) - relief(up, x)) / 2.0};
}

void draw_object(cv::Mat3f& image, const SceneDescription& d, const cv::Mat1f& covered, double factor,
                 cv::Point2d origin) {
  const Surface surface(d.object_class, d.texture_seed);
  const Lamp lamp(d.light);
  const cv::Mat1f relief = relief_of(covered, 2 * factor);
  const double depth = 0.7 * factor; // of the relief in pixels, for the slopes
  const cv::Point shadow(static_cast<int>(std::lround(-0.09 * factor * std::cos(d.light.direction))),
                         static_cast<int>(std::lround(-0.09 * factor * std::sin(d.light.direction))));
  const cv::Rect all(0, 0, image.cols, image.rows);
  const double c = std::cos(d.rotation);
  const double s = std::sin(d.rotation);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      Colour& colour = image(y, x);
      const float part = covered(y, x);
      if (const cv::Point caster = cv::Point(x, y) - shadow; part < 1 && all.contains(caster))
        colour *= 1 - static_cast<float>(0.6 * d.light.contrast) * relief(caster);
      if (part <= 0)
        continue;
      const cv::Point2d p = (cv::Point2d(x + 0.5, y + 0.5) - origin) / factor;
      const Shade shade = lamp.on(slope_at(relief, x, y) * depth);
      Colour own = surface.at({c * p.x + s * p.y, -s * p.x + c * p.y}, 1 / factor) * shade.gain;
      own += Colour::all(shade.gloss);
      colour += (own - colour) * part;
    }
}

/// Light on the whole scene, stronger towards the lamp; then camera noise; then 8 bits.
Image develop(const cv::Mat3f& floats, const SceneDescription& d) {
  const cv::Point2d lamp(0.5 * d.light.contrast * std::cos(d.light.direction),
                         0.5 * d.light.contrast * std::sin(d.light.direction));
  const Colour tint(static_cast<float>(1 + 0.08 * d.light.warmth), 1, static_cast<float>(1 - 0.08 * d.light.warmth));
  Random random(d.background_seed, 2);
  Image image{floats.cols, floats.rows, {}};
  image.pixels.resize(floats.total() * 3);
  auto out = image.pixels.begin();
  for (int y = 0; y < floats.rows; ++y)
    for (int x = 0; x < floats.cols; ++x) {
      const cv::Point2d p((x + 0.5) / floats.cols - 0.5, (y + 0.5) / floats.rows - 0.5);
      const double gain = d.light.exposure * (1 + p.dot(lamp));
      const double grain = random.uniform(-0.02, 0.02);
      for (int channel = 0; channel < 3; ++channel) {
        const double value = floats(y, x)[channel] * tint[channel] * gain + grain;
        *out++ = cv::saturate_cast<std::uint8_t>(255 * std::min(value, 1.0));
      }
    }
  return image;
}

} // namespace

SceneDescription describe_scene(const SceneOptions& options, std::uint64_t index) {
  check(options);
  Random random(options.seed, index);
  SceneDescription d;
  d.object_class = random.below(static_cast<int>(scene_classes().size()));
  d.texture_seed = random.bits();
  d.backdrop = static_cast<Backdrop>(random.below(backdrop_count));
  d.background_seed = random.bits();
  d.light.direction = random.uniform(-pi, pi);
  d.light.contrast = random.uniform(0.3, 0.8);
  d.light.exposure = random.uniform(0.75, 1.15);
  d.light.warmth = random.uniform(-1, 1);
  d.rotation = random.uniform(0, 2 * pi);
  d.scale = std::pow(random.uniform(std::sqrt(options.min_scale), std::sqrt(options.max_scale)), 2);

  const Turned turned(d);
  const double factor = turned.factor(d.scale, options.width, options.height);
  const auto place = [&](double unit_length, int side) {
    const double half = factor * unit_length / 2 + margin;
    return random.uniform(half, side - half) / side;
  };
  d.centre_x = place(turned.box.width, options.width);
  d.centre_y = place(turned.box.height, options.height);
  return d;
}

Scene render(const SceneDescription& d, int width, int height) {
  check_size(width, height);
  check_visible(d.scale, static_cast<double>(width) * height);
  const Turned turned(d);
  const double factor = turned.factor(d.scale, width, height);
  // A small tolerance, because the position may have been computed to touch the margin.
  if (!(factor <= largest_factor(turned, d.centre_x, d.centre_y, width, height) + 1e-6)) // so that NaN is refused
    throw Error(fmt::format("a {} of scale {:g} around ({:g}, {:g}) would not lie completely inside the image; choose "
                            "a scale of at most {:.3g} or another position",
                            scene_classes().at(static_cast<std::size_t>(d.object_class)), d.scale, d.centre_x,
                            d.centre_y, largest_scale(d, width, height)));

  const cv::Point2d centre(d.centre_x * width, d.centre_y * height);
  const cv::Point2d origin = centre - factor * (turned.box.tl() + turned.box.br()) / 2;
  const cv::Mat1f covered = coverage(placed(turned.outline, factor, origin), width, height);
  const cv::Mat1b mask = covered >= 0.5;
  const cv::Rect box = cv::boundingRect(mask);

  cv::Mat3f image = draw_backdrop(d.backdrop, d.background_seed, width, height);
  draw_object(image, d, covered, factor, origin);
  return {develop(image, d),
          {static_cast<double>(box.x), static_cast<double>(box.y), static_cast<double>(box.width),
           static_cast<double>(box.height)},
          {mask.begin(), mask.end()},
          d.object_class,
          static_cast<double>(box.area()) / (static_cast<double>(width) * height)};
}

double largest_scale(const SceneDescription& d, int width, int height) {
  const Turned turned(d);
  const double factor = largest_factor(turned, d.centre_x, d.centre_y, width, height);
  return factor * factor * turned.box.area() / (static_cast<double>(width) * height);
}

Scene make_scene(const SceneOptions& options, std::uint64_t index) {
  return render(describe_scene(options, index), options.width, options.height);
}

} // namespace scalescope
