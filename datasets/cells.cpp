#include "datasets/cells.h"

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "datasets/detail/random.h"

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <cmath>
#include <numbers>
#include <vector>

namespace scalescope {
namespace {

struct Cell {
  double x, y;
  double radius;     ///< geometric mean of both half axes
  double elongation; ///< ratio of the half axes
  double turn;       ///< radians
  double darkness;
};

std::vector<Cell> place_cells(const CellOptions& options, Random& random) {
  std::vector<Cell> cells;
  for (int tries = 0; tries < 40 * options.cells && std::ssize(cells) < options.cells; ++tries) {
    Cell cell{random.uniform(0, options.side),
              random.uniform(0, options.side),
              random.uniform(options.min_radius, options.max_radius),
              random.uniform(1, 1.5),
              random.uniform(0, std::numbers::pi),
              random.uniform(0.7, 1)};
    bool free = true;
    for (const Cell& other : cells) // the longest half axis is at most sqrt(1.5) = 1.23 radii
      free = free && std::hypot(cell.x - other.x, cell.y - other.y) > 1.25 * (cell.radius + other.radius) + 1;
    if (free)
      cells.push_back(cell);
  }
  return cells;
}

// Smooth noise, about in [-1, 1]: an enlarged coarse grid.
cv::Mat3f clouds(int side, int grid, Random& random) {
  cv::Mat3f coarse(grid, grid);
  for (auto& value : coarse)
    for (int c = 0; c < 3; ++c)
      value[c] = static_cast<float>(random.uniform(-1, 1));
  cv::Mat3f fine;
  cv::resize(coarse, fine, {side, side}, 0, 0, cv::INTER_CUBIC);
  return fine;
}

// The relative distance of a pixel from the cell's centre: 0 at the centre, 1 on its outline.
double distance(const Cell& cell, double x, double y) {
  const double dx = x - cell.x;
  const double dy = y - cell.y;
  const double along = std::cos(cell.turn) * dx + std::sin(cell.turn) * dy;
  const double across = std::cos(cell.turn) * dy - std::sin(cell.turn) * dx;
  const double root = std::sqrt(cell.elongation);
  return std::hypot(along / (cell.radius * root), across * root / cell.radius);
}

struct Drawn {
  cv::Mat3b image;
  cv::Mat_<std::uint16_t> labels;
};

Drawn draw(const CellOptions& options, std::uint64_t index) {
  Random random(options.seed, index);
  const auto cells = place_cells(options, random);
  const cv::Vec3f tissue(static_cast<float>(random.uniform(200, 225)), static_cast<float>(random.uniform(160, 190)),
                         static_cast<float>(random.uniform(215, 240))); // BGR: eosin
  const cv::Vec3f stain(static_cast<float>(random.uniform(120, 150)), static_cast<float>(random.uniform(55, 85)),
                        static_cast<float>(random.uniform(85, 115))); // haematoxylin
  cv::Mat3f canvas = 14 * clouds(options.side, 9, random) + 7 * clouds(options.side, options.side / 2, random);
  canvas += cv::Scalar(tissue[0], tissue[1], tissue[2]);
  const cv::Mat3f grain = clouds(options.side, options.side / 3, random);
  cv::Mat_<std::uint16_t> labels(options.side, options.side, std::uint16_t{0});
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    const int reach = static_cast<int>(std::ceil(1.3 * cell.radius)) + 1;
    const int left = static_cast<int>(cell.x);
    const int top = static_cast<int>(cell.y);
    for (int y = std::max(0, top - reach); y < std::min(options.side, top + reach); ++y)
      for (int x = std::max(0, left - reach); x < std::min(options.side, left + reach); ++x) {
        const double d = distance(cell, x + 0.5, y + 0.5);
        const auto ink = static_cast<float>(cell.darkness * std::clamp((1.1 - d) / 0.2, 0.0, 1.0)); // a soft edge
        if (ink > 0)
          canvas(y, x) = (1 - ink) * canvas(y, x) + ink * (stain + 16 * grain(y, x));
        if (d <= 1)
          labels(y, x) = static_cast<std::uint16_t>(i + 1);
      }
  }
  Drawn drawn{{}, labels};
  canvas.convertTo(drawn.image, CV_8UC3);
  return drawn;
}

std::string png(const cv::Mat& image) {
  std::vector<std::uint8_t> bytes;
  cv::imencode(".png", image, bytes);
  return {bytes.begin(), bytes.end()};
}

} // namespace

void write_cells(const std::filesystem::path& folder, int images, const CellOptions& options,
                 const std::stop_token& stop) {
  FileSet files(folder);
  for (int i = 0; i < images; ++i) {
    if (stop.stop_requested())
      throw Cancelled();
    const Drawn drawn = draw(options, static_cast<std::uint64_t>(i));
    files.write(fmt::format("images/cells-{:03}.png", i), png(drawn.image));
    files.write(fmt::format("labels/cells-{:03}.png", i), png(drawn.labels));
  }
  files.commit();
}

} // namespace scalescope
