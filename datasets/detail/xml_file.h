#pragma once

#include <pugixml.hpp>

#include <filesystem>
#include <string>

namespace scalescope {

/// A whole XML file. @throws Error with its name, and the line: not readable, not XML, or it declares entities, which
/// are not expanded.
[[nodiscard]] pugi::xml_document read_xml(const std::filesystem::path& file);

/// The name of the outermost element, read from the beginning of the file; empty if there is none.
[[nodiscard]] std::string xml_root(const std::filesystem::path& file);

/// A text as a number. @param what "<xmin> of the box": for the message. @throws Error if it is missing or no number.
[[nodiscard]] double xml_number(const std::string& text, const std::string& what, const std::string& where);

} // namespace scalescope
