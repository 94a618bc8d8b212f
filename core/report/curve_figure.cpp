#include "core/report/curve_figure.h"

#include "core/report/curve_layout.h"
#include "core/report/detail/svg_writer.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

namespace scalescope {

namespace {

// Paul Tol's and Okabe and Ito's hues, the first as in the window; the peak's amber is kept for the peak.
constexpr std::array series_colours = {"#1565c0", "#009e73", "#aa4499", "#d55e00",
                                       "#56b4e9", "#999933", "#661100", "#000000"};
constexpr std::array control_colours = {"#80868b", "#a9aeb3"};
constexpr std::array control_dashes = {"5 3.5", "1.5 3"};
constexpr const char* peak_colour = "#b26a00";
constexpr const char* text_colour = "#202124";
constexpr const char* quiet_text_colour = "#5f6368";
constexpr const char* grid_colour = "#e8eaed";
constexpr const char* axis_colour = "#aeb3b8";

constexpr double bold = 1.12; ///< how much wider than regular letters

struct Style {
  std::string colour;
  std::string dash; ///< empty: solid
  int shape = 0;
};

class CurveDrawing : private SvgWriter {
 public:
  explicit CurveDrawing(const CurveFigure& figure) : figure_(figure), at_(figure) {
    std::size_t lines = 0;
    std::size_t controls = 0;
    for (const CurveSeries& series : figure.series) {
      if (series.control) {
        const std::size_t i = (series.control_of ? 0 : controls++) % control_colours.size();
        styles_.push_back({control_colours[i], control_dashes[i], 0});
      } else {
        styles_.push_back({series_colours[lines % series_colours.size()], "", static_cast<int>(lines % 3)});
        ++lines;
      }
    }
    for (std::size_t s = 0; s < figure.series.size(); ++s)
      if (const auto of = figure.series[s].control_of)
        styles_[s] = {styles_.at(*of).colour, control_dashes.front(), styles_.at(*of).shape};
    if (figure.mark_peak)
      peak_ = find_peak();
  }

  std::string svg() {
    begin(at_.width, std::ceil(at_.height), CurveLayout::label_size);
    draw_head();
    draw_values();
    draw_layers();
    for (const bool control : {true, false}) // controls lie behind
      for (std::size_t s = figure_.series.size(); s-- > 0;)
        if (figure_.series[s].control == control)
          draw_series(s);
    draw_peak();
    return end();
  }

 private:
  void line(double x1, double y1, double x2, double y2, std::string_view colour, double width) {
    put(R"(<line x1="{:.2f}" y1="{:.2f}" x2="{:.2f}" y2="{:.2f}" stroke="{}" stroke-width="{}"/>)", x1, y1, x2, y2,
        colour, width);
  }

  void draw_head() {
    const double room = at_.width - 48;
    put(R"(<text id="title" x="24" y="36" font-size="17" font-weight="bold" fill="{}">{}</text>)", text_colour,
        escaped(elided(figure_.title, 17 * bold, room)));
    if (!figure_.subtitle.empty())
      put(R"(<text id="subtitle" x="24" y="56" font-size="11.5" fill="{}">{}</text>)", quiet_text_colour,
          escaped(elided(figure_.subtitle, 11.5, room)));
    put(R"(<g id="legend">)");
    for (std::size_t s = 0; s < at_.legend.size(); ++s) {
      const auto& [x, y, name] = at_.legend[s];
      const double middle = y - 4;
      put(R"(<path d="M{:.2f} {:.2f}h{}" fill="none" {}/>)", x, middle, CurveLayout::swatch, stroke(s));
      marker(s, x + CurveLayout::swatch / 2, middle, figure_.series[s].control ? 2 : 3.6);
      put(R"(<text x="{:.2f}" y="{:.2f}" fill="{}">{}</text>)", x + CurveLayout::swatch + 7, y, text_colour,
          escaped(name));
    }
    put("</g>");
  }

  void draw_values() {
    put(R"(<g id="y-axis" text-anchor="end">)");
    for (const double tick : at_.ticks) {
      const bool zero = std::abs(tick) < at_.tick_step / 2;
      const double y = at_.y(tick);
      line(at_.left, y, at_.right, y, zero ? axis_colour : grid_colour, 1);
      put(R"(<text x="{:.2f}" y="{:.2f}" fill="{}">{}</text>)", at_.left - 9, y + 4, quiet_text_colour,
          readable(tick, at_.tick_decimals));
    }
    put("</g>");
    const double middle = (at_.top + at_.bottom) / 2;
    put(R"svg(<text id="y-label" transform="translate({:.2f} {:.2f}) rotate(-90)" text-anchor="middle" fill="{}">{}</text>)svg",
        at_.left - 54, middle, quiet_text_colour,
        escaped(elided(figure_.y_label, CurveLayout::label_size, at_.bottom - at_.top)));
  }

  void draw_layers() {
    put(R"(<g id="x-axis" fill="{}">)", quiet_text_colour);
    for (const auto& [layer, name] : at_.labels) {
      const double x = at_.x(layer);
      line(x, at_.bottom, x, at_.bottom + 4, axis_colour, 1);
      if (at_.depths_y)
        put(R"(<text class="depth" x="{:.2f}" y="{:.2f}" font-size="{}" text-anchor="middle">{}</text>)", x,
            *at_.depths_y, CurveLayout::note_size, figure_.depths[layer]);
      if (at_.slanted)
        put(R"svg(<text transform="translate({:.2f} {:.2f}) rotate(-45)" text-anchor="end">{}</text>)svg", x + 4,
            at_.labels_y + 6, escaped(name));
      else
        put(R"(<text x="{:.2f}" y="{:.2f}" text-anchor="middle">{}</text>)", x, at_.labels_y + 10, escaped(name));
    }
    if (at_.depths_y && !at_.labels.empty())
      put(R"(<text x="{:.2f}" y="{:.2f}" font-size="{}" text-anchor="end">depth</text>)", at_.left - 9, *at_.depths_y,
          CurveLayout::note_size);
    put("</g>");
    line(at_.left, at_.bottom, at_.right, at_.bottom, axis_colour, 1);
    put(R"(<text id="x-label" x="{:.2f}" y="{:.2f}" text-anchor="middle" fill="{}">{}</text>)",
        (at_.left + at_.right) / 2, at_.height - 16, quiet_text_colour,
        escaped(figure_.x_label + (at_.depths_y ? "; depth in convolutions and linear layers" : "")));
  }

  [[nodiscard]] std::string stroke(std::size_t s) const {
    const bool control = figure_.series[s].control;
    std::string result = fmt::format(R"(stroke="{}" stroke-width="{}" stroke-linejoin="round")", styles_[s].colour,
                                     control           ? 1.4
                                     : at_.spacing < 8 ? 1.5
                                                       : 2.0);
    if (!styles_[s].dash.empty())
      result += fmt::format(R"( stroke-dasharray="{}")", styles_[s].dash);
    return result;
  }

  void marker(std::size_t s, double x, double y, double r) {
    const Style& style = styles_[s];
    if (style.shape == 1) // squares and diamonds with the circle's area, which can be distinguished in grey print, too
      put(R"(<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" fill="{}"/>)", x - 0.89 * r, y - 0.89 * r,
          1.78 * r, 1.78 * r, style.colour);
    else if (style.shape == 2)
      put(R"(<path d="M{:.2f} {:.2f}l{r:.2f} {r:.2f}l-{r:.2f} {r:.2f}l-{r:.2f} -{r:.2f}z" fill="{}"/>)", x,
          y - 1.25 * r, style.colour, fmt::arg("r", 1.25 * r));
    else
      put(R"(<circle cx="{:.2f}" cy="{:.2f}" r="{:.2f}" fill="{}"/>)", x, y, r, style.colour);
  }

  void draw_series(std::size_t s) {
    const CurveSeries& series = figure_.series[s];
    put(R"(<g id="series-{}">)", s);
    std::string path;
    double before = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t i = 0; i < figure_.layers.size(); ++i) {
      const double mean = value_at(series.mean, i);
      // No line along the axis, which would look like values there.
      const bool connected = !std::isnan(before) && !(at_.is_clipped(before) && at_.is_clipped(mean));
      if (!std::isnan(mean))
        path += fmt::format("{}{:.2f} {:.2f}", connected ? 'L' : 'M', at_.x(i), at_.y(std::max(mean, at_.low)));
      before = mean;
    }
    if (!path.empty())
      put(R"(<path d="{}" fill="none" {}/>)", path, stroke(s));
    for (std::size_t i = 0; i < figure_.layers.size(); ++i) {
      const double mean = value_at(series.mean, i);
      if (std::isnan(mean) || at_.is_clipped(mean))
        continue;
      if (s != 0 || i != peak_)
        draw_error_bar(series, i, styles_[s].colour);
      const double size = series.control ? 2 : 3.6;
      marker(s, at_.x(i), at_.y(mean), std::clamp(at_.spacing * 0.3, size / 2, size));
    }
    draw_clipped(s);
    put("</g>");
  }

  void draw_error_bar(const CurveSeries& series, std::size_t layer, std::string_view colour) {
    const Interval bar = bar_at(series, layer);
    if (bar.low == bar.high)
      return;
    const double x = at_.x(layer);
    const double upper = std::min(bar.high, at_.high);
    const double lower = std::max(bar.low, at_.low);
    const double cap = at_.spacing < 8 ? 0 : std::min(at_.spacing * 0.2, 3.5);
    std::string path = fmt::format("M{:.2f} {:.2f}V{:.2f}", x, at_.y(lower), at_.y(upper));
    for (const auto& [end, whole] : {std::pair(upper, bar.high), std::pair(lower, bar.low)})
      if (cap > 0 && end == whole) // a bar without a cap goes on beyond the axis
        path += fmt::format("M{:.2f} {:.2f}h{:.2f}", x - cap, at_.y(end), 2 * cap);
    put(R"(<path class="bar" d="{}" fill="none" stroke="{}" stroke-width="1.2" stroke-opacity="{}"/>)", path, colour,
        (series.control ? 0.6 : 1.0) * (at_.spacing < 8 ? 0.5 : 1.0));
  }

  /// A triangle for every value below the axis, and its number if there is room.
  void draw_clipped(std::size_t s) {
    if (!at_.clipped_y[s])
      return;
    const double y = *at_.clipped_y[s];
    const double half = std::clamp(at_.spacing * 0.4, 1.5, 4.0);
    double free_from = 0;
    put(R"(<g class="clipped" font-size="{}" text-anchor="middle" fill="{}">)", CurveLayout::note_size,
        styles_[s].colour);
    for (std::size_t i = 0; i < figure_.layers.size(); ++i) {
      const double mean = value_at(figure_.series[s].mean, i);
      if (std::isnan(mean) || !at_.is_clipped(mean))
        continue;
      const double x = at_.x(i);
      put(R"(<path d="M{:.2f} {:.2f}h{:.2f}l-{:.2f} 6z"/>)", x - half, y, 2 * half, half);
      const std::string number = readable(mean);
      const double width = text_width(number, CurveLayout::note_size);
      if (x - width / 2 < free_from)
        continue;
      put(R"(<text x="{:.2f}" y="{:.2f}">{}</text>)", x, y + 15.5, number);
      free_from = x + width / 2 + 4;
    }
    put("</g>");
  }

  [[nodiscard]] std::size_t find_peak() const {
    std::size_t peak = none;
    for (std::size_t i = 0; !figure_.series.empty() && i < figure_.layers.size(); ++i) {
      const std::vector<double>& mean = figure_.series[0].mean;
      const double value = value_at(mean, i);
      if (!std::isnan(value) && !at_.is_clipped(value) && (peak == none || value > mean[peak]))
        peak = i;
    }
    return peak;
  }

  void draw_peak() {
    if (peak_ == none)
      return;
    const CurveSeries& series = figure_.series[0];
    const double mean = series.mean[peak_];
    const Interval bar = bar_at(series, peak_);
    std::string label = "peak " + readable(mean, 2);
    if (bar.low < bar.high)
      label += series.intervals.empty() ? " ± " + readable(bar.high - mean, 2)
                                        : fmt::format(" [{}, {}]", readable(bar.low, 2), readable(bar.high, 2));
    label += " at " + elided(figure_.layers[peak_], CurveLayout::label_size, 260);

    const double half = text_width(label, CurveLayout::label_size * bold) / 2;
    const double x = std::clamp(at_.x(peak_), at_.left + half, std::max(at_.left + half, at_.right - half));
    const double y = at_.y(highest_between(x - half, x + half)) - 11;
    put(R"(<g id="peak" fill="{}">)", peak_colour);
    const double radius = 5.5;
    if (at_.y(bar.low) - at_.y(mean) > radius + 1.5) // else only its caps would look out
      draw_error_bar(series, peak_, peak_colour);
    put(R"(<circle cx="{:.2f}" cy="{:.2f}" r="{}"/>)", at_.x(peak_), at_.y(mean), radius);
    put(R"(<text x="{:.2f}" y="{:.2f}" text-anchor="middle" font-weight="bold">{}</text>)", x, y, escaped(label));
    put("</g>");
  }

  /// The highest value of any line or error bar between two x positions; a label above it covers nothing.
  [[nodiscard]] double highest_between(double x1, double x2) const {
    double highest = at_.low;
    for (const CurveSeries& series : figure_.series) {
      for (std::size_t i = 0; i < figure_.layers.size(); ++i) {
        const double mean = value_at(series.mean, i);
        const double x = at_.x(i);
        if (x >= x1 && x <= x2)
          highest = std::fmax(highest, bar_at(series, i).high);
        const double next = value_at(series.mean, i + 1);
        for (const double end : {x1, x2}) // a line that crosses it
          if (end > x && end < x + at_.spacing)
            highest = std::fmax(highest, mean + (next - mean) * (end - x) / at_.spacing);
      }
    }
    return std::min(highest, at_.high);
  }

  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  const CurveFigure& figure_;
  CurveLayout at_;
  std::size_t peak_ = none;   ///< layer of the first series' highest visible value
  std::vector<Style> styles_; ///< one per series
};

} // namespace

std::string to_svg(const CurveFigure& figure) { return CurveDrawing(figure).svg(); }

} // namespace scalescope
