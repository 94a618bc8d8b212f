#include "core/report/analysis_report.h"

#include "core/base/statistics.h"
#include "core/experiment/permutations.h"
#include "core/report/detail/analysis_sections.h"
#include "core/report/detail/protocol_line.h"
#include "core/report/html_report.h"
#include "core/report/render_figure.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <string_view>

namespace scalescope {
namespace {

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

// How much less it is on the logarithm of the softmax, where that is the layer; on the folds of one repetition.
std::string on_logarithm(const Analysis& analysis, std::size_t layer) {
  if (!analysis.sensitivity)
    return "";
  for (const Variant& variant : analysis.sensitivity->variants)
    if (variant.name == log_softmax_ridge && std::isfinite(variant.r2[layer]))
      return fmt::format(" ({} on its logarithm, in one repetition)",
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
    text +=
        fmt::format(". Position, shape and image size of the annotated boxes, without any network, reach {} {}",
                    readable(analysis.adjustment->alone.mean(), 2), interval_text(analysis.adjustment->alone_interval));
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
  if (!analysis.held_out.empty())
    table.header.emplace_back("RMSE");
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
    if (!analysis.held_out.empty())
      row.push_back(readable(std::sqrt(mean_of(analysis.held_out[i].squared_errors))));
  }
  return table;
}

std::string question_of(const std::string& target) {
  return fmt::format(
      "How well can a linear regression read {} from each layer of the network?{}", target,
      target == object_scale_name ? " Object scale is the area of the object's box as a share of the image." : "");
}

// In words, for those who do not know the names.
std::string scaling_text(const Preprocessing& how) {
  return how.name == "torch"   ? "by the mean and standard deviation of ImageNet (torch)"
         : how.name == "tf"    ? "from −1 to 1 (tf)"
         : how.name == "caffe" ? "less the mean of ImageNet, in the order blue, green, red (caffe)"
                               : "by the mean and standard deviation that were given";
}

std::string features_text(const NetworkInfo& network) {
  const std::string means = "A layer's features are the means of its channels over all positions";
  if (!network.has_tokens())
    return means + ".";
  switch (network.source.tokens) {
  case Tokens::Mean:
    return means + "; of tokens, over the patches only, without the class token and registers.";
  case Tokens::Class:
    return means + "; of tokens, they are the channels of the class token.";
  case Tokens::Both:
    return means + "; of tokens, they are the channels of the class token and their means over the patches.";
  case Tokens::All:
    break;
  }
  return means + "; of tokens, over all of them, with the class token and registers.";
}

// How an image becomes a square.
std::string square_text(const Resizing& how, int side) {
  const std::string by = text_of(how.interpolation);
  if (shows_all(how))
    return fmt::format("resized to {0} × {0} pixels, whatever its proportions ({1})", side, by);
  const std::string way = how.mode == ResizeMode::Crop
                              ? "its shorter side fills it, and the ends of the longer side are cropped"
                          : how.mode == ResizeMode::Pad ? "its longer side fills it, and the rest has the mean colour"
                                                        : "whatever its proportions";
  const std::string crop =
      how.crop == 1 ? "" : fmt::format("; of that square, the middle {:g} % of the side are kept", 100 * how.crop);
  return fmt::format("made a square of {0} × {0} pixels: {1}{2} ({3}); object scale is that in the square", side, way,
                     crop, by);
}

// How an image becomes a row of the regression.
std::string method_text(const Network& network, const AnalysisContext& context) {
  const bool has_one_size = !context.experiment || context.experiment->name.starts_with("object-scale");
  return fmt::format("{}{} RMSE is the root of the mean "
                     "squared error of the held-out predictions, in the unit of {}.",
                     has_one_size ? fmt::format("Each image is {}, and its values are scaled {}. ",
                                                square_text(context.settings.extraction.preprocessing.resizing,
                                                            network.info().input_size),
                                                scaling_text(context.settings.extraction.preprocessing))
                                  : "",
                     features_text(network.info()), context.samples.target_name);
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

/// report.html: the curve, its numbers as tables, the settings as recorded, what was left out.
std::string page_of(const Analysis& analysis, const Network& network, const AnalysisContext& context,
                    const CurveFigure& figure) {
  const ExperimentText text =
      context.experiment.value_or(ExperimentText{.name = "analysis",
                                                 .headline = {},
                                                 .question = question_of(context.samples.target_name),
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
        "permuted {} times, over the images and within them, it was at most {}, and {} times it was at least as high: "
        "{}. "
        "The test can reject that no layer reads {}. It does not tell which layer reads it best.",
        readable(peak, 3), permuted.size(), readable(*std::ranges::max_element(permuted), 3),
        std::ranges::count_if(permuted, [&](double r2) { return r2 >= analysis.peak_test->peak; }),
        p_text(analysis.peak_test->p(), permuted.size()), context.samples.target_name));
  }
  report.section("R² by layer").table(table_of(figure, analysis));
  add_uncertainty(report, analysis);
  if (!analysis.held_out.empty())
    report.paragraph(method_text(network, context));
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
  figure.depths = analysis.depths;
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
