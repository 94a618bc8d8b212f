#include "core/experiment/equivariance.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/experiment/detail/features_of_image.h"
#include "core/experiment/some_images.h"
#include "core/features/layer_maps.h"
#include "core/features/resized_images.h"
#include "core/probe/subspaces.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
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
  return averaged(to_maps(layer, Tokens::Mean, layer.shape, values), grid_side);
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
    GeneratedImages source = images.source(network.info().input_size, variant == 0 ? 1 : settings.zooms[variant - 1]);
    source.positions = Positions::None;
    const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
      std::vector<LayerMaps> maps;
      std::vector<std::span<const float>> row;
      for (std::size_t l = 0; l < names.size(); ++l) {
        check_finite(features[l], names[l], images.sample(i).id);
        maps.push_back(grid_of(network.layer(names[l]), features[l]));
      }
      for (const LayerMaps& of_layer : maps)
        row.emplace_back(of_layer.values);
      const auto index = static_cast<std::int64_t>(i * variants + variant);
      collection.maps.add({&index, 1}, row);
    };
    (void)pool_generated_images(network, names, source, batch, take, stop, part_of(progress, variant, variants));
  }
  const std::vector<std::int64_t> indices = collection.maps.sorted_indices();
  bool is_whole = indices.size() % variants == 0; // each image is there in all variants, or in none
  for (std::size_t row = 0; row < indices.size(); ++row)
    is_whole = is_whole && static_cast<std::size_t>(indices[row]) % variants == row % variants;
  if (!is_whole)
    throw Error("An image could be read at first and not again later; keep the images as they are while this runs.");
  collection.images = indices.size() / variants;
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
  std::rotate(maps.begin(), maps.begin() + static_cast<std::ptrdiff_t>(size), maps.end());
  return maps;
}

// Of one image: the mean of each channel over all positions.
std::vector<float> pooled(const std::vector<float>& maps, std::size_t image, const Grid& grid) {
  std::vector<float> means;
  for (std::size_t map = image * grid.channels; map < (image + 1) * grid.channels; ++map) {
    const auto begin = maps.begin() + static_cast<std::ptrdiff_t>(map * grid.positions);
    means.push_back(
        static_cast<float>(std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(grid.positions), 0.0) /
                           static_cast<double>(grid.positions)));
  }
  return means;
}

// Between the pooled maps before and after; one per image.
std::vector<double> cosines(const std::vector<float>& before, const std::vector<float>& after, std::size_t images,
                            const Grid& grid) {
  std::vector<double> result;
  for (std::size_t image = 0; image < images; ++image)
    result.push_back(cosine_of(pooled(before, image, grid), pooled(after, image, grid)));
  return result;
}

// The curves of one comparison, layer after layer.
struct Curves {
  CurveSeries equivariance;
  CurveSeries invariance;
  CurveSeries cosine;

  Curves(const std::string& name, bool control)
      : equivariance{name, {}, {}, control}, invariance{name, {}, {}, control}, cosine{name, {}, {}, control} {}

  void add(const std::vector<float>& before, const std::vector<float>& after, std::size_t images, const Grid& grid,
           int threads) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const SubspaceScores scores = grid.positions > 1
                                      ? subspace_scores({images, grid.channels, grid.positions, before, after}, threads)
                                      : SubspaceScores{none, none, none, none};
    equivariance.mean.push_back(scores.equivariance);
    equivariance.intervals.push_back(around(scores.equivariance, scores.equivariance_error));
    invariance.mean.push_back(scores.invariance);
    invariance.intervals.push_back(around(scores.invariance, scores.invariance_error));
    const std::vector<double> of_images = cosines(before, after, images, grid);
    cosine.mean.push_back(mean_of(of_images));
    cosine.intervals.push_back(
        around(mean_of(of_images), standard_deviation_of(of_images) / std::sqrt(static_cast<double>(images))));
  }
};

// The deepest layer with several positions; the deepest of all if there is none.
std::size_t last_map(const std::vector<Grid>& grids) {
  for (std::size_t i = grids.size(); i-- > 0;)
    if (grids[i].positions > 1)
      return i;
  return grids.size() - 1;
}

// "equivariance goes from 0.54 at _blocks.0 to 0.43 at _bn1, and invariance from 0.22 to 0.39"
std::string change(const Curves& curves, const std::vector<std::string>& layers, std::size_t last) {
  return fmt::format("equivariance goes from {:.2f} at {} to {:.2f} at {}, and invariance from {:.2f} to {:.2f}",
                     curves.equivariance.mean.front(), layers.front(), curves.equivariance.mean[last], layers[last],
                     curves.invariance.mean.front(), curves.invariance.mean[last]);
}

// @param curves of each zoom, then those of other images. @param main which of them is compared with random weights.
std::vector<MeasureFigure> figures_of(const std::vector<Curves>& curves, std::size_t main) {
  std::vector<MeasureFigure> figures{
      {"equivariance",
       "Equivariance: maps after follow from maps before",
       "equivariance",
       "Mean canonical correlation between the maps of an image and those of its enlarged middle. Bars: 95 % intervals "
       "over images (jackknife).",
       {}},
      {"invariance",
       "Invariance: maps stay the same",
       "invariance",
       "Mean correlation between the two at the same positions. Bars: 95 % intervals over images (jackknife).",
       {}},
      {"cosine",
       "Cosine of the pooled features",
       "cosine",
       "Cosine between the pooled features of an image and those of its enlarged middle, mean over the images. Bars: "
       "95 "
       "% intervals of the mean.",
       {}}};
  for (MeasureFigure& figure : figures)
    figure.main = {main};
  for (const Curves& one : curves) {
    figures[0].curves.push_back(one.equivariance);
    figures[1].curves.push_back(one.invariance);
    figures[2].curves.push_back(one.cosine);
  }
  return figures;
}

ExperimentText text_of(const EquivarianceSettings& settings, std::size_t images, std::string headline) {
  return {
      .name = "equivariance",
      .headline = std::move(headline),
      .question =
          "When the image is enlarged, do a layer's maps move with it, or stay the same? Each image is compared with "
          "its "
          "own enlarged middle. The scores know no labels, and not what was done to the image. A layer is equivariant "
          "if "
          "its maps of the enlarged image follow from those of the image by one mix of positions, the same for all "
          "images and channels. It is invariant if its maps stay the same.",
      .settings = {{"zooms", fmt::format("{}", fmt::join(settings.zooms, ", "))},
                   {"images used", std::to_string(images)},
                   {"positions", fmt::format("at most {0} x {0}", grid_side)}},
      .more = {},
      .remarks = {
          "The scores are subspace scores after SEIS (Lin, Farrahi & Cai 2026, arXiv 2602.04054); 'Methods' in the "
          "manual defines them. Equivariance is the mean canonical correlation between the maps before and after. "
          "Invariance is the mean correlation between them at the same positions. Maps that stay the same are "
          "equivariant, too: only what equivariance has above invariance says that something moves.",
          fmt::format("Maps are averaged to at most {0} x {0} positions. The enlarged image shows details that the "
                      "averaged maps of the image do not hold, and the image shows a border that the enlarged one does "
                      "not. So even a layer that does nothing stays below 1, and early layers lose more by averaging. "
                      "Compare a layer with its controls, and with layers of other networks at the same place.",
                      grid_side),
          "The curves 'other images' pair each image with the enlarged middle of another one. They show what the "
          "scores "
          "are when nothing is shared but what all images share, such as darker edges. A network with random weights "
          "shows what its shape alone gives.",
          "The cosine is that of 'invariance': of the channels' means over all positions. It can be high while maps "
          "change, because a mean has no positions. A layer without positions, such as the output, has a cosine "
          "only."}};
}

} // namespace

LayerMeasures equivariance(const Network& network, const std::vector<Sample>& samples,
                           const EquivarianceSettings& settings, const std::stop_token& stop,
                           const JobCallback& progress) {
  if (settings.zooms.empty() || std::ranges::any_of(settings.zooms, [](double zoom) { return !(zoom > 1); }))
    throw Error("An image can be enlarged by factors above 1 only; give such zooms.");
  const std::vector<Sample> chosen = some_images(samples, settings.images, settings.seed);
  ResizedImages images(chosen, settings.extraction.preprocessing, network.info().input_form);
  const std::size_t variants = settings.zooms.size() + 1;
  const Collection collection = collect_maps(network, images, settings, stop, progress);
  if (collection.images < 2) {
    const auto left_out = images.left_out();
    throw Error(fmt::format("Fewer than two of the {} images can be read{}; give more images.", images.count(),
                            left_out.empty() ? "" : fmt::format(" ({}: {})", left_out[0].what, left_out[0].reason)));
  }

  const std::size_t main = settings.zooms.size() / 2; // the zoom that is said in words
  std::vector<Curves> curves;
  for (const double zoom : settings.zooms)
    curves.emplace_back(fmt::format("zoom {:g}", zoom), false);
  curves.emplace_back(fmt::format("other images, zoom {:g}", settings.zooms[main]), true);
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
      curves[z].add(before, after, collection.images, grid, network.info().threads);
      if (z == main)
        curves.back().add(before, of_other_images(after, size), collection.images, grid, network.info().threads);
    }
    if (progress)
      progress({"fitting", static_cast<std::int64_t>(l + 1), static_cast<std::int64_t>(layers)});
  }

  LayerMeasures result;
  result.layers = settings.extraction.layers;
  for (const std::string& name : result.layers)
    result.depths.push_back(network.layer(name).depth);
  result.in_short = change(curves[main], result.layers, last_map(collection.grids));
  result.text = text_of(settings, collection.images,
                        fmt::format("With images enlarged {:g} times, {}.", settings.zooms[main], result.in_short));
  result.figures = figures_of(curves, main);
  result.left_out = images.left_out();
  result.remarks = images.remarks();
  return result;
}

} // namespace scalescope
