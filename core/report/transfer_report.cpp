#include "core/report/transfer_report.h"

#include "core/base/statistics.h"
#include "core/image/encode_png.h"
#include "core/image/read_image.h"
#include "core/image/resize.h"
#include "core/report/curve_figure.h"
#include "core/report/detail/protocol_line.h"
#include "core/report/detail/training_report.h"
#include "core/report/html_report.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace scalescope {
namespace {

std::string spread(const std::vector<double>& values, int decimals) {
  return fmt::format("{} ± {}", readable(mean_of(values), decimals), readable(standard_deviation_of(values), decimals));
}

const TransferLayer& best_by_kappa(const Transfer& transfer) {
  return *std::ranges::max_element(transfer.layers, {},
                                   [](const TransferLayer& layer) { return mean_of(layer.magnification.kappa); });
}

const TransferLayer& best_by_area(const Transfer& transfer) {
  return *std::ranges::min_element(transfer.layers, {},
                                   [](const TransferLayer& layer) { return mean_of(layer.area.error); });
}

/// A curve of one measure of one target.
template <typename Measure>
CurveSeries series(const Transfer& transfer, const std::string& name, const Measure& measure) {
  CurveSeries result{name, {}, {}, false};
  for (const TransferLayer& layer : transfer.layers) {
    result.mean.push_back(mean_of(measure(layer)));
    result.standard_deviation.push_back(standard_deviation_of(measure(layer)));
  }
  return result;
}

CurveFigure figure_of(const Transfer& transfer, const std::string& network, const TransferContext& context) {
  CurveFigure figure;
  figure.subtitle = fmt::format("{} · {} · {} patches · {}", network, context.set.name, transfer.patches.patches.size(),
                                protocol_line(transfer.folds));
  for (const TransferLayer& layer : transfer.layers)
    figure.layers.push_back(layer.name);
  return figure;
}

CurveFigure r2_figure(const Transfer& transfer, const std::string& network, const TransferContext& context) {
  CurveFigure figure = figure_of(transfer, network, context);
  figure.title = "R² of magnification and of nuclear area by layer";
  figure.series = {series(transfer, "log magnification", [](const auto& layer) { return layer.magnification.r2; }),
                   series(transfer, "mean area of nuclei", [](const auto& layer) { return layer.area.r2; })};
  return figure;
}

ReportTable layer_table(const Transfer& transfer) {
  ReportTable table{
      {"layer", "", "channels", "area: MAE, px", "R²", "κ", "magnification: MAE, octaves", "R²", "κ"}, {}, 2};
  for (const TransferLayer& layer : transfer.layers) {
    std::vector<std::string> roles;
    if (layer.name == transfer.full_layer)
      roles.emplace_back("full");
    if (layer.name == transfer.auto_layer)
      roles.emplace_back("auto");
    table.rows.push_back({layer.name, fmt::format("{}", fmt::join(roles, ", ")), std::to_string(layer.channels),
                          spread(layer.area.error, 1), spread(layer.area.r2, 3), spread(layer.area.kappa, 3),
                          spread(layer.magnification.error, 3), spread(layer.magnification.r2, 3),
                          spread(layer.magnification.kappa, 3)});
  }
  return table;
}

ReportTable class_table(const Transfer& transfer) {
  ReportTable table{{"magnification", "crop, px", "patches", "images", "nuclei", "mean area, px", "its sd"}, {}, 1};
  for (const double magnification : transfer.magnifications) {
    std::vector<double> areas;
    std::set<std::size_t> images;
    int nuclei = 0;
    int side = 0;
    for (const Patch& patch : transfer.patches.patches)
      if (patch.magnification == magnification) {
        areas.push_back(patch.area);
        images.insert(patch.image);
        nuclei += patch.nuclei;
        side = patch.side;
      }
    table.rows.push_back({fmt::format("{}x", magnification), fmt::format("{0} x {0}", side),
                          std::to_string(areas.size()), std::to_string(images.size()), std::to_string(nuclei),
                          readable(mean_of(areas), 1), readable(standard_deviation_of(areas), 1)});
  }
  return table;
}

/// Example patches: a row for each of some images, a column for each magnification.
Image patch_sheet(const Transfer& transfer, const TransferContext& context) {
  const std::size_t columns = transfer.magnifications.size();
  std::vector<std::vector<const Patch*>> shown; // the first of each magnification
  for (std::size_t i = 0; i < context.set.images.size(); ++i) {
    std::vector<const Patch*> row(columns);
    for (const Patch& patch : transfer.patches.patches)
      if (const auto c =
              std::ranges::find(transfer.magnifications, patch.magnification) - transfer.magnifications.begin();
          patch.image == i && row[static_cast<std::size_t>(c)] == nullptr)
        row[static_cast<std::size_t>(c)] = &patch;
    shown.push_back(std::move(row));
  }
  std::ranges::stable_sort(shown, std::ranges::greater(), [](const auto& row) {
    return std::ranges::count_if(row, [](const Patch* patch) { return patch != nullptr; });
  });
  shown.resize(std::min<std::size_t>(shown.size(), 4));

  constexpr int side = 144;
  constexpr int gap = 6;
  const int sheet_width = static_cast<int>(columns) * (side + gap) - gap;
  const int sheet_height = static_cast<int>(shown.size()) * (side + gap) - gap;
  Image sheet{sheet_width, sheet_height, std::vector<std::uint8_t>(std::size_t{3} * sheet_width * sheet_height, 255)};
  for (std::size_t row = 0; row < shown.size(); ++row)
    for (std::size_t column = 0; column < columns; ++column) {
      const Patch* patch = shown[row][column];
      if (patch == nullptr)
        continue;
      const Image image = read_image(context.set.images[patch->image].file);
      const Image small = resize(crop_patch(image, *patch, context.settings.patches.side), side, side);
      for (int y = 0; y < side; ++y) {
        const std::size_t top = row * (side + gap) + static_cast<std::size_t>(y);
        std::copy_n(small.pixels.begin() + std::ptrdiff_t{3} * y * side, 3 * side,
                    sheet.pixels.begin() +
                        static_cast<std::ptrdiff_t>(3 * (top * sheet_width + column * (side + gap))));
      }
    }
  return sheet;
}

Facts transfer_facts(const Transfer& transfer, const Network& network, const TransferContext& context) {
  const TransferSettings& settings = context.settings;
  return {{"network", network.info().name},
          {"input size", fmt::format("{0} x {0} pixels", settings.patches.side)},
          {"preprocessing", fmt::format("{} ({})", describe(settings.preprocessing), context.preprocessing_reason)},
          {"data", fmt::format("{} ({} images)", context.set.name, context.set.images.size())},
          {"chosen magnifications", fmt::format("{}", fmt::join(settings.patches.magnifications, ", "))},
          {"native magnification", fmt::format("{}", settings.patches.native)},
          {"patches per image and magnification", std::to_string(settings.patches.patches)},
          {"smallest number of whole nuclei in a patch", std::to_string(settings.patches.least_nuclei)},
          {"each connected part of a mask is a nucleus", settings.patches.split_masks ? "yes" : "no"},
          {"chosen layers", fmt::format("{}", fmt::join(settings.layers, ", "))},
          {"protocol", text_of(settings.protocol)},
          {"repetitions", std::to_string(transfer.folds.repetitions.size())},
          {"seed", std::to_string(settings.seed)},
          {"engine", fmt::format("{} on {}", network.info().engine, network.info().device)},
          {"ScaleScope", context.version}};
}

std::string auto_text(const Transfer& transfer, const TransferContext& context) {
  if (!context.settings.auto_layer.empty())
    return fmt::format("auto is {}, the best layer of the given analysis.", transfer.auto_layer);
  return fmt::format(
      "auto is {}: the block with the best mean R² of the magnification. It was chosen on these patches, so its "
      "numbers look slightly better than they are. An analysis of other images (--analysis) avoids this.",
      transfer.auto_layer);
}

/// Kappa by layer, from the predicted magnification and from the predicted area of the nuclei.
CurveFigure kappa_figure(const Transfer& transfer, const std::string& network, const TransferContext& context) {
  CurveFigure figure = figure_of(transfer, network, context);
  figure.title = "Agreement on the magnification by layer";
  figure.y_label = "Cohen's κ";
  figure.series = {series(transfer, "read as magnification", [](const auto& l) { return l.magnification.kappa; }),
                   series(transfer, "read from the area of the nuclei", [](const auto& l) { return l.area.kappa; })};
  return figure;
}

/// @throws Error if an image that it shows patches of can't be read any more.
std::string transfer_page(const Transfer& transfer, const Network& network, const TransferContext& context) {
  HtmlReport report(fmt::format("Transfer of {} to {}", network.info().name, context.set.name), headline_of(transfer));
  report.paragraph(
      fmt::format("Patches of {0} x {0} pixels were cropped from images taken at {1}x and made smaller to show them at "
                  "other magnifications. From the pooled features of each layer, ridge regressions predict the mean "
                  "area of the nuclei in a patch, and the magnification. The patches are from images that the "
                  "regressions have not seen. Each prediction is then assigned to the nearest magnification.",
                  context.settings.patches.side, context.settings.patches.native));
  report.section("By layer")
      .figure(to_svg(kappa_figure(transfer, network.info().name, context)),
              "Cohen's κ between the true magnification and the one that is read: 1 is full agreement, 0 is chance. "
              "From the area: the magnification whose mean area among the training patches is nearest to the predicted "
              "area. Nuclei differ in size, so even the true area gives the magnification only roughly.")
      .figure(to_svg(r2_figure(transfer, network.info().name, context)), "R² of the held-out predictions.")
      .table(layer_table(transfer))
      .paragraph(fmt::format("MAE is the mean absolute error; an octave is a factor of 2. Always guessing the mean of "
                             "the training patches has an MAE of {} px and {} octaves. Mean ± standard deviation over "
                             "{} repetitions with other folds. The same numbers with all digits are in transfer.csv.",
                             readable(transfer.baseline_area_error, 1),
                             readable(transfer.baseline_magnification_error, 3), transfer.folds.repetitions.size()));
  report.notes(transfer.notes);
  if (!transfer.full_layer.empty())
    report.paragraph(fmt::format("full is {}, the last pooled features.", transfer.full_layer));
  if (!transfer.auto_layer.empty())
    report.paragraph(auto_text(transfer, context));
  if (context.training)
    add_training(report, transfer, *context.training, context.training_settings);
  const Image sheet = patch_sheet(transfer, context);
  std::vector<std::string> columns;
  for (const double magnification : transfer.magnifications)
    columns.push_back(fmt::format("{}x", magnification));
  report.section("The patches")
      .image(encode_png(sheet), sheet.width,
             fmt::format("Patches of some images, one row per image, at {}.", fmt::join(columns, ", ")))
      .table(class_table(transfer))
      .paragraph("Only nuclei that lie completely inside a patch count. A patch contains no padding, tiling or "
                 "upsampling, which would reveal its magnification. Downsampling with antialiasing removes noise, "
                 "which may reveal part of it.");
  report.section("Settings, seeds, versions").facts(transfer_facts(transfer, network, context));
  report.left_out(left_out_of(transfer, context)).remarks(transfer.patches.remarks);
  return report.html();
}

} // namespace

std::string headline_of(const Transfer& transfer) {
  const TransferLayer& sharpest = best_by_kappa(transfer);
  const TransferLayer& closest = best_by_area(transfer);
  std::string text =
      fmt::format("The magnification is read best at {} (Cohen's κ {}), the area of nuclei at {} (mean "
                  "absolute error {} px)",
                  sharpest.name, spread(sharpest.magnification.kappa, 2), closest.name, spread(closest.area.error, 1));
  const auto full = std::ranges::find(transfer.layers, transfer.full_layer, &TransferLayer::name);
  if (full != transfer.layers.end())
    text += fmt::format("; from the last pooled features, {}, κ is {} and the error {} px", full->name,
                        spread(full->magnification.kappa, 2), spread(full->area.error, 1));
  return text + '.';
}

std::vector<std::string> transfer_files(std::span<const std::string> trained) {
  std::vector<std::string> names = transfer_record_files(trained);
  names.insert(names.end(), {"kappa.svg", "report.html"});
  return names;
}

void write_transfer(FileSet& files, const Transfer& transfer, const Network& network, const TransferContext& context) {
  write_transfer_record(files, transfer, network, context);
  files.write("kappa.svg", to_svg(kappa_figure(transfer, network.info().name, context)));
  files.write("report.html", transfer_page(transfer, network, context));
}

} // namespace scalescope
