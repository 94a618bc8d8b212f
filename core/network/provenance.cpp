#include "core/network/provenance.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/image/resizing_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scalescope {

using nlohmann::json;

namespace {

constexpr const char* format = "scalescope pruned network 1";

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

template <typename T>
std::optional<T> unless_null(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<T>());
}

json fine_tuning_json(const FineTuning& f) {
  return {{"training_images", f.training_images},
          {"validation_images", f.validation_images},
          {"optimizer", "Adam"},
          {"learning_rate", f.learning_rate},
          {"batch", f.batch},
          {"epochs", f.epochs},
          {"best_epoch", f.best_epoch},
          {"seed", f.seed},
          {"validation_mae", f.validation_error}};
}

FineTuning fine_tuning_from(const json& f) {
  return {.training_images = f.at("training_images"),
          .validation_images = f.at("validation_images"),
          .learning_rate = f.at("learning_rate"),
          .batch = f.at("batch"),
          .epochs = f.at("epochs"),
          .best_epoch = f.at("best_epoch"),
          .seed = f.at("seed"),
          .validation_error = f.at("validation_mae")};
}

// A mode's values are its own, also where others were written beside it.
Preprocessing preprocessing_from(const json& how) {
  const std::string mode = how.at("mode");
  Preprocessing made =
      mode == "custom" ? Preprocessing::custom(how.at("mean"), how.at("deviation")) : Preprocessing::named(mode);
  made.resizing = read_resizing(how);
  return made;
}

} // namespace

std::string to_json(const Provenance& p) {
  json record{{"format", format},
              {"source",
               {{"name", p.source},
                {"sha256", p.sha256},
                {"random_weights_seed", or_null(p.seed)},
                {"architecture", p.architecture}}},
              {"layer", p.layer},
              {"output", p.output},
              {"target", p.target},
              {"r2_mean", or_null(p.r2_mean)},
              {"r2_sd", or_null(p.r2_standard_deviation)},
              {"input_size", p.input_size},
              {"preprocessing",
               {{"mode", p.preprocessing.name},
                {"divisor", p.preprocessing.divisor},
                {"mean", p.preprocessing.mean},
                {"deviation", p.preprocessing.standard_deviation},
                {"channel_order", p.preprocessing.bgr ? "bgr" : "rgb"}}},
              {"versions", {{"scalescope", p.scalescope}, {"libtorch", p.libtorch}}}};
  write_resizing(record["preprocessing"], p.preprocessing.resizing);
  if (!p.tokens.empty()) // without tokens or fine-tuning, the JSON stays readable for earlier versions
    record["tokens"] = p.tokens;
  if (p.fine_tuning)
    record["fine_tuning"] = fine_tuning_json(*p.fine_tuning);
  return record.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<Provenance> provenance_from_json(std::string_view text) {
  try {
    const json record = json::parse(text);
    if (record.at("format") != format)
      return std::nullopt;
    const json& source = record.at("source");
    const json& how = record.at("preprocessing");
    return Provenance{.source = source.at("name"),
                      .sha256 = source.at("sha256"),
                      .seed = unless_null<std::uint64_t>(source.at("random_weights_seed")),
                      .architecture = source.at("architecture"),
                      .layer = record.at("layer"),
                      .output = record.at("output"),
                      .target = record.at("target"),
                      .r2_mean = unless_null<double>(record.at("r2_mean")),
                      .r2_standard_deviation = unless_null<double>(record.at("r2_sd")),
                      .input_size = record.at("input_size"),
                      .tokens = record.value("tokens", ""),
                      .preprocessing = preprocessing_from(how),
                      .scalescope = record.at("versions").at("scalescope"),
                      .libtorch = record.at("versions").at("libtorch"),
                      .fine_tuning = record.contains("fine_tuning")
                                         ? std::optional(fine_tuning_from(record.at("fine_tuning")))
                                         : std::nullopt};
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const std::bad_optional_access&) {
    return std::nullopt;
  } catch (const Error&) { // of a preprocessing that is not possible
    return std::nullopt;
  }
}

std::string describe(const Provenance& p) {
  std::string weights;
  if (!p.sha256.empty())
    weights = fmt::format("SHA-256 {}", p.sha256.substr(0, 12));
  if (p.seed)
    weights += fmt::format("{}weights drawn with seed {}", weights.empty() ? "" : ", ", *p.seed);
  std::string score;
  if (p.r2_mean)
    score =
        fmt::format(", where R2 of {} was {:.3f} +- {:.3f}", p.target, *p.r2_mean, p.r2_standard_deviation.value_or(0));
  const std::string output = p.output == "map"      ? "the layer's map"
                             : p.output == "pooled" ? "the layer's pooled features"
                                                    : p.target + ", predicted from the layer's pooled features";
  const std::string tokens = p.tokens.empty() || p.output == "map" ? "" : " (tokens: " + p.tokens + ")";
  const Preprocessing& how = p.preprocessing;
  std::string pixels = how.name;
  if (how.name == "custom")
    pixels = fmt::format("--mean {} --std {}", fmt::join(how.mean, ","), fmt::join(how.standard_deviation, ","));
  if (how.resizing != Resizing{})
    pixels += fmt::format(" --resize {} --crop {} --interpolation {}", text_of(how.resizing.mode), how.resizing.crop,
                          text_of(how.resizing.interpolation));
  const std::string source = printable(p.source) + (weights.empty() ? "" : " (" + printable(weights) + ")");
  const std::string layer = p.layer.empty() ? "" : " after the layer " + printable(p.layer);
  if (p.fine_tuning)
    return fmt::format("Fine-tuned by ScaleScope {} from {}{}{} to return {}, on {} images for {} epochs (the best was "
                       "epoch {}, with a mean absolute error of {:.4g} on {} other images); preprocessing {}.",
                       printable(p.scalescope), source, layer.empty() ? "" : ", pruned", layer, printable(p.target),
                       p.fine_tuning->training_images, p.fine_tuning->epochs, p.fine_tuning->best_epoch,
                       p.fine_tuning->validation_error, p.fine_tuning->validation_images, printable(pixels));
  return fmt::format("Pruned by ScaleScope {} from {}{}{}; it returns {}{}; preprocessing {}.", printable(p.scalescope),
                     source, layer, printable(score), printable(output), printable(tokens), printable(pixels));
}

} // namespace scalescope
