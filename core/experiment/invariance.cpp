#include "core/experiment/invariance.h"

#include "core/base/error.h"
#include "core/experiment/detail/features_of_image.h"
#include "core/features/resized_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

namespace scalescope {
namespace {

using Features = std::span<const std::span<const float>>;

// The network's output for the unchanged image.
struct Reference {
  std::vector<std::vector<float>> features; ///< one per layer
  std::size_t likeliest = 0;                ///< class
};

std::size_t likeliest_of(std::span<const float> probabilities) {
  return static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
}

// Compares outputs with their references, and computes means.
class Comparison {
 public:
  // @param layers these come first. @param classes the position of the classes' probabilities.
  Comparison(std::size_t layers, std::optional<std::size_t> classes) : layers_(layers), classes_(classes) {}

  [[nodiscard]] Reference reference(Features features) const {
    Reference made;
    for (std::size_t l = 0; l < layers_; ++l)
      made.features.emplace_back(features[l].begin(), features[l].end());
    if (classes_)
      made.likeliest = likeliest_of(features[*classes_]);
    return made;
  }

  void add(const Reference& reference, Features features) {
    sums_.resize(layers_);
    squares_.resize(layers_);
    for (std::size_t l = 0; l < layers_; ++l) {
      const double value = cosine_of(reference.features[l], features[l]);
      sums_[l] += value;
      squares_[l] += value * value;
    }
    if (classes_) {
      agreeing_ += likeliest_of(features[*classes_]) == reference.likeliest ? 1 : 0;
      probability_ += features[*classes_][reference.likeliest];
    }
    ++images_;
  }

  [[nodiscard]] InvarianceStep step(double value) const {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const auto n = static_cast<double>(images_);
    InvarianceStep made{value, images_, classes_ ? agreeing_ / n : none, classes_ ? probability_ / n : none, {}, {}};
    for (std::size_t l = 0; l < sums_.size(); ++l) {
      const double mean = sums_[l] / n;
      made.cosine.push_back(mean);
      made.cosine_deviation.push_back(std::sqrt(std::max(0.0, squares_[l] / n - mean * mean)));
    }
    return made;
  }
  [[nodiscard]] bool empty() const { return images_ == 0; }

 private:
  std::size_t layers_;
  std::optional<std::size_t> classes_;
  std::int64_t images_ = 0;
  double agreeing_ = 0;
  double probability_ = 0;
  std::vector<double> sums_;
  std::vector<double> squares_;
};

std::vector<InvarianceStep> steps_of(const std::vector<Comparison>& comparisons, const std::vector<double>& values) {
  std::vector<InvarianceStep> steps;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!comparisons[i].empty())
      steps.push_back(comparisons[i].step(values[i]));
  return steps;
}

} // namespace

Invariance invariance(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                      const RenderSettings& rendering, const std::vector<int>& wanted_sizes,
                      const std::stop_token& stop, const JobCallback& progress) {
  const std::set<int> ordered(wanted_sizes.begin(), wanted_sizes.end());
  const std::vector<int> sizes(ordered.begin(), ordered.end());
  Invariance result;
  result.layers = settings.layers;
  result.reference_size = network.info().input_size;
  const auto head = network.info().head;
  result.has_classes = std::ranges::find(head, "softmax") != head.end();
  std::vector<std::string> asked = settings.layers;
  std::optional<std::size_t> classes;
  if (result.has_classes) {
    classes = std::ranges::find(asked, "softmax") - asked.begin();
    if (*classes == asked.size())
      asked.emplace_back("softmax");
  }
  for (const auto& name : result.layers)
    result.depths.push_back(network.layer(name).depth);
  const Comparison nothing(result.layers.size(), classes);
  const std::size_t passes = sizes.size() + 2;

  const std::vector<double> scales = scales_of(rendering);
  std::vector<Comparison> by_scale(scales.size(), nothing);
  Renderings renderings(samples, rendering, settings.preprocessing, network.info().input_size,
                        network.info().input_form, true, network.info().options.cache);
  std::optional<std::pair<std::size_t, Reference>> latest; // of one sample, because its images come one after another
  const auto take_rendering = [&](std::size_t i, Features features) {
    const std::size_t sample = i / renderings.variants();
    const std::size_t variant = i % renderings.variants();
    if (variant == 0)
      latest.emplace(sample, nothing.reference(features));
    else if (latest && latest->first == sample)
      by_scale[variant - 1].add(latest->second, features);
  };
  (void)pool_generated_images(network, asked, renderings.source(), settings.batch, take_rendering, stop,
                              part_of(progress, 0, passes));
  result.object_scale = steps_of(by_scale, scales);
  result.left_out = renderings.left_out();
  result.remarks = renderings.remarks();

  ResizedImages images(samples, settings.preprocessing, network.info().input_form);
  std::vector<std::optional<Reference>> references(images.count());
  (void)pool_generated_images(
      network, asked, images.source(network.info().input_size), settings.batch,
      [&](std::size_t i, Features features) { references[i] = nothing.reference(features); }, stop,
      part_of(progress, 1, passes));
  std::vector<Comparison> by_size(sizes.size(), nothing);
  for (std::size_t s = 0; s < sizes.size(); ++s)
    (void)pool_generated_images(
        network, asked, images.source(sizes[s]), settings.batch,
        [&](std::size_t i, Features features) {
          if (references[i])
            by_size[s].add(*references[i], features);
        },
        stop, part_of(progress, s + 2, passes));
  result.image_size = steps_of(by_size, {sizes.begin(), sizes.end()});
  for (LeftOut& one : images.left_out())
    if (std::ranges::none_of(result.left_out, [&](const LeftOut& known) { return known.what == one.what; }))
      result.left_out.push_back(std::move(one));
  for (Remark& one : images.remarks())
    if (std::ranges::none_of(result.remarks,
                             [&](const Remark& known) { return known.what == one.what && known.text == one.text; }))
      result.remarks.push_back(std::move(one));
  if (result.object_scale.empty() || result.image_size.empty())
    throw Error(fmt::format("None of the {} images can be shown at other scales and sizes{}", samples.size(),
                            result.left_out.empty() ? "."
                                                    : fmt::format("; the first: {}: {}", result.left_out.front().what,
                                                                  result.left_out.front().reason)));
  return result;
}

} // namespace scalescope
