#include "core/report/analysis_file.h"

#include "core/base/error.h"
#include "core/base/files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace scalescope {

std::string best_layer_in(const std::filesystem::path& analysis) {
  std::string best;
  double highest = -std::numeric_limits<double>::infinity();
  try {
    const auto record = nlohmann::json::parse(read_file(analysis));
    for (const auto& layer : record.at("layers"))
      if (const double mean = layer.at("r2_mean").get<double>(); mean > highest) {
        highest = mean;
        best = layer.at("layer").get<std::string>();
      }
  } catch (const nlohmann::json::exception&) {
    best.clear();
  }
  if (best.empty())
    throw Error(fmt::format("'{}' is not an analysis, or is cut off: give the analysis.json that 'scalescope-cli "
                            "analyze' wrote.",
                            analysis.string()));
  return best;
}

} // namespace scalescope
