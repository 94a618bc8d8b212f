#include "core/prune/refit.h"

#include "core/base/error.h"
#include "core/experiment/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace scalescope {

static void check_rows(const AnalysisRecord& record, const std::vector<Row>& rows) {
  const auto same = [](const Row& a, const Row& b) {
    return a.id == b.id && a.group == b.group && a.target == b.target;
  };
  if (!std::ranges::equal(record.rows, rows, same))
    throw Error(fmt::format("The images or their targets have changed since {} was written ({} rows now, {} then), so "
                            "its regression can't be fitted again; run 'analyze' again, or restore the data.",
                            record.file.string(), rows.size(), record.rows.size()));
}

Regression refit(const Network& network, const AnalysisRecord& record, const std::vector<Sample>& samples,
                 const std::string& layer, std::stop_token stop, const JobCallback& progress) {
  ExtractionSettings settings{.layers = {}, .preprocessing = record.preprocessing, .keep_going = record.keep_going};
  for (const LayerR2& one : record.layers) // all, as the analysis did: so the cache knows them
    settings.layers.push_back(one.layer);
  auto found = std::ranges::find(settings.layers, layer);
  if (found == settings.layers.end())
    found = settings.layers.insert(settings.layers.end(), layer);
  const auto position = static_cast<std::size_t>(found - settings.layers.begin());
  const Extraction extraction = extract_samples(network, samples, settings, std::move(stop), progress);
  check_rows(record, extraction.rows);
  return regression(extraction, position, record.protocol == Protocol::Ridge);
}

} // namespace scalescope
