#include "core/report/target_figure.h"

#include "core/report/curve_layout.h"
#include "core/report/detail/svg_writer.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

constexpr double panel_side = 230;
constexpr double panel_gap = 78;
constexpr double panel_top = 64;
constexpr double panel_left = 66;
constexpr int bins = 12;
constexpr double text_size = 11;

/// An axis over [low, high] in `pixels`, with about four ticks.
struct Axis {
  double low = 0;
  double high = 1;
  double step = 1;

  Axis(double least, double largest) : low(least), high(largest > least ? largest : least + 1) {
    step = nice_step((high - low) / 4);
  }
  [[nodiscard]] double place(double value) const { return (value - low) / (high - low) * panel_side; }
  [[nodiscard]] std::vector<double> ticks() const {
    std::vector<double> all;
    for (double i = std::ceil(low / step); i * step <= high * (1 + 1e-12); ++i)
      all.push_back(i * step);
    return all;
  }
  [[nodiscard]] std::string text(double tick) const { return readable(tick, decimals_of(step)); }
};

class TargetDrawing : private SvgWriter {
 public:
  explicit TargetDrawing(const TargetFigure& figure)
      : figure_(figure), x_(*std::ranges::min_element(figure.targets), *std::ranges::max_element(figure.targets)) {}

  std::string svg() {
    const double whole = panel_left + static_cast<double>(figure_.panels.size() + 1) * (panel_side + panel_gap);
    begin(whole, panel_top + panel_side + 52, text_size);
    histogram();
    for (const PredictionPanel& panel : figure_.panels)
      scatter(panel);
    return end();
  }

 private:
  void frame(const std::string& title, const std::string& x_label, const std::string& y_label, const Axis& y) {
    const double bottom = panel_top + panel_side;
    put(R"(<text x="{:.1f}" y="{:.1f}" font-weight="bold" fill="#202124">{}</text>)", left_, panel_top - 14,
        escaped(elided(title, text_size * 1.12, panel_side + panel_gap - 30)));
    put(R"(<g fill="#5f6368">)");
    for (const double tick : x_.ticks())
      put(R"(<path d="M{0:.1f} {1:.1f}v4" stroke="#9aa0a6"/><text x="{0:.1f}" y="{2:.1f}" text-anchor="middle">{3}</text>)",
          left_ + x_.place(tick), bottom, bottom + 17, x_.text(tick));
    for (const double tick : y.ticks())
      put(R"(<path d="M{0:.1f} {1:.1f}h{2}" stroke="#e8eaed"/><text x="{3:.1f}" y="{4:.1f}" text-anchor="end">{5}</text>)",
          left_, bottom - y.place(tick), panel_side, left_ - 6, bottom - y.place(tick) + 4, y.text(tick));
    put(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", left_ + panel_side / 2, bottom + 38,
        escaped(elided(x_label, text_size, panel_side + 40)));
    put(R"svg(<text transform="translate({:.1f} {:.1f}) rotate(-90)" text-anchor="middle">{}</text></g>)svg",
        left_ - 46, panel_top + panel_side / 2, escaped(y_label));
    put(R"(<path d="M{:.1f} {:.1f}h{}" stroke="#9aa0a6"/>)", left_, bottom, panel_side);
  }

  void histogram() {
    std::vector<int> counts(bins);
    for (const double target : figure_.targets)
      ++counts[static_cast<std::size_t>(std::clamp(x_.place(target) / panel_side * bins, 0.0, bins - 1.0))];
    const Axis y(0, *std::ranges::max_element(counts));
    frame(fmt::format("{} rows", figure_.targets.size()), figure_.target, "rows", y);
    put(R"(<g class="bars" fill="#1565c0">)");
    for (int i = 0; i < bins; ++i) {
      const double height = y.place(counts[static_cast<std::size_t>(i)]);
      put(R"(<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}"><title>{}</title></rect>)",
          left_ + i * panel_side / bins + 0.5, panel_top + panel_side - height, panel_side / bins - 1, height,
          counts[static_cast<std::size_t>(i)]);
    }
    put("</g>");
    left_ += panel_side + panel_gap;
  }

  void scatter(const PredictionPanel& panel) {
    const auto [low, high] = std::ranges::minmax(panel.predicted);
    const Axis y(std::min(low, x_.low), std::max(high, x_.high));
    frame(panel.title, "true " + figure_.target, "predicted", y);
    const double bottom = panel_top + panel_side;
    put(R"(<path class="equal" d="M{:.1f} {:.1f}L{:.1f} {:.1f}" stroke="#9aa0a6" stroke-dasharray="4 3"/>)",
        left_ + x_.place(x_.low), bottom - y.place(x_.low), left_ + x_.place(x_.high), bottom - y.place(x_.high));
    put(R"(<g class="points" fill="#1565c0" fill-opacity="0.55">)");
    for (std::size_t row = 0; row < panel.predicted.size(); ++row)
      put(R"(<circle cx="{:.1f}" cy="{:.1f}" r="2.4"/>)", left_ + x_.place(figure_.targets[row]),
          bottom - y.place(panel.predicted[row]));
    put("</g>");
    left_ += panel_side + panel_gap;
  }

  const TargetFigure& figure_;
  Axis x_;
  double left_ = panel_left;
};

} // namespace

std::string to_svg(const TargetFigure& figure) { return TargetDrawing(figure).svg(); }

} // namespace scalescope
