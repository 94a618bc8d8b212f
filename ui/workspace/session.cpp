#include "ui/workspace/session.h"

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/base/files.h"
#include "core/image/resizing_json.h"
#include "core/jobs/job_file.h"
#include "core/network/installed_models.h"

#include <QDir>
#include <QFileInfo>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <limits>

namespace scalescope {
namespace {

using nlohmann::json;

constexpr const char* format = "scalescope session 1";
constexpr std::array orders{"index", "mean", "correlation", "weight"};
constexpr std::array normalisations{"channel", "layer"};
constexpr const char* automatic_colours = "auto";
constexpr std::array segment_by_names{"box", "mask"};
constexpr std::array fills{"inpaint", "blur", "mean colour", "noise"};

template <typename Enum, std::size_t N>
Enum named(const std::array<const char*, N>& names, const std::string& name) {
  for (std::size_t i = 0; i < N; ++i)
    if (name == names[i])
      return static_cast<Enum>(i);
  throw Error(fmt::format("\"{}\" is not one of the known names", name));
}

template <std::size_t N, typename Enum>
const char* name_of(const std::array<const char*, N>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

ColourChoice colours_named(const std::string& name) {
  if (name == automatic_colours)
    return std::nullopt;
  if (const auto map = enum_of<ColourMap>(name))
    return map;
  throw Error(fmt::format("\"{}\" is not one of the known names", name));
}

json path_json(const QString& path, const QDir& folder) {
  return {{"path", path.toStdString()}, {"relative", folder.relativeFilePath(path).toStdString()}};
}

// The full path if it exists, else the same path relative to the session's folder, else the missing path.
QString path_from(const json& value, const QDir& folder, QStringList& missing) {
  QString path = QString::fromStdString(value.at("path").get<std::string>());
  if (QFileInfo::exists(path))
    return path;
  QString beside = QDir::cleanPath(
      folder.absoluteFilePath(QString::fromStdString(value.value("relative", value.at("path").get<std::string>()))));
  if (QFileInfo::exists(beside))
    return beside;
  missing << path;
  return path;
}

json network_json(const ModelSource& source, int input_size, const QDir& folder) {
  json network{{"architecture", source.architecture},
               {"random_weights", source.random_weights},
               {"seed", source.seed},
               {"output", source.output},
               {"tokens", text_of(source.tokens)},
               {"input_size", input_size}};
  if (source.file.empty())
    return network;
  const std::string stem = source.file.stem().string();
  if (find_installed_model(stem) == source.file)
    network["installed"] = stem; // on another machine it has another path
  else
    network["file"] = path_json(QString::fromStdString(source.file.string()), folder);
  return network;
}

ModelSource network_from(const json& value, const QDir& folder, QStringList& missing) {
  ModelSource source;
  source.architecture = value.at("architecture");
  source.random_weights = value.at("random_weights");
  source.seed = value.at("seed");
  source.output = value.value("output", ""); // older sessions have none
  source.tokens = enum_of<Tokens>(value.value("tokens", "")).value_or(Tokens::All);
  if (value.contains("installed")) {
    const std::string name = value.at("installed");
    source.file = find_installed_model(name);
    if (source.file.empty()) {
      source.file = name;
      missing << QString::fromStdString(name);
    }
  } else if (value.contains("file")) {
    source.file = path_from(value.at("file"), folder, missing).toStdString();
  }
  return source;
}

json preprocessing_json(const ChosenPreprocessing& chosen) {
  const Preprocessing& how = chosen.preprocessing;
  json value{{"mode", how.name}, {"chosen_because", chosen.reason}};
  if (how.name == "custom") {
    value["mean"] = how.mean;
    value["deviation"] = how.standard_deviation;
  }
  write_resizing(value, how.resizing);
  return value;
}

ChosenPreprocessing preprocessing_from(const json& value) {
  const std::string mode = value.at("mode");
  ChosenPreprocessing chosen{mode == "custom" ? Preprocessing::custom(value.at("mean").get<std::array<float, 3>>(),
                                                                      value.at("deviation").get<std::array<float, 3>>())
                                              : Preprocessing::named(mode),
                             value.at("chosen_because").get<std::string>()};
  chosen.preprocessing.resizing = read_resizing(value); // the usual one in sessions of 0.1.0
  return chosen;
}

json box_json(const BoundingBox& box) { return {box.x, box.y, box.width, box.height}; }

BoundingBox box_from(const json& value) {
  const auto sides = value.get<std::array<double, 4>>();
  return {sides[0], sides[1], sides[2], sides[3]};
}

json uncertainty_json(const AnalysisResults& results) {
  json all = json::object();
  for (const auto& [control, layers] : results.uncertainty)
    for (const LayerUncertainty& layer : layers)
      all[control].push_back({layer.interval.low, layer.interval.high, layer.standard_error, layer.peak_share});
  return all;
}

// NaN is null in JSON.
std::vector<double> numbers_from(const json& values) {
  std::vector<double> numbers;
  for (const json& value : values)
    numbers.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
  return numbers;
}

void add_uncertainty(AnalysisResults& results, const json& all) {
  for (const auto& [control, layers] : all.items())
    for (const json& layer : layers) {
      const std::vector<double> four = numbers_from(layer);
      if (four.size() != 4)
        throw Error("an uncertainty does not have four numbers");
      results.uncertainty[control].push_back({{four[0], four[1]}, four[2], four[3]});
    }
}

json results_json(const AnalysisResults& results) {
  json other_fits = json::array();
  for (const Variant& variant : results.other_fits)
    other_fits.push_back({{"name", variant.name}, {"r2", variant.r2}});
  json regressions = json::object();
  for (const auto& [layer, one] : results.regressions) {
    const std::vector<float> unlimited;
    json& kept = regressions[layer];
    kept = {{"weights", one.weights},
            {"intercept", one.intercept},
            {"lambda", one.lambda},
            {"importance", one.importance},
            {"correlation", one.correlation},
            {"least", one.clips ? one.least : unlimited},
            {"largest", one.clips ? one.largest : unlimited}};
    if (one.fitted)
      kept["fitted"] = {{"least", one.least},
                        {"largest", one.largest},
                        {"targets", {one.fitted->least_target, one.fitted->largest_target}},
                        {"usual_outside", one.fitted->usual_outside}};
  }
  return {{"network", results.network},
          {"title", results.title},
          {"subtitle", results.subtitle},
          {"target", results.target},
          {"layers", results.layers},
          {"depths", results.depths},
          {"channels", results.channels},
          {"r2", results.r2},
          {"partial", results.partial},
          {"regressions", regressions},
          {"uncertainty", uncertainty_json(results)},
          {"other_fits", other_fits},
          {"sensitivity_note", results.sensitivity_note}};
}

Regression regression_from(const json& value) {
  Regression regression{.weights = value.at("weights").get<std::vector<double>>(),
                        .intercept = value.at("intercept"),
                        .lambda = value.at("lambda"),
                        .importance = value.at("importance").get<std::vector<double>>(),
                        .correlation = value.at("correlation").get<std::vector<double>>(),
                        .least = value.value("least", std::vector<float>()),
                        .largest = value.value("largest", std::vector<float>())};
  regression.clips = !regression.least.empty();
  if (value.contains("fitted")) { // not in sessions of 0.1.0
    const json& fitted = value.at("fitted");
    regression.least = fitted.at("least").get<std::vector<float>>();
    regression.largest = fitted.at("largest").get<std::vector<float>>();
    const auto targets = fitted.at("targets").get<std::array<double, 2>>();
    regression.fitted = {targets[0], targets[1], fitted.at("usual_outside")};
  }
  const std::size_t channels = regression.weights.size();
  const std::size_t limits = regression.clips || regression.fitted ? channels : 0;
  if (regression.least.size() != limits || regression.largest.size() != limits ||
      regression.importance.size() != channels)
    throw Error("a regression does not have one limit for each channel");
  return regression;
}

AnalysisResults results_from(const json& value) {
  AnalysisResults results;
  results.network = value.at("network");
  results.title = value.at("title");
  results.subtitle = value.at("subtitle");
  results.target = value.value("target", object_scale_name);
  results.layers = value.at("layers").get<std::vector<std::string>>();
  results.depths = value.at("depths").get<std::vector<int>>();
  results.channels = value.at("channels").get<std::vector<int>>();
  results.r2 = value.at("r2").get<decltype(results.r2)>();
  results.partial = value.at("partial");
  add_uncertainty(results, value.value("uncertainty", json::object())); // not in sessions of 0.1.0
  for (const json& variant : value.value("other_fits", json::array()))
    results.other_fits.push_back({variant.at("name"), numbers_from(variant.at("r2"))});
  results.sensitivity_note = value.value("sensitivity_note", std::string());
  bool fits = results.depths.size() == results.layers.size() && results.channels.size() == results.layers.size();
  for (const auto& [control, of_layers] : results.r2)
    fits = fits && of_layers.size() == results.layers.size();
  for (const auto& [control, of_layers] : results.uncertainty)
    fits = fits && of_layers.size() == results.layers.size();
  for (const Variant& variant : results.other_fits)
    fits = fits && variant.r2.size() == results.layers.size();
  if (!fits)
    throw Error("its results do not have one value for each layer");
  for (const auto& [layer, one] : value.at("regressions").items())
    results.regressions[layer] = regression_from(one);
  return results;
}

json to_json(const Session& session, const QDir& folder) {
  json record{{"format", format}};
  if (session.network) {
    record["network"] = network_json(*session.network, session.input_size, folder);
    record["preprocessing"] = preprocessing_json(session.preprocessing);
  }
  for (const QString& path : session.images)
    record["images"].push_back(path_json(path, folder));
  if (!session.how.target.empty())
    record["target"] = session.how.target;
  if (!session.how.format.empty())
    record["data_format"] = session.how.format;
  for (const auto& [id, box] : session.boxes)
    record["boxes"][id] = box_json(box);
  const StageEdit& edit = session.edit;
  record["stage"] = {{"sample", session.sample},
                     {"scale", edit.placement.scale},
                     {"centre", {edit.placement.centre_x, edit.placement.centre_y}},
                     {"camera", edit.camera},
                     {"camera_mode", edit.camera_mode},
                     {"image_size", edit.image_size},
                     {"cut_out", name_of(segment_by_names, session.cut.by)},
                     {"fill", name_of(fills, session.cut.fill)},
                     {"feather", session.cut.feather}};
  record["maps"] = {{"layer", session.layer.toStdString()},
                    {"channel", session.channel},
                    {"overlay", session.overlay},
                    {"opacity", session.opacity},
                    {"order", name_of(orders, session.order)},
                    {"normalisation", name_of(normalisations, session.normalisation)},
                    {"colours", session.colours ? text_of(*session.colours) : automatic_colours}};
  if (!session.class_names.isEmpty())
    record["class_names"] = path_json(session.class_names, folder);
  if (!session.results.empty())
    record["results"] = results_json(session.results);
  if (session.results.job)
    record["analysis_job"] = json::parse(scalescope::to_json(Job(*session.results.job)));
  record["layout"] = session.layout.toBase64().toStdString();
  record["window"] = {session.window.width(), session.window.height()};
  return record;
}

ReadSession from_json(const json& record, const QDir& folder) {
  ReadSession read;
  Session& session = read.session;
  if (record.contains("network")) {
    session.network = network_from(record.at("network"), folder, read.missing);
    session.input_size = record.at("network").at("input_size");
    session.preprocessing = preprocessing_from(record.at("preprocessing"));
  }
  for (const json& path : record.value("images", json::array()))
    session.images << path_from(path, folder, read.missing);
  session.how = {record.value("target", ""), record.value("data_format", "")};
  const json boxes = record.value("boxes", json::object());
  for (const auto& [id, box] : boxes.items())
    session.boxes[id] = box_from(box);
  const json& stage = record.at("stage");
  session.sample = stage.at("sample");
  const auto centre = stage.at("centre").get<std::array<double, 2>>();
  session.edit = {
      {stage.at("scale"), centre[0], centre[1]}, stage.at("camera"), stage.at("camera_mode"), stage.at("image_size")};
  session.cut = {named<SegmentBy>(segment_by_names, stage.at("cut_out")), named<Fill>(fills, stage.at("fill")),
                 stage.at("feather")};
  const json& maps = record.at("maps");
  session.layer = QString::fromStdString(maps.at("layer"));
  session.channel = maps.at("channel");
  session.overlay = maps.at("overlay");
  session.opacity = maps.at("opacity");
  session.order = named<ChannelOrder>(orders, maps.at("order"));
  session.normalisation = named<Normalisation>(normalisations, maps.at("normalisation"));
  session.colours = colours_named(maps.at("colours"));
  if (record.contains("class_names"))
    session.class_names = path_from(record.at("class_names"), folder, read.missing);
  if (record.contains("results"))
    session.results = results_from(record.at("results"));
  if (record.contains("analysis_job")) // not in sessions of 0.1.0
    if (const Job job = job_from_json(record.at("analysis_job").dump(), "its analysis");
        std::holds_alternative<AnalyzeJob>(job))
      session.results.job = std::get<AnalyzeJob>(job);
  session.layout = QByteArray::fromBase64(QByteArray::fromStdString(record.at("layout")));
  if (record.contains("window")) {
    const auto window = record.at("window").get<std::array<int, 2>>();
    session.window = {window[0], window[1]};
  }
  return read;
}

} // namespace

void write_session(const Session& session, const QString& file, const std::vector<std::filesystem::path>& inputs) {
  const QFileInfo info(file);
  const json record = to_json(session, info.absoluteDir());
  const std::string name = info.fileName().toStdString();
  FileSet files(info.absolutePath().toStdString(), {name}, inputs);
  files.write(name, record.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  files.commit();
}

ReadSession read_session(const QString& file) {
  const std::string name = file.toStdString();
  const json record = json::parse(read_file(name), nullptr, false);
  if (!record.is_object() || !record.contains("format"))
    throw Error(fmt::format(
        "{} is not a session of ScaleScope, or is incomplete; open one that File > Save session wrote.", name));
  if (record["format"] != format)
    throw Error(fmt::format("{} has the format \"{}\", but this ScaleScope reads \"{}\"; a newer one may read it.",
                            name, record["format"].is_string() ? record["format"].get<std::string>() : "?", format));
  try {
    return from_json(record, QFileInfo(file).absoluteDir());
  } catch (const json::exception&) {
    throw Error(
        fmt::format("{} is a damaged session: an entry is missing or has the wrong type; open a copy of it.", name));
  } catch (const Error& e) {
    throw Error(fmt::format("{} can't be opened: {}.", name, e.what()));
  }
}

Session with_path(Session session, const QString& missing, const QString& found) {
  for (QString& path : session.images)
    if (path == missing)
      path = found;
  if (session.network && QString::fromStdString(session.network->file.string()) == missing)
    session.network->file = found.toStdString();
  if (session.class_names == missing)
    session.class_names = found;
  return session;
}

} // namespace scalescope
