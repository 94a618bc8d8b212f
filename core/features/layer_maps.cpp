#include "core/features/layer_maps.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace scalescope {
namespace {

std::vector<float> means(const std::vector<float>& values, std::size_t positions) {
  std::vector<float> of_maps;
  for (auto map = values.begin(); map != values.end(); map += static_cast<std::ptrdiff_t>(positions))
    of_maps.push_back(static_cast<float>(std::accumulate(map, map + static_cast<std::ptrdiff_t>(positions), 0.0) /
                                         static_cast<double>(positions)));
  return of_maps;
}

// Side of the square of patches in a sequence of positions; 0 if it is not a square.
int square_side(std::int64_t positions) {
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(positions))));
  return side > 1 && side * side == positions ? static_cast<int>(side) : 0;
}

// A sequence of positions as a square of patches. A vision transformer puts its class token first; it has no place in
// the image and is left out.
void fold_sequence(LayerMaps& maps) {
  const int all = maps.width;
  const int first = square_side(all) > 0 ? 0 : 1;
  const int side = square_side(all - first);
  if (side == 0)
    return;
  if (first == 1) {
    std::vector<float> patches;
    for (int c = 0; c < maps.channels; ++c) {
      const auto map = maps.values.begin() + static_cast<std::ptrdiff_t>(c) * all;
      patches.insert(patches.end(), map + 1, map + all);
    }
    maps.values = std::move(patches);
  }
  maps.width = maps.height = side;
}

// Where cell `i` of `cells` begins in a row of `length` values; as PyTorch's adaptive_avg_pool2d.
int cell_begin(int i, int cells, int length) { return i * length / cells; }
int cell_end(int i, int cells, int length) { return ((i + 1) * length + cells - 1) / cells; }

} // namespace

LayerMaps to_maps(const Layer& layer, std::vector<std::int64_t> shape, std::span<const float> values) {
  const std::size_t axis = layer.channel_axis;
  const std::int64_t channels = shape[axis];
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  LayerMaps maps;
  maps.layer = layer.name;
  maps.channels = static_cast<int>(channels);
  maps.height = maps.width = 1;
  if (!shape.empty())
    maps.width = static_cast<int>(shape.back());
  for (std::size_t i = 0; i + 1 < shape.size(); ++i)
    maps.height *= static_cast<int>(shape[i]);
  maps.values.assign(values.begin(), values.end());
  const auto positions = static_cast<std::size_t>(maps.height) * static_cast<std::size_t>(maps.width);
  if (axis != 0) {
    const auto count = static_cast<std::size_t>(channels);
    for (std::size_t c = 0; c < count; ++c)
      for (std::size_t p = 0; p < positions; ++p)
        maps.values[c * positions + p] = values[p * count + c];
  }
  maps.pooled = means(maps.values, positions);
  if (shape.size() == 1)
    fold_sequence(maps);
  return maps;
}

LayerMaps averaged(const LayerMaps& maps, int most_side) {
  LayerMaps grid = maps;
  grid.height = std::min(maps.height, most_side);
  grid.width = std::min(maps.width, most_side);
  if (grid.height == maps.height && grid.width == maps.width)
    return grid;
  grid.values.clear();
  for (int c = 0; c < maps.channels; ++c) {
    const float* map = maps.values.data() + static_cast<std::ptrdiff_t>(c) * maps.height * maps.width;
    for (int y = 0; y < grid.height; ++y)
      for (int x = 0; x < grid.width; ++x) {
        double sum = 0;
        const int y_end = cell_end(y, grid.height, maps.height);
        const int x_end = cell_end(x, grid.width, maps.width);
        const int y_begin = cell_begin(y, grid.height, maps.height);
        const int x_begin = cell_begin(x, grid.width, maps.width);
        for (int v = y_begin; v < y_end; ++v)
          for (int u = x_begin; u < x_end; ++u)
            sum += map[v * maps.width + u];
        grid.values.push_back(static_cast<float>(sum / ((y_end - y_begin) * (x_end - x_begin))));
      }
  }
  return grid;
}

} // namespace scalescope
