#pragma once

#include <string>
#include <string_view>

namespace scalescope {

/// Text as XML: & < > " escaped, and characters that are invalid in XML (control characters, broken UTF-8) replaced by
/// U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

/// The width of a text in DejaVu Sans, the widest of the fonts that we name, within some percent.
[[nodiscard]] double text_width(std::string_view text, double font_size);

/// The text, or its beginning and end with "…" between them, so that it is not wider than `width`.
[[nodiscard]] std::string elided(std::string_view text, double font_size, double width);

/// A number for reading: "0.72", "−14.4", "−3861", "−1.2e+08"; with a true minus sign.
[[nodiscard]] std::string readable(double value);
/// With that many decimals.
[[nodiscard]] std::string readable(double value, int decimals);

} // namespace scalescope
