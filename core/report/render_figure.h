#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// An SVG document as a PNG file's bytes. @param scale pixels per unit of the document. @throws Error if it can't be
/// drawn.
[[nodiscard]] std::vector<std::uint8_t> render_png(const std::string& svg, double scale = 2);
/// An SVG document as a PDF file's bytes: one page of the document's size, with real text. @throws Error likewise.
[[nodiscard]] std::vector<std::uint8_t> render_pdf(const std::string& svg);

} // namespace scalescope
