#include "core/report/report_card_report.h"

#include "core/report/html_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scalescope {
namespace {

// As the records write it, in a page: R2 is R².
std::string in_page(std::string text) {
  for (std::size_t at = text.find("R2"); at != std::string::npos; at = text.find("R2", at + 1))
    text.replace(at, 2, "R²");
  return text;
}

ReportTable table_of(const ReportCard& card) {
  ReportTable table{{"", "measure", "at", "value", "95 % interval", "images"}, {}, 3};
  std::string group;
  for (const CardEntry& entry : card.entries) {
    table.rows.push_back(
        {entry.group == group ? "" : entry.group, in_page(entry.name), entry.layer, cell(entry.value),
         entry.interval.exists() ? fmt::format("[{}, {}]", cell(entry.interval.low), cell(entry.interval.high)) : "",
         entry.images > 0 ? fmt::to_string(entry.images) : ""});
    group = entry.group;
  }
  return table;
}

// Each meaning once, with all that it is of.
ReportTable meanings_of(const ReportCard& card) {
  ReportTable table{{"measure", "meaning"}, {}, 2};
  for (const CardEntry& entry : card.entries)
    if (table.rows.empty() || table.rows.back()[1] != entry.meaning)
      table.rows.push_back({in_page(entry.name), entry.meaning});
  return table;
}

std::string page_of(const ReportCard& card, const std::string& curve, const Network& network,
                    const ReportCardContext& context) {
  HtmlReport report("Scale report card: " + network.info().name, in_page(card.headline));
  report.paragraph(citation_of(network, context));
  report.figure(curve, "R² of object scale by layer, with 95 % intervals over images, and its controls.");
  report.section("The card").table(table_of(card));
  report.paragraph("Intervals are over images. Measures without one have it in their own report, or none.");
  report.section("What the measures mean").table(meanings_of(card));
  report.paragraph(fmt::format("The folders {} beside this page hold each part's own report, with its method, settings "
                               "and limits.",
                               fmt::join(context.folders, ", ")));
  report.section("Settings, seeds, versions").facts(facts_of(network, context));
  return report.html();
}

} // namespace

std::vector<std::string> report_card_files() {
  std::vector<std::string> names = report_card_record_files();
  names.emplace_back("report-card.html");
  return names;
}

void write_report_card(FileSet& files, const ReportCard& card, const std::string& curve, const Network& network,
                       const ReportCardContext& context) {
  write_report_card_record(files, card, network, context);
  files.write("report-card.html", page_of(card, curve, network, context));
}

} // namespace scalescope
