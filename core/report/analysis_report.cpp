#include "core/report/analysis_report.h"

#include "core/experiment/permutations.h"
#include "core/report/detail/protocol_line.h"
#include "core/report/html_report.h"
#include "core/report/render_figure.h"
#include "core/report/svg_text.h"
#include "core/report/target_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <string_view>

namespace scalescope {
namespace {

constexpr std::size_t most_points = 20'000; // in a figure; with more the page would have many megabytes

double highest_mean(const Scores& scores) {
  double best = scores.front().mean();
  for (const LayerScore& score : scores)
    best = std::max(best, score.mean());
  return best;
}

std::size_t groups_of(const std::vector<Row>& rows) {
  std::set<std::string_view> groups;
  for (const Row& row : rows)
    groups.insert(row.group);
  return groups.size();
}

std::string interval_text(const Interval& interval) {
  return fmt::format("[{}, {}]", readable(interval.low, 2), readable(interval.high, 2));
}

// How much less it is on the logarithm of the softmax, where that is the layer; on the folds of one repetition.
std::string on_logarithm(const Analysis& analysis, std::size_t layer) {
  if (!analysis.sensitivity)
    return "";
  for (const Variant& variant : analysis.sensitivity->variants)
    if (variant.name == log_softmax_ridge && std::isfinite(variant.r2[layer]))
      return fmt::format(" ({} on its logarithm)",
                         readable(analysis.sensitivity->clipped()[analysis.peak()] - variant.r2[layer], 2));
  return "";
}

// What is clear of the peak's differences from the layers after it, and what is not.
std::string differences_text(const Analysis& analysis) {
  const Uncertainty& uncertainty = *analysis.uncertainty;
  std::vector<std::string> less;
  std::vector<std::string> open;
  for (const PeakDifference& difference : uncertainty.differences) {
    const std::string numbers = readable(difference.value, 2) + ' ' + interval_text(difference.interval);
    const std::string& layer = analysis.layers[difference.from.layer].name;
    const std::string name =
        difference.from.words == "the " + layer ? difference.from.words : difference.from.words + " (" + layer + ")";
    if (difference.interval.low > 0)
      less.push_back(fmt::format("{} less at {}{}", numbers, name, on_logarithm(analysis, difference.from.layer)));
    else
      open.push_back(fmt::format("{} (difference {})", name, numbers));
  }
  std::string text;
  if (!less.empty())
    text += fmt::format("; {}", fmt::join(less, ", "));
  if (!open.empty())
    text += fmt::format(". It is not shown that it is higher there than at {}", fmt::join(open, ", or at "));
  return text;
}

std::string controls_text(const Analysis& analysis) {
  std::string text;
  if (analysis.adjustment)
    text += fmt::format(". Covariates of the box alone reach {} {}", readable(analysis.adjustment->alone.mean(), 2),
                        interval_text(analysis.adjustment->alone_interval));
  for (std::size_t i = 0; i < analysis.controls.size(); ++i)
    text += fmt::format("{} {} R² is at most {}", i == 0 ? ". With" : ", with", analysis.controls[i].name,
                        readable(highest_mean(analysis.controls[i].scores), 2));
  if (analysis.peak_test)
    text += fmt::format(". {}: permutation test over all layers, {}",
                        analysis.peak_test->p() <= 0.05 ? "At least one layer reads it"
                                                        : "It is not shown that any layer reads it",
                        p_text(analysis.peak_test->p(), analysis.peak_test->permuted.size()));
  return text;
}

ReportTable table_of(const CurveFigure& figure, const Analysis& analysis) {
  ReportTable table{{"layer", "depth", "channels"}, {}};
  for (const CurveSeries& series : figure.series) {
    table.header.push_back(series.name);
    table.header.emplace_back("± sd");
    if (series.has_intervals())
      table.header.emplace_back("95 % interval");
  }
  if (analysis.uncertainty)
    table.header.emplace_back("highest in");
  for (std::size_t i = 0; i < analysis.layers.size(); ++i) {
    auto& row = table.rows.emplace_back(std::vector{analysis.layers[i].name, std::to_string(analysis.depths[i]),
                                                    std::to_string(analysis.layers[i].channels)});
    for (const CurveSeries& series : figure.series) {
      row.push_back(cell(series.mean[i]));
      row.push_back(cell(series.standard_deviation[i]));
      if (series.has_intervals())
        row.push_back(series.intervals[i].exists()
                          ? fmt::format("{} to {}", cell(series.intervals[i].low), cell(series.intervals[i].high))
                          : "–");
    }
    if (analysis.uncertainty)
      row.push_back(fmt::format("{:.0f} %", 100 * analysis.uncertainty->layers[i].peak_share));
  }
  return table;
}

void add_uncertainty(HtmlReport& report, const Analysis& analysis) {
  if (!analysis.uncertainty) {
    report.paragraph("± is the standard deviation over the random splits. It is not the uncertainty over images.");
    return;
  }
  report.paragraph(fmt::format(
      "The 95 % interval says how much R² depends on which images there are: {} resamples of the {} images, with the "
      "held-out predictions as they are; the regressions are not fitted anew. \"Highest in\" is the share of the "
      "resamples "
      "in which the layer has the highest R² of all. The peak was chosen on the same images, so its R² and its "
      "differences "
      "are a little too high on average. ± is the standard deviation over the {} repetitions: they differ in their "
      "folds, "
      "random weights also in the weights, random scale also in the permutation. Random scale has no interval, as its "
      "targets are not those of the images. Depth counts the convolutions and linear layers up to the layer.",
      analysis.uncertainty->resamples, groups_of(analysis.extraction.rows), analysis.folds.repetitions.size()));
}

// The targets, and what the peak and the output make of them.
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
  report.figure(to_svg(figure), "Left: how the targets are distributed. Then the held-out predictions, means over the "
                                "repetitions: on the dashed line they would be right.");
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
  figure.y_label = "R², partial R²";
  const std::size_t layers = analysis.layers.size();
  figure.series.push_back({"partial R²", adjustment.partial_r2, {}, false, adjustment.intervals});
  figure.series.push_back({"R² of the layer alone", whole.series[0].mean, {}, true, std::vector<Interval>(layers)});
  figure.series.push_back({"R² of the covariates alone",
                           std::vector(layers, adjustment.alone.mean()),
                           {},
                           true,
                           std::vector<Interval>(layers)});
  report.section("Adjusted for covariates");
  report.figure(to_svg(figure),
                fmt::format("The covariates alone reach R² {} {}: {}.", readable(adjustment.alone.mean(), 2),
                            interval_text(adjustment.alone_interval),
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

/// report.html: the curve, its numbers as tables, the settings as recorded, what was left out.
std::string page_of(const Analysis& analysis, const Network& network, const AnalysisContext& context,
                    const CurveFigure& figure) {
  const ExperimentText text =
      context.experiment.value_or(ExperimentText{.name = "analysis",
                                                 .headline = {},
                                                 .question = fmt::format("How well can a linear regression read {} "
                                                                         "from each layer of the network?",
                                                                         context.samples.target_name),
                                                 .settings = {},
                                                 .more = {},
                                                 .remarks = curve_remarks()});
  const std::string headline =
      text.headline.empty() ? headline_of(analysis, context.samples.target_name) : text.headline;
  HtmlReport report(text.name + ": " + figure.subtitle, headline);
  report.paragraph(text.question);
  report.figure(to_svg(figure), headline);
  report.notes(analysis.notes);
  for (const auto& remark : text.remarks)
    report.paragraph(remark);
  if (analysis.peak_test) {
    const auto& [peak, permuted] = *analysis.peak_test;
    report.paragraph(fmt::format(
        "Permutation test: the highest R² of all layers, on the folds of the first repetition, is {}. With the targets "
        "permuted {} times, among groups and within them, it was at most {}, and {} times it was at least as high: {}. "
        "The test can reject that no layer reads {}. It does not tell which layer reads it best.",
        readable(peak, 3), permuted.size(), readable(*std::ranges::max_element(permuted), 3),
        std::ranges::count_if(permuted, [&](double r2) { return r2 >= analysis.peak_test->peak; }),
        p_text(analysis.peak_test->p(), permuted.size()), context.samples.target_name));
  }
  report.section("R² by layer").table(table_of(figure, analysis));
  add_uncertainty(report, analysis);
  report.paragraph("The same numbers with all digits are in curve.csv, those of each repetition in analysis.json" +
                   std::string(analysis.held_out.empty() ? "." : ", and the held-out predictions in predictions.csv."));
  add_targets(report, analysis, context.samples.target_name);
  add_sensitivity(report, analysis, figure);
  add_adjustment(report, analysis, figure);
  add_equal_width(report, analysis, figure);
  add_target_forms(report, analysis, figure);
  add_learning_curve(report, analysis);
  Facts facts = facts_of(analysis, network, context);
  facts.emplace_back("rows", std::to_string(analysis.extraction.rows.size()));
  report.section("Settings, seeds, versions").facts(facts);
  report.left_out(left_out_of(analysis, context));
  report.remarks(remarks_of(analysis, context));
  return report.html();
}

} // namespace

std::string headline_of(const Analysis& analysis, const std::string& target) {
  const std::size_t peak = analysis.peak();
  const LayerScore& best = analysis.scores[peak];
  std::string text =
      fmt::format("R² of {} is highest at {}: {}", target, analysis.layers[peak].name, readable(best.mean(), 2));
  if (analysis.uncertainty)
    text +=
        fmt::format(" {} (95 % interval over {} images){}", interval_text(analysis.uncertainty->layers[peak].interval),
                    groups_of(analysis.extraction.rows), differences_text(analysis));
  else
    text += fmt::format(" ± {} over {} random splits", readable(best.standard_deviation(), 2),
                        analysis.folds.repetitions.size());
  text += controls_text(analysis);
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

CurveFigure curve_figure(const Analysis& analysis, const std::string& network, const SampleSet& samples) {
  CurveFigure figure;
  figure.title = fmt::format("R² of {} by layer", samples.target_name);
  figure.subtitle = fmt::format("{} · {} · {} rows · {}", network, samples.name, analysis.extraction.rows.size(),
                                protocol_line(analysis.folds, analysis.uncertainty.has_value()));
  for (const auto& layer : analysis.layers)
    figure.layers.push_back(layer.name);
  figure.series = curves_of(analysis, network);
  return figure;
}

std::vector<std::string> analysis_files(std::span<const std::string> layers) {
  std::vector<std::string> names = analysis_record_files(layers);
  names.insert(names.end(), {"curve.svg", "curve.png", "report.html"});
  return names;
}

void write_analysis(FileSet& files, const Analysis& analysis, const Network& network, const AnalysisContext& context,
                    bool features) {
  write_analysis_record(files, analysis, network, context, features);
  CurveFigure figure = curve_figure(analysis, network.info().name, context.samples);
  if (context.experiment)
    figure.series = curves_of(analysis, network.info().name, context.experiment->more);
  const std::string svg = to_svg(figure);
  const auto png = render_png(svg);
  files.write("curve.svg", svg);
  files.write("curve.png", {reinterpret_cast<const char*>(png.data()), png.size()});
  files.write("report.html", page_of(analysis, network, context, figure));
}

} // namespace scalescope
