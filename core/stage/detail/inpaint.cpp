#include "core/stage/detail/inpaint.h"

#include "core/stage/detail/fill.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

// Patch-based completion: every patch of the hole should look like some patch of the surroundings (Wexler et al. 2007).
// From coarse to fine, it repeats two steps: find the most similar patch for each one (PatchMatch, Barnes et al. 2009),
// and set each pixel to the mean of the patches over it.

namespace scalescope {

namespace {

constexpr int radius = 3;                 // patches of 7 x 7 pixels
constexpr double largest_hole_side = 128; // at the finest scale that is optimised
constexpr double smallest_hole = 12;      // side, at the coarsest
constexpr double reach = 1.0;             // how far patches come from, in sides of the hole

struct Level {
  cv::Mat3b image;
  cv::Mat1b hole;                 ///< 0 or 255
  std::vector<cv::Point> targets; ///< centres of patches that touch the hole, row by row
  std::vector<cv::Point> sources; ///< centres of patches that don't
  cv::Mat1b is_source;
  cv::Mat1f trust; ///< of a target's patch: 1 at the hole's border, less inside
};

Level make_level(const cv::Mat3b& image, const cv::Mat1b& hole) {
  Level level{image.clone(), hole, {}, {}, cv::Mat1b(hole.size(), uchar{0}), {}};
  cv::Mat1b touched;
  cv::dilate(hole, touched, cv::Mat::ones(2 * radius + 1, 2 * radius + 1, CV_8U));
  for (int y = radius; y < hole.rows - radius; ++y)
    for (int x = radius; x < hole.cols - radius; ++x) {
      (touched(y, x) != 0 ? level.targets : level.sources).emplace_back(x, y);
      level.is_source(y, x) = touched(y, x) == 0 ? 255 : 0;
    }
  cv::Mat1f depth;
  cv::distanceTransform(hole, depth, cv::DIST_L2, cv::DIST_MASK_5);
  level.trust.create(hole.size());
  for (int y = 0; y < hole.rows; ++y)
    for (int x = 0; x < hole.cols; ++x)
      level.trust(y, x) = std::pow(1.3F, -std::min(depth(y, x), 60.F));
  return level;
}

/// Sum of squared differences of two patches, or anything not below `limit`.
int difference(const cv::Mat3b& image, cv::Point a, cv::Point b, int limit) {
  int sum = 0;
  constexpr int count = 3 * (2 * radius + 1);
  for (int dy = -radius; dy <= radius && sum < limit; ++dy) {
    const uchar* p = image.ptr(a.y + dy) + 3 * static_cast<std::ptrdiff_t>(a.x - radius);
    const uchar* q = image.ptr(b.y + dy) + 3 * static_cast<std::ptrdiff_t>(b.x - radius);
    for (int i = 0; i < count; ++i) {
      const int d = p[i] - q[i];
      sum += d * d;
    }
  }
  return sum;
}

/// For each target, the most similar source so far.
struct Match {
  cv::Mat2i source; ///< x and y
  cv::Mat1i cost;
};

using RandomNumbers = std::mt19937_64;

cv::Point random_source(const Level& level, RandomNumbers& random) {
  return level.sources[random() % level.sources.size()];
}

void take_if_better(const Level& level, cv::Point target, cv::Point source, Match& match) {
  if (!cv::Rect({}, level.hole.size()).contains(source) || level.is_source(source) == 0)
    return;
  const int cost = difference(level.image, target, source, match.cost(target));
  if (cost < match.cost(target)) {
    match.cost(target) = cost;
    match.source(target) = {source.x, source.y};
  }
}

/// One sweep of PatchMatch: from the neighbours already visited, and at random nearer and nearer to the best so far.
void sweep(const Level& level, bool backwards, Match& match, RandomNumbers& random) {
  const int step = backwards ? -1 : 1;
  const std::size_t count = level.targets.size();
  for (std::size_t i = 0; i < count; ++i) {
    const cv::Point target = level.targets[backwards ? count - 1 - i : i];
    for (const cv::Point shift : {cv::Point(step, 0), cv::Point(0, step)}) {
      const cv::Point neighbour = target - shift;
      if (match.cost(neighbour) >= 0)
        take_if_better(level, target, cv::Point(match.source(neighbour)) + shift, match);
    }
    for (int span = std::max(level.hole.cols, level.hole.rows); span >= 1; span /= 2) {
      const auto offset = [&] { return static_cast<int>(random() % (2 * span + 1)) - span; };
      const int dx = offset();
      const int dy = offset();
      take_if_better(level, target, cv::Point(match.source(target)) + cv::Point(dx, dy), match);
    }
  }
}

/// Costs are of the image as it is now; a target without a source gets one at random.
void refresh(const Level& level, Match& match, RandomNumbers& random) {
  for (const cv::Point target : level.targets) {
    cv::Point source = match.source(target);
    if (!cv::Rect({}, level.hole.size()).contains(source) || level.is_source(source) == 0)
      source = random_source(level, random);
    match.source(target) = {source.x, source.y};
    match.cost(target) = difference(level.image, target, source, std::numeric_limits<int>::max());
  }
}

/// Every pixel of the hole becomes the mean of the patches over it; similar and outer patches have more weight.
void vote(Level& level, const Match& match) {
  std::vector<int> costs;
  for (const cv::Point target : level.targets)
    costs.push_back(match.cost(target));
  const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() * 3 / 4);
  std::nth_element(costs.begin(), middle, costs.end());
  const float typical = static_cast<float>(std::max(*middle, 1));

  cv::Mat4f votes(level.hole.size(), cv::Vec4f());
  for (const cv::Point target : level.targets) {
    const cv::Point source = match.source(target);
    const float weight =
        level.trust(target) * std::exp(-static_cast<float>(match.cost(target)) / (2 * typical)) + 1e-12F;
    for (int dy = -radius; dy <= radius; ++dy)
      for (int dx = -radius; dx <= radius; ++dx) {
        const cv::Vec3b& p = level.image(source.y + dy, source.x + dx);
        votes(target.y + dy, target.x + dx) += weight * cv::Vec4f(p[0], p[1], p[2], 1);
      }
  }
  for (int y = 0; y < level.hole.rows; ++y)
    for (int x = 0; x < level.hole.cols; ++x)
      if (const cv::Vec4f& v = votes(y, x); level.hole(y, x) != 0 && v[3] > 0)
        for (int c = 0; c < 3; ++c)
          level.image(y, x)[c] = cv::saturate_cast<uchar>(v[c] / v[3]);
}

/// The match of a coarser level, for this one.
Match enlarged(const Match& coarse, const cv::Size& from, const cv::Size& size) {
  Match match{cv::Mat2i(size, cv::Vec2i(-1, -1)), cv::Mat1i(size, -1)};
  const double across = static_cast<double>(size.width) / from.width;
  const double down = static_cast<double>(size.height) / from.height;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const cv::Point below(std::min(static_cast<int>(x / across), from.width - 1),
                            std::min(static_cast<int>(y / down), from.height - 1));
      if (coarse.cost(below) < 0)
        continue;
      const cv::Vec2i source = coarse.source(below);
      match.source(y, x) = {x + cvRound((source[0] - below.x) * across), y + cvRound((source[1] - below.y) * down)};
    }
  return match;
}

/// Improves the level's image; `match` comes from the coarser level.
void optimise(Level& level, Match& match, int rounds, RandomNumbers& random) {
  for (int round = 0; round < rounds; ++round) {
    refresh(level, match, random);
    sweep(level, false, match, random);
    sweep(level, true, match, random);
    vote(level, match);
  }
}

cv::Size scaled(const cv::Size& size, double factor) {
  return {std::max(1, cvRound(size.width * factor)), std::max(1, cvRound(size.height * factor))};
}

cv::Mat3b shrunk(const cv::Mat3b& image, const cv::Size& size) {
  cv::Mat3b small;
  cv::resize(image, small, size, 0, 0, cv::INTER_AREA);
  return small;
}

/// A pixel that is partly in the hole belongs to the hole.
cv::Mat1b shrunk_hole(const cv::Mat1b& hole, const cv::Size& size) {
  cv::Mat1f small;
  cv::resize(cv::Mat1f(hole), small, size, 0, 0, cv::INTER_AREA);
  return small > 0;
}

/// Patches differ from the surroundings in tone. The difference along the hole's border is continued smoothly into the
/// hole and subtracted (a membrane, as in Poisson image editing).
void match_tone(Level& level, const cv::Mat3b& original) {
  cv::Mat1b border;
  cv::erode(level.hole, border, cv::Mat(), {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  border = level.hole - border;
  cv::Mat3b off(
      level.hole.size()); // half of the difference, plus 128; larger differences are edges or remains of the object
  constexpr float most = 16;
  for (int y = 0; y < off.rows; ++y)
    for (int x = 0; x < off.cols; ++x)
      for (int c = 0; c < 3; ++c) {
        const float half = static_cast<float>(original(y, x)[c] - level.image(y, x)[c]) / 2;
        off(y, x)[c] = static_cast<uchar>(std::lround(128 + std::clamp(half, -most, most)));
      }
  off = extend(off, border);
  cv::GaussianBlur(off, off, {}, 2);
  for (int y = 0; y < off.rows; ++y)
    for (int x = 0; x < off.cols; ++x)
      if (level.hole(y, x) != 0)
        level.image(y, x) =
            cv::Vec3b(cv::Vec3f(level.image(y, x)) + 2 * (cv::Vec3f(off(y, x)) - cv::Vec3f(128, 128, 128)));
}

/// The level's hole at the image's resolution: its colours, and the details that the matched sources have beyond
/// them.
cv::Mat3b with_details(const Level& level, const Match& match, const cv::Mat3b& image, const cv::Mat1b& hole) {
  cv::Mat3b enlarged;
  cv::resize(level.image, enlarged, image.size(), 0, 0, cv::INTER_CUBIC);
  const double across = static_cast<double>(image.cols) / level.hole.cols;
  const double down = static_cast<double>(image.rows) / level.hole.rows;
  const cv::Rect whole({}, image.size());
  cv::Mat3b result = image.clone();
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      if (hole(y, x) == 0)
        continue;
      const cv::Point2d at((x + 0.5) / across - 0.5, (y + 0.5) / down - 0.5);
      const cv::Point first(cvFloor(at.x), cvFloor(at.y));
      cv::Vec3f colour = enlarged(y, x);
      for (int i = 0; i < 4; ++i) { // between the four pixels of the level around this one
        const cv::Point corner(std::clamp(first.x + i % 2, 0, level.hole.cols - 1),
                               std::clamp(first.y + i / 2, 0, level.hole.rows - 1));
        if (match.cost(corner) < 0)
          continue;
        const cv::Vec2i source = match.source(corner);
        const cv::Point from(x + cvRound((source[0] - corner.x) * across), y + cvRound((source[1] - corner.y) * down));
        if (!whole.contains(from))
          continue;
        const double weight = (1 - std::abs(at.x - (first.x + i % 2))) * (1 - std::abs(at.y - (first.y + i / 2)));
        colour += static_cast<float>(weight) * (cv::Vec3f(image(from)) - cv::Vec3f(enlarged(from)));
      }
      result(y, x) = cv::Vec3b(colour);
    }
  return result;
}

} // namespace

std::optional<cv::Mat3b> inpaint(const cv::Mat3b& image, const cv::Mat1b& hole, std::uint64_t seed) {
  const cv::Rect place = cv::boundingRect(hole);
  const int side = std::max(place.width, place.height);
  const int margin = cvRound(reach * side) + 4 * radius;
  const cv::Rect around =
      cv::Rect(place.x - margin, place.y - margin, place.width + 2 * margin, place.height + 2 * margin) &
      cv::Rect({}, image.size());

  const double factor = std::min(1.0, largest_hole_side / side);
  const cv::Size finest = scaled(around.size(), factor);
  const cv::Mat1b finest_hole = shrunk_hole(hole(around), finest);
  if (cv::countNonZero(finest_hole) == finest.area())
    return std::nullopt;
  const cv::Mat3b start = extend(shrunk(image(around), finest), ~finest_hole);
  int levels = 1;
  while (side * factor * std::pow(0.5, levels) > smallest_hole)
    ++levels;

  RandomNumbers random(seed);
  Match match;
  Level level;
  for (int i = levels - 1; i >= 0; --i) {
    const cv::Size size = scaled(finest, std::pow(0.5, i));
    Level next = make_level(shrunk(start, size), shrunk_hole(finest_hole, size));
    if (next.sources.empty())
      continue; // too coarse for whole patches beside the hole
    match = level.sources.empty() ? Match{cv::Mat2i(size, cv::Vec2i(-1, -1)), cv::Mat1i(size, -1)}
                                  : enlarged(match, level.hole.size(), size);
    const bool is_first = level.sources.empty();
    level = std::move(next);
    refresh(level, match, random);
    if (!is_first)
      vote(level, match);
    optimise(level, match, 3 + 2 * i, random);
  }
  if (level.sources.empty())
    return std::nullopt;
  match_tone(level, shrunk(image(around), finest));
  cv::Mat3b result = image.clone();
  with_details(level, match, image(around), hole(around)).copyTo(result(around));
  return result;
}

} // namespace scalescope
