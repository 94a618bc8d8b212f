#include "core/report/heat_figure.h"

#include "core/report/detail/svg_writer.h"
#include "core/report/svg_text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace scalescope {
namespace {

constexpr double cell_side = 22;
constexpr double most_names_width = 190;
constexpr double heat_top = 70;
constexpr double heat_font = 11;
constexpr std::array<std::array<double, 3>, 4> shades{{{255, 255, 255}, {158, 202, 225}, {33, 113, 181}, {8, 48, 107}}};

std::string shade(double value) {
  const double at = std::clamp(value, 0.0, 1.0) * (shades.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(at), shades.size() - 2);
  const double share = at - static_cast<double>(below);
  std::array<int, 3> mixed{};
  for (std::size_t c = 0; c < mixed.size(); ++c)
    mixed[c] = static_cast<int>(std::lround(shades[below][c] * (1 - share) + shades[below + 1][c] * share));
  return fmt::format("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2]);
}

class HeatDrawing : private SvgWriter {
 public:
  explicit HeatDrawing(const MeasureMap& map)
      : map_(map), left_(24 + room_for(map.rows)), names_height_(room_for(map.columns)) {}

  std::string svg() {
    const double cells_width = cell_side * static_cast<double>(map_.columns.size());
    const double cells_height = cell_side * static_cast<double>(map_.rows.size());
    const double width = std::max(820.0, left_ + cells_width + 48);
    begin(width, heat_top + cells_height + std::max(names_height_, 30.0) + 24, heat_font);
    put(R"(<text x="24" y="36" font-size="17" font-weight="bold" fill="#202124">{}</text>)",
        escaped(elided(map_.title, 17 * 1.12, width - 48)));
    put(R"(<text x="24" y="58" fill="#5f6368">{}</text>)",
        escaped(elided(
            fmt::format("rows: {}; columns: {}; framed: the highest of a row", map_.row_label, map_.column_label),
            heat_font, width - 48)));
    for (std::size_t row = 0; row < map_.rows.size(); ++row)
      draw_row(row);
    for (std::size_t column = 0; column < map_.columns.size(); ++column)
      put(R"svg(<text transform="translate({:.2f} {:.2f}) rotate(-60)" text-anchor="end" fill="#202124">{}</text>)svg",
          x(column) + cell_side * 0.7, y(map_.rows.size()) + 14,
          escaped(elided(map_.columns[column], heat_font, most_names_width - 12)));
    for (int step = 0; step <= 5; ++step) { // the scale of shades
      const double at = width - 24 - 6 * cell_side + cell_side * step;
      put(R"(<rect x="{:.2f}" y="{:.2f}" width="{}" height="8" fill="{}" stroke="#dadce0"/>)", at,
          heat_top + cells_height + 10, cell_side - 2, shade(step / 5.0));
      put(R"(<text x="{:.2f}" y="{:.2f}" font-size="9.5" text-anchor="middle" fill="#5f6368">{}</text>)",
          at + cell_side / 2, heat_top + cells_height + 30, readable(step / 5.0, 1));
    }
    return end();
  }

 private:
  [[nodiscard]] static double room_for(const std::vector<std::string>& names) {
    double widest = 0;
    for (const std::string& name : names)
      widest = std::max(widest, text_width(name, heat_font));
    return std::min(widest + 12, most_names_width);
  }
  [[nodiscard]] double x(std::size_t column) const { return left_ + cell_side * static_cast<double>(column); }
  [[nodiscard]] static double y(std::size_t row) { return heat_top + cell_side * static_cast<double>(row); }

  void draw_row(std::size_t row) {
    const std::vector<double>& values = map_.values[row];
    put(R"(<text x="{:.2f}" y="{:.2f}" text-anchor="end" fill="#202124">{}</text>)", x(0) - 8,
        y(row) + cell_side * 0.68, escaped(elided(map_.rows[row], heat_font, most_names_width - 12)));
    const auto highest =
        std::ranges::max_element(values, {}, [](double v) { return std::isfinite(v) ? v : -INFINITY; });
    for (std::size_t column = 0; column < values.size(); ++column) {
      const bool is_highest = highest == values.begin() + static_cast<std::ptrdiff_t>(column);
      put(R"(<rect x="{:.2f}" y="{:.2f}" width="{}" height="{}" fill="{}" stroke="{}"><title>{}</title></rect>)",
          x(column) + 1, y(row) + 1, cell_side - 2, cell_side - 2,
          std::isfinite(values[column]) ? shade(values[column]) : "#e8eaed", is_highest ? "#d55e00" : "#dadce0",
          escaped(fmt::format("{}, {}: {}", map_.rows[row], map_.columns[column], readable(values[column], 3))));
    }
  }

  const MeasureMap& map_;
  double left_;         // of the cells
  double names_height_; // of the columns' names
};

} // namespace

std::string to_svg(const MeasureMap& map) { return HeatDrawing(map).svg(); }

} // namespace scalescope
