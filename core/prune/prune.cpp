#include "core/prune/prune.h"

#include "core/base/error.h"
#include "core/features/network_image.h"
#include "core/features/timing.h"
#include "core/image/image.h"
#include "core/image/read_image.h"
#include "core/network/model_folder.h"
#include "core/network/truncate.h"
#include "core/prune/truncation_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

namespace scalescope {
namespace {

constexpr double tolerance = 1e-5;

// The comparison uses this engine for both networks, not the user's choice.
RunOptions reference_options(const Network& network) {
  return {.device = network.info().device,
          .engine = Engine::LibTorch,
          .precision = Precision::Float32,
          .threads = network.info().threads,
          .input_size = network.info().input_size};
}

Provenance provenance_of(const Network& network, const PruneSettings& settings) {
  Provenance p = origin_of(network, settings.preprocessing);
  p.layer = settings.layer;
  p.output = text_of(settings.output);
  p.target = settings.target;
  if (settings.r2) {
    p.r2_mean = settings.r2->mean;
    p.r2_standard_deviation = settings.r2->standard_deviation;
  }
  return p;
}

Truncation truncation_of(const Layer& layer, Tokens tokens, const PruneSettings& settings) {
  Truncation cut{layer, settings.output == PrunedOutput::Map ? Reduction::Maps : Reduction::Pooled, tokens, {}};
  if (settings.output != PrunedOutput::Scale)
    return cut;
  if (!settings.regression || std::ssize(settings.regression->weights) != layer.features(tokens))
    throw Error(fmt::format(
        "The analysis has no regression for the layer '{}' with its {} features; give the analysis of this network.",
        layer.name, layer.features(tokens)));
  const Regression& fitted = *settings.regression;
  cut.readout = LinearReadout{fitted.weights, fitted.intercept};
  if (fitted.clips) {
    cut.readout->least = fitted.least;
    cut.readout->largest = fitted.largest;
  }
  return cut;
}

// The images for the comparison, one after another.
class Images {
 public:
  Images(const PruneSettings& settings, int side, const InputForm& form)
      : settings_(settings), side_(side), form_(form) {
    if (settings.images.empty())
      random_ = random_images(2, side, form);
  }
  [[nodiscard]] std::size_t count() const { return random_.empty() ? settings_.images.size() : 2; }
  [[nodiscard]] bool are_random() const { return !random_.empty(); }
  // @throws Error if the image can't be read.
  [[nodiscard]] std::vector<float> image(std::size_t i) const {
    const std::size_t size = std::size_t{3} * side_ * side_;
    if (are_random())
      return {random_.begin() + static_cast<std::ptrdiff_t>(i * size),
              random_.begin() + static_cast<std::ptrdiff_t>((i + 1) * size)};
    std::vector<float> pixels(size);
    preprocess_for(form_, to_square(read_image(settings_.images[i]), side_, settings_.preprocessing),
                   settings_.preprocessing, pixels);
    return pixels;
  }

 private:
  const PruneSettings& settings_;
  int side_;
  InputForm form_;
  std::vector<float> random_;
};

// Compares the network in the archive with the layer of the original.
void compare(PruneResult& result, const Network& network, const ModelSource& pruned_source,
             const PruneSettings& settings, const std::stop_token& stop, const JobCallback& progress) {
  const Network original = Network::open(network.info().source, reference_options(network));
  const Network pruned = Network::open(pruned_source, reference_options(network));
  const auto reduction = settings.output == PrunedOutput::Map ? Reduction::Maps : Reduction::Pooled;
  const Plan at_layer = original.plan({settings.layer}, reduction);
  const Plan at_end = pruned.plan({""}, Reduction::Maps);
  const int side = network.info().input_size;
  const Images images(settings, side, network.info().input_form);
  double largest = 0;
  double magnitude = 0;
  for (std::size_t i = 0; i < images.count(); ++i) {
    if (stop.stop_requested())
      throw Cancelled();
    std::vector<float> pixels;
    try {
      pixels = images.image(i);
    } catch (const Error& e) {
      result.notes.emplace_back(e.what());
      continue;
    }
    std::vector<float> expected = original.run(at_layer, pixels, 1, side, side).front().values;
    const std::vector<float> got = pruned.run(at_end, pixels, 1, side, side).front().values;
    if (settings.output == PrunedOutput::Scale) {
      const auto& weights = settings.regression->weights;
      magnitude = std::max(
          magnitude, std::transform_reduce(weights.begin(), weights.end(), expected.begin(),
                                           std::abs(settings.regression->intercept), std::plus<>(),
                                           [](double weight, double feature) { return std::abs(weight * feature); }));
      expected = {static_cast<float>(settings.regression->predict(expected))};
    }
    if (got.size() != expected.size())
      throw Error(fmt::format("The pruned network returns {} values, but the layer '{}' has {}, so nothing was "
                              "written; please report this.",
                              got.size(), settings.layer, expected.size()));
    for (std::size_t k = 0; k < got.size(); ++k) {
      const double difference = std::abs(static_cast<double>(got[k]) - expected[k]);
      largest = std::isnan(difference) ? INFINITY : std::max(largest, difference);
      magnitude = std::max(magnitude, static_cast<double>(std::abs(expected[k])));
    }
    ++result.images;
    if (progress)
      progress({"comparing", static_cast<std::int64_t>(i) + 1, static_cast<std::int64_t>(images.count())});
  }
  if (result.images == 0)
    throw Error(
        fmt::format("None of the {} images for the comparison can be read, so nothing was written; the first: {}",
                    images.count(), result.notes.front()));
  result.random_images = images.are_random();
  result.difference = largest == 0 ? 0 : largest / magnitude;
  if (!(result.difference <= tolerance) && !result.folder.empty())
    throw Error(fmt::format("The network computes something else than a {} with its weights (a relative difference of "
                            "{:.1e} at the layer '{}'), so nothing was written as a folder; choose --format "
                            "torchscript, pt2 or onnx.",
                            network.info().architecture, result.difference, settings.layer));
  if (!(result.difference <= tolerance))
    throw Error(
        fmt::format("The pruned network differs from the layer '{}' by {:.1e} of its magnitude, so nothing was "
                    "written; the layer probably works on a tensor that is changed elsewhere: prune after another one.",
                    settings.layer, result.difference));
}

NetworkCost cost_of(const Network& network, std::uint64_t bytes) {
  const auto& layers = network.info().layers;
  const auto head = network.info().head;
  const auto modules = std::ranges::count_if(layers, [&](const Layer& layer) {
    return !layer.name.empty() && std::ranges::find(head, layer.name) == head.end();
  });
  return {modules, layers.front().parameters, layers.front().multiply_adds, bytes, 0};
}

// The removed modules, without their children.
std::vector<std::string> gone_modules(const Network& before, const Network& after) {
  std::set<std::string> left;
  for (const Layer& layer : after.info().layers)
    left.insert(layer.name);
  std::vector<std::string> gone;
  const auto head = before.info().head;
  for (const Layer& layer : before.info().layers)
    if (layer.parent >= 0 && !left.contains(layer.name) && std::ranges::find(head, layer.name) == head.end() &&
        left.contains(before.info().layers[static_cast<std::size_t>(layer.parent)].name))
      gone.push_back(layer.name);
  return gone;
}

void measure_latencies(PruneResult& result, const Network& network, const Network& pruned,
                       const PruneSettings& settings, const std::stop_token& stop) {
  const int side = network.info().input_size;
  const auto image = random_images(1, side, network.info().input_form);
  const auto reduction = settings.output == PrunedOutput::Map ? Reduction::Maps : Reduction::Pooled;
  const auto run = [&](const Network& of, Plan plan) {
    return [&, plan = std::move(plan)] { (void)of.run(plan, image, 1, side, side); };
  };
  const std::vector<std::function<void()>> work{run(network, network.plan({""}, Reduction::Maps)),
                                                run(network, network.plan({settings.layer}, reduction)),
                                                run(pruned, pruned.plan({""}, Reduction::Maps))};
  const auto seconds = median_seconds(work, settings.seconds, stop);
  result.before.milliseconds = 1000 * seconds[0];
  result.milliseconds_to_layer = 1000 * seconds[1];
  result.after.milliseconds = 1000 * seconds[2];
}

} // namespace

Provenance origin_of(const Network& network, const Preprocessing& preprocessing) {
  const ModelSource& source = network.info().source;
  Provenance p;
  p.source = network.info().name;
  if (!source.file.empty())
    p.sha256 = network.info().sha256;
  if (source.random_weights)
    p.seed = source.seed;
  p.architecture = network.info().architecture;
  p.input_size = network.info().input_size;
  if (network.info().has_tokens())
    p.tokens = text_of(source.tokens);
  p.preprocessing = preprocessing;
  return p;
}

ModelSource source_of(const PruneResult& result, const std::string& name) {
  ModelSource source;
  source.file = name;
  if (result.folder.empty())
    source.archive = std::make_shared<const std::string>(result.archive);
  else
    source.folder = std::make_shared<const FolderFiles>(result.folder);
  return source;
}

PruneResult prune(const Network& network, const PruneSettings& settings, std::stop_token stop,
                  const JobCallback& progress) {
  const auto begin = [&](const char* stage) {
    if (stop.stop_requested())
      throw Cancelled();
    if (progress)
      progress({stage, 0, 1});
  };
  begin("pruning");
  const ModelSource& source = network.info().source;
  const Layer& layer = truncation_point(network, settings.layer);
  PruneResult result;
  result.layer = layer.name;
  const Truncation cut = truncation_of(layer, source.tokens, settings);
  if (settings.format == NetworkFormat::Safetensors)
    result.folder = truncated_folder(source, cut, provenance_of(network, settings));
  else
    result.archive =
        truncated_archive(source, cut, provenance_of(network, settings), {settings.format, network.info().input_form});
  const ModelSource pruned_source = source_of(result, settings.name);
  begin("comparing");
  compare(result, network, pruned_source, settings, stop, progress);

  RunOptions here = network.info().options;
  here.input_size = network.info().input_size;
  here.cache.reset();
  const Network pruned = Network::open(pruned_source, here);
  begin("timing");
  const std::size_t own_notes = pruned.info().notes.size();
  result.before = cost_of(network, source.file.empty() ? 0 : size_of_model(source.file));
  std::uint64_t bytes = result.archive.size();
  for (const auto& [name, content] : result.folder)
    bytes += content.size();
  result.after = cost_of(pruned, bytes);
  result.gone = gone_modules(network, pruned);
  measure_latencies(result, network, pruned, settings, stop);
  result.notes.insert(result.notes.end(), pruned.info().notes.begin() + static_cast<std::ptrdiff_t>(own_notes),
                      pruned.info().notes.end());
  return result;
}

} // namespace scalescope
