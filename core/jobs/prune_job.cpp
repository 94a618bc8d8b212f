#include "core/jobs/prune_job.h"

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/base/refuse_to_overwrite.h"
#include "core/jobs/curve_job.h"
#include "core/network/model_folder.h"
#include "core/network/truncate.h"
#include "core/network/write_checkpoint.h"
#include "core/prune/refit.h"
#include "core/prune/truncation_point.h"
#include "datasets/readers.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

namespace fs = std::filesystem;

ReadOptions read_options(const AnalysisRecord& record) {
  ReadOptions options{.target = record.target == object_scale_name ? "" : record.target,
                      .keep_going = record.keep_going};
  options.classes = record.classes;
  options.format = record.format;
  options.split_masks = record.split_masks;
  options.objects = enum_of<ObjectRule>(record.objects).value_or(options.objects);
  return options;
}

// The samples of the data that was named, else of the analysis; none where these are not there any more.
SampleSet data_of(const PruneJob& job, const std::optional<AnalysisRecord>& record) {
  const ReadOptions how = record ? read_options(*record) : ReadOptions{.objects = ObjectRule::Largest};
  if (!job.data.empty())
    return read_samples(job.data, how);
  std::error_code ignored;
  if (record && fs::exists(record->data, ignored))
    return read_samples(record->data, how);
  if (job.output == PrunedOutput::Scale)
    throw Error(fmt::format("The data of the analysis, {}, no longer exist, but the regression is fitted to them; give "
                            "their present place with --data.",
                            record->data.string()));
  return {};
}

// Which layer, and how it did in the analysis.
void choose_layer(PruneSettings& settings, const PruneJob& job, const Network& network,
                  const std::optional<AnalysisRecord>& record, const JobWatch& watch) {
  if (!record)
    return;
  settings.target = record->target;
  if (job.layer == "auto") {
    const BestTruncation best = best_truncation(network, record->layers, job.within_se);
    if (!best.better.empty())
      watch.say(fmt::format("R2 is higher at {}, but the network can't be pruned there.", best.better));
    settings.layer = best.layer.layer;
  }
  const auto score = std::ranges::find(record->layers, settings.layer, &LayerR2::layer);
  if (score != record->layers.end())
    settings.r2 = *score;
}

void check(const PruneJob& job) {
  if (job.layer.empty())
    throw Error("No layer to prune after is named; give its name.");
  if (job.analysis.empty() && (job.layer == "auto" || job.output == PrunedOutput::Scale))
    throw Error("The layer 'auto' and the output 'scale' need an analysis; name its analysis.json.");
  if (job.within_se && job.layer != "auto")
    throw Error("'Within one standard deviation' works only with the layer 'auto'; name auto as the layer.");
  if (!job.state_dict.empty())
    check_checkpoint_name(job.state_dict);
}

} // namespace

// The format that a file's name says; none if it ends otherwise.
static std::optional<NetworkFormat> named_format(const fs::path& file) {
  if (file.extension() == ".pt2")
    return NetworkFormat::TorchExport;
  if (file.extension() == ".onnx")
    return NetworkFormat::Onnx;
  if (file.extension() == ".pt")
    return NetworkFormat::TorchScript;
  return std::nullopt;
}

NetworkFormat format_of(const PruneJob& job, const fs::path& network) {
  if (fs::path(job.out).extension() == ".safetensors")
    throw Error(fmt::format("{} ends like a file of weights, but a pruned network with .safetensors is a folder; name "
                            "a folder and --format safetensors, or write the weights alone with --state-dict.",
                            job.out));
  const auto named = named_format(job.out);
  if (job.format && named && *named != *job.format)
    throw Error(fmt::format("{} ends like a file of another format than {}; give it another name, or leave --format "
                            "out.",
                            job.out, text_of(*job.format)));
  if (job.format || named)
    return job.format ? *job.format : *named;
  return is_model_folder(network) ? NetworkFormat::Safetensors
                                  : named_format(network).value_or(NetworkFormat::TorchScript);
}

PruneSettings settings_of(const PruneJob& job, const NetworkInfo& network) {
  PruneSettings settings;
  settings.layer = job.layer;
  settings.output = job.output;
  settings.seconds = job.seconds;
  settings.format = format_of(job, network.source.file);
  settings.name = fs::path(job.out).filename().string();
  return settings;
}

std::vector<fs::path> some_images(const std::vector<Sample>& samples) {
  constexpr std::size_t most = 8;
  std::vector<fs::path> files;
  for (const Sample& sample : samples)
    if (files.empty() || files.back() != sample.file)
      files.push_back(sample.file);
  std::vector<fs::path> some;
  for (std::size_t i = 0; i < std::min(most, files.size()); ++i)
    some.push_back(files[i * files.size() / std::min(most, files.size())]);
  return some;
}

// Whether a folder holds nothing, or a pruned network, which a new one may replace.
static bool may_become_network(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored) || fs::is_empty(folder, ignored))
    return true; // or FileSet says what is wrong
  return is_pruned_folder(folder);
}

static std::vector<fs::path> paths_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const char* name : pruned_folder_files)
    paths.push_back(folder / name);
  return paths;
}

PrunedFiles::PrunedFiles(const PruneJob& job, NetworkFormat format, const std::vector<fs::path>& inputs) {
  const auto claim = [&](const fs::path& file) {
    const std::string name = file.filename().string();
    File claimed{file, std::make_unique<FileSet>(file.parent_path(), std::vector{name}, inputs)};
    claimed.files->write(name, "");
    return claimed;
  };
  const bool is_folder = format == NetworkFormat::Safetensors;
  if (!job.state_dict.empty()) {
    check_checkpoint_name(job.state_dict);
    std::vector<fs::path> all = is_folder ? paths_in(job.out) : std::vector<fs::path>{job.out};
    all.emplace_back(job.state_dict);
    refuse_to_overwrite(all, inputs); // each other, too
  }
  if (!is_folder) {
    network_ = claim(job.out);
  } else {
    if (!may_become_network(job.out))
      throw Error(fmt::format("The folder {} holds other files, and a network that is a folder gets one of its own; "
                              "name a new or an empty folder.",
                              job.out));
    network_ = {job.out,
                std::make_unique<FileSet>(
                    job.out, std::vector<std::string>(pruned_folder_files.begin(), pruned_folder_files.end()), inputs)};
  }
  if (!job.state_dict.empty())
    state_dict_ = claim(job.state_dict);
}

void PrunedFiles::write(const PruneResult& result) {
  if (result.folder.empty())
    network_.files->write(network_.path.filename().string(), result.archive);
  for (const auto& [name, bytes] : result.folder)
    network_.files->write(name, bytes);
  if (state_dict_) {
    state_dict_->files->write(state_dict_->path.filename().string(),
                              checkpoint_of(source_of(result, network_.path.string()), state_dict_->path));
    state_dict_->files->commit();
  }
  network_.files->commit();
}

JobCallback progress_of_prune(JobCallback progress, bool fits) {
  return whole_of(std::move(progress), {{"images", fits ? 5.0 : 0.0}, {"pruning", 2}, {"comparing", 2}, {"timing", 6}});
}

PruneJobResult run(const PruneJob& job, const JobWatch& watch, const std::stop_token& stop) {
  check(job);
  std::optional<AnalysisRecord> record;
  if (!job.analysis.empty())
    record = read_analysis(job.analysis);
  NetworkChoice choice = job.network;
  if (record && choice.input_size == 0)
    choice.input_size = record->input_size;
  if (record && choice.output.empty())
    choice.output = record->output;
  if (record && !choice.tokens)
    choice.tokens = record->tokens;
  const Network network = open_network(choice, job.seed, watch);
  const NetworkInfo& info = network.info();
  if (record)
    record->check_model(info.source);

  PruneSettings settings = settings_of(job, info);
  if (settings.format == NetworkFormat::Safetensors)
    check_folder_format(info.name, info.architecture);
  choose_layer(settings, job, network, record, watch);
  (void)truncation_point(network, settings.layer); // told before any data is read
  const bool is_given = job.preprocessing != PreprocessingChoice{};
  settings.preprocessing = record && !is_given ? record->preprocessing : chosen(job.preprocessing, info).preprocessing;
  const SampleSet data = data_of(job, record);
  settings.images = some_images(data.samples);
  std::vector<fs::path> inputs = data.files;
  for (const fs::path& file : files_of_model(info.source.file))
    inputs.push_back(file);
  inputs.emplace_back(job.analysis);
  PrunedFiles files(job, settings.format, inputs); // as what takes time follows
  const bool fits = settings.output == PrunedOutput::Scale;
  const JobCallback progress = progress_of_prune(watch.progress, fits);
  if (fits)
    settings.regression = refit(network, *record, data.samples, settings.layer, stop, progress);
  PruneJobResult done{prune(network, settings, stop, progress), info.name, settings.target, settings.r2};
  for (const auto& note : done.result.notes)
    watch.say(note);
  files.write(done.result);
  return done;
}

} // namespace scalescope
