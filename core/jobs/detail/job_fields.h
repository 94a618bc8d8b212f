#pragma once

// What a job's JSON says: one description that both writes and reads it. Limits are those of the command line.

#include "core/jobs/analyze_job.h"
#include "core/jobs/bench_job.h"
#include "core/jobs/compare_job.h"
#include "core/jobs/demo_job.h"
#include "core/jobs/detail/json_fields.h"
#include "core/jobs/experiment_job.h"
#include "core/jobs/prune_job.h"
#include "core/jobs/report_card_job.h"
#include "core/jobs/transfer_job.h"
#include "core/stage/segment.h"

namespace scalescope {

inline constexpr Limits counts{1, 1000};
inline constexpr Limits batches{1, 1024};

template <typename F>
void fields(F& f, NetworkChoice& network) {
  f("model", network.model);
  f("architecture", network.architecture);
  f("random_weights", network.random_weights);
  f("seed", network.seed);
  f("output", network.output);
  f("tokens", network.tokens);
  f("input_size", network.input_size, {0, 4096});
  f("device", network.device);
  f("engine", network.engine);
  f("precision", network.precision);
  f("threads", network.threads, {0, 1024});
  f("use_cache", network.use_cache);
}

template <typename F>
void fields(F& f, PreprocessingChoice::Normalisation& custom) {
  f("mean", custom.mean);
  f("standard_deviation", custom.standard_deviation);
}

template <typename F>
void fields(F& f, PreprocessingChoice& preprocessing) {
  f("mode", preprocessing.mode);
  f("custom", preprocessing.custom);
  f("interpolation", preprocessing.interpolation);
  f("resize", preprocessing.resize);
  f("crop", preprocessing.crop, {least_crop, 1});
}

template <typename F>
void fields(F& f, ReadOptions& read) {
  f("objects", read.objects);
  f("classes", read.classes);
  f("format", read.format);
  f("split_masks", read.split_masks);
  f("target", read.target);
  f("keep_going", read.keep_going);
}

template <typename F>
void fields_of_curve(F& f, CurveJob& job) {
  f("network", job.network);
  f("data", job.data);
  f("read", job.read);
  f("out", job.out);
  f("layers", job.layers);
  f("inside", job.inside);
  f("preprocessing", job.preprocessing);
  f("protocol", job.protocol);
  f("repetitions", job.repetitions, counts);
  f("folds", job.folds);
  f("controls", job.controls);
  f("weight_draws", job.weight_draws, counts);
  f("permutations", job.permutations, {0, 100000});
  f("adjust", job.adjust);
  f("equal_width", job.equal_width);
  f("learning_curve", job.learning_curve);
  f("target_forms", job.target_forms);
  f("batch", job.batch, batches);
  f("seed", job.seed);
}

template <typename F>
void fields(F& f, AnalyzeJob& job) {
  fields_of_curve(f, job);
  f("features", job.features);
}

template <typename F>
void fields(F& f, SegmentSettings& segment) {
  f("by", segment.by);
  f("fill", segment.fill);
  f("feather", segment.feather, {0, 0.25});
}

template <typename F>
void fields(F& f, RenderSettings& rendering) {
  f("scales", rendering.scales, {2, 100});
  f("smallest", rendering.smallest, {1e-5, 1});
  f("largest", rendering.largest, {1e-5, 1});
  f("most_enlarged", rendering.most_enlarged, {0.01, 1000});
  f("segment", rendering.cut);
}

template <typename F>
void fields(F& f, ExperimentJob& job) {
  f("kind", job.kind);
  fields_of_curve(f, job);
  f("measure", job.measure);
  f("rendering", job.rendering);
  f("sizes", job.sizes, {8, 4096});
  f("noise", job.noise);
  f("noise_images", job.noise_images, {1, 1000000});
  f("class", job.wanted_class, {0, 1e9});
  f("zooms", job.zooms, {1.01, 100});
  f("most_images", job.most_images, {0, 1e6});
  f("other", job.other);
  f("ratios", job.ratios, {1, 1000});
  f("area", job.pair_area, {0.001, 0.5});
  f("resume", job.resume);
}

template <typename F>
void fields(F& f, PatchSettings& patches) {
  f("magnifications", patches.magnifications, {0.01, 10000});
  f("native", patches.native, {0.01, 10000});
  f("side", patches.side, {0, 4096});
  f("patches", patches.patches, {1, 10000});
  f("least_nuclei", patches.least_nuclei, {1, 10000});
  f("split_masks", patches.split_masks);
}

template <typename F>
void fields(F& f, TransferJob& job) {
  f("network", job.network);
  f("data", job.data);
  f("out", job.out);
  f("layers", job.layers);
  f("analysis", job.analysis);
  f("preprocessing", job.preprocessing);
  f("patches", job.patches);
  f("protocol", job.protocol);
  f("repetitions", job.repetitions, counts);
  f("batch", job.batch, batches);
  f("seed", job.seed);
}

template <typename F>
void fields(F& f, FineTuneSettings& training) {
  f("learning_rate", training.learning_rate, {1e-12, 1e6});
  f("batch", training.batch, batches);
  f("epochs", training.epochs, {1, 100000});
}

template <typename F>
void fields(F& f, FineTuneJob& job) {
  f("transfer", job.transfer);
  f("training", job.training);
  f("runs", job.runs, counts);
}

template <typename F>
void fields(F& f, PruneJob& job) {
  f("network", job.network);
  f("preprocessing", job.preprocessing);
  f("layer", job.layer);
  f("analysis", job.analysis);
  f("within_se", job.within_se);
  f("output", job.output);
  f("data", job.data);
  f("out", job.out);
  f("file_format", job.format); // "format" is the job file's own
  f("state_dict", job.state_dict);
  f("seconds", job.seconds, {0.01, 3600});
  f("seed", job.seed);
}

template <typename F>
void fields(F& f, CompareJob& job) {
  f("analyses", job.analyses);
  f("out", job.out);
}

template <typename F>
void fields(F& f, DemoJob& job) {
  f("model", job.model);
  f("out", job.out);
  f("scenes", job.scenes, {50, 100000});
  f("seed", job.seed);
}

template <typename F>
void fields(F& f, ReportCardJob& job) {
  f("network", job.network);
  f("preprocessing", job.preprocessing);
  f("data", job.data);
  f("read", job.read);
  f("cells", job.cells);
  f("split_masks", job.split_masks);
  f("out", job.out);
  f("scenes", job.scenes, {50, 100000});
  f("seed", job.seed);
}

template <typename F>
void fields(F& f, BenchSettings& settings) {
  f("batch", settings.batch, batches);
  f("seconds", settings.seconds, {0.01, 3600});
  f("engines", settings.engines);
  f("precisions", settings.precisions);
}

template <typename F>
void fields(F& f, BenchJob& job) {
  f("network", job.network);
  f("settings", job.settings);
  f("seed", job.seed);
}

} // namespace scalescope
