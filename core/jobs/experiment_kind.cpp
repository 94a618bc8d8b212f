#include "core/jobs/experiment_kind.h"

#include "core/experiment/class_measures.h"
#include "core/experiment/equivariance.h"
#include "core/experiment/image_size.h"
#include "core/experiment/similarity.h"
#include "core/experiment/some_images.h"
#include "core/experiment/sparse_measures.h"
#include "core/experiment/two_objects_text.h"
#include "core/jobs/detail/experiment_run.h"
#include "core/report/analysis_report.h"
#include "core/report/direction_report.h"
#include "core/report/invariance_report.h"
#include "core/report/layer_measures_report.h"

#include <fmt/format.h>

namespace scalescope {
namespace {

// An experiment that ends in a curve: of the rows that `make_rows` gives for a network.
template <typename MakeRows>
Analysis curve_of(const ExperimentRun& run, const JobWatch& watch, const MakeRows& make_rows) {
  return run_analysis(run.network, make_rows, run.setup.settings, watch, run.stop);
}

void write_curve(const ExperimentRun& run, ExperimentText text, FileSet& files, const Analysis& analysis) {
  AnalysisContext context = run.context();
  context.experiment = std::move(text);
  write_analysis(files, analysis, run.network, context, false);
}

std::vector<std::string> curve_files() { return analysis_files(); }

void run_observed_scale(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  run.start(count_of(run.samples));
  result.analysis = curve_of(run, run.watch, [&](const Network& network, const JobCallback& progress) {
    return observed_scales(network, run.samples.samples, run.extraction(), run.job.measure, run.stop, progress);
  });
  write_curve(run, observed_text(run.job.measure), files, *result.analysis);
}

void run_rendered_scale(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  run.start(count_of(run.samples));
  result.analysis = curve_of(run, run.watch, [&](const Network& network, const JobCallback& progress) {
    return rendered_scales(network, run.samples.samples, run.extraction(), run.rendering(), run.job.measure, run.stop,
                           progress);
  });
  write_curve(run, rendered_text(run.rendering(), run.job.measure), files, *result.analysis);
}

void run_image_size(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  run.start(count_of(run.samples));
  result.analysis = curve_of(run, run.watch, [&](const Network& network, const JobCallback& progress) {
    return image_sizes(network, run.samples.samples, run.extraction(), run.job.sizes, run.stop, progress);
  });
  write_curve(run, image_size_text(run.job.sizes), files, *result.analysis);
}

// Images that are made at the network's size are given whole.
void say_made_whole(const ExperimentRun& run) {
  if (const Resizing& how = run.extraction().preprocessing.resizing; !shows_all(how))
    run.watch.say(fmt::format("This experiment makes images of the network's size, so the form of its images ({}) is "
                              "not applied to them.",
                              describe(how)));
}

// The noise pooled only where padding does not reach; without the controls, which the main curve has.
std::optional<Analysis> curve_without_padding(const ExperimentRun& run, JobWatch watch) {
  AnalysisSettings settings = run.setup.settings;
  settings.extraction.layers = layers_without_padding(run.network, settings.extraction.layers, run.job.sizes);
  if (settings.extraction.layers.empty())
    return std::nullopt;
  settings.random_weights_control = settings.random_scale_control = false;
  settings.permutations = 0;
  watch.progress = between(watch.progress, 0, 0.2);
  return run_analysis(
      run.network,
      [&](const Network& network, const JobCallback& progress) {
        return noise_sizes(network, settings.extraction, run.noise(), Positions::WithoutPadding, run.stop, progress);
      },
      settings, watch, run.stop);
}

void run_noise(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  const auto inner = curve_without_padding(run, run.watch);
  run.start(fmt::format("{} images of {} noise", run.job.noise_images * static_cast<int>(run.job.sizes.size()),
                        title_of(run.job.noise)));
  say_made_whole(run);
  JobWatch watch = run.watch;
  if (inner)
    watch.progress = between(watch.progress, 0.2, 1);
  result.analysis = curve_of(run, watch, [&](const Network& network, const JobCallback& progress) {
    return noise_sizes(network, run.extraction(), run.noise(), Positions::All, run.stop, progress);
  });
  write_curve(run, noise_text(run.noise(), run.extraction().layers, inner), files, *result.analysis);
}

void run_invariance(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  run.start(count_of(run.samples));
  Invariance& found = result.invariance.emplace(invariance(
      run.network, some_images(run.samples.samples, run.job.most_images, run.job.seed), run.extraction(),
      run.rendering(), run.job.sizes, run.stop, whole_of(run.watch.progress, {{"images", 20}, {"fitting", 1}})));
  const AnalysisContext context = run.context();
  write_invariance(files, found, run.network,
                   {context.model, context.data, run.samples, run.extraction(), run.rendering(),
                    context.preprocessing_reason, context.version});
  run.watch.say(found.remarks);
}

void run_direction(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  run.start(count_of(run.samples));
  const DirectionSettings how{.extraction = run.extraction(),
                              .repetitions = run.job.repetitions,
                              .permutations = run.job.permutations,
                              .seed = run.job.seed,
                              .wanted_class = run.job.wanted_class,
                              .device = run.job.network.device};
  Directions& found = result.directions.emplace(
      directions(run.network, run.samples.samples, how, run.stop,
                 whole_of(run.watch.progress, {{"images", 10}, {"derivatives", 10}, {"fitting", 3}})));
  const AnalysisContext context = run.context();
  write_directions(files, found, run.network,
                   {context.model, context.data, run.samples, how, context.preprocessing_reason, context.version});
  run.watch.say(found.remarks);
  for (const auto& note : found.notes)
    run.watch.say(note);
}

// An experiment that ends in measures by layer, and with random weights again if that control is chosen.
// @param measure of a network: makes them. @param overall takes the progress, JobProgress::whole from 0 to 1.
// @param fitting its share of the time, where the images take 20.
template <typename Measure>
void run_measures(const ExperimentRun& run, FileSet& files, ExperimentResult& result, const Measure& measure,
                  const JobCallback& overall, double fitting = 1) {
  const bool control = run.setup.settings.random_weights_control;
  std::optional<Network> random; // opened first, so that a network that can't be opened is reported early
  if (control)
    random = with_random_weights(run.network, run.setup.settings.seed);
  const double share = control ? 0.5 : 1;
  const auto progress = [&](double from, double to) {
    return whole_of(between(overall, from, to), {{"images", 20}, {"fitting", fitting}});
  };
  LayerMeasures& found = result.measures.emplace(measure(run.network, progress(0, share)));
  if (random)
    add_control(found, measure(*random, progress(share, 1)));
  write_measures(files, found, run.network, run.context());
  run.watch.say(found.remarks);
  for (const auto& note : found.notes)
    run.watch.say(note);
}

void run_equivariance(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  run.start(count_of(run.samples));
  const EquivarianceSettings how{
      .extraction = run.extraction(), .zooms = run.job.zooms, .images = run.job.most_images, .seed = run.job.seed};
  run_measures(
      run, files, result,
      [&](const Network& network, const JobCallback& progress) {
        return equivariance(network, run.samples.samples, how, run.stop, progress);
      },
      run.watch.progress);
}

void run_similarity(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  run.start(count_of(run.samples));
  const SimilaritySettings how{.extraction = run.extraction(),
                               .rendering = run.rendering(),
                               .images = run.job.most_images,
                               .seed = run.job.seed};
  std::optional<OtherNetwork> other;
  if (!run.job.other.empty()) {
    NetworkChoice choice = run.job.network;
    choice.model = run.job.other;
    choice.architecture.clear();
    choice.input_size = 0;
    choice.random_weights = false;
    Network opened = open_network(choice, run.job.seed, run.watch);
    const Preprocessing preprocessing = chosen({}, opened.info()).preprocessing;
    if (const Resizing& own = run.extraction().preprocessing.resizing; own != preprocessing.resizing)
      run.watch.say(fmt::format("The two networks do not see the same part of an image or the same pixels: {} is given "
                                "images {}, {} is given them {}.",
                                run.network.info().name, describe(own), opened.info().name,
                                describe(preprocessing.resizing)));
    std::vector<std::string> layers = chosen_layers({"blocks"}, opened.info());
    other.emplace(OtherNetwork{std::move(opened), std::move(layers), preprocessing});
  }
  run_measures(
      run, files, result,
      [&](const Network& network, const JobCallback& progress) {
        return similarity(network, run.samples.samples, how, other ? &*other : nullptr, run.stop, progress);
      },
      run.watch.progress);
}

void run_two_objects(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  run.start(count_of(run.samples));
  say_made_whole(run);
  const PairSettings pairs = run.pairs();
  const int side = run.network.info().input_size;
  const double cutting = 0.15; // share of the time
  const PairImages images(cut_out_objects(run.samples.samples, pairs, side, run.network.info().threads, run.stop,
                                          whole_of(between(run.watch.progress, 0, cutting), {{"objects", 1}})),
                          pairs, run.extraction().preprocessing, side, run.network.info().input_form);
  run_measures(
      run, files, result,
      [&](const Network& network, const JobCallback& progress) {
        return measures_of(two_objects(network, images, run.extraction(), run.job.seed, run.stop, progress), images);
      },
      between(run.watch.progress, cutting, 1));
}

std::vector<std::string> two_objects_files() {
  return measures_files({two_objects_figures.begin(), two_objects_figures.end()}, {two_objects_table});
}

void run_sparse(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  run.start(count_of(run.samples));
  run_measures(
      run, files, result,
      [&](const Network& network, const JobCallback& progress) {
        return sparse_channels(network, run.samples.samples, run.extraction(), run.job.measure, run.job.repetitions,
                               run.job.seed, run.stop, progress);
      },
      run.watch.progress, 40);
}

void run_by_class(const ExperimentRun& run, FileSet& files, ExperimentResult& result) {
  check_classes(run.samples);
  run.start(count_of(run.samples));
  run_measures(
      run, files, result,
      [&](const Network& network, const JobCallback& progress) {
        return scale_by_class(network, run.samples, run.extraction(), run.job.measure, run.job.repetitions,
                              run.job.seed, run.stop, progress);
      },
      run.watch.progress, 20);
}

constexpr const char* object_scale_help =
    "Measure how well the object's scale is read from each layer\n"
    "--observed uses each annotated image as it is. --rendered shows each object at several scales in its own image "
    "and fills the area behind it. Rows of one image stay together in the folds.";

} // namespace

const std::vector<ExperimentInfo>& experiment_kinds() {
  using enum ExperimentPart;
  static const std::vector<ExperimentInfo> kinds{
      {.kind = ExperimentKind::ObservedScale,
       .title = "Object scale, unchanged images",
       .command = "object-scale",
       .flag = "--observed",
       .flag_help = "Use the images as they are (the default)",
       .help = object_scale_help,
       .parts = {Measure},
       .reads_data = true,
       .ends_in_curve = true,
       .files = curve_files,
       .run = run_observed_scale},
      {.kind = ExperimentKind::RenderedScale,
       .title = "Object scale, objects shown at 8 scales",
       .command = "object-scale",
       .flag = "--rendered",
       .flag_help = "Show each object at several scales",
       .help = object_scale_help,
       .parts = {Measure, Rendering},
       .reads_data = true,
       .ends_in_curve = true,
       .files = curve_files,
       .run = run_rendered_scale},
      {.kind = ExperimentKind::ImageSize,
       .title = "Image size",
       .command = "image-size",
       .flag = "",
       .flag_help = "",
       .help = "Measure how well the image's size in pixels is read from each layer\n"
               "Gives each whole image to the network at several sizes. The object's share of the image stays the "
               "same; the target is the side in pixels. Rows of one image stay together in the folds.",
       .parts = {Sizes},
       .reads_data = true,
       .ends_in_curve = true,
       .files = curve_files,
       .run = run_image_size},
      {.kind = ExperimentKind::Noise,
       .title = "Noise: what zero padding reveals",
       .command = "noise",
       .flag = "",
       .flag_help = "",
       .help = "Measure how well the image's size is read from images without any content\n"
               "Uses noise images of several sizes in pixels. They contain no object, so the regression can read only "
               "the size, which zero padding reveals. A second curve pools only over positions whose receptive field "
               "touches no padding.",
       .parts = {Sizes, Noise},
       .reads_data = false,
       .ends_in_curve = true,
       .files = curve_files,
       .run = run_noise},
      {.kind = ExperimentKind::Invariance,
       .title = "Invariance of the predictions",
       .command = "invariance",
       .flag = "",
       .flag_help = "",
       .help = "Measure how the predictions change with object scale and with image size\n"
               "The reference is each unchanged image. The report gives the share of images whose likeliest class "
               "stays the same, the probability of that class, and for each layer the cosine between its features and "
               "those of the reference.",
       .parts = {Rendering, Sizes, Images},
       .reads_data = true,
       .ends_in_curve = false,
       .files = invariance_files,
       .run = run_invariance},
      {.kind = ExperimentKind::Direction,
       .title = "Direction: is scale read along one vector?",
       .command = "direction",
       .flag = "",
       .flag_help = "",
       .help = "Measure whether the regression vector of a layer is stable, and whether predictions depend on it\n"
               "The report gives the cosine between the vectors of two halves of the images, and of small and large "
               "targets. It also gives the derivative of a class's output along the vector, which LibTorch computes.",
       .parts = {Direction},
       .reads_data = true,
       .ends_in_curve = false,
       .files = direction_files,
       .run = run_direction},
      {.kind = ExperimentKind::Equivariance,
       .title = "Equivariance: do maps follow the image?",
       .command = "equivariance",
       .flag = "",
       .flag_help = "",
       .help = "Measure whether a layer's maps move with an enlarged image, or stay the same\n"
               "Compares the maps of each image with those of its enlarged middle, without labels: equivariance is the "
               "mean canonical correlation between them, invariance the mean correlation at the same positions (after "
               "SEIS, Lin et al. 2026).",
       .parts = {Zooms, Images, RandomWeights},
       .reads_data = true,
       .ends_in_curve = false,
       .files =
           [] {
             return measures_files({"equivariance", "invariance", "cosine"});
           },
       .run = run_equivariance},
      {.kind = ExperimentKind::Similarity,
       .title = "Similarity of features between scales",
       .command = "similarity",
       .flag = "",
       .flag_help = "",
       .help = "Measure how alike a layer's features are between object scales, and between two networks\n"
               "Shows each object at several scales and compares the features of all objects at each scale with those "
               "of the unchanged images by linear centred kernel alignment (CKA, Kornblith et al. 2019). With --other, "
               "also compares each layer with those of a second network, on the unchanged images.",
       .parts = {Rendering, Images, Other, RandomWeights},
       .reads_data = true,
       .ends_in_curve = false,
       .files =
           [] {
             return measures_files({"similarity", "linear-cka", "networks"}, {"networks"});
           },
       .run = run_similarity},
      {.kind = ExperimentKind::TwoObjects,
       .title = "Two objects: does the larger one win?",
       .command = "two-objects",
       .flag = "",
       .flag_help = "",
       .help = "Measure which of two objects of different size the network's answer follows\n"
               "Shows every object beside one of another image, on a plain ground, with several ratios of their areas. "
               "The report gives for each layer the share of the larger object in the features for both, beside its "
               "share of the area, and how often the likeliest class is that of the larger object.",
       .parts = {Pairs, RandomWeights},
       .reads_data = true,
       .ends_in_curve = false,
       .files = two_objects_files,
       .run = run_two_objects},
      {.kind = ExperimentKind::Sparse,
       .title = "Sparse: how few channels are enough?",
       .command = "sparse",
       .flag = "",
       .flag_help = "",
       .help = "Measure which share of a layer's channels is enough to read the object's scale\n"
               "Chooses channels one after the other (orthogonal matching pursuit) on each fitted part, and reads the "
               "held-out images from 1, 2, 3, 4, 6, 8, 12, ... of them. The report gives the smallest share whose R2 "
               "is within one standard error of that of all channels, and how often the same channels are chosen "
               "again.",
       .parts = {Measure, RandomWeights},
       .reads_data = true,
       .ends_in_curve = false,
       .files = [] { return measures_files(sparse_figures, sparse_tables); },
       .run = run_sparse},
      {.kind = ExperimentKind::ByClass,
       .title = "By class: one regression for all objects?",
       .command = "by-class",
       .flag = "",
       .flag_help = "",
       .help = "Measure whether the object's scale is read by the same regression for each class of objects\n"
               "Reads each class with at least 20 images (the 8 most frequent) by a regression fitted to that class "
               "alone, and by one fitted only to the other classes. The data must name classes: the names of PASCAL "
               "VOC objects, the categories of COCO, or a column class of a CSV file.",
       .parts = {Measure, RandomWeights},
       .reads_data = true,
       .ends_in_curve = false,
       .files = [] { return measures_files(class_figures, class_tables); },
       .run = run_by_class}};
  return kinds;
}

const ExperimentInfo& info_of(ExperimentKind kind) { return experiment_kinds().at(static_cast<std::size_t>(kind)); }

} // namespace scalescope
