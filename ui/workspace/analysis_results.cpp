#include "ui/workspace/analysis_results.h"

#include "core/report/analysis_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

namespace scalescope {

namespace {

std::vector<double> means(const Scores& scores) {
  std::vector<double> of_layers;
  std::ranges::transform(scores, std::back_inserter(of_layers), [](const LayerScore& score) { return score.mean(); });
  return of_layers;
}

// What was measured beside the curve because someone asked for it.
std::vector<Variant> further_fits(const Analysis& analysis) {
  std::vector<Variant> fits;
  if (analysis.adjustment)
    fits.push_back({"partial R², beyond the box's covariates", analysis.adjustment->partial_r2});
  if (analysis.equal_width)
    fits.push_back(
        {fmt::format("{} features of each layer", analysis.equal_width->width), means(analysis.equal_width->scores)});
  for (const ControlCurve& form : analysis.target_forms)
    fits.push_back({form.name + " of the target", means(form.scores)});
  if (analysis.learning_curve)
    for (const LearningCurve::Step& step : analysis.learning_curve->steps)
      fits.push_back({fmt::format("{} images", step.images), step.r2});
  return fits;
}

} // namespace

void AnalysisResults::add(const CurvePoint& part) {
  auto& of_layers = r2[part.control];
  of_layers.resize(layers.size());
  of_layers[part.layer].push_back(part.r2);
}

void AnalysisResults::finish(const Analysis& analysis, const std::vector<Regression>& fitted,
                             const SampleSet& samples) {
  const CurveFigure figure = curve_figure(analysis, network, samples);
  title = figure.title;
  subtitle = figure.subtitle;
  const auto values = [](const Scores& scores) {
    std::vector<std::vector<double>> of_layers;
    for (const LayerScore& score : scores)
      of_layers.push_back(score.r2);
    return of_layers;
  };
  r2 = {{"", values(analysis.scores)}};
  uncertainty.clear();
  if (analysis.uncertainty)
    uncertainty[""] = analysis.uncertainty->layers;
  for (const ControlCurve& control : analysis.controls) {
    r2[control.name] = values(control.scores);
    if (control.uncertainty)
      uncertainty[control.name] = control.uncertainty->layers;
  }
  if (analysis.sensitivity) {
    other_fits = analysis.sensitivity->variants;
    sensitivity_note = scalescope::sensitivity_note(*analysis.sensitivity, analysis.layers, analysis.folds.rows)
                           .value_or(std::string());
  }
  const auto further = further_fits(analysis);
  other_fits.insert(other_fits.end(), further.begin(), further.end());
  for (std::size_t i = 0; i < fitted.size(); ++i)
    regressions[analysis.layers[i].name] = fitted[i];
  partial = false;
}

CurveData AnalysisResults::curve() const {
  CurveData data;
  data.figure.title = title;
  data.figure.subtitle = subtitle;
  data.figure.layers = layers;
  data.depths = depths;
  data.channels = channels;
  data.partial = partial;
  // The network itself, then random weights, then random scale: the order in the files of the command line.
  std::vector<std::string> order;
  for (const auto& [control, of_layers] : r2)
    order.insert(order.begin() + (order.empty() ? 0 : 1), control);
  for (const auto& control : order) {
    CurveSeries series{control.empty() ? network : control, {}, {}, !control.empty()};
    for (const auto& values : r2.at(control)) {
      const LayerScore score{values};
      const bool known = !values.empty();
      series.mean.push_back(known ? score.mean() : std::numeric_limits<double>::quiet_NaN());
      series.standard_deviation.push_back(known ? score.standard_deviation()
                                                : std::numeric_limits<double>::quiet_NaN());
      data.repetitions = std::max(data.repetitions, static_cast<int>(values.size()));
    }
    if (!uncertainty.empty()) // no bars of another kind in the same figure
      series.intervals.resize(layers.size());
    if (const auto known = uncertainty.find(control); known != uncertainty.end())
      std::ranges::transform(known->second, series.intervals.begin(), &LayerUncertainty::interval);
    data.figure.series.push_back(std::move(series));
  }
  for (const Variant& variant : other_fits)
    data.other_fits.push_back({variant.name, variant.r2, {}});
  data.sensitivity_note = sensitivity_note;
  return data;
}

std::vector<LayerR2> AnalysisResults::scores() const {
  const auto standard_error = [this](std::size_t layer) {
    const auto known = uncertainty.find("");
    return known == uncertainty.end() ? std::numeric_limits<double>::quiet_NaN() : known->second[layer].standard_error;
  };
  std::vector<LayerR2> scores;
  if (const auto own = r2.find(""); own != r2.end())
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (const LayerScore score{own->second[i]}; !score.r2.empty())
        scores.push_back({layers[i], score.mean(), score.standard_deviation(), standard_error(i)});
  return scores;
}

const Regression* AnalysisResults::regression(const std::string& layer) const {
  const auto found = regressions.find(layer);
  return found == regressions.end() ? nullptr : &found->second;
}

} // namespace scalescope
