#include "core/features/extraction_builder.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <array>

namespace scalescope {
namespace {

std::vector<ProbeLayer> probe_layers(const Network& network, const std::vector<std::string>& names) {
  std::vector<ProbeLayer> layers;
  layers.reserve(names.size());
  for (const auto& name : names)
    layers.push_back({name, network.layer(name).features(network.info().source.tokens)});
  return layers;
}

} // namespace

ExtractionBuilder::ExtractionBuilder(const Network& network, const std::vector<std::string>& layers)
    : result_{.probe = Probe(probe_layers(network, layers)), .rows = {}, .left_out = {}, .notes = {}} {}

void ExtractionBuilder::add(std::int64_t index, Row row, std::span<const std::span<const float>> features) {
  result_.probe.add(std::array{index}, features);
  rows_.emplace(index, std::move(row));
}

void ExtractionBuilder::count(const PoolingTally& tally) {
  result_.run_seconds += tally.run_seconds;
  result_.from_network += tally.from_network;
  result_.from_cache += tally.from_cache;
  result_.notes.insert(result_.notes.end(), tally.notes.begin(), tally.notes.end());
}

Extraction ExtractionBuilder::finish(std::vector<LeftOut> left_out, std::vector<Remark> remarks) {
  if (rows_.empty())
    throw Error(
        left_out.empty()
            ? std::string(
                  "The data set has no samples; see the list of what was left out, or choose another --objects rule.")
            : fmt::format("None of the {} images can be used; the first: {}", left_out.size(),
                          left_out.front().reason));
  for (auto& [index, row] : rows_)
    result_.rows.push_back(std::move(row));
  result_.left_out = std::move(left_out);
  result_.remarks = std::move(remarks);
  result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  return std::move(result_);
}

} // namespace scalescope
