#include "core/experiment/direction.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/experiment/permutations.h"
#include "core/experiment/sensitivity.h"
#include "core/features/resized_images.h"
#include "core/network/class_derivatives.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

namespace scalescope {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

// One layer's features, and fits on parts of its rows.
class LayerRowsFit {
 public:
  LayerRowsFit(const Extraction& extraction, std::size_t layer, std::uint32_t seed)
      : rows_(extraction.rows), layer_(extraction.probe.layers()[layer]), features_(extraction.probe.features(layer)),
        seed_(seed) {}

  // The vector of some rows, of length 1 (0 if the regression is constant). @param permuted seed of a permutation of
  // the targets, if any.
  [[nodiscard]] Vector vector_of(const std::vector<std::size_t>& some, std::optional<std::uint32_t> permuted) const {
    const auto channels = static_cast<std::size_t>(layer_.channels);
    std::vector<float> features;
    std::vector<std::int64_t> indices;
    std::vector<std::string> ids;
    std::vector<std::string> groups;
    Vector targets;
    for (const std::size_t row : some) {
      const float* first = features_.data() + row * channels;
      features.insert(features.end(), first, first + channels);
      indices.push_back(static_cast<std::int64_t>(indices.size()));
      ids.push_back(rows_[row].id);
      groups.push_back(rows_[row].group);
      targets.push_back(rows_[row].target);
    }
    if (permuted)
      targets = permute_among_groups(targets, groups, *permuted);
    const Folds drawn = draw_folds(Protocol::Ridge, ids, groups, 1, seed_);
    std::vector<int> folds(some.size());
    for (std::size_t k = 0; k < drawn.repetitions[0].splits.size(); ++k)
      for (const int row : drawn.repetitions[0].splits[k].test)
        folds[static_cast<std::size_t>(row)] = static_cast<int>(k);
    Probe probe({layer_});
    const std::span<const float> whole = features;
    probe.add(indices, {&whole, 1});
    Vector v = probe.regression(0, targets, folds, false).weights;
    const double length = std::sqrt(dot(v, v));
    for (double& one : v)
      one = length > 0 ? one / length : 0;
    return v;
  }

 private:
  const std::vector<Row>& rows_;
  ProbeLayer layer_;
  std::vector<float> features_;
  std::uint32_t seed_;
};

using Halves = std::pair<std::vector<std::size_t>, std::vector<std::size_t>>;

// Splits the rows into two halves without a common group.
Halves halve(const std::vector<Row>& rows, std::uint32_t seed) {
  const std::set<std::string> all = [&] {
    std::set<std::string> names;
    for (const Row& row : rows)
      names.insert(row.group);
    return names;
  }();
  std::vector<std::string> groups(all.begin(), all.end());
  std::mt19937 generator(seed);
  for (std::size_t i = groups.size() - 1; i > 0; --i) // std::shuffle differs between libraries
    std::swap(groups[i], groups[generator() % (i + 1)]);
  const std::set<std::string> first(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(groups.size() / 2));
  Halves halves;
  for (std::size_t row = 0; row < rows.size(); ++row)
    (first.count(rows[row].group) != 0 ? halves.first : halves.second).push_back(row);
  return halves;
}

// Splits the rows into smaller and larger targets.
Halves by_target(const std::vector<Row>& rows) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return rows[row].target; });
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
  return {{order.begin(), middle}, {middle, order.end()}};
}

// Adds sensitivities to the layers. @param chance for each layer, the vectors of permuted targets.
void differentiate(const Network& network, const std::vector<Sample>& samples, const DirectionSettings& settings,
                   const std::vector<std::string>& names, const std::vector<std::vector<Vector>>& chance,
                   Directions& result, const std::stop_token& stop, const JobCallback& progress) {
  const ClassDifferentiator differentiator(network, names, settings.device);
  const int side = network.info().input_size;
  ResizedImages resized(samples, settings.extraction.preprocessing, network.info().input_form);
  const GeneratedImages images = resized.source(side);
  const std::size_t pixels = 3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  std::set<std::string> without_row; // these are ignored here, too
  for (const LeftOut& one : result.left_out)
    without_row.insert(one.what);
  std::vector<float> batch;
  std::size_t in_batch = 0;
  const auto flush = [&] {
    if (in_batch == 0)
      return;
    const ClassDerivatives said = differentiator.run({batch.data(), in_batch * pixels},
                                                     static_cast<std::int64_t>(in_batch), side, settings.wanted_class);
    for (std::size_t i = 0; i < in_batch; ++i) {
      auto& image = result.images[result.images.size() - in_batch + i];
      image.of_class = said.classes[i];
      image.output = said.outputs[i];
    }
    for (std::size_t l = 0; l < names.size(); ++l) {
      LayerDirection& layer = result.layers[l];
      if (said.layers[l].empty())
        continue;
      layer.means_by_chance.resize(chance[l].size());
      layer.positive_by_chance.resize(chance[l].size());
      for (std::size_t i = 0; i < in_batch; ++i) {
        const float* first = said.layers[l].data() + i * layer.direction.size();
        const Vector gradient(first, first + layer.direction.size());
        layer.sensitivity.push_back(dot(layer.direction, gradient));
        for (std::size_t k = 0; k < chance[l].size(); ++k) { // sums until all images are added
          const double by_chance = dot(chance[l][k], gradient);
          layer.means_by_chance[k] += by_chance;
          layer.positive_by_chance[k] += by_chance > 0 ? 1 : 0;
        }
      }
    }
    in_batch = 0;
  };
  batch.resize(static_cast<std::size_t>(settings.extraction.batch) * pixels);
  for (std::size_t i = 0; i < images.count; ++i) {
    if (stop.stop_requested())
      throw Cancelled();
    if (without_row.count(resized.sample(i).id) == 0 && images.load(i, {batch.data() + in_batch * pixels, pixels})) {
      result.images.push_back({resized.sample(i).id, 0, 0});
      ++in_batch;
    }
    if (in_batch == static_cast<std::size_t>(settings.extraction.batch) || i + 1 == images.count) {
      flush();
      if (progress)
        progress({"derivatives", static_cast<std::int64_t>(i + 1), static_cast<std::int64_t>(images.count)});
    }
  }
  for (LayerDirection& layer : result.layers)
    for (auto* sums : {&layer.means_by_chance, &layer.positive_by_chance})
      for (double& sum : *sums)
        sum /= static_cast<double>(layer.sensitivity.size());
}

} // namespace

double LayerDirection::mean_sensitivity() const { return sensitivity.empty() ? undefined : mean_of(sensitivity); }
double LayerDirection::sensitivity_deviation() const {
  return sensitivity.empty() ? undefined : standard_deviation_of(sensitivity);
}
double LayerDirection::positive() const {
  const auto above = std::ranges::count_if(sensitivity, [](double s) { return s > 0; });
  return sensitivity.empty() ? undefined : static_cast<double>(above) / static_cast<double>(sensitivity.size());
}
double LayerDirection::positive_by_chance_mean() const {
  return positive_by_chance.empty() ? undefined : mean_of(positive_by_chance);
}
double LayerDirection::relevance() const {
  const double standard_deviation = sensitivity_deviation();
  return standard_deviation > 0 ? std::max(score.mean(), 0.0) * mean_sensitivity() / standard_deviation : undefined;
}
double LayerDirection::p() const {
  if (sensitivity.empty() || means_by_chance.empty())
    return undefined;
  const auto as_far =
      std::ranges::count_if(means_by_chance, [&](double m) { return std::abs(m) >= std::abs(mean_sensitivity()); });
  return permutation_p(static_cast<std::size_t>(as_far), means_by_chance.size());
}

Directions directions(const Network& network, const std::vector<Sample>& samples, const DirectionSettings& settings,
                      const std::stop_token& stop, const JobCallback& progress) {
  ExtractionSettings how = settings.extraction;
  const auto head = network.info().head;
  if (head.empty())
    throw Error(fmt::format("{} has no class outputs to differentiate; use the whole network.", network.info().name));
  std::erase_if(how.layers, [&](const std::string& name) { return std::ranges::count(head, name) > 0; });
  if (how.layers.empty())
    throw Error("No layer is left, because the network's own outputs are skipped; name other layers with --layers.");
  if (const auto classes = network.layer(head.front()).channels();
      settings.wanted_class && *settings.wanted_class >= classes)
    throw Error(fmt::format("{} has {} classes, numbered from 0 to {}, so there is no class {}.", network.info().name,
                            classes, classes - 1, *settings.wanted_class));
  const Extraction extraction = extract_samples(network, samples, how, stop, progress);
  const std::vector<Row>& rows = extraction.rows;
  std::vector<std::string> ids;
  std::vector<std::string> groups;
  Vector targets;
  for (const Row& row : rows) {
    ids.push_back(row.id);
    groups.push_back(row.group);
    targets.push_back(row.target);
  }
  const auto least = std::size_t{14}; // each half needs five folds
  if (const std::set<std::string> known(groups.begin(), groups.end()); known.size() < least)
    throw Error(fmt::format("There are {} images, but at least {} are needed to compare halves of them; add images.",
                            known.size(), least));
  const auto [small, large] = by_target(rows);
  for (const auto* half : {&small, &large})
    if (std::set<double> values;
        std::ranges::for_each(*half, [&](std::size_t row) { values.insert(targets[row]); }), values.size() < 2)
      throw Error(fmt::format("All rows of one half have the same target, {}, so no direction can be fitted to it; add "
                              "images of other scales.",
                              targets[half->front()]));
  const auto note_on_permutations = permutation_note(rows);
  const Folds folds = draw_folds(Protocol::Ridge, ids, groups, settings.repetitions, settings.seed);
  const std::vector<std::vector<Vector>> sets{{targets}};
  const auto scores = extraction.probe.score(sets, folds, network.info().threads, stop);
  Directions result;
  result.rows = rows.size();
  result.left_out = extraction.left_out;
  result.remarks = extraction.remarks;
  const Sensitivity sensitivity = sensitivity_of(extraction.probe, targets, folds, {}, network.info().threads, stop);
  if (auto note = sensitivity_note(sensitivity, extraction.probe.layers(), ids))
    result.notes.push_back(std::move(*note));
  if (note_on_permutations)
    result.notes.push_back(*note_on_permutations);
  std::vector<std::size_t> all(rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<std::vector<Vector>> chance(how.layers.size());
  for (std::size_t l = 0; l < how.layers.size(); ++l) {
    const LayerRowsFit fit(extraction, l, settings.seed);
    const auto check_stop = [&] {
      if (stop.stop_requested())
        throw Cancelled();
    };
    LayerDirection layer;
    layer.layer = how.layers[l];
    layer.depth = network.layer(layer.layer).depth;
    layer.score = scores[0][l];
    layer.direction = fit.vector_of(all, {});
    layer.small_to_large = dot(fit.vector_of(small, {}), fit.vector_of(large, {}));
    for (int r = 0; r < settings.repetitions; ++r) {
      check_stop();
      const std::uint32_t seed = settings.seed + static_cast<std::uint32_t>(r);
      const auto [one, other] = halve(rows, seed);
      layer.halves.push_back(dot(fit.vector_of(one, {}), fit.vector_of(other, {})));
      layer.halves_by_chance.push_back(dot(fit.vector_of(one, seed), fit.vector_of(other, seed)));
    }
    for (int k = 0; k < settings.permutations; ++k) {
      check_stop();
      chance[l].push_back(fit.vector_of(all, settings.seed + static_cast<std::uint32_t>(k)));
    }
    result.layers.push_back(std::move(layer));
    if (progress)
      progress({"fitting", static_cast<std::int64_t>(l + 1), static_cast<std::int64_t>(how.layers.size())});
  }
  differentiate(network, samples, settings, how.layers, chance, result, stop, progress);
  return result;
}

} // namespace scalescope
