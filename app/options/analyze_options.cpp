#include "app/options/analyze_options.h"

#include "app/interrupt.h"
#include "app/messages.h"
#include "app/progress_line.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/experiment/permutations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>

namespace scalescope {
namespace {

std::vector<std::string> chosen_layers(const Network& network, const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  if (wanted == std::vector<std::string>{"blocks"}) {
    names = network.blocks();
  } else if (wanted == std::vector<std::string>{"all"}) {
    for (const Layer& layer : network.layers())
      if (layer.has_output() && !layer.name.empty())
        names.push_back(layer.name);
    return names; // output and softmax are among them
  } else {
    for (const auto& name : wanted)
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(network.layer(name).name);
    return names;
  }
  for (const auto& name : network.head())
    names.push_back(name);
  if (names.empty())
    throw Error(fmt::format("{} has no blocks that could be found; name the layers to look at with --layers (see "
                            "'scalescope-cli layers').",
                            network.name()));
  return names;
}

// Renderings that don't fit can be many: the first say what it is about, and all are in analysis.json.
void print_left_out(const std::vector<LeftOut>& left_out) {
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(most, left_out.size()); ++i) {
    const auto& [what, reason] = left_out[i];
    const bool is_named = reason.find(what) != std::string::npos;
    fmt::print(message_stream(), "Left out: {}\n", for_terminal((is_named ? "" : what + ": ") + reason));
  }
  if (left_out.size() > most)
    fmt::print(message_stream(), "{} more were left out; analysis.json lists them all.\n", left_out.size() - most);
}

void add_data_options(CLI::App& command, AnalyzeOptions& options) {
  command.add_option("--data", options.data, "PASCAL VOC folder, COCO .json or .csv")->type_name("PATH")->required();
  command.add_option("--objects", options.read.objects, "Images with several objects: skip, largest or each")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ObjectRule>{
          {"skip", ObjectRule::Skip}, {"largest", ObjectRule::Largest}, {"each", ObjectRule::Each}}))
      ->type_name("RULE")
      ->default_str("skip");
  command.add_option("--target", options.read.target, "Column of the CSV to regress [target, else object scale]")
      ->type_name("COLUMN");
  command.add_flag("--keep-going", options.read.keep_going,
                   "Leave out faulty annotations and list them, instead of stopping at the first");
}

void add_curve_options(CLI::App& command, AnalyzeOptions& options) {
  command
      .add_option(
          "--protocol", options.settings.protocol,
          "robust: ridge, grouped 5-fold, lambda by inner 5-fold; clipped: the same, with held-out features kept "
          "in the range of those fitted on; paper: least squares on random 70/30 splits. With --folds: theirs unless "
          "given")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Protocol>{
          {"robust", Protocol::Robust}, {"clipped", Protocol::Clipped}, {"paper", Protocol::Paper}}))
      ->type_name("NAME")
      ->default_str("robust");
  command.add_option("--repetitions", options.settings.repetitions, "Repetitions, each with other folds")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--folds", options.settings.folds, "Use the folds of this file (an analysis.json will do)")
      ->type_name("FILE");
  command
      .add_option("--controls", options.controls,
                  "random-weights, random-scale: the same curve without the knowledge; or none")
      ->delimiter(',')
      ->check(CLI::IsMember({"random-weights", "random-scale", "none"}))
      ->type_name("A,B");
  command
      .add_option("--weight-draws", options.settings.weight_draws,
                  "Networks drawn for the control random-weights: repetition r is that of draw r modulo N")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      .add_option("--permutations", options.settings.permutations,
                  "Permutations of the targets that tell whether the peak could be chance; 0: no such test")
      ->type_name("N")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
}

} // namespace

void AnalyzeOptions::add_to(CLI::App& command, bool with_data, bool with_curve) {
  model.add_to(command);
  if (with_data)
    add_data_options(command, *this);
  command.add_option("--out", out, "Folder for the results")->type_name("DIR")->required();
  command.add_option("--layers", layers, "blocks, all, or names separated by commas")
      ->delimiter(',')
      ->type_name("A,B,C")
      ->default_str("blocks");
  preprocess.add_to(command);
  if (with_curve)
    add_curve_options(command, *this);
  command.add_option("--batch", settings.extraction.batch, "Images a run")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command.add_option("--seed", settings.seed, "Of folds, controls and random weights")
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--quiet", quiet, "Print errors only");
}

SampleSet AnalyzeOptions::samples() const {
  SampleSet set = read_samples(data, read);
  if (set.samples.empty())
    throw Error(fmt::format("{} holds nothing to analyse ({} left out{}); choose another --objects rule or other data.",
                            data, set.left_out.size(),
                            set.left_out.empty() ? "" : ", the first: " + set.left_out[0].reason));
  print_remarks(set.remarks);
  return set;
}

void AnalyzeOptions::print_remarks(const std::vector<Remark>& remarks) const {
  if (quiet)
    return;
  constexpr std::size_t most = 20; // as of what was left out
  for (std::size_t i = 0; i < std::min(most, remarks.size()); ++i)
    print_note(fmt::format("{}: {}.", remarks[i].what, remarks[i].text));
  if (remarks.size() > most)
    fmt::print(message_stream(), "{} more notes of this kind; the results list them all.\n", remarks.size() - most);
}

Network AnalyzeOptions::open() {
  model.source.seed = settings.seed;
  Network network = model.open(quiet);
  settings.extraction.layers = chosen_layers(network, layers);
  std::tie(settings.extraction.preprocessing, preprocessing_reason) = preprocess.chosen(network);
  settings.extraction.keep_going = read.keep_going;
  settings.random_weights_control = std::ranges::count(controls, "random-weights") > 0;
  settings.random_scale_control = std::ranges::count(controls, "random-scale") > 0;
  return network;
}

void AnalyzeOptions::print_plan(const Network& network, const std::string& images) const {
  if (!quiet)
    fmt::print("{}: {}, {} layers, preprocessing {} ({}), {} on {} with {} threads.\n", for_terminal(network.name()),
               images, settings.extraction.layers.size(), settings.extraction.preprocessing.name, preprocessing_reason,
               network.engine(), network.device(), network.threads());
  std::fflush(stdout); // before the progress on stderr, in a file too
}

Analysis AnalyzeOptions::analyse(const Network& network, const MakeRows& make_rows) const {
  const std::size_t notes_at_start = network.notes().size();
  Analysis analysis = [&] {
    ProgressLine line(quiet);
    const auto show = [&](const JobProgress& progress) { line.show(progress); };
    return fit(collect(network, model.source, model.run, make_rows, settings, show), settings, network.threads(),
               interrupt_token(), show);
  }();
  for (std::size_t i = notes_at_start; i < network.notes().size() && !quiet; ++i)
    print_note(network.notes()[i]); // of the run, such as an engine that could not do it
  if (!quiet)
    for (const auto* const notes : {&analysis.extraction.notes, &analysis.notes})
      for (const auto& note : *notes)
        print_note(note);
  print_remarks(analysis.extraction.remarks);
  print_left_out(analysis.extraction.left_out);
  return analysis;
}

AnalysisContext AnalyzeOptions::context(const SampleSet& samples) const {
  return {model.source,         model.run,         data, samples, settings, rule_name(read.objects),
          preprocessing_reason, SCALESCOPE_VERSION};
}

void AnalyzeOptions::print_summary(const Analysis& analysis, std::size_t left_out, const std::string& written) const {
  if (quiet)
    return;
  const auto peak = analysis.peak();
  const auto& seconds = analysis.extraction;
  fmt::print("{} rows, {} left out{}.\n", analysis.extraction.rows.size(), left_out,
             left_out == 0 ? "" : " (listed with reasons in analysis.json)");
  if (const std::size_t count = analysis.extraction.remarks.size(); count > 0)
    fmt::print("{} not read just as written (listed in analysis.json).\n",
               count == 1 ? "1 box was" : fmt::format("{} boxes were", count));
  fmt::print("Peak: R2 {:.3f} +- {:.3f} at {}.\n", analysis.scores[peak].mean(),
             analysis.scores[peak].standard_deviation(), for_terminal(analysis.layers[peak].name));
  if (analysis.peak_test)
    fmt::print("Permutation test of the peak: {}.\n",
               p_text(analysis.peak_test->p(), analysis.peak_test->chance.size()));
  if (seconds.from_cache > 0)
    fmt::print("{} of {} images from the cache.\n", seconds.from_cache, seconds.from_cache + seconds.from_network);
  fmt::print("Images {:.1f} s (decoding {:.1f} s of processor time, network {:.1f} s), fitting {:.1f} s.\n",
             seconds.seconds, seconds.decode_seconds, seconds.run_seconds, analysis.fit_seconds);
  fmt::print("Written: {} in {}\n", written, out);
}

} // namespace scalescope
