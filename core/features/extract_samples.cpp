#include "core/features/extract_samples.h"

#include "core/features/detail/batch_inference.h"
#include "core/features/detail/feature_keeper.h"
#include "core/features/detail/handover.h"
#include "core/features/detail/image_loader.h"
#include "core/features/extraction_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scalescope {
namespace {

// Everything besides the image that its features depend on. The number is the version of this code: raise it if
// decoding, resizing or pooling changes values.
std::string plan_key(const Network& network, const ExtractionSettings& settings) {
  return fmt::format("features 4|{}|{}|{}|", network.identity(), fmt::join(settings.layers, ","),
                     key_of(settings.preprocessing));
}

} // namespace

Extraction extract_samples(const Network& network, const std::vector<Sample>& samples,
                           const ExtractionSettings& settings, std::stop_token stop, const JobCallback& progress) {
  ExtractionBuilder rows(network, settings.layers);
  const int side = network.info().input_size;
  ImageLoader loader{samples,
                     settings,
                     side,
                     0,
                     network.info().options.cache,
                     network.info().options.cache ? plan_key(network, settings) : "",
                     network.info().input_form};
  std::vector<std::size_t> channels;
  for (const auto& layer : settings.layers)
    loader.channels +=
        channels.emplace_back(static_cast<std::size_t>(network.layer(layer).features(network.info().source.tokens)));
  const auto images = group_by_image(samples);
  FeatureKeeper keeper(network.info().options.cache, settings.batch);
  Handover<LoadedSampleImage> loaded;
  PoolingTally tally;
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks;
  double decode_seconds = 0;
  std::size_t cut = 0;
  std::size_t objects = 0;
  const auto load = [&](std::size_t i, std::span<float> pixels) {
    LoadedSampleImage image = loader.load(images[i], pixels);
    const bool needs_network = !image.rows.empty() && image.features.empty();
    loaded.put(i, std::move(image));
    return needs_network;
  };
  const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
    const LoadedSampleImage image = loaded.take(i);
    decode_seconds += image.seconds;
    cut += image.cut;
    objects += image.rows.size();
    left_out.insert(left_out.end(), image.left_out.begin(), image.left_out.end());
    remarks.insert(remarks.end(), image.remarks.begin(), image.remarks.end());
    if (!image.features.empty())
      ++tally.from_cache;
    if (!features.empty() &&
        network.info().options.cache) // the key is made now, because the plan may have switched to another engine
      keeper.keep(plan_key(network, settings) + image.hash, cache_entry(image, features));
    const auto known = split(image.features, image.features.empty() ? std::span<std::size_t>() : channels);
    for (std::size_t row = 0; row < image.rows.size(); ++row)
      rows.add(static_cast<std::int64_t>(image.samples[row]), image.rows[row], features.empty() ? known : features);
  };
  const InferenceTally ran =
      infer_batches(network, settings.layers, {images.size(), side, load}, settings.batch, take, stop, progress);
  tally.run_seconds = ran.seconds;
  tally.from_network = ran.images;
  if (auto note = keeper.finish())
    tally.notes.push_back(std::move(*note));
  if (cut > 0)
    tally.notes.push_back(fmt::format(
        "{} of {} objects are cut: the network sees less than {:.0f} % of their box ({}), and their scale is that of "
        "the part that it sees.",
        cut, objects, 100 * much_cut, describe(settings.preprocessing.resizing)));
  rows.count(tally);
  Extraction result = rows.finish(std::move(left_out), std::move(remarks));
  result.decode_seconds = decode_seconds;
  return result;
}

} // namespace scalescope
