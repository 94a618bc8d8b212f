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

// Leaves the tokens in front of the patches out, and gives the patches their places.
void fold_patches(LayerMaps& maps, const TokenForm& form) {
  const auto all = static_cast<std::ptrdiff_t>(maps.width);
  std::vector<float> patches;
  for (auto map = maps.values.begin(); map != maps.values.end(); map += all)
    patches.insert(patches.end(), map + form.first, map + all);
  maps.values = std::move(patches);
  maps.height = form.rows;
  maps.width = form.columns;
}

// The features that Network::plan pools. @param maps channels x tokens.
std::vector<float> token_features(const LayerMaps& maps, const TokenForm& form, Tokens tokens) {
  const auto all = static_cast<std::size_t>(maps.width);
  const auto first = static_cast<std::size_t>(form.first);
  std::vector<float> features;
  const bool with_class = form.class_token && (tokens == Tokens::Class || tokens == Tokens::Both);
  if (with_class)
    for (std::size_t at = 0; at < maps.values.size(); at += all)
      features.push_back(maps.values[at]);
  if (with_class && tokens == Tokens::Class)
    return features;
  std::vector<float> patches;
  for (std::size_t at = 0; at < maps.values.size(); at += all)
    patches.insert(patches.end(), maps.values.begin() + static_cast<std::ptrdiff_t>(at + first),
                   maps.values.begin() + static_cast<std::ptrdiff_t>(at + all));
  const std::vector<float> of_patches = means(patches, all - first);
  features.insert(features.end(), of_patches.begin(), of_patches.end());
  return features;
}

// A map for each head, of what is attended to.
LayerMaps attention_maps(const Layer& layer, const std::vector<std::int64_t>& shape, std::span<const float> values) {
  LayerMaps maps;
  maps.layer = layer.name;
  maps.attention = std::make_shared<const ImageAttention>(layer, shape, values);
  maps.channels = maps.attention->heads();
  maps.height = maps.attention->rows();
  maps.width = maps.attention->columns();
  maps.values = maps.attention->of_image();
  maps.pooled = means(maps.values, static_cast<std::size_t>(maps.height) * static_cast<std::size_t>(maps.width));
  return maps;
}

// Where cell `i` of `cells` begins in a row of `length` values; as PyTorch's adaptive_avg_pool2d.
int cell_begin(int i, int cells, int length) { return i * length / cells; }
int cell_end(int i, int cells, int length) { return ((i + 1) * length + cells - 1) / cells; }

} // namespace

TokenForm form_of(const Layer& layer, std::int64_t tokens) {
  TokenForm form = layer.tokens;
  if (!form.known() || form.first + std::int64_t{form.rows} * form.columns == tokens)
    return form;
  const auto side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(tokens - form.first))));
  form.rows = form.columns = form.first + std::int64_t{side} * side == tokens ? side : 0;
  return form;
}

LayerMaps to_maps(const Layer& layer, Tokens tokens, std::vector<std::int64_t> shape, std::span<const float> values) {
  if (layer.attention)
    return attention_maps(layer, shape, values);
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
  const TokenForm form = shape.size() == 1 ? form_of(layer, shape[0]) : TokenForm{};
  maps.pooled =
      form.known() && tokens != Tokens::All ? token_features(maps, form, tokens) : means(maps.values, positions);
  if (form.known())
    fold_patches(maps, form);
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
