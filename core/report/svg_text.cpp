#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace scalescope {

namespace {

constexpr char32_t replacement = 0xFFFD;

struct Character {
  char32_t code;
  std::string_view bytes;
};

bool allowed_in_xml(char32_t code) {
  return code >= 0x20 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF) && code != 0xFFFE && code != 0xFFFF;
}

/// Decodes UTF-8. Invalid bytes, and characters that XML forbids, become U+FFFD.
std::vector<Character> characters(std::string_view text) {
  std::vector<Character> result;
  while (!text.empty()) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    char32_t code = length == 1 ? lead : lead & (0x7F >> length);
    bool valid = lead < 0x80 || (lead >= 0xC2 && lead <= 0xF4);
    for (std::size_t i = 1; valid && i < length; ++i) {
      valid = i < text.size() && (static_cast<std::uint8_t>(text[i]) & 0xC0) == 0x80;
      if (valid)
        code = code << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3F);
    }
    const char32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; // overlong encodings are not UTF-8
    if (valid && code >= least[length] && allowed_in_xml(code))
      result.push_back({code, text.substr(0, length)});
    else
      result.push_back({replacement, "\uFFFD"});
    text.remove_prefix(valid ? length : 1);
  }
  return result;
}

/// The advance widths of DejaVu Sans from ' ' to '~', in thousandths of the font size.
constexpr std::uint16_t ascii_widths[] = {
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361,  318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635,  611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352,  635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592,  525, 636, 337, 636, 838};

/// In units of the font size.
double width_of(char32_t code) {
  if (code >= 0x2E80) // Chinese, Japanese, Korean and beyond
    return 1.0;
  return code >= ' ' && code <= '~' ? ascii_widths[code - ' '] / 1000.0 : 0.7;
}

std::string with_minus_sign(std::string number) {
  if (number.starts_with('-'))
    number.replace(0, 1, "\u2212");
  return number;
}

} // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (const Character& character : characters(text)) {
    switch (character.code) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      result += character.bytes;
    }
  }
  return result;
}

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (const Character& character : characters(text))
    width += width_of(character.code);
  return width * font_size;
}

std::string elided(std::string_view text, double font_size, double width) {
  if (text_width(text, font_size) <= width)
    return std::string(text);
  const std::vector<Character> all = characters(text);
  const std::string_view dots = "…";
  double left = width - text_width(dots, font_size);
  std::size_t first = 0;
  std::size_t last = all.size();
  while (first < last) { // a character from the front, then one from the back
    const bool front = first <= all.size() - last;
    left -= width_of(all[front ? first : last - 1].code) * font_size;
    if (left < 0)
      break;
    front ? ++first : --last;
  }
  std::string result;
  for (std::size_t i = 0; i < first; ++i)
    result += all[i].bytes;
  result += dots;
  for (std::size_t i = last; i < all.size(); ++i)
    result += all[i].bytes;
  return result;
}

std::string readable(double value) {
  if (std::isinf(value))
    return value < 0 ? "\u2212∞" : "∞";
  const double size = std::abs(value);
  if (size < 100)
    return with_minus_sign(fmt::format("{:.3g}", value));
  return with_minus_sign(size < 1e5 ? fmt::format("{:.0f}", value) : fmt::format("{:.1e}", value));
}

std::string readable(double value, int decimals) {
  const double unit = std::pow(10.0, -decimals);
  const double rounded = std::abs(value) < unit / 2 ? 0 : value; // no "−0.00"
  return with_minus_sign(fmt::format("{:.{}f}", rounded, decimals));
}

} // namespace scalescope
