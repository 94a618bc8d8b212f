#include "core/report/analysis_report.h"

#include "core/base/text.h"
#include "core/results/npy.h"
#include "core/results/record.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

using nlohmann::json;

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

json score_json(const LayerScore& score, Protocol protocol) {
  json object{{"r2_mean", score.mean()}, {"r2_sd", score.standard_deviation()}, {"r2", score.r2}};
  if (protocol != Protocol::Paper)
    object["farthest"] = score.largest_z_score;
  return object;
}

json layers_json(const Analysis& analysis) {
  json layers = json::array();
  for (std::size_t i = 0; i < analysis.layers.size(); ++i) {
    json layer = score_json(analysis.scores[i], analysis.folds.protocol);
    layer["layer"] = analysis.layers[i].name;
    layer["channels"] = analysis.layers[i].channels;
    layer["depth"] = analysis.depths[i];
    for (const auto& control : analysis.controls)
      layer["controls"][underscored(control.name)] = score_json(control.scores[i], analysis.folds.protocol);
    layers.push_back(std::move(layer));
  }
  return layers;
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

/// The layers' own curve with that name, then the controls.
std::vector<CurveSeries> series_of(const Analysis& analysis, const std::string& name) {
  std::vector<CurveSeries> all;
  const auto add = [&](const std::string& series_name, const Scores& scores, bool control) {
    CurveSeries series{series_name, {}, {}, control};
    for (const auto& score : scores) {
      series.mean.push_back(score.mean());
      series.standard_deviation.push_back(score.standard_deviation());
    }
    all.push_back(std::move(series));
  };
  add(name, analysis.scores, false);
  for (const auto& control : analysis.controls)
    add(control.name, control.scores, true);
  return all;
}

std::vector<int> channels_of(const Analysis& analysis) {
  std::vector<int> channels;
  for (const auto& layer : analysis.layers)
    channels.push_back(layer.channels);
  return channels;
}

std::string features_file(std::string layer) {
  std::replace(layer.begin(), layer.end(), '/', '_');
  return "features/" + layer + ".npy";
}

} // namespace

json analysis_record(const Analysis& analysis, const Network& network, const AnalysisContext& context) {
  const auto& settings = context.settings;
  std::vector<std::string> layer_names;
  for (const auto& layer : analysis.layers)
    layer_names.push_back(layer.name);
  std::vector<LeftOut> left_out = context.samples.left_out;
  left_out.insert(left_out.end(), analysis.extraction.left_out.begin(), analysis.extraction.left_out.end());
  json record{
      {"format", "scalescope analysis 1"},
      {"model", model_json(network, context.model)},
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
        {"device", context.run.device},
        {"keep_going", settings.extraction.keep_going},
        {"preprocessing", preprocessing_json(settings.extraction.preprocessing, context.preprocessing_reason)},
        {"controls",
         {{"random_weights", settings.random_weights_control},
          {"weight_draws", settings.random_weights_control ? settings.weight_draws : 0},
          {"random_scale", settings.random_scale_control},
          {"permutations", settings.permutations}}}}},
      {"run", run_json(network)},
      {"versions", {{"scalescope", context.version}, {"engine", network.info().engine}, {"opencv", CV_VERSION}}},
      {"layers", layers_json(analysis)},
      {"peak", analysis.layers[analysis.peak()].name},
      {"rows", rows_json(analysis.extraction.rows)},
      {"left_out", left_out_json(left_out)},
      {"remarks", remarks_json(joined(context.samples.remarks, analysis.extraction.remarks))},
      {"folds", to_json(analysis.folds)}};
  if (analysis.peak_test)
    record["peak_test"] = {{"p", analysis.peak_test->p()},
                           {"peak", analysis.peak_test->peak},
                           {"permutations", analysis.peak_test->chance.size()},
                           {"chance", analysis.peak_test->chance}};
  if (context.experiment) {
    json own = json::object();
    for (const auto& [name, value] : context.experiment->settings)
      own[name] = value;
    record["experiment"] = {{"name", context.experiment->name}, {"settings", own}};
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

std::string curve_csv(const CurveFigure& figure, std::span<const int> depths, std::span<const int> channels) {
  std::string text = "layer,depth,channels";
  for (std::size_t s = 0; s < figure.series.size(); ++s)
    text += fmt::format(",{0}r2_mean,{0}r2_sd", s == 0 ? "" : underscored(figure.series[s].name) + '_');
  text += '\n';
  const auto cell = [](double value) { return std::isnan(value) ? std::string() : fmt::format("{}", value); };
  for (std::size_t i = 0; i < figure.layers.size(); ++i) {
    text += fmt::format("{},{},{}", csv_field(figure.layers[i]), depths[i], channels[i]);
    for (const CurveSeries& series : figure.series)
      text += ',' + cell(series.mean[i]) + ',' + cell(series.standard_deviation[i]);
    text += '\n';
  }
  return text;
}

CurveFigure curve_figure(const Analysis& analysis, const std::string& network, const SampleSet& samples) {
  CurveFigure figure;
  figure.title = fmt::format("R² of {} by layer", samples.target_name);
  figure.subtitle = fmt::format("{} · {} · {} rows · {}", network, samples.name, analysis.extraction.rows.size(),
                                protocol_line(analysis.folds));
  for (const auto& layer : analysis.layers)
    figure.layers.push_back(layer.name);
  figure.series = series_of(analysis, network);
  return figure;
}

std::vector<std::filesystem::path> inputs_of(const AnalysisContext& context) {
  std::vector<std::filesystem::path> files = context.samples.files;
  files.push_back(context.model.file);
  files.push_back(context.settings.folds);
  return files;
}

std::vector<std::string> analysis_files(bool experiment, std::span<const std::string> layers) {
  std::vector<std::string> names{"curve.csv", "curve.svg", "curve.png", "analysis.json"};
  if (experiment)
    names.emplace_back("report.html");
  if (!layers.empty())
    names.emplace_back("features/rows.csv");
  for (const std::string& layer : layers)
    names.push_back(features_file(layer));
  return names;
}

void write_analysis(FileSet& files, const Analysis& analysis, const Network& network, const AnalysisContext& context,
                    bool features) {
  CurveFigure figure = curve_figure(analysis, network.info().name, context.samples);
  if (context.experiment)
    figure.series.insert(figure.series.begin() + 1, context.experiment->more.begin(), context.experiment->more.end());
  const std::string svg = to_svg(figure);
  const auto png = render_png(svg);
  const json record = analysis_record(analysis, network, context);
  files.write("curve.csv", curve_csv(figure, analysis.depths, channels_of(analysis)));
  files.write("curve.svg", svg);
  files.write("curve.png", {reinterpret_cast<const char*>(png.data()), png.size()});
  files.write("analysis.json", file_text(record));
  if (context.experiment)
    files.write("report.html", experiment_html(analysis, context, figure, record));
  if (!features)
    return;
  files.write("features/rows.csv", rows_csv(analysis.extraction.rows));
  const Probe& probe = analysis.extraction.probe;
  for (std::size_t i = 0; i < analysis.layers.size(); ++i)
    files.write(features_file(analysis.layers[i].name),
                to_npy(probe.features(i), probe.rows(), analysis.layers[i].channels));
}

} // namespace scalescope
