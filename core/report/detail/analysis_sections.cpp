#include "core/report/detail/analysis_sections.h"

#include "core/report/svg_text.h"
#include "core/report/target_figure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scalescope {

constexpr std::size_t most_points = 20'000; // in a figure; with more the page would have many megabytes

std::string interval_text(const Interval& interval) {
  return fmt::format("[{}, {}]", readable(interval.low, 2), readable(interval.high, 2));
}

void add_targets(HtmlReport& report, const Analysis& analysis, const std::string& target) {
  if (analysis.held_out.empty() || analysis.extraction.rows.size() > most_points)
    return;
  TargetFigure figure{target, {}, {}};
  for (const Row& row : analysis.extraction.rows)
    figure.targets.push_back(row.target);
  const std::size_t peak = analysis.peak();
  for (std::size_t i = 0; i < analysis.layers.size(); ++i)
    if (i == peak || analysis.layers[i].name == "output")
      figure.panels.push_back(
          {fmt::format("{}: R² {}", analysis.layers[i].name, readable(analysis.scores[i].mean(), 2)),
           analysis.held_out[i].predictions});
  report.section("Targets and predictions");
  report.figure(to_svg(figure), "Left: how the targets are distributed. Then the held-out predictions: on the dashed "
                                "line they would be right. A dot is the mean of the predictions of all repetitions, R² "
                                "the mean of theirs.");
}

void add_sensitivity(HtmlReport& report, const Analysis& analysis, const CurveFigure& whole) {
  if (!analysis.sensitivity)
    return;
  CurveFigure figure{.title = "R² if the regression is fitted in another way",
                     .subtitle = "on the same folds, those of one repetition",
                     .layers = whole.layers,
                     .series = {},
                     .mark_peak = false};
  ReportTable table{{"layer"}, {}};
  for (const Variant& variant : analysis.sensitivity->variants) {
    figure.series.push_back({variant.name, variant.r2, {}});
    table.header.push_back(variant.name);
  }
  for (std::size_t i = 0; i < whole.layers.size(); ++i) {
    auto& row = table.rows.emplace_back(std::vector{whole.layers[i]});
    for (const Variant& variant : analysis.sensitivity->variants)
      row.push_back(cell(variant.r2[i]));
  }
  report.section("How much it depends on the fit");
  report.figure(to_svg(figure),
                "Where the lines part, a few images with unusual features decide R²; trust what the lines have in "
                "common.");
  report.paragraph(
      "Clipped: held-out features beyond the range of the fitted images are taken as the end of that range. Unclipped: "
      "they are used as they are. Rank-normal: each feature is replaced by the normal score of its rank among all "
      "images "
      "(the held-out ones too), so that no image can lie far from the others. Logarithm of the softmax: the same "
      "probabilities on a scale on which a linear regression can follow them; if R² recovers there, the drop at the "
      "softmax "
      "comes from the scale of probabilities, not from lost information.");
  report.table(table);
}

void add_adjustment(HtmlReport& report, const Analysis& analysis, const CurveFigure& whole) {
  if (!analysis.adjustment)
    return;
  const Adjustment& adjustment = *analysis.adjustment;
  CurveFigure figure{.title = "What the layers add to the covariates of the box",
                     .subtitle = "bars: 95 % interval over images",
                     .layers = whole.layers,
                     .series = {},
                     .mark_peak = false};
  figure.y_label = "partial R²";
  const std::size_t layers = analysis.layers.size();
  figure.series.push_back({"partial R²", adjustment.partial_r2, {}, false, adjustment.intervals});
  report.section("Adjusted for covariates");
  report.figure(
      to_svg(figure),
      fmt::format("The share of the covariates' error that goes away when the layer is added. The covariates, "
                  "which are known from the annotation, reach R² {} {} alone: {}.",
                  readable(adjustment.alone.mean(), 2), interval_text(adjustment.alone_interval),
                  fmt::to_string(fmt::join(adjustment.covariates, ", "))));
  report.paragraph(
      "Partial R² is the share of the error of the covariates that goes away when the layer is added. It is a share of "
      "what the covariates leave, so compare R² of both together with that of the covariates alone, not partial R² "
      "with "
      "that of the layer alone.");
  ReportTable table{{"layer", "partial R²", "95 % interval", "R² of both together", "R² of the layer alone"}, {}};
  for (std::size_t i = 0; i < layers; ++i)
    table.rows.push_back(
        {whole.layers[i], cell(adjustment.partial_r2[i]),
         fmt::format("{} to {}", cell(adjustment.intervals[i].low), cell(adjustment.intervals[i].high)),
         cell(1 - (1 - adjustment.partial_r2[i]) * (1 - adjustment.alone.mean())), cell(whole.series[0].mean[i])});
  report.table(table);
}

void add_equal_width(HtmlReport& report, const Analysis& analysis, const CurveFigure& whole) {
  if (!analysis.equal_width)
    return;
  const EqualWidth& narrow = *analysis.equal_width;
  CurveFigure figure{.title = fmt::format("R² at equal width: each layer projected to {} features", narrow.width),
                     .subtitle = "bars: standard deviation over the repetitions, each with another projection",
                     .layers = whole.layers,
                     .series = {{"equal width", {}, {}}},
                     .mark_peak = false};
  ReportTable table{{"layer", "channels", "R² at equal width", "± sd", "R² of all features"}, {}};
  for (std::size_t i = 0; i < whole.layers.size(); ++i) {
    figure.series[0].mean.push_back(narrow.scores[i].mean());
    figure.series[0].standard_deviation.push_back(narrow.scores[i].standard_deviation());
    table.rows.push_back({whole.layers[i], std::to_string(analysis.layers[i].channels), cell(narrow.scores[i].mean()),
                          cell(narrow.scores[i].standard_deviation()), cell(whole.series[0].mean[i])});
  }
  figure.series.push_back({"all features", whole.series[0].mean, {}, true});
  const std::size_t highest = peak_of(narrow.scores);
  report.section("At equal width");
  report.figure(
      to_svg(figure),
      fmt::format("A wide layer gives the regression more numbers to choose from. Here all layers give as many as "
                  "the narrowest: R² is then highest at {}, {} ± {}.",
                  whole.layers[highest], readable(narrow.scores[highest].mean(), 2),
                  readable(narrow.scores[highest].standard_deviation(), 2)));
  report.table(table);
}

void add_target_forms(HtmlReport& report, const Analysis& analysis, const CurveFigure& whole) {
  if (analysis.target_forms.empty())
    return;
  CurveFigure figure{.title = "R² of other forms of the target",
                     .subtitle = "bars: standard deviation over the repetitions",
                     .layers = whole.layers,
                     .series = {},
                     .mark_peak = false};
  const auto add = [&](const std::string& name, const Scores& scores) {
    CurveSeries& series = figure.series.emplace_back(CurveSeries{name, {}, {}});
    for (const LayerScore& score : scores) {
      series.mean.push_back(score.mean());
      series.standard_deviation.push_back(score.standard_deviation());
    }
  };
  add("as it is", analysis.scores);
  for (const ControlCurve& form : analysis.target_forms)
    add(form.name, form.scores);
  ReportTable table{{"layer"}, {}};
  for (const CurveSeries& series : figure.series)
    table.header.push_back(series.name);
  for (std::size_t i = 0; i < whole.layers.size(); ++i) {
    auto& row = table.rows.emplace_back(std::vector{whole.layers[i]});
    for (const CurveSeries& series : figure.series)
      row.push_back(cell(series.mean[i]));
  }
  report.section("Forms of the target");
  report.figure(to_svg(figure),
                "The same folds and features. The root of an area is a length, and its logarithm counts "
                "factors: for small objects these may be read where the area is not, or the reverse.");
  report.table(table);
}

void add_learning_curve(HtmlReport& report, const Analysis& analysis) {
  if (!analysis.learning_curve)
    return;
  const auto& steps = analysis.learning_curve->steps;
  ReportTable table{{"layer"}, {}};
  for (const LearningCurve::Step& step : steps) {
    table.header.push_back(fmt::format("{} images", step.images));
    table.header.emplace_back("± sd");
  }
  for (std::size_t i = 0; i < analysis.layers.size(); ++i) {
    auto& row = table.rows.emplace_back(std::vector{analysis.layers[i].name});
    for (const LearningCurve::Step& step : steps) {
      row.push_back(cell(step.r2[i]));
      row.push_back(cell(step.standard_deviation[i]));
    }
  }
  report.section("With fewer images").table(table);
  report.paragraph(
      fmt::format("Mean and standard deviation over {} draws of the images. If R² still rises from half of "
                  "the images to all of them, more images would give a higher one, and wide layers gain most.",
                  LearningCurve::draws));
}

} // namespace scalescope
