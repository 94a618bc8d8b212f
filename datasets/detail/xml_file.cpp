#include "datasets/detail/xml_file.h"

#include "core/base/files.h"
#include "core/base/text.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/file_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace scalescope {

namespace {

/// The encoding that the first line states, in lower case; empty if it states none.
std::string declared_encoding(const std::string& text) {
  const std::string head = lower(text.substr(0, std::min(text.find("?>"), std::size_t{200})));
  const std::size_t at = head.find("encoding=");
  if (!head.starts_with("<?xml") || at == std::string::npos || at + 10 >= head.size())
    return {};
  const char quote = head[at + 9];
  return head.substr(at + 10, head.find(quote, at + 10) - at - 10);
}

} // namespace

pugi::xml_document read_xml(const std::filesystem::path& file) {
  std::string text = read_file(file);
  // pugixml knows UTF and Latin-1 only, and would take other texts for UTF-8.
  const std::string encoding = declared_encoding(text);
  const bool is_known = encoding.empty() || encoding.starts_with("utf") || encoding.starts_with("us-ascii") ||
                        encoding == "ascii" || encoding == "iso-8859-1" || encoding == "latin1" ||
                        encoding == "latin-1";
  if (!is_known) {
    std::optional<std::string> utf8 = from_encoding(text, encoding);
    if (!utf8)
      throw Error(fmt::format("{}: its encoding \"{:.40}\" is not known; save it as UTF-8", file.string(),
                              printable(encoding)));
    text = std::move(*utf8);
  }
  pugi::xml_document document;
  const pugi::xml_parse_result result =
      document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_doctype,
                           is_known ? pugi::encoding_auto : pugi::encoding_utf8);
  if (!result) {
    const auto end = text.begin() + std::clamp<std::ptrdiff_t>(result.offset, 0, std::ssize(text));
    throw Error(fmt::format("{}: the XML is incomplete or malformed near line {}; repair the file or remove it",
                            file.string(), 1 + std::count(text.begin(), end, '\n')));
  }
  // pugixml never expands entities, so a text with one would be read wrongly.
  for (const pugi::xml_node& node : document.children())
    if (node.type() == pugi::node_doctype && std::string_view(node.value()).find("<!ENTITY") != std::string_view::npos)
      throw Error(fmt::format("{}: the XML declares entities, which are not accepted; remove the DOCTYPE from the file",
                              file.string()));
  return document;
}

std::string xml_root(const std::filesystem::path& file) {
  std::string start(8192, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(stream.gcount()));
  std::erase(start, '\0'); // UTF-16
  for (std::size_t at = start.find('<'); at != std::string::npos; at = start.find('<', at + 1)) {
    if (start.compare(at, 4, "<!--") == 0)
      at = start.find("-->", at);
    else if (at + 1 < start.size() && start[at + 1] != '?' && start[at + 1] != '!')
      return start.substr(at + 1, start.find_first_of(" \t\r\n/>", at + 1) - at - 1);
    if (at == std::string::npos)
      break;
  }
  return {};
}

double xml_number(const std::string& text, const std::string& what, const std::string& where) {
  const std::optional<double> number = parse_number(text);
  if (!number)
    throw Error(text.empty()
                    ? fmt::format("{}: {} is missing; add it or remove the object", where, what)
                    : fmt::format("{}: {} is \"{:.40}\", not a number; correct it", where, what, printable(text)));
  return *number;
}

} // namespace scalescope
