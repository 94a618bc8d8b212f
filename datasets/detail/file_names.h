#pragma once
// Names of files as people and tools write them.

#include <optional>
#include <string>
#include <string_view>

namespace scalescope {

/// Text in another encoding as UTF-8: UTF-16 (told by its byte order mark, or by zero bytes), and Windows-1252 for what
/// is not UTF-8. A byte order mark is removed.
[[nodiscard]] std::string to_utf8(std::string text);

/// Text in an encoding with this name as UTF-8; no value if it is not known. Bytes that it does not define become "?".
[[nodiscard]] std::optional<std::string> from_encoding(std::string_view text, const std::string& encoding);

/// A form of a name that is equal for names that a person takes for the same: lower case, accents composed.
[[nodiscard]] std::string folded(const std::string& name);

/// The letters A to Z in lower case; the other bytes as they are.
[[nodiscard]] std::string lower(std::string text);

/// The path of an image as another system or program wrote it, as a relative path of this one: slashes for back
/// slashes, no drive, no host or query, no "." and ".." in front; the value of ?d= where a URL has one, and %20 as the
/// character.
[[nodiscard]] std::string as_relative_path(std::string written);

} // namespace scalescope
