#include "core/experiment/equivariance.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/experiment/some_images.h"
#include "core/features/layer_maps.h"
#include "core/features/resized_images.h"
#include "core/probe/subspaces.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace scalescope {
namespace {

constexpr int grid_side = 7;                                   // of the last map of most networks
constexpr std::int64_t values_at_once = std::int64_t{1} << 26; // of the maps of a batch: 256 MB

// Channels and positions of each layer's maps, once averaged.
struct Grid {
  std::size_t channels = 0;
  std::size_t positions = 0;
};

LayerMaps grid_of(const Layer& layer, std::span<const float> values) {
  return averaged(to_maps(layer, layer.shape, values), grid_side);
}

std::int64_t values_of(const Layer& layer) {
  return std::accumulate(layer.shape.begin(), layer.shape.end(), std::int64_t{1}, std::multiplies<>());
}

// The maps of all images that could be read: of each layer rows x (channels x positions), those of an image and of its
// enlarged middles one after another.
struct Collection {
  Probe maps;
  std::vector<Grid> grids;
  std::size_t images = 0;
};

Collection collect_maps(const Network& network, ResizedImages& images, const EquivarianceSettings& settings,
                        const std::stop_token& stop, const JobCallback& progress) {
  const std::vector<std::string>& names = settings.extraction.layers;
  std::vector<ProbeLayer> layers;
  std::vector<Grid> grids;
  std::int64_t values = 0; // of one image's maps
  for (const std::string& name : names) {
    const Layer& layer = network.layer(name);
    const LayerMaps grid = grid_of(layer, std::vector<float>(static_cast<std::size_t>(values_of(layer))));
    grids.push_back(
        {static_cast<std::size_t>(grid.channels), grid.values.size() / static_cast<std::size_t>(grid.channels)});
    layers.push_back({name, static_cast<int>(grid.values.size())});
    values += values_of(layer);
  }
  const auto batch = static_cast<int>(std::clamp<std::int64_t>(values_at_once / values, 1, settings.extraction.batch));
  Collection collection{Probe(layers), std::move(grids), 0};
  const std::size_t variants = settings.zooms.size() + 1;
  for (std::size_t variant = 0; variant < variants; ++variant) {
    std::size_t taken = 0;
    GeneratedImages source = images.source(network.info().input_size, variant == 0 ? 1 : settings.zooms[variant - 1]);
    source.positions = Positions::None;
    const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
      std::vector<LayerMaps> maps;
      std::vector<std::span<const float>> row;
      for (std::size_t l = 0; l < names.size(); ++l)
        maps.push_back(grid_of(network.layer(names[l]), features[l]));
      for (const LayerMaps& of_layer : maps)
        row.emplace_back(of_layer.values);
      const auto index = static_cast<std::int64_t>(i * variants + variant);
      collection.maps.add({&index, 1}, row);
      ++taken;
    };
    (void)pool_generated_images(network, names, source, batch, take, stop, part_of(progress, variant, variants));
    collection.images = taken; // the same in each pass: an image can be read, or it can't
  }
  return collection;
}

// The maps of one variant: images x channels x positions.
std::vector<float> variant_of(const std::vector<float>& rows, std::size_t variants, std::size_t variant,
                              std::size_t size) {
  std::vector<float> maps;
  for (std::size_t at = variant * size; at < rows.size(); at += variants * size)
    maps.insert(maps.end(), rows.begin() + static_cast<std::ptrdiff_t>(at),
                rows.begin() + static_cast<std::ptrdiff_t>(at + size));
  return maps;
}

// The maps of the next image in place of each image's own.
std::vector<float> of_other_images(std::vector<float> maps, std::size_t size) {
  std::ranges::rotate(maps, maps.begin() + static_cast<std::ptrdiff_t>(size));
  return maps;
}

// Cosine between the means over positions before and after; one per image.
std::vector<double> cosines(const std::vector<float>& before, const std::vector<float>& after, std::size_t images,
                            const Grid& grid) {
  const auto mean = [&](const std::vector<float>& maps, std::size_t map) {
    const auto begin = maps.begin() + static_cast<std::ptrdiff_t>(map * grid.positions);
    return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(grid.positions), 0.0) /
           static_cast<double>(grid.positions);
  };
  std::vector<double> result;
  for (std::size_t i = 0; i < images; ++i) {
    double dot = 0;
    double before_squared = 0;
    double after_squared = 0;
    for (std::size_t map = i * grid.channels; map < (i + 1) * grid.channels; ++map) {
      const double a = mean(before, map);
      const double b = mean(after, map);
      dot += a * b;
      before_squared += a * a;
      after_squared += b * b;
    }
    const double norms = std::sqrt(before_squared * after_squared);
    result.push_back(norms > 0 ? dot / norms : 0);
  }
  return result;
}

// One curve, of one score of all layers.
struct Curves {
  CurveSeries equivariance;
  CurveSeries invariance;
  CurveSeries cosine;
};

std::string change(const CurveSeries& curve, const std::vector<std::string>& layers, std::size_t last) {
  return fmt::format("from {:.2f} at {} to {:.2f} at {}", curve.mean.front(), layers.front(), curve.mean[last],
                     layers[last]);
}

// The deepest layer with several positions; the deepest of all if there is none.
std::size_t last_map(const std::vector<Grid>& grids) {
  for (std::size_t i = grids.size(); i-- > 0;)
    if (grids[i].positions > 1)
      return i;
  return grids.size() - 1;
}

ExperimentText text_of(const EquivarianceSettings& settings, std::size_t images, std::string headline) {
  return {
      .name = "equivariance",
      .headline = std::move(headline),
      .question =
          "When the image is enlarged, do a layer's maps move with it, or stay the same? Each image is compared "
          "with its own enlarged middle. No labels are used, and the scores are not told what was done to the "
          "image. A layer is equivariant if its maps of the enlarged image follow from those of the image by "
          "one rule for where things go. It is invariant if its maps stay the same.",
      .settings = {{"zooms", fmt::format("{}", fmt::join(settings.zooms, ", "))},
                   {"images used", std::to_string(images)},
                   {"positions", fmt::format("at most {0} x {0}", grid_side)}},
      .more = {},
      .remarks = {
          "The scores are subspace scores after SEIS (Lin, Farrahi & Cai 2026, arXiv 2602.04054); 'Methods' in the "
          "manual defines them. Equivariance is the mean canonical correlation between the maps before and after. "
          "Invariance is the mean correlation between them at the same positions.",
          fmt::format("Maps are averaged to at most {0} x {0} positions. The enlarged image shows details that the "
                      "averaged maps of the image do not hold, and the image shows a border that the enlarged one "
                      "does not. So even a layer that does nothing stays below 1: compare layers, and zooms of one "
                      "layer, not the score with 1.",
                      grid_side),
          "The dashed curves pair each image with the enlarged middle of another image. They show what the scores are "
          "when nothing is shared but what all images share, such as darker edges. The cosine is that of 'invariance': "
          "of the channels' means over all positions. It can be high while maps change, because a mean has no "
          "positions.",
          "A layer without positions, such as the output, has no equivariance. Its invariance is the correlation of "
          "its values before and after, which is not comparable with that of maps."}};
}

} // namespace

LayerMeasures equivariance(const Network& network, const std::vector<Sample>& samples,
                           const EquivarianceSettings& settings, const std::stop_token& stop,
                           const JobCallback& progress) {
  if (settings.zooms.empty() || std::ranges::any_of(settings.zooms, [](double zoom) { return !(zoom > 1); }))
    throw Error("An image can be enlarged by factors above 1 only; give such zooms.");
  const std::vector<Sample> chosen = some_images(samples, settings.images, settings.seed);
  ResizedImages images(chosen, settings.extraction.preprocessing);
  const std::size_t variants = settings.zooms.size() + 1;
  const Collection collection = collect_maps(network, images, settings, stop, progress);
  if (collection.images < 2) {
    const auto left_out = images.left_out();
    throw Error(fmt::format("Fewer than two of the {} images can be read{}; give more images.", images.count(),
                            left_out.empty() ? "" : fmt::format(" ({}: {})", left_out[0].what, left_out[0].reason)));
  }

  std::vector<Curves> curves;
  for (const double zoom : settings.zooms) {
    const std::string name = fmt::format("zoom {:g}", zoom);
    curves.push_back({{name, {}, {}}, {name, {}, {}}, {name, {}, {}}});
  }
  Curves others{{"other images", {}, {}, true}, {"other images", {}, {}, true}, {"", {}, {}}};
  const std::size_t layers = settings.extraction.layers.size();
  for (std::size_t l = 0; l < layers; ++l) {
    const Grid& grid = collection.grids[l];
    const std::size_t size = grid.channels * grid.positions;
    const std::vector<float> rows = collection.maps.features(l);
    const std::vector<float> before = variant_of(rows, variants, 0, size);
    for (std::size_t z = 0; z < settings.zooms.size(); ++z) {
      if (stop.stop_requested())
        throw Cancelled();
      const std::vector<float> after = variant_of(rows, variants, z + 1, size);
      const MapPairs pairs{collection.images, grid.channels, grid.positions, before, after};
      const SubspaceScores scores = subspace_scores(pairs, network.info().threads);
      curves[z].equivariance.mean.push_back(scores.equivariance);
      curves[z].equivariance.intervals.push_back(around(scores.equivariance, scores.equivariance_error));
      curves[z].invariance.mean.push_back(scores.invariance);
      curves[z].invariance.intervals.push_back(around(scores.invariance, scores.invariance_error));
      const std::vector<double> cosine = cosines(before, after, collection.images, grid);
      curves[z].cosine.mean.push_back(mean_of(cosine));
      curves[z].cosine.standard_deviation.push_back(standard_deviation_of(cosine));
      if (z == settings.zooms.size() / 2) {
        const std::vector<float> other = of_other_images(after, size);
        const SubspaceScores chance =
            subspace_scores({pairs.images, pairs.channels, pairs.positions, before, other}, network.info().threads);
        others.equivariance.mean.push_back(chance.equivariance);
        others.invariance.mean.push_back(chance.invariance);
      }
    }
    if (progress)
      progress({"fitting", static_cast<std::int64_t>(l + 1), static_cast<std::int64_t>(layers)});
  }

  LayerMeasures result;
  result.layers = settings.extraction.layers;
  for (const std::string& name : result.layers)
    result.depths.push_back(network.layer(name).depth);
  MeasureFigure moving{"equivariance",
                       "Equivariance: the maps follow the enlarged image",
                       "equivariance",
                       "Mean canonical correlation between the maps of an image and those of its enlarged middle, with "
                       "95 % intervals over images.",
                       {}};
  MeasureFigure staying{
      "invariance",
      "Invariance: the maps stay the same",
      "invariance",
      "Mean correlation between the two at the same positions, with 95 % intervals over images (jackknife).",
      {}};
  MeasureFigure pooled{"cosine",
                       "Cosine of the pooled features",
                       "cosine, mean ± sd",
                       "Cosine between the pooled features of an image and those of its enlarged middle.",
                       {}};
  for (Curves& zoom : curves) {
    moving.curves.push_back(std::move(zoom.equivariance));
    staying.curves.push_back(std::move(zoom.invariance));
    pooled.curves.push_back(std::move(zoom.cosine));
  }
  const std::size_t last = last_map(collection.grids);
  const std::size_t shown = settings.zooms.size() / 2;
  result.text = text_of(settings, collection.images,
                        fmt::format("With images enlarged {:g} times, equivariance goes {}, and invariance {}.",
                                    settings.zooms[shown], change(moving.curves[shown], result.layers, last),
                                    change(staying.curves[shown], result.layers, last)));
  moving.curves.push_back(std::move(others.equivariance));
  staying.curves.push_back(std::move(others.invariance));
  result.figures = {std::move(moving), std::move(staying), std::move(pooled)};
  result.left_out = images.left_out();
  return result;
}

} // namespace scalescope
