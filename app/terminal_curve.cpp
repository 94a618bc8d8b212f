#include "app/terminal_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {

std::string terminal_curve(const Analysis& analysis) {
  constexpr int width = 50; // width of R2 from 0 to 1, in characters
  const auto column = [](double r2) { return static_cast<std::size_t>(std::lround(width * std::clamp(r2, 0.0, 1.0))); };
  const auto random = std::ranges::find(analysis.controls, "random weights", &ControlCurve::name);
  std::size_t longest = 5;
  for (const auto& layer : analysis.layers)
    longest = std::max(longest, layer.name.size());

  std::string text = fmt::format("  {:<{}}      R2  0{:>{}}\n", "layer", longest, "1", width);
  for (std::size_t i = 0; i < analysis.layers.size(); ++i) {
    std::string bar(width + 1, ' ');
    const double r2 = analysis.scores[i].mean();
    std::fill_n(bar.begin(), column(r2), '#');
    if (random != analysis.controls.end())
      bar[column(random->scores[i].mean())] = '|';
    bar.erase(bar.find_last_not_of(' ') + 1);
    text += fmt::format("  {:<{}}  {:>6.2f}  {}{}\n", analysis.layers[i].name, longest, r2, bar,
                        i == analysis.peak() ? "  <- best" : "");
  }
  return text;
}

} // namespace scalescope
