#include "core/network/detail/onnx/write_onnx.h"

#include "core/network/detail/onnx/translation.h"

#include <fmt/format.h>

namespace scalescope {

NamedWeights named_weights(const torch::jit::Module& module) {
  NamedWeights weights;
  for (const auto& parameter : module.named_parameters())
    weights.emplace_back(parameter.name, parameter.value);
  for (const auto& buffer : module.named_buffers())
    weights.emplace_back(buffer.name, buffer.value);
  return weights;
}

std::string write_onnx(const FlatGraph& flat, const OnnxSettings& settings) {
  using namespace to_onnx;
  using Dimensions = std::vector<std::variant<std::int64_t, std::string>>;
  const torch::NoGradGuard no_gradients;
  const MeasuredGraph measured(flat, settings.form, settings.side);
  OnnxModel model(settings.name);
  if (!settings.provenance.empty())
    model.metadata("scalescope", settings.provenance);

  // Sides that varied in the runs get names, and output's sides that were the same in each run get the same.
  const std::vector<Sizes>& images = measured.images();
  const auto sides_in_runs = [](const std::vector<Sizes>& runs, std::size_t dimension) {
    Extent extent;
    for (const Sizes& sizes : runs)
      extent.in_runs.push_back(sizes.at(dimension));
    return extent;
  };
  std::map<std::vector<std::int64_t>, std::string> names;
  Dimensions input;
  for (std::size_t i = 0; i < images[0].size(); ++i) {
    const Extent extent = sides_in_runs(images, i);
    const bool is_height = i == (settings.form.channels_last ? 1U : 2U);
    const std::string name = i == 0 ? "batch" : !measured.takes_oblong() ? "side" : is_height ? "height" : "width";
    if (extent.varies())
      input.emplace_back(names.emplace(extent.in_runs, name).first->second);
    else
      input.emplace_back(extent.in_runs[0]);
  }
  model.input(settings.input, input);

  Translation translation(flat, measured, settings, model);
  translation.translate();
  for (std::size_t i = 0; i < flat.graph->outputs().size(); ++i) {
    const torch::jit::Value* value = flat.graph->outputs()[i];
    const TensorFacts& facts = *measured.of(value).tensor;
    Dimensions sizes;
    for (std::size_t dimension = 0; dimension < facts.sizes[0].size(); ++dimension) {
      const Extent extent = sides_in_runs(facts.sizes, dimension);
      if (!extent.varies())
        sizes.emplace_back(extent.in_runs[0]);
      else if (const auto found = names.find(extent.in_runs); found != names.end())
        sizes.emplace_back(found->second);
      else
        sizes.emplace_back(std::string());
    }
    const std::string name = i < flat.output_names.size() ? flat.output_names[i] : "";
    model.output(translation.tensor(value),
                 name.empty() ? settings.output : fmt::format("{}_{}", settings.output, name), facts.type, sizes);
  }
  return model.bytes();
}

} // namespace scalescope
