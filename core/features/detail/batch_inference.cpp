#include "core/features/detail/batch_inference.h"

#include "core/base/error.h"
#include "core/base/read_ahead.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

namespace scalescope {
namespace {

using Clock = std::chrono::steady_clock;

// Batches of pixels. Loaders are at most two batches ahead of the one that the network works on.
class Batches {
 public:
  Batches(std::size_t images, std::size_t image_size) : images_(images), size_(image_size) {
    for (auto& buffer : buffers_) // not initialised: if all features are in the cache, this takes no memory
      buffer = std::make_unique_for_overwrite<float[]>(images * image_size);
  }
  static constexpr std::size_t ahead = 2;
  // The place of the image with that number.
  [[nodiscard]] std::span<float> place(std::size_t image) {
    return {buffers_[image / images_ % buffers_.size()].get() + image % images_ * size_, size_};
  }
  // The first `count` images of the batch that begins with that image.
  [[nodiscard]] std::span<const float> first(std::size_t image, std::size_t count) {
    return {place(image).data(), count * size_};
  }

 private:
  std::size_t images_;
  std::size_t size_;
  std::array<std::unique_ptr<float[]>, ahead + 1> buffers_;
};

// The features of one image of a batch.
std::vector<std::span<const float>> features_of(const std::vector<Activation>& activations, std::size_t image,
                                                std::size_t images) {
  std::vector<std::span<const float>> features;
  for (const Activation& activation : activations) {
    const std::size_t channels = activation.values.size() / images;
    features.push_back(std::span(activation.values).subspan(image * channels, channels));
  }
  return features;
}

Plan plan_for(const Network& network, const std::vector<std::string>& layers, const BatchSource& images, int batch) {
  switch (images.positions) {
  case Positions::None:
    return network.plan(layers, Reduction::Maps, batch);
  case Positions::WithoutPadding:
    return network.plan_without_padding(layers, images.side, batch);
  case Positions::All:
    break;
  }
  return network.plan(layers, Reduction::Pooled, batch);
}

} // namespace

std::vector<std::span<const float>> split(std::span<const float> features, std::span<const std::size_t> channels) {
  std::vector<std::span<const float>> parts;
  for (const std::size_t count : channels) {
    parts.push_back(features.first(count));
    features = features.subspan(count);
  }
  return parts;
}

std::string to_bytes(std::span<const std::span<const float>> features) {
  std::string bytes;
  for (const auto& layer : features)
    bytes.append(reinterpret_cast<const char*>(layer.data()), layer.size_bytes());
  return bytes;
}

void give_way() { (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10); }

InferenceTally infer_batches(const Network& network, const std::vector<std::string>& layers, const BatchSource& images,
                             int batch, const TakeFeatures& take, const std::stop_token& stop,
                             const JobCallback& progress) {
  InferenceTally tally;
  const auto batch_size = std::min(static_cast<std::size_t>(batch), std::max<std::size_t>(images.count, 1));
  Batches batches(batch_size, std::size_t{3} * images.side * images.side);
  ReadAhead<bool> loading(
      images.count, network.info().threads, Batches::ahead * batch_size,
      [&](std::size_t i) { return images.load(i, batches.place(i)); }, give_way);
  std::optional<Plan> plan;
  for (std::size_t first = 0; first < images.count; first += batch_size) {
    const std::size_t last = std::min(first + batch_size, images.count);
    std::vector<bool> runs;
    std::size_t to_run = 0;
    for (std::size_t i = first; i < last; ++i) {
      runs.push_back(loading.next());
      if (stop.stop_requested())
        throw Cancelled();
      if (!runs.back())
        continue;
      if (!plan) // while the rest of the batch is loaded
        plan = plan_for(network, layers, images, static_cast<int>(batch_size));
      if (first + to_run != i) // after an image that does not run
        std::ranges::copy(batches.place(i), batches.place(first + to_run).begin());
      ++to_run;
    }
    std::vector<Activation> activations;
    if (to_run > 0) {
      const auto start = Clock::now();
      activations =
          network.run(*plan, batches.first(first, to_run), static_cast<std::int64_t>(to_run), images.side, images.side);
      tally.seconds += std::chrono::duration<double>(Clock::now() - start).count();
      tally.images += static_cast<std::int64_t>(to_run);
    }
    std::size_t ran = 0;
    for (std::size_t i = first; i < last; ++i)
      if (runs[i - first])
        take(i, features_of(activations, ran++, to_run));
      else
        take(i, {});
    if (progress)
      progress({"images", static_cast<std::int64_t>(last), static_cast<std::int64_t>(images.count)});
  }
  return tally;
}

} // namespace scalescope
