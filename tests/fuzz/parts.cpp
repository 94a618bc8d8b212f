#include "tests/fuzz/parts.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace {

constexpr std::string_view mark = "--- ";

std::uint32_t crc_of(const std::string& bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

// A number in that many bytes, the lowest first.
std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> (8 * i));
  return text;
}

} // namespace

Parts parts_of(const std::string& input) {
  Parts parts;
  if (!input.starts_with(mark))
    return parts;
  for (std::size_t begin = 0; begin != std::string::npos;) {
    const std::size_t line = std::min(input.find('\n', begin), input.size());
    const std::size_t end = input.find("\n" + std::string(mark), line);
    const std::size_t content = std::min(line + 1, input.size());
    parts.emplace_back(input.substr(begin + mark.size(), line - begin - mark.size()),
                       end == std::string::npos ? input.substr(content)
                       : end < content          ? ""
                                                : input.substr(content, end - content));
    begin = end == std::string::npos ? end : end + 1;
  }
  return parts;
}

std::string input_of(const Parts& parts) {
  std::string input;
  for (const auto& [name, content] : parts)
    input += (input.empty() ? "" : "\n") + std::string(mark) + name + "\n" + content;
  return input;
}

std::string zip_of(const Parts& parts) {
  std::string zip;
  std::string contents;
  for (const auto& [own, content] : parts) {
    const std::string name = "a/" + own.substr(0, 1000);
    const std::string about = number(20, 2) + number(0, 8) + number(crc_of(content), 4) + number(content.size(), 4) +
                              number(content.size(), 4) + number(name.size(), 2) + number(0, 2);
    contents +=
        number(0x02014b50, 4) + number(20, 2) + about + number(0, 6) + number(0, 4) + number(zip.size(), 4) + name;
    zip += number(0x04034b50, 4) + about + name + content;
  }
  const std::string end = number(0x06054b50, 4) + number(0, 4) + number(parts.size(), 2) + number(parts.size(), 2) +
                          number(contents.size(), 4) + number(zip.size(), 4) + number(0, 2);
  return zip + contents + end;
}
