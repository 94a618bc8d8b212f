#include "core/network/detail/engines/batch_parts.h"
#include "core/network/detail/engines/engine.h"
#include "core/network/detail/engines/openvino_core.h"
#include "core/network/detail/engines/torch_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <future>
#include <new>
#include <string_view>
#include <utility>

namespace scalescope {
namespace {

// OpenVINO computes everything between the last convolution and an output in float32, so that the end of a network is
// not rounded. Taps are outputs, too: nearly every residual sum and concatenation would be such an end, and each map
// would be converted twice. So this marks all operations that make maps, and the means over them, as suitable for
// bfloat16. Means are still summed in float32.
void keep_maps_in_bfloat16(const ov::Model& model) {
  for (const auto& op : model.get_ops()) {
    const bool makes_map = op->get_output_size() == 1 && op->get_output_partial_shape(0).rank().compatible(4);
    if (makes_map || std::string_view(op->get_type_name()) == "ReduceMean")
      op->get_rt_info()["enforceBF16evenForGraphTail"] = true;
  }
}

// The output of a layer should stay in the processor's cache for the next one.
constexpr std::int64_t images_a_part = 4;

// A NaN with bits that no arithmetic produces.
constexpr std::uint32_t unwritten = 0x7fa5'c0de;

int divide_up(std::int64_t a, std::int64_t b) { return static_cast<int>((a + b - 1) / b); }

// The largest number of streams that divides threads and images evenly enough to leave hardly any thread idle.
int streams_for(int images, int threads) {
  const auto time = [&](int streams) { // in that of one image on one thread
    const int threads_each = threads / streams;
    return static_cast<double>(divide_up(images, streams)) / threads_each;
  };
  int best = 1;
  double least = time(1);
  for (int streams = 2; streams <= std::min(images, threads); ++streams)
    if (time(streams) <= 1.15 * least) { // what more streams gain
      best = streams;
      least = std::min(least, time(streams));
    }
  return best;
}

// A batch runs in parts, several at a time. Each stream has its own threads, which don't wait for other streams; the
// threads of one stream wait for each other after every layer.
class OpenVinoPlan : public CompiledPlan {
 public:
  OpenVinoPlan(std::shared_ptr<ov::Model> model, ov::AnyMap properties, int streams)
      : model_(std::move(model)), properties_(std::move(properties)), streams_(streams) {
    for (const auto& output : model_->outputs()) {
      const auto shape = output.get_partial_shape();
      rows_vary_.push_back(shape.rank().is_dynamic() || (shape.size() > 0 && shape[0].is_dynamic()));
    }
    compile();
  }

  std::vector<Activation> run(std::span<const float> images, std::int64_t n, int height, int width) const override {
    if (requests_.empty())
      compile();
    try {
      return run_parts(images, n, height, width);
    } catch (const std::exception&) {
      // A failed run leaves shapes that later runs would use, and memory that they need. So the next run compiles
      // again.
      requests_.clear();
      compiled_ = {};
      throw;
    }
  }

 private:
  void compile() const {
    compiled_ = openvino_core().compile_model(model_, "CPU", properties_);
    for (int i = 0; i < streams_; ++i)
      requests_.push_back(compiled_.create_infer_request());
  }

  // If memory runs out, OpenVINO may end a run without an error. Then the outputs may be those of an earlier run; so
  // they are marked before each run, and an output with the mark, or an empty one, was not written. Or it may compute
  // with the shapes of an earlier run, which the number of rows shows.
  void mark_outputs(ov::InferRequest& request) const {
    for (std::size_t i = 0; i < rows_vary_.size(); ++i) {
      ov::Tensor output = request.get_output_tensor(i);
      if (output.get_size() == 0)
        continue;
      auto* values = output.data<float>();
      std::memcpy(values, &unwritten, sizeof unwritten);
      std::memcpy(values + output.get_size() - 1, &unwritten, sizeof unwritten);
    }
  }

  [[nodiscard]] static bool is_written(std::span<const float> values) {
    const auto bears_mark = [](float value) { return std::bit_cast<std::uint32_t>(value) == unwritten; };
    return !values.empty() && !bears_mark(values.front()) && !bears_mark(values.back());
  }

  [[nodiscard]] std::vector<Activation> run_parts(std::span<const float> images, std::int64_t n, int height,
                                                  int width) const {
    const auto streams = static_cast<std::int64_t>(requests_.size());
    // None is idle in a last round.
    const std::int64_t count = std::min(n, streams * divide_up(n, streams * images_a_part));
    const auto values = static_cast<std::int64_t>(images.size()) / n;
    std::vector<std::vector<Activation>> parts(static_cast<std::size_t>(count));
    std::atomic<std::int64_t> next = 0;
    const auto work = [&](ov::InferRequest& request) {
      for (std::int64_t i = next++; i < count; i = next++) {
        const std::int64_t first = i * n / count;
        const std::int64_t last = (i + 1) * n / count;
        parts[static_cast<std::size_t>(i)] =
            run_part(request, images.data() + first * values, last - first, height, width);
      }
    };
    std::vector<std::future<void>> others; // wait for their threads when they go, whatever is thrown
    for (std::int64_t i = 1; i < std::min(streams, count); ++i)
      others.push_back(std::async(std::launch::async, work, std::ref(requests_[static_cast<std::size_t>(i)])));
    work(requests_.front());
    for (auto& other : others)
      other.get();
    std::vector<Activation> all;
    for (auto& part : parts)
      append_rows(all, std::move(part));
    return all;
  }

  [[nodiscard]] std::vector<Activation> run_part(ov::InferRequest& request, const float* images, std::int64_t n,
                                                 int height, int width) const {
    const ov::Shape shape{static_cast<std::size_t>(n), 3, static_cast<std::size_t>(height),
                          static_cast<std::size_t>(width)};
    // The tensor only reads the data; its constructor needs a non-const pointer.
    request.set_input_tensor(ov::Tensor(ov::element::f32, shape, const_cast<float*>(images)));
    mark_outputs(request);
    request.start_async(); // on a stream; infer() would make one of this thread
    request.wait();
    std::vector<Activation> activations;
    for (std::size_t i = 0; i < rows_vary_.size(); ++i) {
      const ov::Tensor output = request.get_output_tensor(i);
      const std::span<const float> values(output.data<const float>(), output.get_size());
      const auto& sides = output.get_shape();
      const bool other_rows = sides.empty() || static_cast<std::int64_t>(sides[0]) != n;
      if (!is_written(values) || (other_rows && (n == 1 || rows_vary_[i])))
        throw std::bad_alloc();
      activations.push_back({{sides.begin(), sides.end()}, {values.begin(), values.end()}});
    }
    return activations;
  }

  std::shared_ptr<ov::Model> model_;
  ov::AnyMap properties_;
  int streams_;
  mutable ov::CompiledModel compiled_;
  /// One a stream. They hold the buffers that a run fills; a Network is used by one thread at a time.
  mutable std::vector<ov::InferRequest> requests_;
  /// For each output, whether its number of rows depends on the number of images. One that is fixed (a mean over the
  /// batch) differs from the number of images without any fault.
  std::vector<bool> rows_vary_;
};

std::string openvino_unavailable(Precision precision) {
  if (std::string why = needs_gpu(precision); !why.empty())
    return why;
  try {
    const auto capabilities = openvino_core().get_property("CPU", ov::device::capabilities);
    if (precision == Precision::BFloat16 &&
        std::find(capabilities.begin(), capabilities.end(), ov::device::capability::BF16) == capabilities.end())
      return "this processor has no bfloat16 instructions";
    return {};
  } catch (const std::exception&) {
    return "OpenVINO does not start: its plugin for CPUs is missing or is of another version";
  }
}

std::string openvino_version() {
  const ov::Version version = ov::get_openvino_version();
  const std::string build = version.buildNumber; // "2026.4.0-20000-abcdef"
  return "OpenVINO " + build.substr(0, build.find('-'));
}

std::unique_ptr<CompiledPlan> compile_openvino(const std::shared_ptr<torch::jit::Graph>& graph,
                                               const PlanSettings& settings) {
  const auto model = openvino_model(graph->copy());
  for (const auto& parameter : model->get_parameters()) // else what converts to its type can't run
    parameter->set_element_type(ov::element::f32);
  model->reshape(ov::PartialShape{-1, 3, -1, -1}); // any batch, any size: nothing is compiled anew
  if (settings.precision == Precision::BFloat16)
    keep_maps_in_bfloat16(*model);
  const int streams = streams_for(settings.images, settings.threads);
  // Without a hint, OpenVINO chooses bfloat16 by itself if the processor supports it.
  const ov::AnyMap properties{
      ov::inference_num_threads(settings.threads), ov::num_streams(streams),
      ov::hint::inference_precision(settings.precision == Precision::BFloat16 ? ov::element::bf16 : ov::element::f32)};
  return std::make_unique<OpenVinoPlan>(model, properties, streams);
}

} // namespace

extern const EngineBackend openvino_backend{{.engine = Engine::OpenVino, .name = "OpenVINO", .use = "CPU, fastest"},
                                            openvino_version,
                                            openvino_unavailable,
                                            compile_openvino};

} // namespace scalescope
