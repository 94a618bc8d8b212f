#include "core/experiment/two_objects.h"

#include "core/base/error.h"
#include "core/experiment/uncertainty.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace scalescope {
namespace {

constexpr std::size_t least_sets = 10; ///< of pairs, for an interval

using LayerFeatures = std::span<const std::span<const float>>;
using Channels = std::vector<float>; ///< of all layers, one after another

std::size_t likeliest_class(std::span<const float> probabilities) {
  return static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
}

// The likeliest classes of images in which the two objects alone have different ones.
struct ClassCounts {
  double images = 0;
  double either = 0;
  double larger = 0;

  void add(const ClassCounts& other, double weight = 1) {
    images += weight * other.images;
    either += weight * other.either;
    larger += weight * other.larger;
  }
};

// What a pair says at one ratio: by layer, and of the classes.
struct PairSums {
  std::vector<MixtureSums> layers;
  ClassCounts classes;

  void add(const PairSums& other, double weight = 1) {
    layers.resize(other.layers.size());
    for (std::size_t l = 0; l < layers.size(); ++l)
      layers[l].add(other.layers[l], weight);
    classes.add(other.classes, weight);
  }
};
using SumsOfPairs = std::vector<PairSums>;

// Takes the features of all images in their order, and adds up what the pairs say.
class PairComparison {
 public:
  // @param layers these come first. @param classes the position of the classes' probabilities.
  PairComparison(const PairImages& images, std::size_t layers, std::optional<std::size_t> classes)
      : images_(images), layers_(layers), classes_(classes), alone_(images.cut_outs().objects.size()),
        pairs_(images.ratios().size(), std::vector<Pair>(images.pairs().size())) {}

  void take(std::size_t i, LayerFeatures features) {
    if (i < images_.singles()) {
      add(features, 0.5, alone_[i / 2]);
      if (classes_)
        classes_alone_.push_back(likeliest_class(features[*classes_]));
      return;
    }
    const PairImage image = images_.pair_image(i);
    Pair& pair = pairs_[image.ratio][image.pair];
    if (equal(image.ratio)) {
      add(features, 0.5, pair.first_larger);
      add(features, 0.5, pair.second_larger);
    } else {
      const bool first_is_larger = image.larger.object == images_.pairs()[image.pair].first;
      add(features, 0.5, first_is_larger ? pair.first_larger : pair.second_larger);
    }
    if (classes_)
      count_class(image, likeliest_class(features[*classes_]), pair.classes);
  }

  // By ratio.
  [[nodiscard]] std::vector<SumsOfPairs> sums() const {
    const std::vector<double> alone = mean_alone();
    std::vector<SumsOfPairs> all;
    for (const std::vector<Pair>& pairs : pairs_) {
      const std::vector<double> both = mean_both(pairs);
      SumsOfPairs& sums = all.emplace_back();
      for (std::size_t p = 0; p < pairs.size(); ++p)
        sums.push_back({mixtures(images_.pairs()[p], pairs[p], alone, both), pairs[p].classes});
    }
    return all;
  }

 private:
  struct Pair {
    Channels first_larger;
    Channels second_larger;
    ClassCounts classes;
  };

  [[nodiscard]] bool equal(std::size_t ratio) const { return images_.ratios()[ratio] == 1; }

  void add(LayerFeatures features, float weight, Channels& to) {
    ends_.clear();
    std::size_t end = 0;
    for (std::size_t l = 0; l < layers_; ++l)
      ends_.push_back(end += features[l].size());
    to.resize(end);
    float* next = to.data();
    for (std::size_t l = 0; l < layers_; ++l)
      for (const float value : features[l])
        *next++ += weight * value;
  }

  void count_class(const PairImage& image, std::size_t likeliest, ClassCounts& counts) const {
    const std::size_t larger = classes_alone_[PairImages::single(image.larger)];
    const std::size_t smaller = classes_alone_[PairImages::single(image.smaller)];
    if (larger == smaller)
      return;
    const bool is_either = likeliest == larger || likeliest == smaller;
    counts.images += 1;
    counts.either += is_either ? 1 : 0;
    counts.larger += equal(image.ratio) ? (is_either ? 0.5 : 0) : (likeliest == larger ? 1 : 0);
  }

  [[nodiscard]] std::vector<double> mean_alone() const {
    std::vector<double> mean(alone_.front().size());
    for (const ObjectPair& pair : images_.pairs())
      for (const std::size_t object : {pair.first, pair.second})
        for (std::size_t c = 0; c < mean.size(); ++c)
          mean[c] += alone_[object][c] / (2.0 * static_cast<double>(images_.pairs().size()));
    return mean;
  }

  [[nodiscard]] static std::vector<double> mean_both(const std::vector<Pair>& pairs) {
    std::vector<double> mean(pairs.front().first_larger.size());
    for (const Pair& pair : pairs)
      for (std::size_t c = 0; c < mean.size(); ++c)
        mean[c] += (static_cast<double>(pair.first_larger[c]) + pair.second_larger[c]) /
                   (2.0 * static_cast<double>(pairs.size()));
    return mean;
  }

  [[nodiscard]] std::vector<MixtureSums> mixtures(const ObjectPair& objects, const Pair& pair,
                                                  std::span<const double> alone, std::span<const double> both) const {
    std::vector<MixtureSums> sums;
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      const auto part = [&](const auto& all) { return std::span(all).subspan(begin, end - begin); };
      sums.push_back(mixture_sums({part(alone_[objects.first]), part(alone_[objects.second]), part(pair.first_larger),
                                   part(pair.second_larger)},
                                  part(alone), part(both)));
      begin = end;
    }
    return sums;
  }

  const PairImages& images_;
  std::size_t layers_;
  std::optional<std::size_t> classes_;
  std::vector<std::size_t> ends_;          ///< of the layers, in Channels
  std::vector<Channels> alone_;            ///< by object
  std::vector<std::size_t> classes_alone_; ///< by image of one object
  std::vector<std::vector<Pair>> pairs_;   ///< by ratio and pair
};

// ln(a / b) over ln(ratio) of a layer, by least squares over the ratios above 1: see TwoObjects.
double exponent_of(const SumsOfPairs& by_ratio, const std::vector<double>& ratios, std::size_t layer) {
  double products = 0;
  double squares = 0;
  for (std::size_t r = 0; r < ratios.size(); ++r) {
    const MixtureSums& sums = by_ratio[r].layers[layer];
    const double larger = sums.weight_of_larger();
    const double smaller = std::max(sums.weight_of_smaller(), 0.0);
    if (ratios[r] > 1) {
      products += std::log(ratios[r]) * std::log(larger / smaller);
      squares += std::log(ratios[r]) * std::log(ratios[r]);
    }
  }
  return products / squares;
}

// The numbers with intervals: the exponent of each layer, and for each ratio two numbers of each layer and two of the
// classes.
std::vector<double> numbers_of(const SumsOfPairs& by_ratio, const std::vector<double>& ratios) {
  std::vector<double> numbers;
  for (std::size_t l = 0; l < by_ratio.front().layers.size(); ++l)
    numbers.push_back(exponent_of(by_ratio, ratios, l));
  for (const PairSums& sums : by_ratio) {
    for (const MixtureSums& layer : sums.layers) {
      numbers.push_back(layer.share_of_larger());
      numbers.push_back(layer.explained());
    }
    numbers.push_back(sums.classes.either / sums.classes.images);
    numbers.push_back(sums.classes.larger / sums.classes.either);
  }
  return numbers;
}

// The sums over all pairs, by ratio.
SumsOfPairs totals_of(const std::vector<SumsOfPairs>& sums, std::span<const double> weights) {
  SumsOfPairs totals(sums.size());
  for (std::size_t r = 0; r < sums.size(); ++r)
    for (std::size_t p = 0; p < weights.size(); ++p)
      if (weights[p] > 0)
        totals[r].add(sums[r][p], weights[p]);
  return totals;
}

Interval interval_of(std::vector<double> resampled) {
  std::erase_if(resampled, [](double value) { return std::isnan(value); });
  return resampled.empty() ? Interval{} : middle_95(std::move(resampled));
}

// The intervals of as many numbers.
std::vector<Interval> intervals_of(const std::vector<SumsOfPairs>& sums, const PairImages& images, std::size_t numbers,
                                   std::uint32_t seed, const std::stop_token& stop, const JobCallback& progress) {
  std::vector<Interval> intervals(numbers);
  if (images.pairs().back().set + 1 < least_sets)
    return intervals;
  std::vector<std::vector<double>> resampled(numbers);
  resample_pairs(images.pairs(), bootstrap_resamples, seed, [&](std::span<const double> weights) {
    if (stop.stop_requested())
      throw Cancelled();
    const std::vector<double> values = numbers_of(totals_of(sums, weights), images.ratios());
    for (std::size_t n = 0; n < numbers; ++n)
      resampled[n].push_back(values[n]);
    if (progress)
      progress({"fitting", static_cast<std::int64_t>(1000 * resampled[0].size() / bootstrap_resamples), 1000});
  });
  for (std::size_t n = 0; n < numbers; ++n)
    intervals[n] = interval_of(std::move(resampled[n]));
  return intervals;
}

} // namespace

TwoObjects two_objects(const Network& network, const PairImages& images, const ExtractionSettings& settings,
                       std::uint32_t seed, const std::stop_token& stop, const JobCallback& progress) {
  TwoObjects result{settings.layers, {}, {}, {}};
  for (const auto& name : result.layers)
    result.depths.push_back(network.layer(name).depth);
  std::vector<std::string> asked = settings.layers;
  std::optional<std::size_t> classes;
  if (std::ranges::count(network.info().head, "softmax") > 0) {
    classes = std::ranges::find(asked, "softmax") - asked.begin();
    if (*classes == asked.size())
      asked.emplace_back("softmax");
  }
  PairComparison comparison(images, result.layers.size(), classes);
  (void)pool_generated_images(
      network, asked, images.source(), settings.batch,
      [&](std::size_t i, LayerFeatures features) { comparison.take(i, features); }, stop, progress);

  const std::vector<SumsOfPairs> sums = comparison.sums();
  const SumsOfPairs totals = totals_of(sums, std::vector<double>(images.pairs().size(), 1));
  const std::vector<double> numbers = numbers_of(totals, images.ratios());
  const std::vector<Interval> intervals = intervals_of(sums, images, numbers.size(), seed, stop, progress);
  std::size_t next = 0;
  const auto estimate = [&] {
    const Estimate made{numbers[next], intervals[next]};
    ++next;
    return made;
  };
  for (std::size_t l = 0; l < result.layers.size(); ++l)
    result.exponents.push_back(estimate());
  for (std::size_t r = 0; r < totals.size(); ++r) {
    const double ratio = images.ratios()[r];
    RatioMeasures measures{.ratio = ratio,
                           .area_share = ratio / (1 + ratio),
                           .images = static_cast<std::int64_t>(sums[r].size()) * (ratio > 1 ? 4 : 2),
                           .layers = {},
                           .classes = {}};
    for (const MixtureSums& layer : totals[r].layers) {
      LayerMixture& mixture = measures.layers.emplace_back();
      mixture.weight_of_larger = layer.weight_of_larger();
      mixture.weight_of_smaller = layer.weight_of_smaller();
      mixture.share = estimate();
      mixture.explained = estimate();
    }
    PairClasses of_classes{std::llround(totals[r].classes.images), estimate(), {}};
    of_classes.larger = estimate();
    if (classes)
      measures.classes = of_classes;
    result.ratios.push_back(std::move(measures));
  }
  return result;
}

} // namespace scalescope
