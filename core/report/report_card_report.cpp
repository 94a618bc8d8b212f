#include "core/report/report_card_report.h"

#include "core/report/html_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scalescope {
namespace {

std::string page_of(const ReportCard& card, const std::string& curve, const Network& network,
                    const ReportCardContext& context) {
  HtmlReport report("Scale report card: " + network.info().name, card.headline);
  report.paragraph(citation_of(network, context));
  ReportTable table{{"", "measure", "at", "value", "95 % interval"}, {}, 3};
  std::string group;
  for (const CardEntry& entry : card.entries) {
    table.rows.push_back(
        {entry.group == group ? "" : entry.group, entry.name, entry.layer, cell(entry.value),
         entry.interval.exists() ? fmt::format("[{}, {}]", cell(entry.interval.low), cell(entry.interval.high)) : ""});
    group = entry.group;
  }
  report.table(table);
  report.figure(curve, "R² of object scale by layer, with 95 % intervals over images, and its controls.");
  report.section("What the measures mean");
  std::string said;
  for (const CardEntry& entry : card.entries)
    if (entry.meaning != said) {
      report.paragraph(fmt::format("{}: {}", entry.name, entry.meaning));
      said = entry.meaning;
    }
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
