#include "core/experiment/detail/held_out_means.h"

#include <utility>

namespace scalescope {

HeldOutMeans::HeldOutMeans(std::size_t layers, const std::vector<double>& targets, std::size_t repetitions)
    : targets_(targets), share_(1 / static_cast<double>(repetitions)),
      layers_(layers), first_{std::vector<double>(layers), std::vector<std::vector<double>>(layers)} {
  for (Layer& layer : layers_)
    layer.means = {std::vector<double>(targets.size()), std::vector<double>(targets.size())};
}

void HeldOutMeans::add(const PartialScore& one) {
  Layer& layer = layers_[one.layer];
  std::vector<double> predictions(targets_.size());
  for (std::size_t i = 0; i < one.held_out.size(); ++i)
    predictions[static_cast<std::size_t>(one.held_out[i])] = one.predictions[i];
  layer.waiting.emplace(one.repetition, std::move(predictions));
  if (one.repetition == 0)
    first_.r2[one.layer] = one.r2;
  while (!layer.waiting.empty() && layer.waiting.begin()->first == layer.next) {
    take_in(layer, layer.waiting.begin()->second);
    if (layer.next++ == 0)
      first_.squared_errors[one.layer] = squared_errors(layer.waiting.begin()->second);
    layer.waiting.erase(layer.waiting.begin());
  }
}

std::vector<HeldOut> HeldOutMeans::means() const {
  std::vector<HeldOut> result;
  for (const Layer& layer : layers_)
    result.push_back(layer.means);
  return result;
}

std::vector<double> HeldOutMeans::squared_errors(const std::vector<double>& predictions) const {
  std::vector<double> errors(targets_.size());
  for (std::size_t row = 0; row < errors.size(); ++row)
    errors[row] = (targets_[row] - predictions[row]) * (targets_[row] - predictions[row]);
  return errors;
}

void HeldOutMeans::take_in(Layer& layer, const std::vector<double>& predictions) const {
  const auto errors = squared_errors(predictions);
  for (std::size_t row = 0; row < errors.size(); ++row) {
    layer.means.predictions[row] += share_ * predictions[row];
    layer.means.squared_errors[row] += share_ * errors[row];
  }
}

} // namespace scalescope
