#include "app/manual_formatter.h"

#include <fmt/format.h>

#include <sstream>

namespace scalescope {
namespace {

constexpr std::size_t line_width = 80;

// Paragraphs (separated by empty lines) wrapped and indented.
std::string wrapped(const std::string& text, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string result;
  std::istringstream lines(text);
  for (std::string paragraph; std::getline(lines, paragraph);) {
    std::istringstream words(paragraph);
    std::string line = margin;
    for (std::string word; words >> word;) {
      if (line.size() > indent && line.size() + 1 + word.size() > line_width) {
        result += line + '\n';
        line = margin;
      }
      line += (line.size() > indent ? " " : "") + word;
    }
    result += (line.size() > indent ? line : "") + '\n';
  }
  return result;
}

std::string option_text(const CLI::Option& option) {
  // CLI11 appends its checks to the type's name after a colon; the description explains them better.
  const std::string type = option.get_type_size() == 0 ? "" : option.get_type_name();
  const std::string argument = type.substr(0, type.find(':'));
  const std::string standard = option.get_default_str();
  return fmt::format("    {}{}\n", option.get_name(false, true), argument.empty() ? "" : " " + argument) +
         wrapped(option.get_description() + (standard.empty() ? "" : fmt::format(" [{}]", standard)) + ".", 8);
}

// The name with those of its parents, such as "scalescope-cli experiment noise".
std::string full_name(const CLI::App& app) {
  return (app.get_parent() == nullptr ? "" : full_name(*app.get_parent()) + " ") + app.get_name();
}

std::string synopsis(const CLI::App& app) {
  std::string required;
  std::string optional;
  for (const auto* option : app.get_options())
    if (option->get_required())
      required += " " + option->get_name() + " " + option->get_type_name();
    else if (option->get_positional())
      optional += fmt::format(" [{}{}]", option->get_name(), option->get_items_expected_max() > 1 ? "..." : "");
  return full_name(app) + required + (app.get_subcommands({}).empty() ? " [OPTIONS]" : " COMMAND [OPTIONS]") + optional;
}

} // namespace

std::string ManualFormatter::make_help(const CLI::App* app, std::string /*name*/, CLI::AppFormatMode /*mode*/) const {
  const std::string description = app->get_description();
  const std::string first = description.substr(0, description.find('\n'));
  std::string help =
      fmt::format("NAME\n{}\nSYNOPSIS\n{}\n", wrapped(full_name(*app) + " - " + first, 4), wrapped(synopsis(*app), 4));
  if (first.size() < description.size())
    help += fmt::format("DESCRIPTION\n{}\n", wrapped(description.substr(first.size() + 1), 4));
  if (const auto commands = app->get_subcommands({}); !commands.empty()) {
    help += "COMMANDS\n";
    for (const auto* command : commands) {
      const std::string text = command->get_description();
      help += fmt::format("    {:<10} {}\n", command->get_name(), text.substr(0, text.find('\n')));
    }
    help += '\n';
  }
  help += "OPTIONS\n";
  for (const auto* option : app->get_options())
    help += option_text(*option);
  return help + (app->get_footer().empty() ? "" : '\n' + app->get_footer() + '\n');
}

} // namespace scalescope
