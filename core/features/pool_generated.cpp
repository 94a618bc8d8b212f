#include "core/features/pool_generated.h"

#include "core/features/detail/batch_inference.h"
#include "core/features/detail/feature_keeper.h"
#include "core/features/detail/handover.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>

namespace scalescope {
namespace {

struct LoadedImage {
  bool exists = true;
  std::string key;             ///< of the image; empty without a cache
  std::vector<float> features; ///< all layers' one after another, if the cache had them
};

// Everything besides the image that features depend on. The number is the version of this code: raise it if pooling
// changes values.
std::string plan_key(const Network& network, const std::vector<std::string>& layers, Positions positions) {
  return fmt::format("pooled 2|{}|{}|{}|", network.identity(), fmt::join(layers, ","), static_cast<int>(positions));
}

std::vector<float> known_features(const Cache& cache, const std::string& key, std::size_t channels) {
  const auto entry = cache.get(key);
  if (!entry || entry->size() != channels * sizeof(float))
    return {};
  std::vector<float> features(channels);
  std::memcpy(features.data(), entry->data(), entry->size());
  return features;
}

} // namespace

PoolingTally pool_generated_images(const Network& network, const std::vector<std::string>& layers,
                                   const GeneratedImages& images, int batch, const TakeFeatures& take,
                                   const std::stop_token& stop, const JobCallback& progress) {
  const bool is_cached = images.key && images.positions != Positions::None;
  const std::optional<Cache> cache = is_cached ? network.info().options.cache : std::nullopt;
  std::vector<std::size_t> channels;
  std::size_t all_channels = 0;
  for (const auto& name : layers) {
    channels.push_back(static_cast<std::size_t>(network.layer(name).features(network.info().source.tokens)));
    all_channels += channels.back();
  }
  const std::string plan = cache ? plan_key(network, layers, images.positions) : "";
  FeatureKeeper keeper(cache, batch);
  Handover<LoadedImage> loaded;
  PoolingTally tally;
  const auto load = [&](std::size_t i, std::span<float> pixels) {
    LoadedImage image;
    if (cache) {
      image.key = images.key(i);
      image.features = known_features(*cache, plan + image.key, all_channels);
    }
    const bool known = !image.features.empty();
    image.exists = known || images.load(i, pixels);
    const bool needs_network = image.exists && !known;
    loaded.put(i, std::move(image));
    return needs_network;
  };
  const auto take_one = [&](std::size_t i, std::span<const std::span<const float>> features) {
    const LoadedImage image = loaded.take(i);
    if (!features.empty()) {
      take(i, features);
      if (cache)
        keeper.keep(plan_key(network, layers, images.positions) + image.key,
                    to_bytes(features)); // the plan may use another engine now
    } else if (image.exists) {
      ++tally.from_cache;
      take(i, split(image.features, channels));
    }
  };
  const InferenceTally ran = infer_batches(network, layers, {images.count, images.side, load, images.positions}, batch,
                                           take_one, stop, progress);
  tally.from_network = ran.images;
  tally.run_seconds = ran.seconds;
  if (auto note = keeper.finish())
    tally.notes.push_back(std::move(*note));
  return tally;
}

} // namespace scalescope
