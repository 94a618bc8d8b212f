#pragma once
// The text of an SVG document, element by element.

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <utility>

namespace scalescope {

/// A figure on white. Drawings inherit from it.
class SvgWriter {
 public:
  /// Begins the document. @param width, height in pixels.
  void begin(double width, double height, double font_size) {
    put(R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" viewBox="0 0 {0:.0f} {1:.0f}" )"
        R"(font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="{2}">)",
        width, height, font_size);
    put(R"(<rect width="100%" height="100%" fill="#ffffff"/>)");
  }
  /// Adds an element, on a line of its own.
  template <typename... Parts>
  void put(fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Parts>(parts)...);
    text_ += '\n';
  }
  /// Ends the document and hands it over.
  [[nodiscard]] std::string end() {
    put("</svg>");
    return std::move(text_);
  }

 private:
  std::string text_;
};

} // namespace scalescope
