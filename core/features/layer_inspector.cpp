#include "core/features/layer_inspector.h"

#include "core/image/resize.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

namespace scalescope {
namespace {

constexpr std::size_t plans_kept = 4;

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

// Converts any order of the layer to channels first: C x H x W, H x W x C, positions x C or C.
LayerMaps to_maps(const Layer& layer, const Activation& activation) {
  std::vector<std::int64_t> shape(activation.shape.begin() + 1, activation.shape.end()); // of the only image
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
  maps.values = activation.values;
  const auto positions = static_cast<std::size_t>(maps.height) * static_cast<std::size_t>(maps.width);
  if (axis != 0) {
    const auto count = static_cast<std::size_t>(channels);
    for (std::size_t c = 0; c < count; ++c)
      for (std::size_t p = 0; p < positions; ++p)
        maps.values[c * positions + p] = activation.values[p * count + c];
  }
  maps.pooled = means(maps.values, positions);
  if (shape.size() == 1)
    fold_sequence(maps);
  return maps;
}

} // namespace

bool StageState::object_unchanged() const {
  if (!apart)
    return true;
  const Placement original = home(*apart);
  return camera == 1 && placement.scale == original.scale && placement.centre_x == original.centre_x &&
         placement.centre_y == original.centre_y;
}

Frame make_frame(const StageState& state) {
  if (!state.apart)
    return {.image = *state.image, .box = {}, .fraction = 0, .mask_fraction = 0};
  return state.camera != 1 ? zoom_camera(*state.apart, state.camera) : composite(*state.apart, state.placement);
}

// An unchanged image is resized directly, not from its working copy, so that the network gets the same pixels as in
// `analyze`.
std::vector<float> LayerInspector::pixels(const StageState& state, const Frame& frame,
                                          const Preprocessing& preprocessing) const {
  const int side = state.image_size;
  std::vector<float> values(std::size_t{3} * side * side);
  preprocess(resize(state.object_unchanged() ? *state.image : frame.image, side, side), preprocessing, values);
  return values;
}

const Plan& LayerInspector::plan(const std::string& layer, bool classes) {
  const auto found =
      std::ranges::find_if(known_, [&](const Known& one) { return one.layer == layer && one.classes == classes; });
  if (found != known_.end()) {
    std::rotate(known_.begin(), found, found + 1);
    return known_.front().plan;
  }
  std::vector<std::string> layers{layer};
  if (classes)
    layers.emplace_back("softmax");
  Plan made = network_.plan(layers, Reduction::Maps);
  known_.insert(known_.begin(), {layer, classes, std::move(made)});
  known_.resize(std::min(known_.size(), plans_kept));
  return known_.front().plan;
}

LayerInspector::Look LayerInspector::look(const std::string& layer, bool classes, const std::vector<float>& pixels,
                                          int side) {
  const bool with_classes = classes && !network_.info().head.empty();
  const Plan& used = plan(layer, with_classes);
  const auto start = std::chrono::steady_clock::now();
  const auto activations = network_.run(used, pixels, 1, side, side);
  Look look;
  look.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  look.maps = to_maps(network_.layer(layer), activations[0]);
  if (with_classes)
    look.probabilities = activations[1].values;
  return look;
}

} // namespace scalescope
