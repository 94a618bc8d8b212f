#include "core/jobs/curve_job.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/experiment/fit.h"

#include <fmt/format.h>

#include <set>

#include <algorithm>

namespace scalescope {

std::vector<std::string> blocks_and_head(const NetworkInfo& network) {
  std::vector<std::string> names = network.blocks;
  names.insert(names.end(), network.head.begin(), network.head.end());
  return names;
}

std::vector<std::string> chosen_layers(const std::vector<std::string>& choice, const NetworkInfo& network) {
  std::vector<std::string> names;
  if (choice == std::vector<std::string>{"all"}) {
    for (const Layer& layer : network.layers)
      if (layer.has_features() && !layer.name.empty())
        names.push_back(layer.name);
    return names; // output and softmax are among them
  }
  if (choice != std::vector<std::string>{"blocks"}) {
    for (const auto& name : choice)
      if (!name.empty() && std::ranges::find(names, name) == names.end())
        names.push_back(network.layer(name).name);
    return names;
  }
  names = blocks_and_head(network);
  if (names.empty())
    throw Error(
        fmt::format("{} has no blocks that could be found; name layers with --layers (see 'scalescope-cli layers').",
                    network.name));
  return names;
}

std::vector<std::string> with_inner_layers(std::vector<std::string> layers, const std::vector<std::string>& inside,
                                           const NetworkInfo& network) {
  const std::vector<std::string>& blocks = inside == std::vector<std::string>{"blocks"} ? network.blocks : inside;
  for (const std::string& name : blocks) {
    const std::string block = network.layer(name).name;
    std::vector<std::string> inner;
    for (const Layer& layer : network.layers)
      if (layer.has_features() && layer.name.starts_with(block + ".") &&
          std::ranges::find(layers, layer.name) == layers.end())
        inner.push_back(layer.name);
    if (inner.empty() && &blocks == &inside) // a last map among all blocks may have nothing inside
      throw Error(fmt::format("{} has no further layers inside; name blocks of {} with --inside (see 'scalescope-cli "
                              "layers').",
                              block, network.name));
    auto place = std::ranges::find(layers, block);
    if (place == layers.end())
      place = layers.insert(place, block);
    layers.insert(place, inner.begin(), inner.end());
  }
  return layers;
}

CurveSetup setup_of(const CurveJob& job, const NetworkInfo& network) {
  const ChosenPreprocessing scaling = chosen(job.preprocessing, network);
  CurveSetup setup{.settings = {}, .preprocessing_reason = scaling.reason};
  AnalysisSettings& settings = setup.settings;
  settings.extraction.layers = with_inner_layers(chosen_layers(job.layers, network), job.inside, network);
  settings.extraction.preprocessing = scaling.preprocessing;
  settings.extraction.batch = job.batch;
  settings.extraction.keep_going = job.read.keep_going;
  settings.protocol = job.protocol;
  settings.repetitions = job.repetitions;
  settings.seed = job.seed;
  settings.folds = job.folds;
  settings.random_weights_control = std::ranges::count(job.controls, "random-weights") > 0;
  settings.random_scale_control = std::ranges::count(job.controls, "random-scale") > 0;
  settings.weight_draws = job.weight_draws;
  settings.permutations = job.permutations;
  settings.adjust = job.adjust;
  settings.equal_width = job.equal_width;
  settings.target_forms = job.target_forms;
  settings.learning_curve = job.learning_curve;
  return setup;
}

AnalysisContext context_of(const CurveJob& job, const CurveSetup& setup, const NetworkInfo& network,
                           SampleSet samples) {
  return {network.source,
          network.options,
          job.data,
          std::move(samples),
          setup.settings,
          text_of(job.read.objects),
          job.read.classes,
          job.read.format,
          job.read.split_masks,
          setup.preprocessing_reason,
          scalescope_version()};
}

ReadWatch read_watch(const JobWatch& watch, const std::stop_token& stop) {
  if (!watch.progress)
    return {.stop = stop};
  // Small data sets are read at once; a bar for them would only flicker.
  return {.progress =
              [&watch, start = std::chrono::steady_clock::now()](std::size_t done, std::size_t total) {
                if (std::chrono::steady_clock::now() - start > std::chrono::milliseconds(500))
                  watch.progress({"annotations",
                                  static_cast<std::int64_t>(1000.0 * done / std::max<std::size_t>(total, 1)), 1000, 0});
              },
          .stop = stop};
}

SampleSet read_data(const CurveJob& job, const JobWatch& watch, const std::stop_token& stop) {
  if (job.data.empty())
    throw Error("The job names no data set; give one as 'data'.");
  SampleSet set = read_samples(job.data, job.read, read_watch(watch, stop));
  if (set.samples.empty())
    throw Error(fmt::format(
        "{} contains nothing to analyse ({} left out{}); choose another --objects rule or other data.", job.data,
        set.left_out.size(), set.left_out.empty() ? "" : ", the first: " + set.left_out[0].reason));
  watch.say(set.remarks);
  return set;
}

Network open_network(const NetworkChoice& choice, std::uint64_t seed, const JobWatch& watch) {
  Network network = Network::open(source_of(choice, seed), run_options_of(choice));
  for (const auto& note : network.info().notes)
    watch.say(note);
  return network;
}

std::string setup_text(const NetworkInfo& network, const CurveSetup& setup, const std::string& images) {
  return fmt::format("{}: {}, {} layers, preprocessing {} ({}), {} on {} with {} threads.", network.name, images,
                     setup.settings.extraction.layers.size(), describe(setup.settings.extraction.preprocessing),
                     setup.preprocessing_reason, network.engine, network.device, network.threads);
}

std::string count_of(const SampleSet& samples) {
  std::set<std::filesystem::path> images;
  for (const Sample& sample : samples.samples)
    images.insert(sample.file);
  const std::string rows = images.size() == samples.samples.size()
                               ? fmt::format("{} images", images.size())
                               : fmt::format("{} rows of {} images", samples.samples.size(), images.size());
  return fmt::format("{}, {}", rows, left_out_text(samples.left_out));
}

// The weights are rough: of a pass over the images, which most time goes into.
JobCallback progress_of_analysis(JobCallback progress, const AnalysisSettings& settings) {
  const int draws =
      settings.random_weights_control ? std::max(1, std::min(settings.weight_draws, settings.repetitions)) : 0;
  const double fits = 1 + (settings.random_weights_control ? 1 : 0) + (settings.random_scale_control ? 1 : 0) +
                      0.1 * settings.permutations;
  return whole_of(std::move(progress), {{"images", 10}, {"random weights", 10.0 * draws}, {"fitting", fits}});
}

Analysis run_analysis(const Network& network, const MakeRows& make_rows, const AnalysisSettings& settings,
                      const JobWatch& watch, const std::stop_token& stop) {
  const NetworkInfo& info = network.info();
  const std::size_t notes_at_start = info.notes.size();
  const JobCallback progress = progress_of_analysis(watch.progress, settings);
  Analysis analysis = fit(collect(network, make_rows, settings, progress), settings, info.threads, stop, progress);
  for (std::size_t i = notes_at_start; i < info.notes.size(); ++i)
    watch.say(info.notes[i]); // of the run, such as an engine that could not do it
  for (const auto* const notes : {&analysis.extraction.notes, &analysis.notes})
    for (const auto& note : *notes)
      watch.say(note);
  watch.say(analysis.extraction.remarks);
  if (watch.left_out)
    watch.left_out(analysis.extraction.left_out);
  return analysis;
}

} // namespace scalescope
