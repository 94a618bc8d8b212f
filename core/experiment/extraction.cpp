#include "core/experiment/extraction.h"

#include "core/experiment/batch_run.h"
#include "core/experiment/extraction_builder.h"
#include "core/experiment/feature_keeper.h"
#include "core/experiment/handover.h"
#include "core/experiment/picture_loader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scalescope {
namespace {

// What decides over a picture's features beside the picture. The number is that of this code: to be raised when
// decoding, resizing or pooling gives other values.
std::string plan_key(const Network& network, const ExtractionSettings& settings) {
  return fmt::format("features 3|{}|{}|{}|", network.identity(), fmt::join(settings.layers, ","),
                     key_of(settings.preprocessing));
}

} // namespace

Extraction extract(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                   std::stop_token stop, const JobCallback& progress) {
  ExtractionBuilder rows(network, settings.layers);
  const int side = network.input_size();
  PictureLoader loader{samples, settings, side, 0, network.cache(), network.cache() ? plan_key(network, settings) : ""};
  std::vector<std::size_t> channels;
  for (const auto& layer : settings.layers)
    loader.channels += channels.emplace_back(static_cast<std::size_t>(network.layer(layer).channels()));
  const auto pictures = group_by_picture(samples);
  FeatureKeeper keeper(network.cache(), settings.batch);
  Handover<LoadedPicture> loaded;
  PoolingTally tally;
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks;
  double decode_seconds = 0;
  const auto load = [&](std::size_t i, std::span<float> pixels) {
    LoadedPicture picture = loader.load(pictures[i], pixels);
    const bool needs_network = !picture.rows.empty() && picture.features.empty();
    loaded.put(i, std::move(picture));
    return needs_network;
  };
  const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
    const LoadedPicture picture = loaded.take(i);
    decode_seconds += picture.seconds;
    left_out.insert(left_out.end(), picture.left_out.begin(), picture.left_out.end());
    remarks.insert(remarks.end(), picture.remarks.begin(), picture.remarks.end());
    if (!picture.features.empty())
      ++tally.from_cache;
    if (!features.empty() && network.cache()) // the key is made now: the plan may have gone to another engine
      keeper.keep(plan_key(network, settings) + picture.hash, cache_entry(picture, features));
    const auto known = split(picture.features, picture.features.empty() ? std::span<std::size_t>() : channels);
    for (std::size_t row = 0; row < picture.rows.size(); ++row)
      rows.add(static_cast<std::int64_t>(picture.samples[row]), picture.rows[row], features.empty() ? known : features);
  };
  const BatchTally ran =
      run_batches(network, settings.layers, {pictures.size(), side, load}, settings.batch, take, stop, progress);
  tally.run_seconds = ran.seconds;
  tally.from_network = ran.images;
  if (auto note = keeper.finish())
    tally.notes.push_back(std::move(*note));
  rows.count(tally);
  Extraction result = rows.finish(std::move(left_out), std::move(remarks));
  result.decode_seconds = decode_seconds;
  return result;
}

} // namespace scalescope
