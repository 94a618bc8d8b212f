#include "core/network/detail/measuring.h"

#include "core/base/error.h"
#include "core/base/give_up.h"
#include "core/network/detail/engines/batch_parts.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/graph/graph_plan.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/graph/input_form.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace scalescope {
namespace {

// Tried when a network can't take images of the given size: those of well-known data sets and networks.
constexpr std::array usual_sides{224, 28,  32,  64,  96, 128, 256, 299, 160, 192, 240, 288, 320, 384,
                                 416, 448, 512, 640, 48, 84,  105, 112, 150, 200, 227, 231, 300};

ValueShapes measure_once(const FlatGraph& flat, const InputForm& form, int side, std::int64_t n, const Measuring& how) {
  const std::vector<torch::jit::Value*> wanted = values_to_measure(flat);
  const auto sizes = shapes_in(flat, wanted, form, side, n, how);
  ValueShapes shapes;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (const auto& size = sizes[i]; !size.empty() && size[0] == n)
      shapes[wanted[i]] = {size.begin() + 1, size.end()};
  return shapes;
}

} // namespace

std::chrono::milliseconds time_to_measure(const FlatGraph& flat, int side) {
  bool loops = false;
  for_each_node(flat.graph->block(),
                [&](const torch::jit::Node* node) { loops |= node->kind() == torch::jit::prim::Loop; });
  const double usual = side / 224.0;
  return std::chrono::seconds(static_cast<int>((loops ? 10 : 120) * std::max(1.0, usual * usual)));
}

std::vector<std::vector<std::int64_t>> shapes_in(const FlatGraph& flat, const std::vector<torch::jit::Value*>& values,
                                                 const InputForm& form, int side, std::int64_t n,
                                                 const Measuring& how) {
  std::vector<Wanted> wanted;
  for (torch::jit::Value* value : values)
    wanted.push_back({value, Tap::Shape});
  const auto plan = std::make_shared<const LibTorchPlan>(
      make_plan(flat, wanted), LibTorchSettings{how.device, Precision::Float32, Preparation::None});
  const auto limit = how.limit.value_or(time_to_measure(flat, side));
  const auto sizes = result_within(limit, [plan, n, form, side, device = how.device, threads = how.threads] {
    at::set_num_threads(threads); // this thread's own
    return plan->run(as_taken(torch::zeros({n, 3, side, side}, device), form));
  });
  if (!sizes)
    throw Error(fmt::format("{} did not finish an empty image of {} x {} pixels within {} seconds and was stopped; "
                            "it may never end. If it is only slow, use a smaller --input-size.",
                            how.name, side, side, std::chrono::duration<double>(limit).count()));
  std::vector<std::vector<std::int64_t>> all;
  for (const auto& size : *sizes)
    all.push_back(size.toIntVector());
  return all;
}

// Three images show which outputs have the batch first; with two images, a pair could look like a batch. Some traces
// accept only one image.
std::optional<ValueShapes> measure(const FlatGraph& flat, const InputForm& form, int side, const Measuring& how,
                                   std::optional<Failure>& failure) {
  const std::int64_t most = flat.limits.most_images;
  const std::vector<std::int64_t> numbers = flat.limits.exactly      ? std::vector{most}
                                            : most == 1 || most == 2 ? std::vector<std::int64_t>{1}
                                                                     : std::vector<std::int64_t>{3, 1};
  for (const std::int64_t n : numbers) {
    try {
      return measure_once(flat, form, side, n, how);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& e) {
      if (n != numbers.back())
        continue;
      if (is_out_of_memory(e))
        throw Error(fmt::format("Memory ran out while {} ran on an empty image of {} x {} pixels; use a smaller "
                                "--input-size.",
                                how.name, side, side));
      failure = failure_of(e);
    }
  }
  return std::nullopt;
}

FoundInput find_input(const FlatGraph& flat, int side, bool asked_for, const Measuring& how) {
  static constexpr std::array forms{InputForm{3, false}, InputForm{1, false}, InputForm{3, true}, InputForm{1, true}};
  std::vector<std::pair<InputForm, Failure>> failures;
  for (const InputForm& form : forms) {
    std::optional<Failure> failure;
    if (auto shapes = measure(flat, form, side, how, failure))
      return {form, side, std::move(*shapes), ""};
    failures.emplace_back(form, *failure);
  }
  // Channels that do not fit hide what else is wrong, so another form's failure says more.
  const auto told = std::ranges::find_if(failures, [](const auto& one) { return !one.second.of_channels; });
  const auto& [form, failure] = told == failures.end() ? failures.front() : *told;
  const std::string cause =
      fmt::format("{} can't run on images of {} x {} pixels: {}", how.name, side, side, failure.cause);
  if (failure.of_channels)
    throw Error(fmt::format("{}. ScaleScope gives a network RGB images or, if it takes one channel, grey ones; export "
                            "it together with a first layer that makes the channels that it needs of three.",
                            cause));
  std::optional<Failure> ignored;
  for (const int other : usual_sides)
    for (const auto& [tried, reason] : failures)
      if (!reason.of_channels && reason.of_image_size && other != side && flat.limits.takes(other))
        if (auto shapes = measure(flat, tried, other, how, ignored)) {
          if (asked_for)
            throw Error(fmt::format("{}; use --input-size {}, which it takes.", cause, other));
          return {
              tried, other, std::move(*shapes),
              fmt::format("{}, so it was opened for {} x {} pixels; --input-size changes this.", cause, other, other)};
        }
  throw Error(fmt::format("{}. No other image size that was tried helps (from {} to {} pixels); export it with "
                          "torch.jit.trace for RGB images, N x 3 x height x width in float32.",
                          cause, *std::ranges::min_element(usual_sides), *std::ranges::max_element(usual_sides)));
}

} // namespace scalescope
