#include "core/experiment/extraction.h"

#include "core/base/error.h"
#include "core/base/read_ahead.h"
#include "core/experiment/picture_loader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <map>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

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

// The network computes on all cores; loading fills the gaps that it leaves, and takes the cores while it waits.
void give_way() { (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10); }

// One picture's part of what the layers said to a batch, all layers' one after another.
std::vector<float> features_of(const std::vector<Activation>& activations, std::size_t picture, std::size_t pictures) {
  std::vector<float> features;
  for (const Activation& activation : activations) {
    const std::size_t channels = activation.values.size() / pictures;
    const auto row = activation.values.begin() + static_cast<std::ptrdiff_t>(picture * channels);
    features.insert(features.end(), row, row + static_cast<std::ptrdiff_t>(channels));
  }
  return features;
}

// Batches of pixels. Loaders are at most two batches ahead of the one that the network works on.
class Batches {
 public:
  Batches(std::size_t pictures, std::size_t picture_size) : pictures_(pictures), size_(picture_size) {
    for (auto& buffer : buffers_)
      buffer.resize(pictures * picture_size);
  }
  static constexpr std::size_t ahead = 2;
  // Where the picture with that number goes.
  [[nodiscard]] std::span<float> place(std::size_t picture) {
    return std::span(buffers_[picture / pictures_ % buffers_.size()]).subspan(picture % pictures_ * size_, size_);
  }

 private:
  std::size_t pictures_;
  std::size_t size_;
  std::array<std::vector<float>, ahead + 1> buffers_;
};

// Puts what came out of a batch into the cache while the next is under way.
class Keeper {
 public:
  Keeper(std::optional<Cache> cache, std::vector<std::string>& notes) : cache_(std::move(cache)), notes_(notes) {}
  void keep(std::string plan, std::vector<LoadedPicture> pictures) {
    finish();
    if (cache_)
      keeping_ = std::async(std::launch::async, [this, key = std::move(plan), batch = std::move(pictures)] {
        give_way();
        for (const LoadedPicture& picture : batch)
          keep_features(*cache_, key, picture);
      });
  }
  // A cache is a convenience: that it can't be written is worth a note.
  void finish() {
    if (!keeping_.valid())
      return;
    try {
      keeping_.get();
    } catch (const Error& e) {
      cache_.reset();
      notes_.emplace_back(e.what());
    }
  }

 private:
  std::optional<Cache> cache_;
  std::vector<std::string>& notes_;
  std::future<void> keeping_;
};

} // namespace

Extraction extract(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                   std::stop_token stop, const JobCallback& progress) {
  const auto start = Clock::now();
  const auto layers = probe_layers(network, settings.layers);
  Extraction result{.probe = Probe(layers), .rows = {}, .left_out = {}, .notes = {}};
  const int side = network.input_size();
  PictureLoader loader{samples, settings, side, 0, network.cache(), network.cache() ? plan_key(network, settings) : ""};
  for (const ProbeLayer& layer : layers)
    loader.channels += static_cast<std::size_t>(layer.channels);
  const auto pictures = group_by_picture(samples);
  const auto batch_size = std::min(static_cast<std::size_t>(settings.batch), std::max<std::size_t>(pictures.size(), 1));
  Batches batches(batch_size, std::size_t{3} * side * side);
  Keeper keeper(network.cache(), result.notes);
  ReadAhead<LoadedPicture> loading(
      pictures.size(), network.threads(), Batches::ahead * batch_size,
      [&](std::size_t i) { return loader.load(pictures[i], batches.place(i)); }, give_way);

  std::map<std::size_t, Row> rows; // ascending by sample, as the probe hands them out
  const auto add = [&](const LoadedPicture& picture) {
    std::vector<std::span<const float>> parts;
    std::size_t at = 0;
    for (const ProbeLayer& layer : layers) {
      parts.push_back(std::span(picture.features).subspan(at, static_cast<std::size_t>(layer.channels)));
      at += static_cast<std::size_t>(layer.channels);
    }
    for (std::size_t i = 0; i < picture.rows.size(); ++i) {
      result.probe.add(std::array{static_cast<std::int64_t>(picture.samples[i])}, parts);
      rows.emplace(picture.samples[i], picture.rows[i]);
    }
  };

  std::optional<Plan> plan;
  for (std::size_t first = 0; first < pictures.size(); first += batch_size) {
    const std::size_t last = std::min(first + batch_size, pictures.size());
    std::vector<LoadedPicture> to_run;
    const std::span<float> images(batches.place(first).data(), batch_size * batches.place(first).size());
    for (std::size_t i = first; i < last; ++i) {
      LoadedPicture picture = loading.next();
      if (stop.stop_requested())
        throw Cancelled();
      result.decode_seconds += picture.seconds;
      result.left_out.insert(result.left_out.end(), picture.left_out.begin(), picture.left_out.end());
      if (!picture.features.empty()) {
        ++result.from_cache;
        add(picture);
      } else if (!picture.rows.empty()) {
        const auto place = images.subspan(to_run.size() * batches.place(i).size(), batches.place(i).size());
        if (place.data() != batches.place(i).data()) // after one that fell out
          std::ranges::copy(batches.place(i), place.begin());
        to_run.push_back(std::move(picture));
      }
    }
    if (!to_run.empty()) {
      if (!plan)
        plan = network.plan(settings.layers, Reduction::Pooled);
      const auto run_start = Clock::now();
      const auto activations = network.run(*plan, images.first(to_run.size() * batches.place(first).size()),
                                           static_cast<std::int64_t>(to_run.size()), side, side);
      result.run_seconds += seconds_since(run_start);
      result.from_network += static_cast<std::int64_t>(to_run.size());
      for (std::size_t i = 0; i < to_run.size(); ++i) {
        to_run[i].features = features_of(activations, i, to_run.size());
        add(to_run[i]);
      }
      keeper.keep(plan_key(network, settings), std::move(to_run)); // the plan may have gone to another engine
    }
    if (progress)
      progress({"images", static_cast<std::int64_t>(last), static_cast<std::int64_t>(pictures.size())});
  }
  keeper.finish();
  if (network.cache() && result.from_network > 0)
    network.cache()->trim();
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
