#pragma once

#include "core/image/sample.h"
#include "core/results/facts.h"

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

/// Builds one self-contained page of what an experiment found: everything is inside the file, images as inline SVG,
/// so that it opens without a network connection and prints well. All arguments are plain text unless they say
/// otherwise; what HTML or XML can't hold is replaced. The page is well-formed XML too.
class HtmlReport {
 public:
  /// @param title what the page is about. @param headline a sentence: what was found.
  HtmlReport(const std::string& title, const std::string& headline);

  HtmlReport& section(const std::string& heading);
  HtmlReport& paragraph(const std::string& text);
  /// What the command line says too, a paragraph each; R2 becomes R².
  HtmlReport& notes(const std::vector<std::string>& notes);
  /// @param svg an SVG document, as to_svg makes them. @param caption a sentence that says what the figure shows.
  HtmlReport& figure(const std::string& svg, const std::string& caption);
  /// An image file's bytes (PNG), for what is not drawn: examples of the images. @param width in CSS pixels.
  HtmlReport& image(std::span<const std::uint8_t> png, int width, const std::string& caption);
  HtmlReport& table(const ReportTable& table);
  HtmlReport& facts(const Facts& facts);
  /// A section of its own that counts and lists what was left out and why, or says that nothing was.
  HtmlReport& left_out(const std::vector<LeftOut>& left_out);
  /// The same for what was used, but not just as it was found; nothing where there is none.
  HtmlReport& remarks(const std::vector<Remark>& remarks);

  /// The page as it is now.
  [[nodiscard]] std::string html() const;

 private:
  std::string head_;
  std::string body_;
  int figures_ = 0;
};

} // namespace scalescope
