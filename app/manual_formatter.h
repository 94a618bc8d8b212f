#pragma once

#include <CLI/CLI.hpp>

namespace scalescope {

/// Writes a command's --help as a manual page: name, synopsis, description, options, example, wrapped at 80 columns.
/// A command's description is its first line for the name, then paragraphs.
class ManualFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

} // namespace scalescope
