#include "core/results/analysis_files.h"

#include "core/base/text.h"
#include "core/network/model_folder.h"
#include "core/probe/folds_json.h"
#include "core/results/detail/record_parts.h"
#include "core/results/npy.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>

#include <algorithm>

namespace scalescope {
namespace {

using nlohmann::json;

json score_json(const LayerScore& score, Protocol protocol) {
  json object{{"r2_mean", score.mean()}, {"r2_sd", score.standard_deviation()}, {"r2", score.r2}};
  if (protocol != Protocol::Paper)
    object["farthest"] = score.largest_z_score;
  return object;
}

json interval_json(const Interval& interval) { return {interval.low, interval.high}; }

void add_uncertainty(json& layer, const std::optional<Uncertainty>& uncertainty, std::size_t i) {
  if (!uncertainty)
    return;
  layer["r2_interval"] = interval_json(uncertainty->layers[i].interval);
  layer["r2_standard_error"] = uncertainty->layers[i].standard_error;
  layer["peak_share"] = uncertainty->layers[i].peak_share;
}

json layers_json(const Analysis& analysis) {
  json layers = json::array();
  for (std::size_t i = 0; i < analysis.layers.size(); ++i) {
    json layer = score_json(analysis.scores[i], analysis.folds.protocol);
    layer["layer"] = analysis.layers[i].name;
    layer["channels"] = analysis.layers[i].channels;
    layer["depth"] = analysis.depths[i];
    add_uncertainty(layer, analysis.uncertainty, i);
    for (const auto& control : analysis.controls) {
      json& own = layer["controls"][underscored(control.name)];
      own = score_json(control.scores[i], analysis.folds.protocol);
      add_uncertainty(own, control.uncertainty, i);
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

json uncertainty_json(const Uncertainty& uncertainty, const std::vector<ProbeLayer>& layers) {
  json differences = json::array();
  for (const PeakDifference& difference : uncertainty.differences)
    differences.push_back({{"layer", layers[difference.from.layer].name},
                           {"what", difference.from.words},
                           {"peak_minus_it", difference.value},
                           {"interval", interval_json(difference.interval)}});
  return {{"level", 0.95},
          {"over", "images"},
          {"resamples", uncertainty.resamples},
          {"seed", uncertainty.seed},
          {"differences", differences}};
}

json sensitivity_json(const Sensitivity& sensitivity) {
  json variants = json::array();
  for (const Variant& variant : sensitivity.variants)
    variants.push_back({{"name", variant.name}, {"r2", variant.r2}});
  return variants;
}

json adjustment_json(const Adjustment& adjustment, const std::vector<ProbeLayer>& layers) {
  json partial = json::array();
  for (std::size_t i = 0; i < layers.size(); ++i)
    partial.push_back({{"layer", layers[i].name},
                       {"partial_r2", adjustment.partial_r2[i]},
                       {"interval", interval_json(adjustment.intervals[i])}});
  return {{"covariates", adjustment.covariates},
          {"alone", {{"r2_mean", adjustment.alone.mean()}, {"r2_interval", interval_json(adjustment.alone_interval)}}},
          {"layers", partial}};
}

json equal_width_json(const EqualWidth& equal_width, const std::vector<ProbeLayer>& layers) {
  json list = json::array();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    json layer = score_json(equal_width.scores[i], Protocol::Paper);
    layer["layer"] = layers[i].name;
    list.push_back(std::move(layer));
  }
  return {{"width", equal_width.width}, {"layers", list}};
}

json learning_json(const LearningCurve& curve) {
  json steps = json::array();
  for (const LearningCurve::Step& step : curve.steps)
    steps.push_back({{"images", step.images}, {"r2_mean", step.r2}, {"r2_sd", step.standard_deviation}});
  return {{"draws", LearningCurve::draws}, {"steps", steps}};
}

json forms_json(const std::vector<ControlCurve>& forms) {
  json list = json::array();
  for (const ControlCurve& form : forms) {
    json layers = json::array();
    for (const LayerScore& score : form.scores)
      layers.push_back(score_json(score, Protocol::Paper));
    list.push_back({{"name", form.name}, {"layers", layers}});
  }
  return list;
}

// The held-out prediction of every row by each layer.
std::string predictions_csv(const Analysis& analysis) {
  std::string text = "id,group,target";
  for (const ProbeLayer& layer : analysis.layers)
    text += ',' + csv_field(layer.name);
  text += '\n';
  const auto& rows = analysis.extraction.rows;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    text += fmt::format("{},{},{}", csv_field(rows[row].id), csv_field(rows[row].group), rows[row].target);
    for (const HeldOut& layer : analysis.held_out)
      text += fmt::format(",{}", layer.predictions[row]);
    text += '\n';
  }
  return text;
}

json rows_json(const std::vector<Row>& rows) {
  json list = json::array();
  for (const Row& row : rows)
    list.push_back({{"id", row.id}, {"group", row.group}, {"target", row.target}});
  return list;
}

std::string rows_csv(const std::vector<Row>& rows) {
  std::string text = "row,id,file,group,target\n";
  for (std::size_t i = 0; i < rows.size(); ++i)
    text += fmt::format("{},{},{},{},{}\n", i, csv_field(rows[i].id), csv_field(rows[i].file), csv_field(rows[i].group),
                        rows[i].target);
  return text;
}

std::string features_file(std::string layer) {
  std::replace(layer.begin(), layer.end(), '/', '_');
  return "features/" + layer + ".npy";
}

// What was done, with what and on what.
json description_of(const Analysis& analysis, const Network& network, const AnalysisContext& context) {
  const auto& settings = context.settings;
  std::vector<std::string> layer_names;
  for (const auto& layer : analysis.layers)
    layer_names.push_back(layer.name);
  json description{
      {"format", "scalescope analysis 1"},
      {"model", model_json(network)},
      {"data",
       {{"path", context.data.empty() ? "" : std::filesystem::absolute(context.data).string()},
        {"name", context.samples.name},
        {"target", context.samples.target_name}}},
      {"settings",
       {{"layers", layer_names},
        {"protocol", text_of(analysis.folds.protocol)},
        {"repetitions", analysis.folds.repetitions.size()},
        {"seed", settings.seed},
        {"folds_file", settings.folds.string()},
        {"input_size", network.info().input_size},
        {"batch", settings.extraction.batch},
        {"objects", context.objects},
        {"classes", context.classes},
        {"format", context.format},
        {"split_masks", context.split_masks},
        {"device", context.run.device},
        {"keep_going", settings.extraction.keep_going},
        {"preprocessing", preprocessing_json(settings.extraction.preprocessing, context.preprocessing_reason)},
        {"controls",
         {{"random_weights", settings.random_weights_control},
          {"weight_draws", settings.random_weights_control ? settings.weight_draws : 0},
          {"random_scale", settings.random_scale_control},
          {"permutations", settings.permutations}}},
        {"adjust", settings.adjust},
        {"equal_width", settings.equal_width},
        {"learning_curve", settings.learning_curve},
        {"target_forms", settings.target_forms}}},
      {"run", run_json(network)},
      {"versions", {{"scalescope", context.version}, {"engine", network.info().engine}, {"opencv", CV_VERSION}}}};
  if (context.experiment) {
    json own = json::object();
    for (const auto& [name, value] : context.experiment->settings)
      own[name] = value;
    description["experiment"] = {{"name", context.experiment->name}, {"settings", own}};
  }
  return description;
}

json record_of(const Analysis& analysis, const Network& network, const AnalysisContext& context) {
  json record = description_of(analysis, network, context);
  record["layers"] = layers_json(analysis);
  record["peak"] = analysis.layers[analysis.peak()].name;
  record["rows"] = rows_json(analysis.extraction.rows);
  record["left_out"] = left_out_json(left_out_of(analysis, context));
  record["remarks"] = remarks_json(remarks_of(analysis, context));
  record["folds"] = to_json(analysis.folds);
  if (analysis.uncertainty)
    record["uncertainty"] = uncertainty_json(*analysis.uncertainty, analysis.layers);
  if (analysis.sensitivity)
    record["sensitivity"] = sensitivity_json(*analysis.sensitivity);
  if (analysis.adjustment)
    record["adjustment"] = adjustment_json(*analysis.adjustment, analysis.layers);
  if (analysis.equal_width)
    record["equal_width"] = equal_width_json(*analysis.equal_width, analysis.layers);
  if (analysis.learning_curve)
    record["learning_curve"] = learning_json(*analysis.learning_curve);
  if (!analysis.target_forms.empty())
    record["target_forms"] = forms_json(analysis.target_forms);
  if (analysis.peak_test)
    record["peak_test"] = {{"p", analysis.peak_test->p()},
                           {"peak", analysis.peak_test->peak},
                           {"permutations", analysis.peak_test->permuted.size()},
                           {"permuted", analysis.peak_test->permuted}};
  if (context.experiment) {
    for (const CurveSeries& series : context.experiment->more)
      record["more_curves"].push_back(
          {{"name", series.name}, {"r2_mean", series.mean}, {"r2_sd", series.standard_deviation}});
  } else { // times and counts; an experiment does not record them, so that one seed always gives the same files
    record["pictures"] = {{"network", analysis.extraction.from_network}, {"cache", analysis.extraction.from_cache}};
    record["seconds"] = {{"extraction", analysis.extraction.seconds},
                         {"decoding", analysis.extraction.decode_seconds},
                         {"running", analysis.extraction.run_seconds},
                         {"fitting", analysis.fit_seconds}};
  }
  return record;
}

std::string csv_of(const Analysis& analysis, const std::string& network, const AnalysisContext& context) {
  std::vector<std::string> layers;
  std::vector<int> channels;
  for (const ProbeLayer& layer : analysis.layers) {
    layers.push_back(layer.name);
    channels.push_back(layer.channels);
  }
  const std::vector<CurveSeries> more = context.experiment ? context.experiment->more : std::vector<CurveSeries>();
  return curve_csv(layers, analysis.depths, channels, curves_of(analysis, network, more));
}

} // namespace

std::vector<CurveSeries> curves_of(const Analysis& analysis, const std::string& name,
                                   std::span<const CurveSeries> more) {
  std::vector<CurveSeries> all;
  const auto add = [&](const std::string& series_name, const Scores& scores,
                       const std::optional<Uncertainty>& uncertainty, bool control) {
    CurveSeries series{series_name, {}, {}, control};
    for (const auto& score : scores) {
      series.mean.push_back(score.mean());
      series.standard_deviation.push_back(score.standard_deviation());
    }
    if (uncertainty)
      std::ranges::transform(uncertainty->layers, std::back_inserter(series.intervals), &LayerUncertainty::interval);
    else if (analysis.uncertainty) // no bars of another kind in the same figure
      series.intervals.resize(scores.size());
    all.push_back(std::move(series));
  };
  add(name, analysis.scores, analysis.uncertainty, false);
  all.insert(all.end(), more.begin(), more.end());
  for (const auto& control : analysis.controls)
    add(control.name, control.scores, control.uncertainty, true);
  return all;
}

std::vector<LeftOut> left_out_of(const Analysis& analysis, const AnalysisContext& context) {
  return joined(context.samples.left_out, analysis.extraction.left_out);
}

std::vector<Remark> remarks_of(const Analysis& analysis, const AnalysisContext& context) {
  return joined(context.samples.remarks, analysis.extraction.remarks);
}

Facts facts_of(const Analysis& analysis, const Network& network, const AnalysisContext& context) {
  return facts_of(description_of(analysis, network, context),
                  {"experiment", "model", "data", "settings", "run", "versions"});
}

std::vector<std::filesystem::path> inputs_of(const AnalysisContext& context) {
  std::vector<std::filesystem::path> files = context.samples.files;
  const auto model = files_of_model(context.model.file);
  files.insert(files.end(), model.begin(), model.end());
  files.push_back(context.settings.folds);
  return files;
}

std::vector<std::string> analysis_record_files(std::span<const std::string> layers) {
  std::vector<std::string> names{"curve.csv", "analysis.json", "predictions.csv"};
  if (!layers.empty())
    names.emplace_back("features/rows.csv");
  for (const std::string& layer : layers)
    names.push_back(features_file(layer));
  return names;
}

void write_analysis_record(FileSet& files, const Analysis& analysis, const Network& network,
                           const AnalysisContext& context, bool features) {
  files.write("curve.csv", csv_of(analysis, network.info().name, context));
  files.write("analysis.json", file_text(record_of(analysis, network, context)));
  if (!analysis.held_out.empty())
    files.write("predictions.csv", predictions_csv(analysis));
  if (!features)
    return;
  files.write("features/rows.csv", rows_csv(analysis.extraction.rows));
  const Probe& probe = analysis.extraction.probe;
  for (std::size_t i = 0; i < analysis.layers.size(); ++i)
    files.write(features_file(analysis.layers[i].name),
                to_npy(probe.features(i), probe.rows(), analysis.layers[i].channels));
}

} // namespace scalescope
