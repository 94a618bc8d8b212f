#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "core/base/text.h"
#include "core/jobs/curve_job.h"
#include "datasets/formats.h"
#include "datasets/survey.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace scalescope {
namespace {

struct DatasetsOptions {
  std::string data;
  ReadOptions read;
  std::size_t most = 20;
};

std::string counted(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// "raccoon 200, cat 17, and 3 more".
std::string counts_text(std::vector<std::pair<std::string, std::size_t>> counts, std::size_t most) {
  std::ranges::stable_sort(counts, std::ranges::greater(), &std::pair<std::string, std::size_t>::second);
  std::vector<std::string> texts;
  for (const auto& [name, count] : counts)
    if (texts.size() < most)
      texts.push_back(fmt::format("{} {}", name, count));
  return fmt::format("{}{}", fmt::join(texts, ", "),
                     counts.size() > most ? fmt::format(", and {} more", counts.size() - most) : "");
}

void print_line(const char* name, const std::string& text) { fmt::print("  {:<9} {}\n", name, for_terminal(text)); }

template <typename Entries, typename TextOf>
void print_list(const std::string& title, const Entries& entries, std::size_t most, const TextOf& text_of) {
  if (entries.empty())
    return;
  fmt::print("\n{}\n", title);
  for (std::size_t i = 0; i < std::min(most, entries.size()); ++i)
    fmt::print("  {}\n", for_terminal(text_of(entries[i])));
  if (entries.size() > most)
    fmt::print("  ... and {} more (--problems {} shows them)\n", entries.size() - most, entries.size());
}

void print_survey(const DataSurvey& survey, std::size_t most) {
  fmt::print("{}: {}\n\n", for_terminal(survey.name), survey.format);
  print_line("images", fmt::format("{}", survey.images));
  const bool has_scale = survey.target_name == object_scale_name;
  print_line(has_scale ? "objects" : "rows",
             survey.images_with_several == 0
                 ? fmt::format("{}, one in each image", survey.objects)
                 : fmt::format("{}; {} several, at most {}", survey.objects,
                               survey.images_with_several == 1
                                   ? "1 image has"
                                   : fmt::format("{} images have", survey.images_with_several),
                               survey.most_in_an_image));
  print_line("classes", survey.classes.empty() ? "not stated" : counts_text(survey.classes, 12));
  if (!survey.splits.empty())
    print_line("splits", counts_text(survey.splits, 12) + " images");
  if (survey.sizes > 0)
    print_line("sizes", survey.sizes == 1
                            ? fmt::format("{} x {} pixels", survey.smallest[0], survey.smallest[1])
                            : fmt::format("{} x {} to {} x {} pixels, {} different", survey.smallest[0],
                                          survey.smallest[1], survey.largest[0], survey.largest[1], survey.sizes));
  if (survey.target) {
    const auto& [least, low, median, high, greatest] = *survey.target;
    print_line(has_scale ? "scale" : "target",
               fmt::format("{}{:.3g} to {:.3g}, median {:.3g}, nine in ten from {:.3g} to {:.3g}",
                           has_scale ? "" : survey.target_name + " ", least, greatest, median, low, high));
  }
  const auto faults = static_cast<std::size_t>(std::ranges::count_if(survey.left_out, is_fault));
  if (const auto unused = survey.left_out.size() - faults; unused > 0)
    print_line("left out", counted(unused, "image or object, listed below", "images or objects, listed below"));
  print_line("problems", faults == 0
                             ? "none"
                             : fmt::format("{}, listed below: they stop an analysis without --keep-going", faults));
  if (!survey.remarks.empty())
    print_line("notes", fmt::format("{}, listed below", survey.remarks.size()));

  std::vector<LeftOut> problems = survey.left_out;
  const auto others = std::ranges::stable_partition(problems, is_fault);
  const std::vector<LeftOut> unused(others.begin(), others.end());
  problems.erase(others.begin(), others.end());
  const auto text_of = [](const LeftOut& one) {
    return one.reason.find(one.what) == std::string::npos ? fmt::format("{}: {}", one.what, one.reason) : one.reason;
  };
  print_list("Problems", problems, most, text_of);
  print_list("Left out", unused, most, text_of);
  print_list("Notes", survey.remarks, most,
             [](const Remark& one) { return fmt::format("{}: {}", one.what, one.text); });
  if (survey.examples.empty())
    return;
  std::size_t width = 5;
  for (const DataSurvey::Example& one : survey.examples)
    width = std::max(width, std::min<std::size_t>(for_terminal(one.id).size(), 48));
  fmt::print("\n{:<{}}  {:>11}  {:>29}  {:>8}  class\n", "Examples", width, "image", "box (x, y, width, height)",
             has_scale ? "scale" : "target");
  for (const DataSurvey::Example& one : survey.examples) {
    const std::string id = for_terminal(one.id);
    const std::string shown = id.size() > 48 ? "..." + id.substr(id.size() - 45) : id;
    const std::string box = one.box.width > 0 ? fmt::format("{:.6g}, {:.6g}, {:.6g}, {:.6g}", one.box.x, one.box.y,
                                                            one.box.width, one.box.height)
                                              : "none";
    fmt::print("{:<{}}  {:>11}  {:>29}  {:>8.4g}  {}\n", shown, width,
               fmt::format("{} x {}", one.image_width, one.image_height), box, one.scale, for_terminal(one.category));
  }
}

DataSurvey survey_with_progress(const DatasetsOptions& options) {
  TerminalWatch terminal(Output::Person);
  const JobWatch watch = terminal.watch();
  return survey_data(options.data, options.read, read_watch(watch, interrupt_token()));
}

int print_datasets(const DatasetsOptions& options) {
  const std::vector<FoundData> found = find_data(options.data, options.read.format, interrupt_token());
  if (found.size() > 1) {
    fmt::print("{} could be {} data sets; choose one:\n", for_terminal(options.data), found.size());
    for (const FoundData& one : found)
      fmt::print("  {:<14} {:>7}   {}\n", one.format->name, counted(one.files.size(), "file", "files"),
                 for_terminal(one.choice));
    return 0;
  }
  print_survey(survey_with_progress(options), options.most);
  return 0;
}

} // namespace

Command add_datasets_command(CLI::App& program) {
  auto options = std::make_shared<DatasetsOptions>();
  auto* command = program.add_subcommand(
      "datasets", "Say what a data set contains, and what is wrong with it\n"
                  "Reads all annotations and the header of each image, and prints format, images, objects, classes, "
                  "splits, sizes, problems and ten examples. If a folder could be several data sets, it lists them. "
                  "A data set is " +
                      format_help());
  command->add_option("data", options->data, "A folder or file with annotations")->type_name("PATH")->required();
  command->add_option("--classes", options->read.classes, "Only objects of these classes count: raccoon,cat [all]")
      ->type_name("NAMES")
      ->delimiter(',');
  command->add_option("--format", options->read.format, "Format of the data, where a folder could be several data sets")
      ->type_name("NAME")
      ->check(CLI::IsMember(format_ids()));
  command->add_flag(
      "--split-masks", options->read.split_masks,
      "Count each connected part of a label mask's object as an object, for masks with one number for all");
  command->add_option("--target", options->read.target, "Column of the CSV file [target, else object scale]")
      ->type_name("COLUMN");
  command->add_option("--problems", options->most, "How many problems and notes are printed")
      ->type_name("N")
      ->capture_default_str();
  command->footer("EXAMPLE\n    scalescope-cli datasets raccoon");
  return [options] { return print_datasets(*options); };
}

} // namespace scalescope
