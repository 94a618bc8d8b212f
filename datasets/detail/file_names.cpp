#include "datasets/detail/file_names.h"

#include "core/base/error.h"

#include <iconv.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace scalescope {

namespace {

using namespace std::string_view_literals;

/// The text in UTF-8; bytes that the encoding does not define become "?".
std::string converted(std::string_view text, const char* encoding) {
  struct Close {
    void operator()(void* converter) const { iconv_close(converter); }
  };
  const std::unique_ptr<void, Close> converter(iconv_open("UTF-8", encoding));
  std::string input(text);
  char* from = input.data();
  std::size_t left = input.size();
  std::string result;
  std::array<char, 4096> part{};
  while (left > 0) {
    char* to = part.data();
    std::size_t room = part.size();
    const bool stuck = iconv(converter.get(), &from, &left, &to, &room) == static_cast<std::size_t>(-1);
    result.append(part.data(), to);
    if (stuck && left > 0 && to == part.data()) { // a byte that can't be converted, or half a character at the end
      result += '?';
      ++from;
      --left;
    }
  }
  return result;
}

bool is_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (auto left = static_cast<utf8proc_ssize_t>(text.size()); left > 0;) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(at, left, &character);
    if (length <= 0)
      return false;
    at += length;
    left -= length;
  }
  return true;
}

int hex_digit(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::size_t value = digits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

/// %20 as a blank.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    result += is_escape ? static_cast<char>(16 * hex_digit(text[i + 1]) + hex_digit(text[i + 2])) : text[i];
    i += is_escape ? 2 : 0;
  }
  return result;
}

} // namespace

std::optional<std::string> from_encoding(std::string_view text, const std::string& encoding) {
  void* const tried = iconv_open("UTF-8", encoding.c_str());
  if (tried == reinterpret_cast<void*>(-1)) // NOLINT: as iconv_open says it
    return std::nullopt;
  iconv_close(tried);
  return converted(text, encoding.c_str());
}

std::string to_utf8(std::string text) {
  const std::string_view view = text;
  if (view.starts_with("\xEF\xBB\xBF"sv))
    return to_utf8(text.substr(3));
  if (view.starts_with("\xFF\xFE"sv))
    return converted(view.substr(2), "UTF-16LE");
  if (view.starts_with("\xFE\xFF"sv))
    return converted(view.substr(2), "UTF-16BE");
  if (view.size() >= 4 && view[1] == '\0' && view[3] == '\0')
    return converted(view, "UTF-16LE");
  if (view.size() >= 4 && view[0] == '\0' && view[2] == '\0')
    return converted(view, "UTF-16BE");
  return is_utf8(view) ? text : converted(view, "WINDOWS-1252");
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::string folded(const std::string& name) {
  if (std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return lower(name);
  const std::string utf8 = to_utf8(name);
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(utf8.data()), static_cast<utf8proc_ssize_t>(utf8.size()),
                   &made, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, &std::free);
  return size < 0 ? lower(name) : std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
}

std::string as_relative_path(std::string written) {
  if (const std::size_t scheme = written.find("://"); scheme != std::string::npos && scheme < 8) {
    const std::size_t path = written.find('/', scheme + 3);
    written = path == std::string::npos ? std::string() : written.substr(path);
    if (written.find("?d=") == std::string::npos) // of a signed URL
      written = written.substr(0, written.find('?'));
  }
  if (const std::size_t query = written.find("?d="); query != std::string::npos) // Label Studio's local files
    written = written.substr(query + 3);
  written = unescaped(written);
  std::ranges::replace(written, '\\', '/');
  if (written.size() > 1 && written[1] == ':')
    written.erase(0, 2);
  std::filesystem::path kept;
  for (const std::filesystem::path& part : std::filesystem::path(written).relative_path().lexically_normal())
    if (part != ".." && part != ".")
      kept /= part;
  return kept.generic_string();
}

} // namespace scalescope
