#include "core/experiment/sparse_measures.h"

#include "core/base/text.h"
#include "core/experiment/detail/measure_parts.h"
#include "core/experiment/permutations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace scalescope {
namespace {

constexpr std::array drawn_numbers = {16, 4, 1}; ///< of channels: those that have a curve
constexpr int permuted_number = 4;               ///< that of the control with permuted targets
constexpr std::size_t most_listed = 30;          ///< channels of the table

/// The ways to choose, with what they are called.
constexpr std::array ways = {std::pair("most correlated", &SparseLayer::correlated),
                             std::pair("at random", &SparseLayer::random),
                             std::pair("by pursuit", &SparseLayer::pursuit)};

using Value = std::function<double(const SparseLayer&)>;
using Range = std::function<Interval(const SparseLayer&)>;

CurveSeries sparse_curve(std::string name, const std::vector<SparseLayer>& found, const Value& value,
                         const Range& range = {}, bool control = false) {
  CurveSeries made{.name = std::move(name), .mean = {}, .standard_deviation = {}, .control = control};
  for (const SparseLayer& layer : found) {
    made.mean.push_back(value(layer));
    if (range)
      made.intervals.push_back(range(layer));
  }
  return made;
}

/// What the pursuit has for a number of channels; `none` if it was not tried.
template <typename T>
T of_number(const SparseLayer& layer, const std::vector<T>& values, int number, T none) {
  const auto at = std::ranges::find(layer.pursuit.numbers, number);
  return at == layer.pursuit.numbers.end() ? none
                                           : values[static_cast<std::size_t>(at - layer.pursuit.numbers.begin())];
}

MeasureFigure figure_of_r2(const std::vector<SparseLayer>& found, const std::string& target) {
  MeasureFigure figure{
      .file = sparse_figures[0],
      .title = fmt::format("R² of {} by number of channels", target),
      .y_label = "R²",
      .caption = "From all channels by ridge regression, and from the first 16, 4 and 1 that a pursuit chose by least "
                 "squares. Bars: 95 % intervals over images; numbers.csv has those of every number.",
      .curves = {sparse_curve(
          "all channels", found, [](const SparseLayer& one) { return one.all; },
          [](const SparseLayer& one) { return one.all_interval; })},
      .with_control = 1};
  for (const int number : drawn_numbers)
    figure.curves.push_back(sparse_curve(
        number == 1 ? "1 channel" : fmt::format("{} channels", number), found,
        [number](const SparseLayer& one) { return of_number(one, one.pursuit.r2, number, not_measured); },
        number == drawn_numbers.front() ? Range([](const SparseLayer& one) {
          return of_number(one, one.pursuit.intervals, drawn_numbers.front(), Interval());
        })
                                        : Range()));
  figure.curves.push_back(sparse_curve(
      fmt::format("{} channels, random scale", permuted_number), found,
      [](const SparseLayer& one) { return of_number(one, one.permuted, permuted_number, not_measured); }, {}, true));
  return figure;
}

MeasureFigure figure_of_shares(const std::vector<SparseLayer>& found) {
  MeasureFigure figure{
      .file = sparse_figures[1],
      .title = "Smallest share of channels that is enough",
      .y_label = "share of channels, %",
      .caption =
          "The smallest share of a layer's channels whose R² is at most one standard error over images below "
          "that of all channels. Channels are chosen by their correlation with the target, or at random, and read by "
          "ridge regression; or by a pursuit with least squares. A gap: nothing is clearly read from the layer, "
          "or no number that was tried is enough.",
      .curves = {},
      .with_control = 1};
  for (const auto& [name, way] : ways)
    figure.curves.push_back(sparse_curve(
        name, found, [which = way](const SparseLayer& one) { return 100 * one.share_enough(one.*which); }));
  return figure;
}

MeasureFigure figure_of_overlap(const std::vector<SparseLayer>& found) {
  return {.file = sparse_figures[2],
          .title = "Are the same channels chosen again?",
          .y_label = "overlap (Jaccard index)",
          .caption = fmt::format("Of the first {} channels that a pursuit chose in two folds: how many both chose, "
                                 "divided by how many either chose. Two folds share three quarters of the images that "
                                 "they are fitted to.",
                                 first_chosen),
          .curves = {sparse_curve("chosen again", found, [](const SparseLayer& one) { return one.again; }),
                     sparse_curve(
                         "by chance", found, [](const SparseLayer& one) { return one.again_by_chance; }, {}, true)}};
}

MeasureTable table_of_numbers(const std::vector<SparseLayer>& found, const std::vector<std::string>& layers) {
  MeasureTable table{.file = sparse_tables[0],
                     .heading = "R² by number of channels",
                     .header = {"layer", "chosen", "channels", "number", "r2", "low", "high", "lost", "lost_low",
                                "lost_high", "enough"},
                     .rows = {},
                     .text_columns = 2,
                     .in_report = false};
  for (std::size_t layer = 0; layer < found.size(); ++layer)
    for (const auto& [name, way] : ways) {
      const ByNumber& chosen = found[layer].*way;
      for (std::size_t i = 0; i < chosen.numbers.size(); ++i)
        table.rows.push_back({layers[layer], name, std::to_string(found[layer].channels),
                              std::to_string(chosen.numbers[i]), csv_number(chosen.r2[i]),
                              csv_number(chosen.intervals[i].low), csv_number(chosen.intervals[i].high),
                              csv_number(found[layer].all - chosen.r2[i]), csv_number(chosen.lost[i].low),
                              csv_number(chosen.lost[i].high), chosen.enough == i ? "yes" : "no"});
    }
  return table;
}

MeasureTable table_of_channels(const SparseLayer& peak, const std::string& layer, const std::string& target) {
  MeasureTable table{.file = sparse_tables[1],
                     .heading = fmt::format("Channels that a pursuit chose first at {}", layer),
                     .header = {"channel", "chosen in % of the fits", "mean place", "correlation with " + target},
                     .rows = {},
                     .text_columns = 0};
  for (const ChosenChannel& one : std::span(peak.chosen).first(std::min(peak.chosen.size(), most_listed)))
    table.rows.push_back({std::to_string(one.channel), fmt::format("{:.0f}", 100 * one.share),
                          fmt::format("{:.1f}", one.place), fmt::format("{:.2f}", one.correlation)});
  return table;
}

/// The way that needs the fewest channels, of those that do not choose at random; the first of equal ones.
std::size_t best_way(const SparseLayer& layer) {
  const double correlated = layer.share_enough(layer.correlated);
  const double pursuit = layer.share_enough(layer.pursuit);
  return pursuit < correlated ? 2 : 0; // false if it is not a number
}

/// What the first channels of a pursuit give.
std::string fewest_text(const ByNumber& pursuit) {
  std::string text = fmt::format("The best single channel gives {:.2f}", pursuit.r2.front());
  const auto some = std::ranges::find(pursuit.numbers, drawn_numbers.front());
  if (some != pursuit.numbers.end())
    text += fmt::format(", the first {} of a pursuit {:.2f}", *some,
                        pursuit.r2[static_cast<std::size_t>(some - pursuit.numbers.begin())]);
  return text + ".";
}

std::string sparse_headline(const SparseLayer& peak, const std::string& layer, const std::string& target) {
  const std::string all = r2_text(peak.all, peak.all_interval);
  if (!(peak.all_interval.low > 0))
    return fmt::format("No layer clearly reads {}: R² of all channels is {} at most, at {}.", target, all, layer);
  const auto& [name, way] = ways[best_way(peak)];
  const ByNumber& best = peak.*way;
  const std::size_t enough = best.enough.value_or(best.numbers.size() - 1); // all of them certainly are
  const std::string few = fewest_text(peak.pursuit);
  if (best.numbers[enough] == peak.channels && enough > 0)
    return fmt::format("Fewer than all {} channels are not enough at {}, where {} is read best: all give R² {}, {} of "
                       "them ({}) {}. {}",
                       peak.channels, layer, target, all, best.numbers[enough - 1], name,
                       r2_text(best.r2[enough - 1], best.intervals[enough - 1]), few);
  return fmt::format("{:.3g} % of the channels are enough at {}, where {} is read best: {} of {} ({}) give R² {}, all "
                     "of them {}. At random it takes {:.3g} %. {}",
                     100 * peak.share_enough(best), layer, target, best.numbers[enough], peak.channels, name,
                     r2_text(best.r2[enough], best.intervals[enough]), all, 100 * peak.share_enough(peak.random), few);
}

ExperimentText sparse_text(const SparseLayer& peak, const std::string& layer, const std::string& target) {
  return {.name = "sparse",
          .headline = sparse_headline(peak, layer, target),
          .question = fmt::format(
              "Which share of a layer's channels carries {}? Every row is an unchanged annotated image. In each fitted "
              "part some channels are chosen, and a regression on them alone reads the images that were held out.",
              target),
          .settings = {{"target", target}},
          .more = {},
          .remarks = {
              "A number of channels is enough if its R² is at most one standard error over images below that of all "
              "channels. With more images the standard error gets smaller, and more channels may be needed. How much "
              "R² is lost, with the interval of the difference, is in numbers.csv for every number.",
              "That few channels are enough does not say that the others know nothing: channels are correlated. If "
              "about as many channels at random are enough, no particular channels carry the target, but all of them "
              "a little. The same is true if two folds do not choose the same channels.",
              "The pursuit takes each new channel for what the ones before it leave of the target. With few images "
              "this is soon noise: then more chosen channels give less, and R² can be below 0. 'Random scale' is the "
              "same pursuit with permuted targets."}};
}

} // namespace

LayerMeasures sparse_measures(const std::vector<SparseLayer>& found, std::vector<std::string> layers,
                              std::vector<int> depths, const std::string& target) {
  const auto peak = static_cast<std::size_t>(std::ranges::max_element(found, {}, &SparseLayer::all) - found.begin());
  LayerMeasures made{.text = sparse_text(found[peak], layers[peak], target),
                     .layers = {},
                     .depths = std::move(depths),
                     .figures = {figure_of_r2(found, target), figure_of_shares(found), figure_of_overlap(found)},
                     .tables = {table_of_numbers(found, layers), table_of_channels(found[peak], layers[peak], target)}};
  made.layers = std::move(layers);
  return made;
}

LayerMeasures sparse_channels(const Network& network, const std::vector<Sample>& samples,
                              const ExtractionSettings& settings, ScaleMeasure measure, int repetitions,
                              std::uint32_t seed, const std::stop_token& stop, const JobCallback& progress) {
  Extraction extraction = observed_scales(network, samples, settings, measure, stop, progress);
  const auto note = permutation_note(extraction.rows);
  const auto found =
      sparse_layers(extraction, repetitions, seed, network.info().threads, stop, fitting_progress(progress));
  LayerMeasures made =
      sparse_measures(found, settings.layers, depths_of(network, settings.layers), target_name_of(measure));
  made.text.settings.emplace_back("repetitions", std::to_string(repetitions));
  add_extraction(made, std::move(extraction));
  if (note)
    made.notes.push_back(*note);
  return made;
}

} // namespace scalescope
