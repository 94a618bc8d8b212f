#include "core/results/layer_measures_files.h"

#include "core/base/text.h"
#include "core/results/detail/record_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace scalescope {

using nlohmann::json;

namespace {

json curves_json(const std::vector<CurveSeries>& curves) {
  json list = json::array();
  for (const CurveSeries& curve : curves) {
    json one = {{"name", curve.name}, {"control", curve.control}, {"mean", curve.mean}}; // NaN becomes null
    if (!curve.standard_deviation.empty())
      one["sd"] = curve.standard_deviation;
    for (const Interval& interval : curve.intervals)
      one["interval"].push_back(interval.exists() ? json{interval.low, interval.high} : json());
    list.push_back(std::move(one));
  }
  return list;
}

// What was done, with what and on what.
json description_of(const LayerMeasures& measures, const Network& network, const AnalysisContext& context) {
  json settings = {
      {"batch", context.settings.extraction.batch},
      {"input_size", network.info().input_size},
      {"seed", context.settings.seed},
      {"preprocessing", preprocessing_json(context.settings.extraction.preprocessing, context.preprocessing_reason)}};
  for (const auto& [name, value] : measures.text.settings)
    settings[name] = value;
  return {{"format", "scalescope measures 1"},
          {"experiment", measures.text.name},
          {"model", model_json(network)},
          {"data",
           {{"path", context.data.empty() ? "" : std::filesystem::absolute(context.data).string()},
            {"name", context.samples.name}}},
          {"settings", std::move(settings)},
          {"run", run_json(network)},
          {"versions", {{"scalescope", context.version}, {"engine", network.info().engine}}}};
}

json record_of(const LayerMeasures& measures, const Network& network, const AnalysisContext& context) {
  json record = description_of(measures, network, context);
  record["headline"] = measures.text.headline;
  record["layers"] = measures.layers;
  record["depths"] = measures.depths;
  for (const MeasureFigure& figure : measures.figures)
    record["figures"].push_back({{"name", figure.file},
                                 {"title", figure.title},
                                 {"axis", figure.y_label},
                                 {"curves", curves_json(figure.curves)}});
  record["notes"] = measures.notes;
  record["left_out"] = left_out_json(left_out_of(measures, context));
  record["remarks"] = remarks_json(remarks_of(measures, context));
  return record;
}

} // namespace

std::string measures_csv(const LayerMeasures& measures) {
  std::string text = "layer,depth,figure,curve,control,mean,sd,low,high\n";
  for (const MeasureFigure& figure : measures.figures)
    for (const CurveSeries& curve : figure.curves)
      for (std::size_t i = 0; i < measures.layers.size(); ++i) {
        const bool has_interval = i < curve.intervals.size() && curve.intervals[i].exists();
        text += fmt::format("{},{},{},{},{},{},{},{},{}\n", csv_field(measures.layers[i]), measures.depths[i],
                            figure.file, csv_field(curve.name), curve.control ? "yes" : "no", csv_number(curve.mean[i]),
                            curve.standard_deviation.empty() ? "" : csv_number(curve.standard_deviation[i]),
                            has_interval ? csv_number(curve.intervals[i].low) : "",
                            has_interval ? csv_number(curve.intervals[i].high) : "");
      }
  return text;
}

std::string table_csv(const MeasureTable& table) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& cells) {
    std::vector<std::string> fields;
    std::ranges::transform(cells, std::back_inserter(fields), csv_field);
    text += fmt::format("{}\n", fmt::join(fields, ","));
  };
  add(table.header);
  std::ranges::for_each(table.rows, add);
  return text;
}

std::string table_csv(const MeasureMap& map) {
  MeasureTable table{map.file, map.title, map.columns, {}};
  table.header.insert(table.header.begin(), map.row_label);
  for (std::size_t row = 0; row < map.rows.size(); ++row) {
    auto& cells = table.rows.emplace_back(std::vector{map.rows[row]});
    std::ranges::transform(map.values[row], std::back_inserter(cells), csv_number);
  }
  return table_csv(table);
}

std::vector<LeftOut> left_out_of(const LayerMeasures& measures, const AnalysisContext& context) {
  return joined(context.samples.left_out, measures.left_out);
}

std::vector<Remark> remarks_of(const LayerMeasures& measures, const AnalysisContext& context) {
  return joined(context.samples.remarks, measures.remarks);
}

Facts facts_of(const LayerMeasures& measures, const Network& network, const AnalysisContext& context) {
  return facts_of(description_of(measures, network, context),
                  {"experiment", "model", "data", "settings", "run", "versions"});
}

std::vector<std::string> measures_record_files(const std::vector<std::string>& tables) {
  std::vector<std::string> names{"measures.csv", "measures.json"};
  for (const std::string& table : tables)
    names.push_back(table + ".csv");
  return names;
}

void write_measures_record(FileSet& files, const LayerMeasures& measures, const Network& network,
                           const AnalysisContext& context) {
  files.write("measures.csv", measures_csv(measures));
  files.write("measures.json", file_text(record_of(measures, network, context)));
  for (const MeasureTable& table : measures.tables)
    files.write(table.file + ".csv", table_csv(table));
  for (const MeasureMap& map : measures.maps)
    files.write(map.file + ".csv", table_csv(map));
}

} // namespace scalescope
