#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace scalescope {

/// A whole file as bytes. @throws Error naming the file if it is missing, a folder, or can't be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

/// SHA-256 of a file as 64 hexadecimal digits, read in pieces. @throws Error as read_file.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& file);
/// SHA-256 of bytes as 64 hexadecimal digits.
[[nodiscard]] std::string sha256_of(std::string_view bytes);

} // namespace scalescope
