#include "core/report/html_report.h"

#include "core/report/svg_text.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cmath>
#include <regex>

namespace scalescope {
namespace {

// Light for every theme of the reader, so that screen and print look the same.
constexpr const char* style = R"(
:root { color-scheme: light; }
body { font: 15px/1.5 "DejaVu Sans", Helvetica, Arial, sans-serif; color: #202124; background: #fff; max-width: 62rem;
       margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .6rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid #e8eaed; padding-bottom: .25rem; }
p { max-width: 46rem; }
.headline { font-size: 1.1rem; color: #1565c0; }
figure { margin: 1.2rem 0; break-inside: avoid; }
figure svg { max-width: 100%; height: auto; }
figcaption { font-size: .87rem; color: #5f6368; max-width: 46rem; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; margin: .8rem 0; }
th, td { padding: .22rem .8rem .22rem 0; border-bottom: 1px solid #e8eaed; vertical-align: top; text-align: left; }
th { color: #5f6368; font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
th.number { white-space: normal; }
.facts th { font-weight: 400; white-space: nowrap; }
.facts td { overflow-wrap: anywhere; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 10pt; } h2 { break-after: avoid; } }
)";

std::string base64(std::span<const std::uint8_t> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// An SVG as a part of a page: without the XML declaration, and with ids that are unique in the page.
std::string inlined(const std::string& svg, int number) {
  const auto begin = svg.find("<svg");
  static const std::regex id(R"rx(( id="| href="#|url\(#))rx");
  return std::regex_replace(svg.substr(begin == std::string::npos ? svg.size() : begin), id,
                            fmt::format("$1figure-{}-", number));
}

} // namespace

std::string cell(double value, int decimals) { return std::isfinite(value) ? readable(value, decimals) : "–"; }

HtmlReport::HtmlReport(const std::string& title, const std::string& headline)
    : head_(fmt::format("<!DOCTYPE html>\n"
                        "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                        "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
                        escaped(title), style)) {
  body_ = fmt::format("<p class=\"headline\">{}</p>\n", escaped(headline));
}

HtmlReport& HtmlReport::section(const std::string& heading) {
  body_ += fmt::format("<h2>{}</h2>\n", escaped(heading));
  return *this;
}

HtmlReport& HtmlReport::paragraph(const std::string& text) {
  body_ += fmt::format("<p>{}</p>\n", escaped(text));
  return *this;
}

HtmlReport& HtmlReport::notes(const std::vector<std::string>& notes) {
  static const std::regex plain("\\bR2\\b");
  for (const auto& note : notes)
    paragraph(std::regex_replace(note, plain, "R²"));
  return *this;
}

HtmlReport& HtmlReport::figure(const std::string& svg, const std::string& caption) {
  body_ +=
      fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", inlined(svg, ++figures_), escaped(caption));
  return *this;
}

HtmlReport& HtmlReport::image(std::span<const std::uint8_t> png, int width, const std::string& caption) {
  body_ += fmt::format("<figure>\n<img width=\"{}\" alt=\"{}\" src=\"data:image/png;base64,{}\"/>"
                       "<figcaption>{}</figcaption>\n</figure>\n",
                       width, escaped(caption), base64(png), escaped(caption));
  return *this;
}

HtmlReport& HtmlReport::table(const ReportTable& table) {
  const auto row = [&](const std::vector<std::string>& cells, const char* tag) {
    body_ += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      body_ +=
          fmt::format("<{0}{1}>{2}</{0}>", tag, i < table.text_columns ? "" : " class=\"number\"", escaped(cells[i]));
    body_ += "</tr>\n";
  };
  body_ += "<table>\n<thead>\n";
  row(table.header, "th");
  body_ += "</thead>\n<tbody>\n";
  for (const auto& cells : table.rows)
    row(cells, "td");
  body_ += "</tbody>\n</table>\n";
  return *this;
}

HtmlReport& HtmlReport::facts(const Facts& facts) {
  body_ += "<table class=\"facts\">\n";
  for (const auto& [name, value] : facts)
    body_ += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", escaped(name), escaped(value));
  body_ += "</table>\n";
  return *this;
}

HtmlReport& HtmlReport::left_out(const std::vector<LeftOut>& left_out) {
  section("What was left out");
  if (left_out.empty())
    return paragraph("Nothing.");
  paragraph(fmt::format("{} of the given images or objects {} not used:", left_out.size(),
                        left_out.size() == 1 ? "was" : "were"));
  ReportTable list{{"what", "why"}, {}, 2};
  for (const LeftOut& one : left_out)
    list.rows.push_back({one.what, one.reason});
  return table(list);
}

HtmlReport& HtmlReport::remarks(const std::vector<Remark>& remarks) {
  if (remarks.empty())
    return *this;
  section("What was not used exactly as written");
  ReportTable list{{"what", "how"}, {}, 2};
  for (const Remark& one : remarks)
    list.rows.push_back({one.what, one.text});
  return table(list);
}

std::string HtmlReport::html() const { return head_ + body_ + "</body>\n</html>\n"; }

} // namespace scalescope
