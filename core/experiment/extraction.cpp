#include "core/experiment/extraction.h"

#include "core/base/error.h"
#include "core/experiment/batch_run.h"
#include "core/experiment/picture_loader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <optional>

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

// One picture's features, a span a layer.
std::vector<std::span<const float>> split(const std::vector<float>& features, const std::vector<ProbeLayer>& layers) {
  std::vector<std::span<const float>> parts;
  std::size_t at = 0;
  for (const ProbeLayer& layer : layers) {
    if (at < features.size())
      parts.push_back(std::span(features).subspan(at, static_cast<std::size_t>(layer.channels)));
    at += static_cast<std::size_t>(layer.channels);
  }
  return parts;
}

// What loader threads leave for the one that waits for the network.
template <typename Thing>
class Handover {
 public:
  void put(std::size_t i, Thing thing) {
    const std::scoped_lock lock(mutex_);
    things_.emplace(i, std::move(thing));
  }
  [[nodiscard]] Thing take(std::size_t i) {
    const std::scoped_lock lock(mutex_);
    return std::move(things_.extract(i).mapped());
  }

 private:
  std::mutex mutex_;
  std::map<std::size_t, Thing> things_;
};

// Puts what came out of the network into the cache while the next batch is under way.
class Keeper {
 public:
  Keeper(const Network& network, const ExtractionSettings& settings, std::vector<std::string>& notes)
      : network_(network), settings_(settings), cache_(network.cache()), notes_(notes) {}
  void keep(LoadedPicture picture, std::span<const std::span<const float>> features) {
    if (!cache_)
      return;
    for (const auto& layer : features)
      picture.features.insert(picture.features.end(), layer.begin(), layer.end());
    pending_.push_back(std::move(picture));
    if (pending_.size() >= static_cast<std::size_t>(settings_.batch))
      write();
  }
  void finish() {
    if (!pending_.empty())
      write();
    wait();
    if (wrote_ && network_.cache())
      network_.cache()->trim();
  }

 private:
  void write() {
    wait();
    wrote_ = true;
    if (cache_) // the key is made now: the plan may have gone to another engine
      writing_ =
          std::async(std::launch::async, [this, key = plan_key(network_, settings_), batch = std::move(pending_)] {
            give_way();
            for (const LoadedPicture& picture : batch)
              keep_features(*cache_, key, picture);
          });
    pending_.clear();
  }
  // A cache is a convenience: that it can't be written is worth a note.
  void wait() {
    if (!writing_.valid())
      return;
    try {
      writing_.get();
    } catch (const Error& e) {
      cache_.reset();
      notes_.emplace_back(e.what());
    }
  }

  const Network& network_;
  const ExtractionSettings& settings_;
  std::optional<Cache> cache_;
  std::vector<std::string>& notes_;
  std::vector<LoadedPicture> pending_;
  std::future<void> writing_;
  bool wrote_ = false;
};

} // namespace

Extraction extract(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                   std::stop_token stop, const JobCallback& progress) {
  const auto start = Clock::now();
  const auto layers = probe_layers(network, settings.layers);
  Extraction result{.probe = Probe(layers), .rows = {}, .left_out = {}, .notes = {}};
  PictureLoader loader{samples, settings,        network.input_size(),
                       0,       network.cache(), network.cache() ? plan_key(network, settings) : ""};
  for (const ProbeLayer& layer : layers)
    loader.channels += static_cast<std::size_t>(layer.channels);
  const auto pictures = group_by_picture(samples);
  Keeper keeper(network, settings, result.notes);
  Handover<LoadedPicture> loaded;
  std::map<std::size_t, Row> rows; // ascending by sample, as the probe hands them out
  const auto load = [&](std::size_t i, std::span<float> pixels) {
    LoadedPicture picture = loader.load(pictures[i], pixels);
    const bool needs_network = !picture.rows.empty() && picture.features.empty();
    loaded.put(i, std::move(picture));
    return needs_network;
  };
  const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
    LoadedPicture picture = loaded.take(i);
    result.decode_seconds += picture.seconds;
    result.left_out.insert(result.left_out.end(), picture.left_out.begin(), picture.left_out.end());
    const auto known = split(picture.features, layers);
    result.from_cache += features.empty() && !picture.rows.empty() ? 1 : 0;
    for (std::size_t row = 0; row < picture.rows.size(); ++row) {
      result.probe.add(std::array{static_cast<std::int64_t>(picture.samples[row])},
                       features.empty() ? known : features);
      rows.emplace(picture.samples[row], picture.rows[row]);
    }
    if (!features.empty())
      keeper.keep(std::move(picture), features);
  };
  const BatchTally tally =
      run_batches(network, settings.layers, {pictures.size(), loader.side, load}, settings.batch, take, stop, progress);
  result.run_seconds = tally.seconds;
  result.from_network = tally.images;
  keeper.finish();
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
