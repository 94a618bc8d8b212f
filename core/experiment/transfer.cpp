#include "core/experiment/transfer.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/statistics.h"
#include "core/experiment/detail/transfer_targets.h"
#include "core/experiment/sensitivity.h"
#include "core/features/network_image.h"
#include "core/image/read_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <set>

namespace scalescope {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// The names of the chosen layers, each once, from input to output.
std::vector<std::string> layers_to_probe(const Network& network, const TransferSettings& settings) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(names, name) == names.end())
      names.push_back(network.layer(name).name);
  };
  for (const std::string& wanted : settings.layers) {
    if (wanted == "full")
      add(last_pooled_layer(network));
    else if (wanted == "blocks" || (wanted == "auto" && settings.auto_layer.empty()))
      std::ranges::for_each(network.info().blocks, add);
    else
      add(wanted == "auto" ? settings.auto_layer : wanted);
  }
  std::ranges::stable_sort(names, {}, [&](const std::string& name) {
    const Layer& layer = network.layer(name);
    return std::pair(layer.depth, !layer.block); // pooling comes after its block
  });
  return names;
}

bool asks_for(const TransferSettings& settings, const char* name) {
  return std::ranges::find(settings.layers, name) != settings.layers.end();
}

/// Decodes images for several threads that use them in about the same order; keeps the latest one.
class LatestImage {
 public:
  explicit LatestImage(std::span<const LabelledImage> images, std::span<const ImageSize> sizes)
      : images_(images), sizes_(sizes) {}

  std::shared_ptr<const Image> get(std::size_t i) {
    {
      const std::scoped_lock lock(mutex_);
      if (latest_ && number_ == i)
        return latest_;
    }
    auto image = std::make_shared<const Image>(read_labelled(images_[i], sizes_[i]));
    const std::scoped_lock lock(mutex_);
    notes_.try_emplace(i, image->notes);
    number_ = i;
    latest_ = image;
    return image;
  }

  /// What is known of an image that need not be decoded.
  void keep(std::size_t i, std::vector<std::string> notes) { notes_.try_emplace(i, std::move(notes)); }
  /// After all images were used.
  [[nodiscard]] std::vector<Remark> remarks() const {
    std::vector<Remark> all;
    for (const auto& [i, notes] : notes_)
      for (const std::string& note : notes)
        all.push_back({images_[i].id, note});
    return all;
  }

 private:
  std::span<const LabelledImage> images_;
  std::span<const ImageSize> sizes_;
  std::mutex mutex_; ///< guards what follows
  std::size_t number_ = 0;
  std::shared_ptr<const Image> latest_;
  std::map<std::size_t, std::vector<std::string>> notes_; ///< by image
};

/// Runs the patches through the network.
Probe collect(const Network& network, std::span<const LabelledImage> images, const TransferSettings& settings,
              Transfer& result, const std::stop_token& stop, const JobCallback& progress) {
  std::vector<std::string> names;
  std::vector<ProbeLayer> layers;
  for (const TransferLayer& layer : result.layers) {
    names.push_back(layer.name);
    layers.push_back({layer.name, layer.channels});
  }
  Probe probe(std::move(layers));
  const std::vector<Patch>& patches = result.patches.patches;
  const int side = settings.patches.side;
  LatestImage latest(images, result.patches.sizes);
  GeneratedImages source{
      .count = patches.size(), .side = side, .load = [&](std::size_t i, std::span<float> pixels) {
        const Patch& patch = patches[i];
        preprocess_for(network.info().input_form,
                       crop_patch(*latest.get(patch.image), patch, side, settings.preprocessing.resizing.interpolation),
                       settings.preprocessing, pixels);
        return true;
      }};
  std::vector<std::string> hashes(images.size());
  if (network.info().options.cache) {
    for (const Patch& patch : patches)
      if (hashes[patch.image].empty()) {
        const std::string bytes = read_upright_image(images[patch.image].file);
        hashes[patch.image] = sha256_of(bytes);
        latest.keep(patch.image, notes_of(bytes));
      }
    // The number is the version of this code: raise it if cropping or resizing changes pixels.
    source.key = [&](std::size_t i) {
      const Patch& patch = patches[i];
      return fmt::format("patch 2|{}|{},{},{}|{}|{}", hashes[patch.image], patch.x, patch.y, patch.side, side,
                         key_of(settings.preprocessing));
    };
  }
  result.tally = pool_generated_images(
      network, names, source, settings.batch,
      [&](std::size_t i, std::span<const std::span<const float>> features) {
        probe.add(std::array{static_cast<std::int64_t>(i)}, features);
      },
      stop, progress);
  for (Remark& remark : latest.remarks())
    result.patches.remarks.push_back(std::move(remark));
  return probe;
}

std::vector<double> classes_of(const Patches& patches, const PatchSettings& settings) {
  std::set<double> magnifications;
  for (const Patch& patch : patches.patches)
    magnifications.insert(patch.magnification);
  if (magnifications.size() < 2)
    throw Error(fmt::format("Patches of {} x {} pixels could be cropped at {} of the magnifications, but at least two "
                            "are needed{}: give other magnifications, a smaller input size, or larger images.",
                            settings.side, settings.side, magnifications.size(),
                            patches.left_out.empty() ? std::string()
                                                     : fmt::format(" ({}: {})", patches.left_out.front().what,
                                                                   patches.left_out.front().reason)));
  return {magnifications.begin(), magnifications.end()};
}

Folds folds_over_images(const Patches& patches, std::span<const LabelledImage> images,
                        const TransferSettings& settings) {
  std::vector<std::string> ids;
  std::vector<std::string> groups;
  for (const Patch& patch : patches.patches) {
    ids.push_back(patch.id);
    groups.push_back(images[patch.image].id);
  }
  return draw_folds(settings.protocol, ids, groups, settings.repetitions, settings.seed);
}

void fit(Transfer& result, const Probe& probe, int threads, const std::stop_token& stop, const JobCallback& progress) {
  const auto start = Clock::now();
  const TransferTargets targets(result.patches, result.magnifications, result.folds);
  const std::size_t repetitions = result.folds.repetitions.size();
  for (TransferLayer& layer : result.layers)
    for (TargetScore* score : {&layer.area, &layer.magnification}) {
      score->error.resize(repetitions);
      score->kappa.resize(repetitions);
    }
  const std::vector<std::vector<std::vector<double>>> sets{{targets.areas()}, {targets.magnifications()}};
  auto scores = probe.score(
      sets, result.folds, threads, stop,
      [&](double done) {
        if (progress)
          progress({"fitting", static_cast<std::int64_t>(1000 * done), 1000});
      },
      [&](const PartialScore& one) {
        TransferLayer& layer = result.layers[one.layer];
        const bool of_area = one.set == 0;
        targets.score(of_area ? layer.area : layer.magnification, of_area, one.repetition, one.predictions);
      });
  const auto note_of = [&](const std::vector<double>& target, const char* what) {
    const Sensitivity sensitivity = sensitivity_of(probe, target, result.folds, {}, threads, stop);
    if (auto note = sensitivity_note(sensitivity, probe.layers(), result.folds.rows, what))
      result.notes.push_back(std::move(*note));
  };
  note_of(targets.areas(), "R2 of the area");
  note_of(targets.magnifications(), "R2 of the magnification");
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    result.layers[i].largest_z_score = scores[0][i].largest_z_score;
    result.layers[i].area.r2 = std::move(scores[0][i].r2);
    result.layers[i].magnification.r2 = std::move(scores[1][i].r2);
  }
  result.baseline_area_error = targets.guess_error(true);
  result.baseline_magnification_error = targets.guess_error(false);
  result.fit_seconds = seconds_since(start);
}

std::string best_block(const Transfer& result, const std::vector<std::string>& blocks) {
  const TransferLayer* best = nullptr;
  for (const TransferLayer& layer : result.layers)
    if (std::ranges::find(blocks, layer.name) != blocks.end() &&
        (best == nullptr || mean_of(layer.magnification.r2) > mean_of(best->magnification.r2)))
      best = &layer;
  return best->name;
}

} // namespace

std::string last_pooled_layer(const Network& network) {
  if (network.info().blocks.empty())
    throw Error(
        fmt::format("{} has no blocks that could be found, so its last pooled features are not known: name layers.",
                    network.info().name));
  const Layer& last = network.layer(network.info().blocks.back());
  const auto is_flat = [](const Layer& layer) {
    return layer.has_features() && std::accumulate(layer.shape.begin(), layer.shape.end(), std::int64_t{1},
                                                   std::multiplies()) == layer.channels();
  };
  bool behind = false;
  for (const Layer& layer : network.info().layers) {
    if (behind && is_flat(layer) && layer.channels() == last.channels() && layer.depth == last.depth &&
        !layer.name.starts_with(last.name + "."))
      return layer.name;
    behind = behind || layer.name == last.name;
  }
  return last.name;
}

Transfer transfer(const Network& network, std::span<const LabelledImage> images, const TransferSettings& settings,
                  const std::stop_token& stop, const JobCallback& progress) {
  const std::vector<std::string> layers = layers_to_probe(network, settings);
  if (layers.empty())
    throw Error(
        fmt::format("No layers of {} are chosen: name some (see 'scalescope-cli layers').", network.info().name));
  const auto start = Clock::now();
  Transfer result;
  const auto total = static_cast<std::int64_t>(images.size());
  result.patches = choose_patches(images, settings.patches, stop, [&](std::size_t done) {
    if (progress)
      progress({"masks", static_cast<std::int64_t>(done), total});
  });
  result.magnifications = classes_of(result.patches, settings.patches);
  result.folds = folds_over_images(result.patches, images, settings);
  for (const std::string& name : layers) {
    const Layer& layer = network.layer(name);
    result.layers.push_back({layer.name, layer.features(network.info().source.tokens), layer.depth, {}, {}});
  }
  const Probe probe = collect(network, images, settings, result, stop, progress);
  result.seconds = seconds_since(start);
  fit(result, probe, network.info().threads, stop, progress);
  if (asks_for(settings, "full"))
    result.full_layer = last_pooled_layer(network);
  if (asks_for(settings, "auto"))
    result.auto_layer = settings.auto_layer.empty() ? best_block(result, network.info().blocks) : settings.auto_layer;
  return result;
}

} // namespace scalescope
