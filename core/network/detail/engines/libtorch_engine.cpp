#include "core/network/detail/engines/libtorch_engine.h"

#include "core/base/error.h"
#include "core/network/detail/engines/autocast.h"
#include "core/network/detail/engines/batch_parts.h"
#include "core/network/detail/engines/cuda.h"
#include "core/network/detail/engines/cuda_graph.h"
#include "core/network/detail/engines/gpu_arithmetic.h"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/accumulate.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <functional>
#include <malloc.h>
#include <map>
#include <optional>

namespace scalescope {
namespace {

using namespace torch::jit;

at::Tensor wrap(std::span<const float> images, std::int64_t n, int height, int width) {
  // from_blob needs a non-const pointer; nothing is written, because plans have no in-place operations.
  return torch::from_blob(const_cast<float*>(images.data()), {n, 3, height, width});
}

Activation activation_of(const at::Tensor& tensor) {
  const float* data = tensor.data_ptr<float>();
  return {tensor.sizes().vec(), {data, data + tensor.numel()}};
}

GpuArithmetic::Mode mode_of(Precision precision) {
  return precision == Precision::Tf32 ? GpuArithmetic::Mode::Tf32 : GpuArithmetic::Mode::Exact;
}

} // namespace

c10::Device find_device(const std::string& name) {
  const std::size_t gpus = cuda().gpus.size();
  if (name == "cpu" || (name == "auto" && gpus == 0))
    return {c10::kCPU};
  if (name == "auto")
    return {c10::kCUDA, 0};
  if (name == "cuda" || name.rfind("cuda:", 0) == 0) {
    const std::string digits = name == "cuda" ? "0" : name.substr(5);
    const bool is_number =
        !digits.empty() && digits.size() <= 3 && digits.find_first_not_of("0123456789") == std::string::npos;
    if (is_number) {
      const std::size_t index = std::stoul(digits);
      if (index < gpus)
        return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
      throw Error(fmt::format("The device {} is not available ({}); use --device cpu.", name,
                              gpus == 0 ? cuda().why_not : fmt::format("there are {}, counted from cuda:0", gpus)));
    }
  }
  throw Error(fmt::format("There is no kind of device called '{}'; use auto, cpu, cuda or cuda:N.", name));
}

std::string libtorch_unavailable(Precision precision) {
  if (std::string why = needs_gpu(precision); !why.empty())
    return why;
#ifdef __x86_64__
  const bool has_bfloat16 = __builtin_cpu_supports("avx512bf16") != 0;
#else
  const bool has_bfloat16 = false;
#endif
  return precision == Precision::BFloat16 && !has_bfloat16 ? "this processor has no bfloat16 instructions" : "";
}

std::string libtorch_version() {
  return fmt::format("LibTorch {}.{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH);
}

LibTorchSettings libtorch_settings(c10::Device device, Precision precision) {
  const bool one_dnn = device.is_cpu() && precision == Precision::Float32;
  return {device, precision, one_dnn ? Preparation::OneDnn : Preparation::Accelerator};
}

// A GPU's results are made so fast that half of the time went to the kernel, which hands out memory page by page and
// takes it back after each batch (ResNet50, 256 images with all taps: 10,400 images/s, and 15,100 with this).
void keep_freed_memory() {
  static const bool done = [] {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
    return true;
  }();
  (void)done;
}

// How a plan runs on a GPU. Images go there in the precision's format, through pinned memory and on a stream of their
// own, so that those of one part are copied while the part before is computed. All outputs of a part come back in one
// copy. Few images take less time than starting their kernels, so their pass is recorded as a CUDA graph.
class LibTorchPlan::Gpu {
 public:
  using Run = std::function<std::vector<c10::IValue>(const at::Tensor&)>;

  explicit Gpu(const LibTorchSettings& settings)
      : settings_(settings), computing_(stream()), copying_(stream()), records_(CudaGraph::available()) {
    keep_freed_memory();
  }

  [[nodiscard]] c10::Stream computing() const { return computing_; }

  std::vector<Activation> run(const at::Tensor& images, const Run& run) {
    if (images.numel() <= most_recorded)
      return run_few(images, run);
    std::vector<Part> parts;
    try {
      const std::int64_t size = in_parts_ ? part_size(images) : images.size(0);
      for (std::int64_t first = 0; first < images.size(0); first += size)
        parts.push_back(start(images.slice(0, first, std::min(first + size, images.size(0))), run));
    } catch (const std::exception& e) {
      computing_.synchronize(); // what was started reads these tensors
      if (is_out_of_memory(e) || !in_parts_ || part_size(images) == images.size(0))
        throw;
      in_parts_ = false; // a trace may hold the size of the whole batch
      return this->run(images, run);
    }
    computing_.synchronize();
    return fetch(parts);
  }

  /// Forgets what was recorded, and the memory that it holds. @return whether there was any.
  bool forget() {
    const bool any = !recorded_.empty();
    recorded_.clear();
    return any;
  }

 private:
  static constexpr std::int64_t most_recorded = 16 * 3 * 300 * 300; // numbers of a batch
  static constexpr std::int64_t least_part = 64;                    // images that keep a GPU busy
  static constexpr std::size_t most_graphs = 4;
  static constexpr int runs_before_recording = 2;

  struct Part {
    at::Tensor host_images; // in pinned memory
    at::Tensor images;      // on the GPU
    std::vector<std::vector<std::int64_t>> shapes;
    at::Tensor packed; // all outputs, one behind the other
    at::Tensor host;   // the same in pinned memory
  };
  struct Recorded {
    std::vector<std::int64_t> sizes; // of the images
    Part part;
    std::unique_ptr<CudaGraph> graph;
  };

  [[nodiscard]] c10::Stream stream() const {
    return c10::impl::VirtualGuardImpl(c10::kCUDA).getStreamFromGlobalPool(settings_.device, /*isHighPriority=*/false);
  }

  // Parts of a batch that just keep the GPU busy: the copy of the first is all that it waits for.
  static std::int64_t part_size(const at::Tensor& images) {
    const std::int64_t n = images.size(0);
    const std::int64_t parts = std::max<std::int64_t>(1, n / least_part);
    return (n + parts - 1) / parts;
  }

  [[nodiscard]] at::Tensor to_pinned(const at::Tensor& images) const {
    return at::empty(images.sizes(), at::TensorOptions(type_of(settings_.precision)).pinned_memory(true)).copy_(images);
  }

  void pack(Part& part, const std::vector<c10::IValue>& outputs) const {
    std::vector<at::Tensor> flat;
    part.shapes.clear();
    for (const auto& output : outputs) {
      const at::Tensor tensor = output.toTensor();
      part.shapes.push_back(tensor.sizes().vec());
      flat.push_back(tensor.to(at::kFloat).contiguous().view({-1}));
    }
    part.packed = flat.size() == 1 ? flat[0] : at::cat(flat);
  }

  static void bring(Part& part) {
    if (!part.host.defined())
      part.host = at::empty(part.packed.sizes(), at::TensorOptions(at::kFloat).pinned_memory(true));
    part.host.copy_(part.packed, /*non_blocking=*/true);
  }

  [[nodiscard]] Part start(const at::Tensor& images, const Run& run) const {
    Part part;
    part.host_images = to_pinned(images);
    c10::Event copied(c10::kCUDA);
    {
      const c10::StreamGuard beside(copying_);
      part.images = part.host_images.to(settings_.device, /*non_blocking=*/true);
      copied.record(copying_);
    }
    copied.block(computing_);
    pack(part, run(part.images.contiguous(at::MemoryFormat::ChannelsLast)));
    bring(part);
    return part;
  }

  std::vector<Activation> run_few(const at::Tensor& images, const Run& run) {
    const std::vector<std::int64_t> sizes = images.sizes().vec();
    auto known = std::find_if(recorded_.begin(), recorded_.end(), [&](const auto& one) { return one->sizes == sizes; });
    if (known == recorded_.end() && records_ && ++runs_[sizes] > runs_before_recording) {
      record(images, run);
      known = recorded_.empty() ? recorded_.end() : recorded_.end() - 1;
    }
    if (known == recorded_.end() || (*known)->sizes != sizes) {
      const Part part = start(images, run);
      computing_.synchronize();
      return fetch({&part, 1});
    }
    Part& part = (*known)->part;
    part.host_images.copy_(images);
    part.images.copy_(part.host_images, /*non_blocking=*/true);
    (*known)->graph->replay();
    bring(part);
    computing_.synchronize();
    return fetch({&part, 1});
  }

  void record(const at::Tensor& images, const Run& run) {
    auto made = std::make_unique<Recorded>();
    made->sizes = images.sizes().vec();
    try {
      Part& part = made->part;
      part.host_images = to_pinned(images);
      part.images = part.host_images.to(settings_.device);
      made->graph =
          std::make_unique<CudaGraph>([&] { pack(part, run(part.images.contiguous(at::MemoryFormat::ChannelsLast))); });
    } catch (const std::exception&) { // something in it can't be recorded, or memory ran out: it runs as it is
      records_ = false;
      return;
    }
    if (recorded_.size() == most_graphs) {
      runs_.erase(recorded_.front()->sizes); // recording takes the time of several runs
      recorded_.erase(recorded_.begin());
    }
    recorded_.push_back(std::move(made));
  }

  // Row after row, into vectors that are made once.
  static std::vector<Activation> fetch(std::span<const Part> parts) {
    std::vector<Activation> activations(parts[0].shapes.size());
    std::vector<std::int64_t> done(parts.size());
    for (std::size_t i = 0; i < activations.size(); ++i) {
      Activation& whole = activations[i];
      whole.shape = parts[0].shapes[i];
      std::int64_t size = 0;
      for (std::size_t p = 0; p < parts.size(); ++p) {
        const auto& shape = parts[p].shapes[i];
        size += c10::multiply_integers(shape);
        if (p > 0 && !shape.empty())
          whole.shape[0] += shape[0];
      }
      whole.values.reserve(static_cast<std::size_t>(size));
      for (std::size_t p = 0; p < parts.size(); ++p) {
        const float* first = parts[p].host.data_ptr<float>() + done[p];
        const std::int64_t length = c10::multiply_integers(parts[p].shapes[i]);
        whole.values.insert(whole.values.end(), first, first + length);
        done[p] += length;
      }
    }
    return activations;
  }

  LibTorchSettings settings_;
  c10::Stream computing_;
  c10::Stream copying_;
  bool records_;
  bool in_parts_ = true;
  std::map<std::vector<std::int64_t>, int> runs_;
  std::vector<std::unique_ptr<Recorded>> recorded_;
};

LibTorchPlan::LibTorchPlan(std::shared_ptr<Graph> graph, const LibTorchSettings& settings)
    : settings_(settings), graph_(std::move(graph)) {
  if (settings.device.is_cuda() && settings.preparation == Preparation::Accelerator)
    gpu_ = std::make_unique<Gpu>(settings);
  use(Form::Fast);
}

LibTorchPlan::~LibTorchPlan() = default;

// What is computed with weights must come after their copies, so these take the same stream.
void LibTorchPlan::use(Form form) const {
  const c10::InferenceMode no_gradients;
  std::optional<c10::StreamGuard> on;
  if (gpu_)
    on.emplace(gpu_->computing());
  code_.emplace(prepare(*graph_, settings_, form), "plan");
  form_ = form;
}

// The interpreter runs the unchanged graph; the profiling executor would compile it again for each shape.
std::vector<c10::IValue> LibTorchPlan::run_code(const at::Tensor& images) const {
  std::optional<Autocast> autocast;
  if (const auto type = type_of(settings_.precision); form_ == Form::Autocast && type != at::kFloat)
    autocast.emplace(settings_.device.type(), type);
  Stack stack{images};
  InterpreterState(*code_).run(stack);
  return stack;
}

std::vector<c10::IValue> LibTorchPlan::run(const at::Tensor& images) const {
  const c10::InferenceMode no_gradients;
  const auto type = settings_.preparation == Preparation::Accelerator ? type_of(settings_.precision) : at::kFloat;
  const bool has_other_form = type != at::kFloat || settings_.precision == Precision::Tf32;
  try {
    auto outputs = run_code(images.to(type));
    is_tried_ = true;
    return outputs;
  } catch (const std::exception& e) {
    if (is_tried_ || !has_other_form || form_ == Form::Autocast || is_out_of_memory(e))
      throw;
  }
  use(Form::Autocast);
  try {
    auto outputs = run_code(images.to(type));
    is_tried_ = true;
    return outputs;
  } catch (const std::exception&) { // not the form's fault
    use(Form::Fast);
    throw;
  }
}

std::vector<Activation> LibTorchPlan::run(std::span<const float> images, std::int64_t n, int height, int width) const {
  const c10::InferenceMode no_gradients;
  const GpuArithmetic arithmetic(settings_.device, mode_of(settings_.precision));
  at::Tensor batch = wrap(images, n, height, width);
  if (gpu_) {
    const c10::StreamGuard on(gpu_->computing());
    const Gpu::Run forward = [this](const at::Tensor& part) { return run(part); };
    try {
      return gpu_->run(batch, forward);
    } catch (const std::exception& e) {
      if (!is_out_of_memory(e) || !gpu_->forget())
        throw;
      return gpu_->run(batch, forward);
    }
  }
  if (settings_.preparation == Preparation::Accelerator)
    batch = batch.contiguous(at::MemoryFormat::ChannelsLast);
  std::vector<Activation> activations;
  for (const auto& output : run(batch.to(settings_.device)))
    activations.push_back(activation_of(output.toTensor().cpu().to(at::kFloat).contiguous()));
  return activations;
}

extern const EngineBackend libtorch_backend{
    {.engine = Engine::LibTorch, .name = "LibTorch", .use = "any device", .runs_on_gpus = true},
    libtorch_version,
    libtorch_unavailable,
    [](const std::shared_ptr<Graph>& graph, const PlanSettings& settings) -> std::unique_ptr<CompiledPlan> {
      return std::make_unique<LibTorchPlan>(graph, libtorch_settings(settings.device, settings.precision));
    }};

} // namespace scalescope
