#include "core/network/network.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/give_up.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/network/detail/description.h"
#include "core/network/detail/engines/batch_parts.h"
#include "core/network/detail/engines/cuda.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/engines/torch_error.h"
#include "core/network/detail/graph/attention.h"
#include "core/network/detail/graph/finite.h"
#include "core/network/detail/graph/graph_plan.h"
#include "core/network/detail/graph/input_form.h"
#include "core/network/detail/graph/number_types.h"
#include "core/network/detail/graph/padding_reach.h"
#include "core/network/detail/graph/structure.h"
#include "core/network/detail/graph/token_forms.h"
#include "core/network/detail/loading/model_file.h"
#include "core/network/detail/measuring.h"
#include "core/network/model_folder.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <thread>
#include <tuple>
#include <unordered_map>

namespace scalescope {
namespace {

using torch::jit::Value;

// Returns the result of a run; converts exceptions of torch and other engines to an Error.
template <typename Run>
auto run_checked(const NetworkInfo& network, int height, int width, const Run& run) {
  try {
    return run();
  } catch (const std::exception& e) {
    if (is_out_of_memory(e))
      throw Error(
          fmt::format("Memory ran out while {} ran on images of {} x {} pixels, even one at a time; use a smaller "
                      "--input-size, fewer --layers or a smaller --batch.",
                      network.name, width, height));
    const int side = network.input_size;
    throw Error(fmt::format(
        "{} can't run on images of {} x {} pixels: {}; {}.", network.name, width, height, failure_of(e).cause,
        width != side || height != side
            ? fmt::format("it takes images of {} x {} pixels, so leave out what needs other sizes", side, side)
            : "use --engine libtorch, or export it with torch.jit.trace"));
  }
}

// Whether the three channels of each image are the same.
bool are_grey(std::span<const float> images, std::int64_t n) {
  const std::size_t area = images.size() / (3 * static_cast<std::size_t>(n));
  for (; !images.empty(); images = images.subspan(3 * area))
    for (const std::size_t channel : {1, 2})
      if (std::memcmp(images.data(), images.data() + channel * area, area * sizeof(float)) != 0)
        return false;
  return true;
}

// Runs fewer images than the network was exported for: the last one fills the batch up.
std::vector<Activation> run_filled_up(const CompiledPlan& plan, std::span<const float> images, std::int64_t n,
                                      std::int64_t whole, int height, int width) {
  const std::size_t image = images.size() / static_cast<std::size_t>(n);
  std::vector<float> all(images.begin(), images.end());
  for (std::int64_t i = n; i < whole; ++i)
    all.insert(all.end(), images.end() - static_cast<std::ptrdiff_t>(image), images.end());
  std::vector<Activation> activations = plan.run(all, whole, height, width);
  for (Activation& activation : activations)
    if (!activation.shape.empty() && activation.shape[0] == whole) {
      activation.values.resize(activation.values.size() / static_cast<std::size_t>(whole) *
                               static_cast<std::size_t>(n));
      activation.shape[0] = n;
    }
  return activations;
}

bool is_softmax(const torch::jit::Node* node) {
  return node->kind() == at::aten::softmax || node->kind() == at::aten::log_softmax;
}

} // namespace

std::vector<std::int64_t> Layer::pooled_axes() const {
  std::vector<std::int64_t> all;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (axis != channel_axis)
      all.push_back(static_cast<std::int64_t>(axis) + 1);
  return all;
}

struct Plan::Impl {
  std::vector<std::string> layers;
  std::vector<std::string> guarded; // modules in front of which values are checked; the outputs behind the layers'
  std::unique_ptr<CompiledPlan> compiled;
  mutable std::map<std::pair<int, int>, std::int64_t> most_images; // that fit, by size; 0: no limit so far
};

const std::vector<std::string>& Plan::layers() const { return impl_->layers; }

struct Network::Impl {
  NetworkInfo known;
  std::string content;                   // identity of the weights: the file's SHA-256, or the seed
  const EngineBackend* engine = nullptr; // compiles plans
  bool engine_asked = false;             // by name: then no other may replace it
  c10::Device device{c10::kCPU};
  std::vector<std::string> notes_of_file;      // notes that are stored in the cache
  std::map<std::string, std::string> refusals; // why an engine can't convert it, once that was tried and failed
  std::optional<std::size_t> memory_note;      // index of the note that batches run in parts
  FlatGraph flat;                              // empty until the network is loaded
  std::map<std::string, Value*> values;        // values by the names of layers
  bool pruned = false;                         // it returns features, not classes
  bool softmax_added = false;                  // the layer `softmax` was added here; it is not a module
  std::map<std::tuple<std::vector<std::string>, Reduction, int, int>, std::weak_ptr<const Plan::Impl>>
      plans;                                                                     // still in use
  std::map<int, std::unordered_map<const Value*, PaddingReach>> reaches_by_side; // as asked for

  std::string lacks(const EngineBackend& backend) const;
  void choose_engine(const RunOptions& options);
  void use(const EngineBackend& backend);
  const EngineBackend* next_engine() const;
  void leave_engine(const EngineBackend& next);
  std::unique_ptr<CompiledPlan> compile(const std::shared_ptr<torch::jit::Graph>& graph, int images);
  std::string description_key() const;
  bool restore();
  void keep_description();
  LoadedModel load_and_flatten();
  torch::jit::Module read();
  void settle_output();
  void settle_size(bool exported);
  void take_config(const FolderConfig& config);
  [[nodiscard]] Measuring measuring() const;
  ValueShapes settle_input();
  [[nodiscard]] std::size_t chosen_output() const;
  void choose_output(const ValueShapes& shapes);
  void describe(const torch::jit::Module& module);
  void add_head(const ValueShapes& shapes, const Structure& structure);
  ValueShapes measured_windows(const std::vector<AttentionWeights>& found);
  void add_attention(const ValueShapes& shapes);
  void settle_attention();
  void check_tokens();
  void note_memory(std::string text);
  const std::unordered_map<const Value*, PaddingReach>& reaches(int side);
  Plan plan(const std::vector<const Layer*>& asked, const std::vector<std::string>& names, Reduction reduction,
            int side_without_padding, int images);
};

const std::unordered_map<const Value*, PaddingReach>& Network::Impl::reaches(int side) {
  auto [place, is_new] = reaches_by_side.try_emplace(side);
  if (is_new)
    place->second = padding_reach(flat, side);
  return place->second;
}

// @param side_without_padding 0: pool over all positions, else over those that padding does not reach in such images.
Plan Network::Impl::plan(const std::vector<const Layer*>& asked, const std::vector<std::string>& names,
                         Reduction reduction, int side_without_padding, int images) {
  if (!flat.graph)
    (void)read();
  std::vector<Wanted> wanted;
  for (const Layer* one : asked) {
    if (one->attention && reduction == Reduction::Pooled)
      throw Error(fmt::format("'{}' is weights of attention, which can be looked at, but are no features; leave it out "
                              "of --layers.",
                              one->name));
    const Tap tap = softmax_added && one->name == "softmax" ? Tap::Softmax
                    : reduction == Reduction::Pooled        ? Tap::Pooled
                                                            : Tap::Map;
    Wanted& tapped = wanted.emplace_back(Wanted{values.at(one->name), tap, pooling_of(*one, known.source.tokens)});
    if (side_without_padding == 0)
      continue;
    if (const PaddingReach& reach = reaches(side_without_padding).at(tapped.value); !reach.vector)
      for (std::size_t axis = 0; axis < 2; ++axis)
        tapped.slices.push_back(
            {static_cast<std::int64_t>(axis) + 2, reach.axes[axis].first, reach.axes[axis].last + 1});
  }
  auto& known_plan = plans[{names, reduction, side_without_padding, images}];
  Plan made;
  made.impl_ = known_plan.lock();
  if (!made.impl_) {
    std::vector<Value*> deepest;
    for (const Wanted& one : wanted)
      deepest.push_back(one.value);
    std::vector<std::string> guarded;
    for (const Hidden& hidden : hidden_values(flat, deepest)) {
      wanted.push_back({hidden.value, Tap::Row});
      guarded.push_back(hidden.module);
    }
    made.impl_ = std::make_shared<const Plan::Impl>(Plan::Impl{
        names, std::move(guarded), compile(make_plan(flat, wanted), flat.limits.most_images == 1 ? 1 : images), {}});
    known_plan = made.impl_;
  }
  return made;
}

// Why an engine can't be had on the device at the precision; "" if it can.
std::string Network::Impl::lacks(const EngineBackend& backend) const {
  if (device.is_cpu())
    return backend.unavailable(known.precision);
  if (!backend.facts.runs_on_gpus)
    return "it runs on the CPU only";
  return gpu_lacks(cuda().gpus.at(static_cast<std::size_t>(device.index())), known.precision);
}

void Network::Impl::choose_engine(const RunOptions& options) {
  known.precision = options.precision;
  engine_asked = options.engine != Engine::Auto;
  const EngineBackend* refused = nullptr;
  for (const EngineBackend* backend : engine_backends()) {
    if (engine_asked && backend->facts.engine != options.engine)
      continue;
    refused = backend;
    if (lacks(*backend).empty())
      return use(*backend);
  }
  const EngineBackend& last = *engine_backends().back();
  const bool needs_float32 = !lacks(last).empty();
  if (const std::string why = needs_gpu(known.precision); device.is_cpu() && !why.empty())
    throw Error(fmt::format("The precision {}, and the network runs on the CPU; use --precision float32.", why));
  throw Error(fmt::format("{}{} can't run here: {}; use {}.", refused->facts.name,
                          known.precision == Precision::Float32 ? "" : fmt::format(" in {}", text_of(known.precision)),
                          lacks(*refused),
                          refused == &last ? "--precision float32"
                                           : fmt::format("--engine {}{}", text_of(last.facts.engine),
                                                         needs_float32 ? " and --precision float32" : "")));
}

void Network::Impl::use(const EngineBackend& backend) {
  engine = &backend;
  known.engine = backend.version();
}

// The first after the present one that can run here and is not known to refuse this network; null: none.
const EngineBackend* Network::Impl::next_engine() const {
  const auto all = engine_backends();
  const auto next = std::find_if(std::find(all.begin(), all.end(), engine) + 1, all.end(), [&](const auto* backend) {
    return lacks(*backend).empty() && !refusals.contains(backend->facts.name);
  });
  return next == all.end() ? nullptr : *next;
}

void Network::Impl::leave_engine(const EngineBackend& next) {
  known.notes.push_back(fmt::format("{} can't run {} ({}), so {} runs it, which is slower.", engine->facts.name,
                                    known.name, refusals.at(engine->facts.name), next.facts.name));
  use(next);
}

// Networks that an engine can't convert run on the next, with a note; but not if the engine was requested by name.
std::unique_ptr<CompiledPlan> Network::Impl::compile(const std::shared_ptr<torch::jit::Graph>& graph, int images) {
  const EngineBackend& last = *engine_backends().back();
  const PlanSettings settings{device, known.precision, known.threads, images};
  while (engine != &last) {
    try {
      return engine->compile(graph, settings);
    } catch (const std::exception& e) {
      const std::string cause = cause_of(e, engine->facts.name);
      if (engine_asked)
        throw Error(fmt::format("{} can't run {} ({}); use --engine {}.", engine->facts.name, known.name, cause,
                                text_of(last.facts.engine)));
      const EngineBackend* next = next_engine();
      if (next == nullptr)
        throw Error(fmt::format("{} can't run {} ({}), and {} in {} can't run here: {}; use --precision float32.",
                                engine->facts.name, known.name, cause, last.facts.name, text_of(known.precision),
                                lacks(last)));
      refusals[engine->facts.name] = cause;
      leave_engine(*next);
      keep_description();
    }
  }
  return last.compile(graph, settings);
}

// One note, which is updated.
void Network::Impl::note_memory(std::string text) {
  if (!memory_note) {
    memory_note = known.notes.size();
    known.notes.emplace_back();
  }
  known.notes[*memory_note] = std::move(text);
}

Measuring Network::Impl::measuring() const { return {known.name, device, known.threads}; }

// Makes the flat graph take all images in the same form. @return the shapes of its layers.
ValueShapes Network::Impl::settle_input() {
  FoundInput found = find_input(flat, known.input_size, known.options.input_size > 0, measuring());
  if (!found.note.empty())
    notes_of_file.push_back(found.note);
  known.input_size = found.side;
  const InputForm form = known.input_form = found.form;
  if (form.channels == 1)
    notes_of_file.push_back(fmt::format("{} takes one channel: images are given as grey, their luminance as PIL's "
                                        "convert('L') computes it, scaled with "
                                        "the averages of the mean and of the standard deviation of R, G and B.",
                                        known.name));
  if (form.channels_last)
    notes_of_file.push_back(
        fmt::format("{} takes its images as N x height x width x channels, and is given them so.", known.name));
  if (form == InputForm{})
    return std::move(found.shapes);
  adapt_input(flat, form);
  std::optional<Failure> failure;
  auto again = measure(flat, InputForm{}, known.input_size, measuring(), failure); // some values are others now
  if (!again)
    throw Error(fmt::format("{} can't be given its images ({}); export it with torch.jit.trace for RGB images.",
                            known.name, failure->cause));
  return std::move(*again);
}

// The tensor that the person chose by its name or number. @throws Error if there is none.
std::size_t Network::Impl::chosen_output() const {
  const std::string& wanted = known.source.output;
  const auto named = std::ranges::find(known.outputs, wanted);
  if (named != known.outputs.end())
    return static_cast<std::size_t>(named - known.outputs.begin());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (error == std::errc() && end == wanted.data() + wanted.size() && number < known.outputs.size())
    return number;
  if (known.outputs.size() == 1)
    throw Error(fmt::format("{} returns one tensor, so there is no output '{}'; leave the choice of an output out.",
                            known.name, wanted));
  throw Error(fmt::format("{} has no output '{}'; it returns the tensors {}: choose one of them.", known.name, wanted,
                          fmt::join(known.outputs, ", ")));
}

// If there are several tensors, the output is the one that was chosen, else the first with a vector for each image,
// like a classifier's; otherwise the deepest, because it includes most of the network.
void Network::Impl::choose_output(const ValueShapes& shapes) {
  known.outputs = flat.output_names;
  if (!known.source.output.empty()) {
    known.output_index = chosen_output();
  } else if (const auto& outputs = flat.graph->outputs(); outputs.size() > 1) {
    const auto classes = std::find_if(outputs.begin(), outputs.end(), [&](const Value* value) {
      const auto shape = shapes.find(value);
      return shape != shapes.end() && shape->second.size() == 1;
    });
    const auto depths = weight_depths(flat);
    const auto deepest = std::max_element(outputs.begin(), outputs.end(),
                                          [&](const Value* a, const Value* b) { return depths.at(a) < depths.at(b); });
    const bool is_classifier = classes != outputs.end();
    known.output_index = static_cast<std::size_t>((is_classifier ? classes : deepest) - outputs.begin());
    notes_of_file.push_back(
        fmt::format("{} returns the tensors {}; tensor {} is used as its output: {}. Another can be chosen (--output, "
                    "or above the layers in the window).",
                    known.name, fmt::join(known.outputs, ", "), known.outputs[known.output_index],
                    is_classifier ? "it is the first with a vector for each image"
                                  : "it is the deepest, and none has a vector for each image"));
  }
  settle_output();
}

void Network::Impl::describe(const torch::jit::Module& module) {
  const ValueShapes shapes = settle_input();
  choose_output(shapes);
  const Structure structure = analyze_structure(flat, shapes);
  known.blocks = structure.blocks;
  const std::map<std::int64_t, TokenForm> forms = token_forms(flat, shapes);
  std::map<std::string, const ModuleOutput*> outputs;
  for (const ModuleOutput& output : flat.outputs)
    outputs[output.module] = &output;

  std::map<std::string, int> positions;
  for (const auto& named : module.named_modules()) {
    Layer layer;
    layer.name = named.name;
    if (const auto type = named.value.type()->name())
      layer.type = type->name();
    if (!layer.name.empty()) {
      const auto dot = layer.name.rfind('.');
      layer.parent = positions.at(dot == std::string::npos ? "" : layer.name.substr(0, dot));
    }
    positions[layer.name] = static_cast<int>(known.layers.size());
    for (const auto& parameter : named.value.parameters())
      layer.parameters += parameter.numel();
    if (const auto cost = structure.multiply_adds.find(layer.name); cost != structure.multiply_adds.end())
      layer.multiply_adds = cost->second;
    if (const auto found = outputs.find(layer.name); found != outputs.end()) {
      Value* value = found->second->value;
      layer.calls = found->second->calls;
      layer.depth = structure.depth.at(value);
      layer.can_truncate = structure.cuts.count(value) != 0;
      if (const auto shape = shapes.find(value); shape != shapes.end())
        layer.shape = shape->second;
      if (layer.shape.size() == 2 || structure.channels_last.count(value) != 0)
        layer.channel_axis = layer.shape.empty() ? 0 : layer.shape.size() - 1;
      if (const auto form = layer.shape.size() == 2 ? forms.find(layer.shape[0]) : forms.end(); form != forms.end())
        layer.tokens = form->second;
    }
    layer.block = std::find(known.blocks.begin(), known.blocks.end(), layer.name) != known.blocks.end();
    known.layers.push_back(std::move(layer));
  }
  add_head(shapes, structure);
  add_attention(shapes);
}

// By the weights of each attention in windows: heads x positions x positions. Those that are arranged in another way
// than add_window_places expects are left out.
ValueShapes Network::Impl::measured_windows(const std::vector<AttentionWeights>& found) {
  ValueShapes shapes;
  std::vector<Value*> weights;
  std::vector<Value*> with_places;
  for (const AttentionWeights& one : found)
    if (one.windows != nullptr) {
      weights.push_back(one.value);
      with_places.push_back(add_window_places(flat, one));
    }
  if (weights.empty())
    return shapes;
  try {
    const auto sizes = shapes_in(flat, with_places, InputForm{}, known.input_size,
                                 flat.limits.exactly ? flat.limits.most_images : 1, measuring());
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (const std::int64_t positions = sizes[i].back();
          sizes[i].size() == 4 && positions > 0 && sizes[i][2] % positions == 2 % positions)
        shapes[weights[i]] = {(sizes[i][2] - 2) / positions, positions, positions};
  } catch (const Error&) {
    throw; // it never ended
  } catch (const std::exception&) {
    shapes.clear();
  }
  return shapes;
}

// Weights of attention over tokens whose order is known, and their rollout where all are over the same tokens.
void Network::Impl::add_attention(const ValueShapes& shapes) {
  const auto forms = token_forms(flat, shapes);
  std::vector<std::int64_t> numbers;
  const std::vector<AttentionWeights> found = find_attention(flat);
  const auto windows = measured_windows(found);
  for (const AttentionWeights& weights : found) {
    const bool in_windows = weights.windows != nullptr;
    const auto& known_shapes = in_windows ? windows : shapes;
    const auto shape = known_shapes.find(weights.value);
    if (shape == known_shapes.end() || shape->second.size() != 3 || shape->second[1] != shape->second[2] ||
        (!in_windows && !forms.contains(shape->second[1])))
      continue;
    Layer layer;
    layer.name = weights.name;
    layer.type = in_windows ? "attention in windows" : "attention weights";
    const auto around =
        std::ranges::find_if(known.layers, [&](const Layer& one) { return one.name == weights.module; });
    layer.parent = around == known.layers.end() ? 0 : static_cast<int>(around - known.layers.begin());
    layer.shape = shape->second;
    layer.calls = 1;
    layer.attention = true;
    layer.windows = in_windows;
    if (!in_windows) {
      layer.tokens = forms.at(shape->second[1]);
      numbers.push_back(shape->second[1]);
    }
    known.layers.push_back(std::move(layer));
  }
  if (numbers.size() > 1 && numbers.size() == found.size() &&
      std::ranges::all_of(numbers, [&](std::int64_t tokens) { return tokens == numbers[0]; })) {
    Layer rollout = known.layers.back();
    rollout.name = rollout_name;
    rollout.type = "of all blocks";
    rollout.parent = 0;
    rollout.shape[0] = 1;
    known.layers.push_back(std::move(rollout));
  }
  settle_attention();
}

// The values of the layers that add_attention listed.
void Network::Impl::settle_attention() {
  std::vector<Value*> listed;
  bool rolls_out = false;
  const auto found = find_attention(flat);
  for (const Layer& layer : known.layers) {
    if (!layer.attention)
      continue;
    const auto weights = std::ranges::find(found, layer.name, &AttentionWeights::name);
    rolls_out = weights == found.end(); // the rollout is the last
    if (layer.windows)
      values[layer.name] = add_window_places(flat, *weights);
    else if (!rolls_out)
      listed.push_back(values[layer.name] = weights->value);
  }
  if (rolls_out)
    values[rollout_name] = add_rollout(flat, listed);
}

// What is said of the choice of tokens. @throws Error for a class token where there is none.
void Network::Impl::check_tokens() {
  const Tokens tokens = known.source.tokens;
  if ((tokens == Tokens::Class || tokens == Tokens::Both) && !known.has_class_token())
    throw Error(fmt::format("{} has no class token that can be told from its graph; use --tokens mean or --tokens all.",
                            known.name));
  if (tokens == Tokens::All)
    return;
  std::vector<std::string> unknown;
  std::vector<std::string> without;
  for (const Layer& layer : known.layers) {
    if (!layer.has_features() || layer.shape.size() != 2 || layer.shape[0] < 2)
      continue;
    if (!layer.tokens.known())
      unknown.push_back(layer.name);
    else if (tokens != Tokens::Mean && !layer.tokens.class_token)
      without.push_back(layer.name);
  }
  const auto named = [](const std::vector<std::string>& names) {
    return names.size() == 1 ? "'" + names[0] + "'" : fmt::format("{} layers, first '{}'", names.size(), names[0]);
  };
  if (!unknown.empty())
    known.notes.push_back(fmt::format("Which of the tokens are patches can't be told in {}; the features there are the "
                                      "mean of all tokens.",
                                      named(unknown)));
  if (!without.empty())
    known.notes.push_back(
        fmt::format("There is no class token in {}; the features there are the mean of the patches.", named(without)));
}

// `output` and `softmax`, for a network that ends in a vector.
void Network::Impl::add_head(const ValueShapes& shapes, const Structure& structure) {
  Value* end = flat.graph->outputs()[0];
  const auto shape = shapes.find(end);
  if (shape == shapes.end())
    return;
  Layer& whole = known.layers[0];
  whole.shape = shape->second;
  whole.calls = 1;
  whole.depth = structure.depth.at(end);
  if (structure.channels_last.count(end) != 0)
    whole.channel_axis = whole.shape.size() - 1;
  if (shape->second.size() != 1 || pruned)
    return;
  known.head = {"output", "softmax"};
  for (const auto& head_name : known.head) {
    if (std::any_of(known.layers.begin(), known.layers.end(),
                    [&](const Layer& layer) { return layer.name == head_name && layer.has_output(); }))
      continue; // the network has a module of that name, which stands for it
    Layer layer;
    layer.name = head_name;
    layer.type = layer.name == "output" ? "before the softmax" : "Softmax";
    layer.parent = 0;
    layer.shape = known.layers[0].shape;
    layer.calls = 1;
    layer.depth = known.layers[0].depth;
    known.layers.push_back(std::move(layer));
  }
}

// Loading runs no code of a network, and flattening folds constants; but an archive can be made so that either takes
// forever. @return the loaded network; fills `flat`.
LoadedModel Network::Impl::load_and_flatten() {
  const std::string what = known.source.file.empty() ? known.name : known.source.file.string();
  const std::uint64_t bytes = known.source.archive  ? known.source.archive->size()
                              : known.source.folder ? known.source.folder->at("model.safetensors").size()
                                                    : size_of_model(known.source.file);
  constexpr std::uintmax_t slow_disk = 10'000'000; // bytes a second
  const std::chrono::seconds limit(60 + static_cast<std::int64_t>(bytes / slow_disk));
  auto read = result_within(limit, [source = known.source, what, threads = known.threads] {
    at::set_num_threads(threads);
    LoadedModel loaded = load_model(source);
    try {
      FlatGraph flattened = flatten(loaded);
      return std::pair(std::move(loaded), std::move(flattened));
    } catch (const Error& e) {
      throw Error(fmt::format("{}: {}", what, e.what()));
    } catch (const std::exception& e) {
      throw Error(
          fmt::format("{} can't be split into its layers ({}); export it with torch.jit.trace.", what, cause_of(e)));
    }
  });
  if (!read)
    throw Error(fmt::format(
        "{} was not read within {} seconds and was stopped; it may never end. Export the network with torch.jit.trace.",
        what, limit.count()));
  flat = std::move(read->second);
  return std::move(read->first);
}

// Reads and flattens the file, and assigns a value to every layer's name. @return the module, for its description.
torch::jit::Module Network::Impl::read() {
  LoadedModel loaded = load_and_flatten();
  if (!known.layers.empty()) {
    adapt_input(flat, known.input_form);
    settle_output();
    settle_attention();
  } else {
    notes_of_file = loaded.notes;
    pruned = loaded.ends_early;
    if (loaded.architecture) {
      known.architecture = loaded.architecture->name;
      if (!loaded.architecture->preprocessing.empty())
        known.preprocessing = Preprocessing::named(loaded.architecture->preprocessing);
      known.preprocessing_reason = "what published weights of " + known.architecture + " were trained with";
      known.input_size = loaded.architecture->input_size;
    }
    if (loaded.provenance) {
      pruned = true;
      known.preprocessing = loaded.provenance->preprocessing;
      known.preprocessing_reason = "what the network that it was pruned from took";
      known.input_size = loaded.provenance->input_size;
    } else if (loaded.config) {
      take_config(*loaded.config);
    }
    if (known.options.input_size > 0)
      known.input_size = known.options.input_size;
    else if (known.input_size == 0)
      known.input_size = 224;
    settle_size(loaded.exported);
  }
  return loaded.module;
}

void Network::Impl::take_config(const FolderConfig& config) {
  if (config.preprocessing) {
    known.preprocessing = config.preprocessing;
    known.preprocessing_reason =
        fmt::format("as its {} says", config.library == "timm" ? "config.json" : "preprocessor_config.json");
  }
  known.class_names = config.class_names;
  if (config.width != config.height && known.options.input_size == 0)
    throw Error(fmt::format("{} takes images of {} x {} pixels, but ScaleScope gives a network squares; to run it on "
                            "squares, name their side with --input-size.",
                            known.source.file.string(), config.width, config.height));
  if (config.width > 0)
    known.input_size = config.width;
}

// Takes the network's side where it takes the usual one not.
void Network::Impl::settle_size(bool exported) {
  const ImageLimits& limits = flat.limits;
  if (limits.takes(known.input_size))
    return;
  const std::vector<int> nearest = limits.nearest(known.input_size);
  if (known.options.input_size > 0) {
    if (exported)
      throw Error(fmt::format("{0} was not exported for images of {1} x {1} pixels; use --input-size {2}, or export it "
                              "with other dynamic_shapes.",
                              known.name, known.input_size, fmt::join(nearest, " or ")));
    throw Error(fmt::format("{0} takes no images of {1} x {1} pixels{2}; use --input-size {3}.", known.name,
                            known.input_size,
                            limits.step > 1 ? fmt::format(", only sides that are multiples of {}", limits.step) : "",
                            fmt::join(nearest, " or ")));
  }
  known.input_size = nearest.front();
}

// The value of a layer's name, once the network's output is known.
void Network::Impl::settle_output() {
  keep_output(flat, known.output_index);
  for (const ModuleOutput& output : flat.outputs)
    values[output.module] = output.value;
  Value* end = flat.graph->outputs()[0];
  values[""] = end;
  softmax_added = values.count("softmax") == 0;
  // If the network ends in its own softmax, `output` is the input of that softmax.
  for (const char* head_name : {"output", "softmax"})
    values.emplace(head_name, is_softmax(end->node()) ? end->node()->input(0) : end);
}

std::string Network::Impl::description_key() const {
  // Includes the path, because notes contain it.
  return fmt::format("network 10|{}|{}|{}|{}|{}", scalescope_version(), known.source.file.string(), content,
                     known.options.input_size, engine_versions());
}

bool Network::Impl::restore() {
  const auto& cache = known.options.cache;
  const auto text = cache ? cache->get(description_key()) : std::nullopt;
  auto kept = text ? kept_from_json(*text) : std::nullopt;
  if (!kept)
    return false;
  restore_into(known, *kept);
  notes_of_file = known.notes;
  refusals = kept->refusals;
  while (!engine_asked && refusals.contains(engine->facts.name)) {
    const EngineBackend* next = next_engine();
    if (next == nullptr)
      break; // compile() says so
    leave_engine(*next);
  }
  return true;
}

void Network::Impl::keep_description() {
  const auto& cache = known.options.cache;
  if (!cache)
    return;
  try {
    cache->put(description_key(), to_json(KeptInfo{known, notes_of_file, refusals}));
  } catch (const Error& e) {
    known.notes.emplace_back(e.what());
  }
}

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

Network Network::open(const ModelSource& source, const RunOptions& options) {
  auto impl = std::make_unique<Impl>();
  NetworkInfo& known = impl->known;
  known.source = source;
  if (!source.archive && !source.folder && !source.file.empty())
    known.source.file = model_path(source.file);
  known.options = options;
  impl->device = find_device(options.device);
  known.device = impl->device.str();
  // LibTorch may start with one thread, and with one a float convolution skips oneDNN.
  known.threads = options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
  at::set_num_threads(known.threads);
  impl->choose_engine(options);
  known.name = source.file.empty() ? source.architecture : name_of_model(known.source.file);
  // For a missing file, the reader throws the error.
  std::error_code ignored;
  if (source.archive)
    known.sha256 = sha256_of(*source.archive);
  else if (source.folder)
    known.sha256 = sha256_of(source.folder->at("config.json") + sha256_of(source.folder->at("model.safetensors")));
  else if (const auto kind = std::filesystem::status(known.source.file, ignored).type();
           kind == std::filesystem::file_type::regular || kind == std::filesystem::file_type::directory)
    known.sha256 = sha256_of_model(known.source.file);
  impl->content = fmt::format("{}|{}|{}{}", known.sha256, source.architecture,
                              source.random_weights ? fmt::format("random {}", source.seed) : "",
                              source.output.empty() ? "" : "|output " + source.output);
  if (!impl->restore()) {
    const torch::jit::Module module = impl->read();
    impl->describe(module);
    known.notes = impl->notes_of_file;
    impl->keep_description();
  }
  impl->check_tokens();
  return Network(std::move(impl));
}

const NetworkInfo& Network::info() const { return impl_->known; }

std::string Network::identity() const {
  const NetworkInfo& known = impl_->known;
  // Up to 0.1, float32 on a GPU was TF32.
  return fmt::format("{}|{}|{}|{}|{}{}{}", impl_->content, known.input_size, known.engine, text_of(known.precision),
                     known.device, impl_->device.is_cuda() ? " 2" : "",
                     known.has_tokens() ? "|tokens " + text_of(known.source.tokens) : "");
}

bool NetworkInfo::has_tokens() const {
  return std::ranges::any_of(layers, [](const Layer& layer) { return layer.has_features() && layer.tokens.known(); });
}

bool NetworkInfo::has_class_token() const {
  return std::ranges::any_of(layers,
                             [](const Layer& layer) { return layer.has_features() && layer.tokens.class_token; });
}

const Layer& NetworkInfo::layer(const std::string& wanted) const {
  std::vector<std::string> names;
  for (const Layer& one : layers) {
    if (one.name == wanted && one.has_output())
      return one;
    if (one.name == wanted)
      throw Error(
          fmt::format("The layer '{}' of {} has no output to read: it does not run in evaluation, or returns no "
                      "tensor.",
                      wanted, name));
    if (one.has_output() && !one.name.empty())
      names.push_back(one.name);
  }
  throw Error(fmt::format("{} has no layer called '{}'; the nearest names are {}.", name, wanted,
                          fmt::join(nearest(wanted, names, 3), ", ")));
}

const Layer& Network::layer(const std::string& name) const { return impl_->known.layer(name); }

Plan Network::plan(const std::vector<std::string>& layers, Reduction reduction, int images) const {
  return impl_->plan(find_layers(layers), layers, reduction, 0, images);
}

std::vector<const Layer*> Network::find_layers(const std::vector<std::string>& names) const {
  std::vector<const Layer*> found(names.size()); // unknown names are reported before the network is loaded
  std::transform(names.begin(), names.end(), found.begin(), [&](const std::string& name) { return &layer(name); });
  return found;
}

std::int64_t Network::positions_without_padding(const std::string& layer_name, int side) const {
  (void)layer(layer_name);
  if (!impl_->flat.graph)
    (void)impl_->read();
  const auto& reaches = impl_->reaches(side);
  const auto reach = reaches.find(impl_->values.at(layer_name));
  return reach == reaches.end() ? 0 : reach->second.untouched();
}

Plan Network::plan_without_padding(const std::vector<std::string>& layers, int side, int images) const {
  for (const auto& name : layers)
    if (positions_without_padding(name, side) == 0)
      throw Error(fmt::format("No position of the layer '{}' of {} is known to be free of padding in images of {} x {} "
                              "pixels; leave it out.",
                              name, impl_->known.name, side, side));
  return impl_->plan(find_layers(layers), layers, Reduction::Pooled, side, images);
}

std::vector<Activation> Network::run(const Plan& plan, std::span<const float> images, std::int64_t n, int height,
                                     int width) const {
  TORCH_INTERNAL_ASSERT(static_cast<std::int64_t>(images.size()) == n * 3 * height * width);
  TORCH_INTERNAL_ASSERT(impl_->known.input_form.channels == 3 || are_grey(images, n));
  const ImageLimits& limits = impl_->flat.limits;
  if (!limits.takes(height) || !limits.takes(width))
    throw Error(fmt::format("{} takes no images of {} x {} pixels; leave out what needs other sizes, or use a network "
                            "that was exported for them.",
                            impl_->known.name, width, height));
  std::int64_t& most = plan.impl_->most_images.try_emplace({height, width}, limits.most_images).first->second;
  const std::int64_t most_before = most;
  auto activations = run_checked(impl_->known, height, width, [&] {
    return run_in_parts(images, n, most, [&](std::span<const float> part, std::int64_t size) {
      return limits.exactly && size < limits.most_images
                 ? run_filled_up(*plan.impl_->compiled, part, size, limits.most_images, height, width)
                 : plan.impl_->compiled->run(part, size, height, width);
    });
  });
  if (most != most_before)
    impl_->note_memory(
        fmt::format("Memory is too small for {} images of {} x {} pixels at once, so they run {} at a time.", n, width,
                    height, most));
  const auto is_finite = [](const Activation& activation) {
    return std::ranges::all_of(activation.values, [](float value) { return std::isfinite(value); });
  };
  const auto& layers = plan.impl_->layers;
  for (std::size_t i = layers.size(); i < activations.size(); ++i)
    if (!is_finite(activations[i]))
      throw Error(fmt::format("{} computes values that are not finite (NaN or infinite) in front of {}, where they "
                              "could be taken for 0; leave the layers from there on out of --layers.",
                              impl_->known.name,
                              plan.impl_->guarded[i - layers.size()].empty()
                                  ? "an activation"
                                  : fmt::format("the layer '{}'", plan.impl_->guarded[i - layers.size()])));
  activations.resize(layers.size());
  for (std::size_t i = 0; i < activations.size(); ++i) {
    if (!is_finite(activations[i]))
      throw Error(
          fmt::format("The layer '{}' of {} gives values that are not finite (NaN or infinite); leave it out of "
                      "--layers, or use another precision or network.",
                      layers[i], impl_->known.name));
    if (activations[i].shape.empty() || activations[i].shape[0] != n)
      throw Error(fmt::format("The layer '{}' of {} does not return one row for each of {} images; leave it out of "
                              "--layers, or use --batch 1.",
                              layers[i], impl_->known.name, n));
  }
  return activations;
}

} // namespace scalescope
