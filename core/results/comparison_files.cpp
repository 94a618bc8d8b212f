#include "core/results/comparison_files.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/results/detail/record_parts.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>

namespace scalescope {

using nlohmann::json;

namespace {

ComparedCurve curve_of(const json& record) {
  const json& model = record.at("model");
  ComparedCurve curve;
  curve.network = model.at("name").get<std::string>() + (model.at("random_weights") ? " (random weights)" : "");
  curve.data = record.at("data").at("name");
  curve.target = record.at("data").at("target");
  if (record.contains("experiment"))
    curve.experiment = record.at("experiment").at("name");
  const auto number = [](const json& value) {
    return value.is_null() ? -std::numeric_limits<double>::infinity() : value.get<double>();
  };
  for (const json& layer : record.at("layers")) {
    curve.layers.push_back(
        {layer.at("layer"), layer.at("depth"), 0, number(layer.at("r2_mean")), number(layer.at("r2_sd"))});
    if (layer.contains("r2_interval")) // not with the paper protocol, and not in 0.1.0
      curve.layers.back().interval = {number(layer.at("r2_interval").at(0)), number(layer.at("r2_interval").at(1))};
  }
  return curve;
}

ComparedCurve read_curve(const std::filesystem::path& folder) {
  const std::filesystem::path file = std::filesystem::is_directory(folder) ? folder / "analysis.json" : folder;
  const json record = json::parse(read_file(file), nullptr, false);
  ComparedCurve curve;
  try {
    curve = curve_of(record);
  } catch (const json::exception&) { // reported below
  }
  if (curve.layers.empty())
    throw Error(
        fmt::format("{} is not an analysis; give the folder that 'analyze' or 'experiment' wrote.", file.string()));
  curve.file = file;
  // Depths grow along the curve, but for layers beside each other.
  const auto [first, last] = std::ranges::minmax(curve.layers, {}, &ComparedLayer::depth);
  for (ComparedLayer& layer : curve.layers)
    layer.place = last.depth == first.depth
                      ? 0
                      : static_cast<double>(layer.depth - first.depth) / static_cast<double>(last.depth - first.depth);
  return curve;
}

// A name from the properties that differ between the curves; if that is not unique, from all properties and the folder.
void name_curves(std::vector<ComparedCurve>& curves) {
  const auto distinct = [&](const auto& name_of) {
    std::set<std::string> names;
    for (ComparedCurve& curve : curves)
      names.insert(curve.name = name_of(curve));
    return names.size() == curves.size();
  };
  if (distinct([](const ComparedCurve& c) { return c.network; }) ||
      distinct([](const ComparedCurve& c) { return c.data; }) ||
      distinct([](const ComparedCurve& c) { return c.network + ", " + c.data; }))
    return;
  distinct([](const ComparedCurve& c) {
    return fmt::format("{}, {} ({})", c.network, c.data, c.file.parent_path().string());
  });
}

json comparison_json(std::span<const ComparedCurve> curves, const std::string& version) {
  json record{{"format", "scalescope comparison 1"}, {"scalescope", version}, {"curves", json::array()}};
  for (const ComparedCurve& curve : curves) {
    json layers = json::array();
    for (const ComparedLayer& layer : curve.layers)
      layers.push_back({{"layer", layer.name},
                        {"depth", layer.depth},
                        {"place", layer.place},
                        {"r2_mean", layer.mean},
                        {"r2_sd", layer.standard_deviation},
                        {"r2_interval", {layer.interval.low, layer.interval.high}}});
    record["curves"].push_back({{"name", curve.name},
                                {"network", curve.network},
                                {"data", curve.data},
                                {"target", curve.target},
                                {"experiment", curve.experiment},
                                {"file", std::filesystem::absolute(curve.file).string()},
                                {"peak", curve.peak().name},
                                {"layers", layers}});
  }
  return record;
}

} // namespace

const ComparedLayer& ComparedCurve::peak() const { return *std::ranges::max_element(layers, {}, &ComparedLayer::mean); }

std::vector<ComparedCurve> read_curves(std::span<const std::filesystem::path> folders) {
  std::vector<ComparedCurve> curves;
  for (const auto& folder : folders)
    curves.push_back(read_curve(folder));
  if (curves.size() < 2)
    throw Error("There is only one analysis; give at least two.");
  for (const ComparedCurve& curve : curves)
    if (curve.target != curves.front().target)
      throw Error(fmt::format("{} has the target \"{}\", but {} has \"{}\"; R2 of different targets can't be compared.",
                              curve.file.string(), curve.target, curves.front().file.string(), curves.front().target));
  name_curves(curves);
  return curves;
}

std::string comparison_csv(std::span<const ComparedCurve> curves) {
  std::string text = "curve,network,data,target,layer,depth,place,r2_mean,r2_sd,r2_low,r2_high\n";
  for (const ComparedCurve& curve : curves)
    for (const ComparedLayer& layer : curve.layers)
      text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(curve.name), csv_field(curve.network),
                          csv_field(curve.data), csv_field(curve.target), csv_field(layer.name), layer.depth,
                          csv_number(layer.place), csv_number(layer.mean), csv_number(layer.standard_deviation),
                          csv_number(layer.interval.low), csv_number(layer.interval.high));
  return text;
}

std::vector<std::filesystem::path> inputs_of(std::span<const ComparedCurve> curves) {
  std::vector<std::filesystem::path> files;
  for (const ComparedCurve& curve : curves) {
    files.push_back(curve.file);
    if (auto report = curve.file.parent_path() / "report.html"; std::filesystem::exists(report))
      files.push_back(std::move(report));
  }
  return files;
}

std::vector<std::string> comparison_record_files() { return {"compare.csv", "compare.json"}; }

void write_comparison_record(FileSet& files, std::span<const ComparedCurve> curves, const std::string& version) {
  files.write("compare.csv", comparison_csv(curves));
  files.write("compare.json", file_text(comparison_json(curves, version)));
}

} // namespace scalescope
