#include "core/report/line_figure.h"

#include "core/report/detail/svg_writer.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace scalescope {
namespace {

// Okabe and Ito's hues; further lines are dashed.
constexpr std::array colours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"};
constexpr std::array dashes = {"", "6 3", "2 3"};
constexpr double width = 960;
constexpr double left = 82;
constexpr double right = 936;
constexpr double inset = 14; // from an axis' end to the first and last tick
constexpr double line_plot_height = 320;
constexpr double font_size = 11;

class LineDrawing : private SvgWriter {
 public:
  explicit LineDrawing(const LineFigure& figure) : figure_(figure) {
    top_ = 84 + 19 * static_cast<double>(figure.lines.size());
    bottom_ = top_ + line_plot_height;
  }

  std::string svg() {
    begin(width, bottom_ + 56, font_size);
    put(R"(<text x="24" y="36" font-size="17" font-weight="bold" fill="#202124">{}</text>)",
        escaped(elided(figure_.title, 17 * 1.12, width - 48)));
    draw_axes();
    for (std::size_t i = 0; i < figure_.lines.size(); ++i) {
      draw_legend(i);
      draw_line(i);
    }
    return end();
  }

 private:
  [[nodiscard]] double x(double value) const {
    const auto on_axis = [&](double v) { return figure_.logarithmic ? std::log(v) : v; };
    const double first = on_axis(figure_.x_ticks.front());
    const double range = on_axis(figure_.x_ticks.back()) - first;
    const double share = range > 0 ? (on_axis(value) - first) / range : 0.5; // a single tick is in the middle
    return left + inset + share * (right - left - 2 * inset);
  }
  [[nodiscard]] double y(double value) const {
    const auto& [low, high] = std::pair(figure_.y_low, figure_.y_high);
    return bottom_ - (std::clamp(value, low, high) - low) / (high - low) * (bottom_ - top_);
  }
  [[nodiscard]] static const char* colour(std::size_t i) { return colours[i % colours.size()]; }
  [[nodiscard]] static std::string stroke(std::size_t i) {
    return fmt::format(R"(stroke="{}" stroke-width="2" stroke-linejoin="round" stroke-dasharray="{}")", colour(i),
                       dashes[i / colours.size() % dashes.size()]);
  }

  void draw_axes() {
    const int decimals = figure_.y_step < 0.1 ? 2 : figure_.y_step < 1 ? 1 : 0;
    const auto first = static_cast<int>(std::round(figure_.y_low / figure_.y_step));
    for (int tick = first; tick * figure_.y_step <= figure_.y_high + 1e-9; ++tick) {
      const double value = tick * figure_.y_step;
      put(R"(<line x1="{:.2f}" y1="{:.2f}" x2="{:.2f}" y2="{:.2f}" stroke="{}"/>)", left, y(value), right, y(value),
          tick == 0 ? "#aeb3b8" : "#e8eaed");
      put(R"(<text x="{:.2f}" y="{:.2f}" text-anchor="end" fill="#5f6368">{}</text>)", left - 9, y(value) + 4,
          readable(value, decimals));
    }
    for (const double tick : figure_.x_ticks)
      put(R"(<text x="{:.2f}" y="{:.2f}" text-anchor="middle" fill="#5f6368">{}</text>)", x(tick), bottom_ + 18,
          readable(tick));
    put(R"(<text x="{:.2f}" y="{:.2f}" text-anchor="middle" fill="#5f6368">{}</text>)", (left + right) / 2,
        bottom_ + 40, escaped(figure_.x_label));
    put(R"svg(<text transform="translate({:.2f} {:.2f}) rotate(-90)" text-anchor="middle" fill="#5f6368">{}</text>)svg",
        left - 48, (top_ + bottom_) / 2, escaped(figure_.y_label));
  }

  void draw_legend(std::size_t i) {
    const double at = 62 + 19 * static_cast<double>(i);
    put(R"(<path d="M24 {:.2f}h24" fill="none" {}/>)", at - 4, stroke(i));
    put(R"(<text x="55" y="{:.2f}" fill="#202124">{}</text>)", at,
        escaped(elided(figure_.lines[i].name, font_size, right - 55)));
  }

  void draw_line(std::size_t i) {
    const FigureLine& line = figure_.lines[i];
    std::string path;
    for (std::size_t k = 0; k < line.x.size(); ++k)
      if (std::isfinite(line.y[k]))
        path += fmt::format("{}{:.2f} {:.2f}", path.empty() ? 'M' : 'L', x(line.x[k]), y(line.y[k]));
    put(R"(<g id="line-{}">)", i);
    if (!path.empty())
      put(R"(<path d="{}" fill="none" {}/>)", path, stroke(i));
    for (std::size_t k = 0; k < line.x.size(); ++k) {
      if (!std::isfinite(line.y[k]))
        continue;
      const double at = x(line.x[k]);
      if (const Interval bar = bar_of(line, k); bar.exists())
        put(R"(<path class="bar" d="M{:.2f} {:.2f}V{:.2f}" stroke="{}" stroke-width="1.2"/>)", at, y(bar.low),
            y(bar.high), colour(i));
      put(R"(<circle cx="{:.2f}" cy="{:.2f}" r="{}" fill="{}"><title>{}</title></circle>)", at, y(line.y[k]),
          static_cast<std::ptrdiff_t>(k) == line.highlighted ? 5.5 : 3.0, colour(i),
          escaped(k < line.titles.size() ? line.titles[k] : readable(line.y[k])));
    }
    put("</g>");
  }

  [[nodiscard]] static Interval bar_of(const FigureLine& line, std::size_t k) {
    if (!line.intervals.empty())
      return line.intervals[k];
    const double spread = k < line.standard_deviation.size() ? line.standard_deviation[k] : 0;
    return spread > 0 ? Interval{line.y[k] - spread, line.y[k] + spread} : Interval{};
  }

  const LineFigure& figure_;
  double top_ = 0;
  double bottom_ = 0;
};

} // namespace

std::string to_svg(const LineFigure& figure) { return LineDrawing(figure).svg(); }

} // namespace scalescope
