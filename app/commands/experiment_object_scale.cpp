#include "app/commands/experiments.h"
#include "app/interrupt.h"
#include "core/experiment/object_scale.h"
#include "core/report/experiment_texts.h"

#include <map>
#include <memory>

namespace scalescope {
namespace {

struct ObjectScaleOptions : ExperimentOptions {
  bool rendered = false;
  bool observed = false; ///< the same as not rendered: said for clarity
  ScaleMeasure measure = ScaleMeasure::Area;
  RenderSettings rendering;
};

int run(ObjectScaleOptions& options) {
  SampleSet samples = options.samples();
  samples.target_name = name_of(options.measure);
  const Network network = options.open();
  FileSet files = options.files(analysis_files(true), samples);
  options.rendering.seed = options.settings.seed;
  const auto make_rows = [&](const Network& one, const JobCallback& progress) {
    const auto& how = options.settings.extraction;
    return options.rendered ? rendered_scales(one, samples.samples, how, options.rendering, options.measure,
                                              interrupt_token(), progress)
                            : observed_scales(one, samples.samples, how, options.measure, interrupt_token(), progress);
  };
  return run_curve(
      options, files, network,
      {samples, count_of(samples),
       options.rendered ? rendered_text(options.rendering, options.measure) : observed_text(options.measure),
       make_rows});
}

} // namespace

Command add_object_scale_experiment(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "object-scale", "How well the object's scale is read from each layer\n"
                      "--observed: a row an annotated image, as it is. --rendered: every object is shown at several "
                      "scales in its own image, whose place behind it is filled; rows of one image stay together "
                      "in the folds.");
  const auto options = std::make_shared<ObjectScaleOptions>();
  options->add_to(*command);
  auto* rendered = command->add_flag("--rendered", options->rendered, "Show every object at several scales");
  command->add_flag("--observed", options->observed, "Take the images as they are (the default)")->excludes(rendered);
  command->add_option("--measure", options->measure, "What is regressed: the area fraction, its root or its log")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ScaleMeasure>{
          {"area", ScaleMeasure::Area}, {"root", ScaleMeasure::Root}, {"log", ScaleMeasure::Log}}))
      ->type_name("NAME")
      ->default_str("area");
  add_render_options(*command, options->rendering);
  return [options] { return run(*options); };
}

} // namespace scalescope
