#include "core/results/report_card_files.h"

#include "core/base/text.h"
#include "core/results/detail/record_parts.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scalescope {
namespace {

nlohmann::json description_of(const Network& network, const ReportCardContext& context) {
  return {
      {"format", "scalescope report card 1"},
      {"cite_as", citation_of(network, context)},
      {"model", model_json(network)},
      {"data", {{"name", context.data}, {"pictures", context.images}, {"magnification", context.magnification_data}}},
      {"settings", {{"seed", context.seed}, {"input_size", network.info().input_size}}},
      {"run", run_json(network)},
      {"versions", {{"scalescope", context.version}, {"engine", network.info().engine}}}};
}

} // namespace

std::string report_card_csv(const ReportCard& card) {
  std::string text = "group,measure,layer,value,low,high,images\n";
  for (const CardEntry& entry : card.entries)
    text += fmt::format("{},{},{},{},{},{},{}\n", csv_field(entry.group), csv_field(entry.name), csv_field(entry.layer),
                        csv_number(entry.value), entry.interval.exists() ? csv_number(entry.interval.low) : "",
                        entry.interval.exists() ? csv_number(entry.interval.high) : "",
                        entry.images > 0 ? fmt::to_string(entry.images) : "");
  return text;
}

Facts facts_of(const Network& network, const ReportCardContext& context) {
  return facts_of(description_of(network, context), {"model", "data", "settings", "run", "versions"});
}

std::string citation_of(const Network& network, const ReportCardContext& context) {
  const NetworkInfo& info = network.info();
  return fmt::format("Scale report card of {} ({}), {} images of {}, seed {}, ScaleScope {}.", info.name,
                     info.sha256.empty() ? "random weights" : "SHA-256 " + info.sha256.substr(0, 12), context.images,
                     context.data, context.seed, context.version);
}

std::vector<std::string> report_card_record_files() { return {"report-card.json", "report-card.csv"}; }

void write_report_card_record(FileSet& files, const ReportCard& card, const Network& network,
                              const ReportCardContext& context) {
  nlohmann::json record = description_of(network, context);
  record["headline"] = card.headline;
  for (const CardEntry& entry : card.entries) {
    nlohmann::json one = {{"group", entry.group}, {"measure", entry.name}, {"value", entry.value}}; // NaN becomes null
    if (!entry.layer.empty())
      one["layer"] = entry.layer;
    if (entry.images > 0)
      one["pictures"] = entry.images;
    if (entry.interval.exists())
      one["interval"] = {entry.interval.low, entry.interval.high};
    record["entries"].push_back(std::move(one));
  }
  files.write("report-card.json", file_text(record));
  files.write("report-card.csv", report_card_csv(card));
}

} // namespace scalescope
