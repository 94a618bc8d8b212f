#pragma once

#include "core/experiment/facts.h"
#include "core/image/sample.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// A table of a report. Cells are plain text; every row has as many as the header.
struct ReportTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::size_t text_columns = 1; ///< the first ones, set flush left; the others are numbers, set flush right
};

/// A number of a table; a dash where it is not finite.
[[nodiscard]] std::string cell(double value, int decimals = 3);

/// Builds a self-contained page about an experiment, with figures as inline SVG, so that it opens without a network
/// connection and prints well. All arguments are plain text unless stated otherwise; characters that are invalid in
/// HTML or XML are replaced. The page is also well-formed XML.
class HtmlReport {
 public:
  /// @param title of the page. @param headline a sentence with the result.
  HtmlReport(const std::string& title, const std::string& headline);

  HtmlReport& section(const std::string& heading);
  HtmlReport& paragraph(const std::string& text);
  /// The notes that the command line also prints, one paragraph each; R2 becomes R².
  HtmlReport& notes(const std::vector<std::string>& notes);
  /// @param svg an SVG document, as to_svg makes them. @param caption a sentence about the figure.
  HtmlReport& figure(const std::string& svg, const std::string& caption);
  /// An image file's bytes (PNG), such as examples of the images. @param width in CSS pixels.
  HtmlReport& image(std::span<const std::uint8_t> png, int width, const std::string& caption);
  HtmlReport& table(const ReportTable& table);
  HtmlReport& facts(const Facts& facts);
  /// A section that counts and lists what was left out and why, or says that nothing was left out.
  HtmlReport& left_out(const std::vector<LeftOut>& left_out);
  /// The same for what was used, but not exactly as written; no section if there is none.
  HtmlReport& remarks(const std::vector<Remark>& remarks);

  /// The finished page.
  [[nodiscard]] std::string html() const;

 private:
  std::string head_;
  std::string body_;
  int figures_ = 0;
};

} // namespace scalescope
