#include "core/features/layer_inspector.h"

#include "core/features/network_image.h"

#include <algorithm>
#include <chrono>

namespace scalescope {
namespace {

constexpr std::size_t plans_kept = 4;

} // namespace

bool StageState::object_unchanged() const {
  if (!apart)
    return true;
  const Placement original = home(*apart);
  return camera == 1 && placement.scale == original.scale && placement.centre_x == original.centre_x &&
         placement.centre_y == original.centre_y;
}

Frame make_frame(const StageState& state, const Resizing& resizing) {
  Frame frame = !state.apart        ? Frame{.image = *state.image, .box = {}, .fraction = 0, .mask_fraction = 0}
                : state.camera != 1 ? zoom_camera(*state.apart, state.camera)
                                    : composite(*state.apart, state.placement);
  const int width = frame.image.width;
  const int height = frame.image.height;
  frame.seen = seen_part(resizing, width, height, state.image_size);
  if (state.apart && !shows_all(resizing))
    frame.fraction = seen_scale(frame.box, frame.seen, width, height);
  return frame;
}

// An unchanged image is resized directly, not from its working copy, so that the network gets the same pixels as in
// `analyze`.
std::vector<float> LayerInspector::pixels(const StageState& state, const Frame& frame,
                                          const Preprocessing& preprocessing) const {
  const int side = state.image_size;
  std::vector<float> values(std::size_t{3} * side * side);
  preprocess_for(network_.info().input_form,
                 to_square(state.object_unchanged() ? *state.image : frame.image, side, preprocessing), preprocessing,
                 values);
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
  const Activation& activation = activations[0];
  look.maps = to_maps(network_.layer(layer), network_.info().source.tokens,
                      {activation.shape.begin() + 1, activation.shape.end()}, activation.values);
  if (with_classes)
    look.probabilities = activations[1].values;
  return look;
}

} // namespace scalescope
