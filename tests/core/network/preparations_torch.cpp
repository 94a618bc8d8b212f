#include "tests/core/network/preparations_torch.h"

#include "core/base/error.h"
#include "core/network/detail/engines/cuda.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/graph/graph_plan.h"
#include "core/network/detail/graph/operations.h"
#include "core/network/detail/graph/rewrites.h"
#include "core/network/detail/loading/model_file.h"
#include "core/network/detail/measuring.h"

#include <torch/csrc/jit/ir/irparser.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <stdexcept>

namespace preparations {

using namespace scalescope;

// Each architecture is built once.
static const FlatGraph& open(const std::string& architecture) {
  static std::map<std::string, FlatGraph> opened;
  const auto [at, is_new] = opened.try_emplace(architecture);
  if (is_new) {
    ModelSource source;
    source.architecture = architecture;
    source.random_weights = true;
    at->second = flatten(load_model(source).module);
  }
  return at->second;
}

std::vector<Activation> run(const std::string& architecture, const std::vector<std::string>& modules, Way way,
                            std::span<const float> images, int n, int side) {
  const FlatGraph& flat = open(architecture);
  std::vector<Wanted> wanted;
  for (const auto& module : modules)
    for (const ModuleOutput& output : flat.outputs)
      if (output.module == module)
        wanted.push_back({output.value, Tap::Map});
  if (wanted.size() != modules.size())
    throw std::logic_error("no such modules in " + architecture);
  const Preparation preparation = way == Way::Reference ? Preparation::None
                                  : way == Way::OneDnn  ? Preparation::OneDnn
                                                        : Preparation::Accelerator;
  const Precision precision = way == Way::AcceleratorBFloat16 ? Precision::BFloat16 : Precision::Float32;
  const LibTorchPlan plan(make_plan(flat, wanted), {c10::kCPU, precision, preparation});
  return plan.run(images, n, side, side);
}

namespace {

using namespace torch::jit;

std::shared_ptr<Graph> plan_of(const std::string& architecture, const std::string& tapped) {
  const FlatGraph& flat = open(architecture);
  std::vector<Wanted> wanted{{flat.graph->outputs()[0], Tap::Map}};
  for (const ModuleOutput& output : flat.outputs)
    if (output.module == tapped)
      wanted.push_back({output.value, Tap::Map});
  return make_plan(flat, wanted);
}

std::vector<at::Tensor> weights(const Graph& graph) {
  std::vector<at::Tensor> all;
  for (const Node* node : graph.nodes())
    if (is_convolution(node))
      for (const std::size_t i : {1, 2})
        if (const auto value = toIValue(node->input(i)); value && value->isTensor())
          all.push_back(value->toTensor());
  return all;
}

int count(const Graph& graph, const std::string& kind) {
  return static_cast<int>(
      std::ranges::count_if(graph.nodes(), [&](const Node* node) { return node->kind().toQualString() == kind; }));
}

std::shared_ptr<Graph> parsed(const std::string& text) {
  auto graph = std::make_shared<Graph>();
  parseIR(text, graph.get());
  return graph;
}

// Replaces the inputs behind the first by constants.
void fill(Graph& graph, const std::vector<at::Tensor>& values) {
  const WithInsertPoint start(*graph.nodes().begin());
  for (const at::Tensor& value : values) {
    graph.inputs()[1]->replaceAllUsesWith(graph.insertConstant(value));
    graph.eraseInput(1);
  }
}

at::Tensor output_of(const std::shared_ptr<Graph>& graph, const at::Tensor& input) {
  Stack stack{input};
  InterpreterState(Code(graph, "test")).run(stack);
  return stack[0].toTensor();
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

} // namespace

ShortWeights short_weights(const std::string& architecture) {
  const auto plan = plan_of(architecture, "");
  const auto of = [&](Precision precision) {
    return prepare(*plan, {c10::kCPU, precision, Preparation::Accelerator}, Form::Fast);
  };
  const auto exact = of(Precision::Float32);
  const auto rounded = of(Precision::BFloat16);
  const auto folded = weights(*exact);
  const auto cast = weights(*rounded);
  ShortWeights found;
  found.batch_norms = count(*rounded, "aten::batch_norm");
  found.casts = count(*rounded, "aten::to");
  found.folded_first = folded.size() == cast.size();
  for (std::size_t i = 0; i < std::min(folded.size(), cast.size()); ++i) {
    found.convolutions += folded[i].dim() == 4 ? 1 : 0;
    found.folded_first &= folded[i].scalar_type() == at::kFloat && cast[i].equal(folded[i].to(at::kBFloat16));
  }
  return found;
}

Fused fused(const std::string& architecture, const std::string& tapped) {
  const auto graph =
      prepare(*plan_of(architecture, tapped), {c10::kCPU, Precision::BFloat16, Preparation::Accelerator}, Form::Fast);
  const int found = fuse_convolutions(*graph);
  const Fused parts{count(*graph, "aten::cudnn_convolution_relu"), count(*graph, "aten::cudnn_convolution_add_relu")};
  if (found != parts.with_relu + parts.with_addition)
    throw std::logic_error("fuse_convolutions counts wrongly");
  return parts;
}

Refused refused_in_fast_form() {
  const auto graph = parsed(R"(graph(%x : Tensor, %w : Tensor):
  %one : int[] = prim::Constant[value=[1, 1]]()
  %groups : int = prim::Constant[value=1]()
  %float : int = prim::Constant[value=6]()
  %no : bool = prim::Constant[value=0]()
  %none : NoneType = prim::Constant()
  %a : Tensor = aten::conv2d(%x, %w, %none, %one, %one, %one, %groups)
  %b : Tensor = aten::to(%a, %float, %no, %no, %none)
  %c : Tensor = aten::conv2d(%b, %w, %none, %one, %one, %one, %groups)
  return (%c))");
  at::manual_seed(1);
  fill(*graph, {at::randn({3, 3, 3, 3})});
  const at::Tensor images = at::randn({2, 3, 16, 16});
  const std::span numbers(images.data_ptr<float>(), static_cast<std::size_t>(images.numel()));
  const LibTorchPlan plan(graph, {c10::kCPU, Precision::BFloat16, Preparation::Accelerator});
  const auto said = plan.run(numbers, 2, 16, 16)[0];
  const at::Tensor rough = at::from_blob(const_cast<float*>(said.values.data()), said.shape);
  return {plan.form() == Form::Autocast, difference(rough, output_of(graph, images))};
}

Order order(bool three_dimensions) {
  const auto graph = parsed(R"(graph(%x : Tensor, %w : Tensor, %b : Tensor, %position : Tensor):
  %zero : int = prim::Constant[value=0]()
  %one : int = prim::Constant[value=1]()
  %moved : Tensor = aten::add(%x, %position, %one)
  %swapped : Tensor = aten::transpose(%moved, %one, %zero)
  %y : Tensor = aten::linear(%swapped, %w, %b)
  %sum : Tensor = aten::add(%y, %y, %one)
  return (%sum))");
  at::manual_seed(1);
  const std::int64_t width = three_dimensions ? 5 : 4;
  fill(*graph,
       {at::randn({width, width}), at::randn({width}), three_dimensions ? at::randn({1, 4, 5}) : at::randn({4, 4})});
  const at::Tensor input = three_dimensions ? at::randn({3, 4, 5}) : at::randn({4, 4});
  const at::Tensor before = output_of(graph, input);
  keep_tokens_in_order(*graph);
  bool moved = false;
  for (const Node* node : graph->nodes())
    moved |= node->kind() == aten::linear && node->input(0)->node()->kind() == aten::add;
  return {moved, difference(output_of(graph, input), before)};
}

Places places_of_constants() {
  const auto graph = parsed(R"(graph(%x : Tensor, %w : Tensor, %heads : Tensor):
  %zero : int = prim::Constant[value=0]()
  %n : int = aten::size(%x, %zero)
  %images : Tensor = prim::NumToTensor(%n)
  %rows : Tensor = aten::mul(%images, %heads)
  %count : int = aten::Int(%rows)
  %sides : int[] = prim::ListConstruct(%count)
  %y : Tensor = aten::mul(%x, %w)
  %z : Tensor = aten::view(%y, %sides)
  return (%z))");
  fill(*graph, {at::ones({4}), at::tensor(12)});
  const auto moved = prepare(*graph, {c10::kMeta, Precision::Float32, Preparation::None}, Form::Fast);
  Places found;
  for (const Node* node : moved->nodes())
    if (const auto value = toIValue(node->output()); value && value->isTensor() && value->toTensor().is_meta())
      (value->toTensor().dim() == 0 ? found.number_moved : found.weight_moved) = true;
  return found;
}

std::vector<bool> traced_switches() {
  const auto graph = parsed(R"(graph(%x : Tensor, %w : Tensor):
  %one : int[] = prim::Constant[value=[1, 1]]()
  %groups : int = prim::Constant[value=1]()
  %yes : bool = prim::Constant[value=1]()
  %no : bool = prim::Constant[value=0]()
  %none : NoneType = prim::Constant()
  %y : Tensor = aten::_convolution(%x, %w, %none, %one, %one, %one, %no, %one, %groups, %yes, %no, %yes, %yes)
  return (%y))");
  restrict_convolutions(*graph);
  std::vector<bool> switches;
  for (const Node* node : graph->nodes())
    for (std::size_t i = 9; is_convolution(node) && i < node->inputs().size(); ++i)
      switches.push_back(toIValue(node->input(i))->toBool());
  return switches;
}

TimeToMeasure time_to_measure(int side) {
  const auto seconds = [&](const char* text) {
    FlatGraph flat;
    flat.graph = parsed(text);
    return std::chrono::duration<double>(scalescope::time_to_measure(flat, side)).count();
  };
  return {seconds(R"(graph(%x : Tensor):
  %y : Tensor = aten::relu(%x)
  return (%y))"),
          seconds(R"(graph(%x : Tensor):
  %yes : bool = prim::Constant[value=1]()
  %times : int = prim::Constant[value=3]()
  %y : Tensor = prim::Loop(%times, %yes, %x)
    block0(%i : int, %before : Tensor):
      %after : Tensor = aten::relu(%before)
      -> (%yes, %after)
  return (%y))")};
}

std::string told_of_one_that_never_ends() {
  static std::promise<void> may_end;
  static std::promise<void> ended;
  static const RegisterOperators wait({Operator(
      "scalescope_test::wait(Tensor x) -> Tensor",
      [](Stack&) {
        may_end.get_future().wait();
        ended.set_value();
      },
      c10::AliasAnalysisKind::FROM_SCHEMA)});
  FlatGraph flat;
  flat.graph = parsed(R"(graph(%x : Tensor):
  %y : Tensor = scalescope_test::wait(%x)
  return (%y))");
  Measuring how{"slow.pt"};
  how.limit = std::chrono::milliseconds(1);
  std::string told;
  try {
    (void)shapes_in(flat, {flat.graph->outputs()[0]}, {}, 32, 1, how);
  } catch (const Error& error) {
    told = error.what();
  }
  may_end.set_value();
  ended.get_future().wait();
  return told;
}

std::string gpu_lacks(int generation, Precision precision) {
  return scalescope::gpu_lacks({"a GPU", 0, generation}, precision);
}

std::string bfloat16_unavailable() { return libtorch_unavailable(Precision::BFloat16); }

} // namespace preparations
