#include "core/experiment/extraction.h"

#include "core/base/error.h"
#include "core/experiment/batch_run.h"
#include "core/experiment/feature_keeper.h"
#include "core/experiment/handover.h"
#include "core/experiment/picture_loader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <chrono>
#include <map>

namespace scalescope {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<ProbeLayer> probe_layers(const Network& network, const std::vector<std::string>& names) {
  std::vector<ProbeLayer> layers;
  for (const auto& name : names)
    layers.push_back({name, network.layer(name).channels()});
  return layers;
}

// What decides over a picture's features beside the picture. The number is that of this code: to be raised when
// decoding, resizing or pooling gives other values.
std::string plan_key(const Network& network, const ExtractionSettings& settings) {
  const Preprocessing& how = settings.preprocessing;
  return fmt::format("features 1|{}|{}|{}|{}|{}|{}|", network.identity(), fmt::join(settings.layers, ","), how.divisor,
                     fmt::join(how.mean, ","), fmt::join(how.deviation, ","), how.bgr);
}

} // namespace

Extraction extract(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                   std::stop_token stop, const JobCallback& progress) {
  const auto start = Clock::now();
  const auto layers = probe_layers(network, settings.layers);
  Extraction result{.probe = Probe(layers), .rows = {}, .left_out = {}, .notes = {}};
  const int side = network.input_size();
  PictureLoader loader{samples, settings, side, 0, network.cache(), network.cache() ? plan_key(network, settings) : ""};
  std::vector<std::size_t> channels;
  for (const ProbeLayer& layer : layers)
    loader.channels += channels.emplace_back(static_cast<std::size_t>(layer.channels));
  const auto pictures = group_by_picture(samples);
  FeatureKeeper keeper(network.cache(), settings.batch);
  Handover<LoadedPicture> loaded;
  std::map<std::size_t, Row> rows; // ascending by sample, as the probe hands them out
  const auto load = [&](std::size_t i, std::span<float> pixels) {
    LoadedPicture picture = loader.load(pictures[i], pixels);
    const bool needs_network = !picture.rows.empty() && picture.features.empty();
    loaded.put(i, std::move(picture));
    return needs_network;
  };
  const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
    const LoadedPicture picture = loaded.take(i);
    result.decode_seconds += picture.seconds;
    result.left_out.insert(result.left_out.end(), picture.left_out.begin(), picture.left_out.end());
    if (!picture.features.empty())
      ++result.from_cache;
    if (!features.empty() && network.cache()) // the key is made now: the plan may have gone to another engine
      keeper.keep(plan_key(network, settings) + picture.hash, cache_entry(picture, features));
    const auto known = split(picture.features, picture.features.empty() ? std::span<std::size_t>() : channels);
    for (std::size_t row = 0; row < picture.rows.size(); ++row) {
      result.probe.add(std::array{static_cast<std::int64_t>(picture.samples[row])},
                       features.empty() ? known : features);
      rows.emplace(picture.samples[row], picture.rows[row]);
    }
  };
  const BatchTally tally =
      run_batches(network, settings.layers, {pictures.size(), side, load}, settings.batch, take, stop, progress);
  result.run_seconds = tally.seconds;
  result.from_network = tally.images;
  if (auto note = keeper.finish())
    result.notes.push_back(std::move(*note));
  if (rows.empty())
    throw Error(result.left_out.empty()
                    ? std::string("The data set has no samples; see what was left out and why, or choose --objects.")
                    : fmt::format("None of the {} pictures can be read; the first: {}", result.left_out.size(),
                                  result.left_out.front().reason));
  for (auto& [sample, row] : rows)
    result.rows.push_back(std::move(row));
  result.seconds = seconds_since(start);
  return result;
}

} // namespace scalescope
