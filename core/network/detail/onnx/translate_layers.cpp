// Convolutions, norms, pooling and attention.

#include "core/network/detail/onnx/translation.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace scalescope::to_onnx {
namespace {

using Ints = std::vector<std::int64_t>;
using torch::jit::Value;

// One number stands for all axes.
Ints for_axes(const Ints& given, std::size_t axes, std::int64_t otherwise) {
  if (given.empty())
    return Ints(axes, otherwise);
  return given.size() == axes ? given : Ints(axes, given[0]);
}

Ints joined(Ints begin, const Ints& end) {
  begin.insert(begin.end(), end.begin(), end.end());
  return begin;
}

Ints known_sizes(const Call& call, const Value* value, const char* what) {
  const Sizes sizes = call.sizes(value);
  if (std::find(sizes.begin(), sizes.end(), -1) != sizes.end())
    throw Unsupported(std::string("the size of its ") + what + " is known only at run time");
  return sizes;
}

// A batch with that many axes behind the channels.
void check_batch(const Call& call, const Value* value, std::size_t axes) {
  if (call.rank(value) != static_cast<std::int64_t>(axes) + 2)
    throw Unsupported("without a batch");
}

void convolution(Call& call) {
  const Value* images = call.value({"input"});
  const Value* weight = call.value({"weight"});
  const Ints kernel = [&] {
    const Ints sizes = known_sizes(call, weight, "weight");
    return Ints(sizes.begin() + 2, sizes.end());
  }();
  const std::size_t axes = kernel.size();
  check_batch(call, images, axes);
  const Ints dilations = for_axes(call.integers("dilation"), axes, 1);
  Ints begin(axes, 0);
  Ints end(axes, 0);
  const c10::IValue padding = call.known("padding");
  if (!padding.isString())
    begin = end = for_axes(call.integers("padding"), axes, 0);
  else if (padding.toStringRef() == "same")
    for (std::size_t i = 0; i < axes; ++i) {
      const std::int64_t all = dilations[i] * (kernel[i] - 1);
      begin[i] = all / 2;
      end[i] = all - begin[i];
    }
  const bool transposed = call.flag("transposed", false) || call.kind().find("transpose") != std::string::npos;
  Attributes attributes{{"dilations", dilations},
                        {"group", call.integer("groups", 1)},
                        {"kernel_shape", kernel},
                        {"pads", joined(begin, end)},
                        {"strides", for_axes(call.integers("stride"), axes, 1)}};
  if (transposed)
    attributes.emplace_back("output_padding", for_axes(call.integers("output_padding"), axes, 0));
  call.returns(call.to.emit(
      transposed ? "ConvTranspose" : "Conv",
      {call.to.tensor(images), call.tensor({"weight"}), call.has("bias") ? call.tensor({"bias"}) : ""}, attributes));
}

// x weight^T + bias
std::string linear_of(Translation& to, const std::string& name, std::int64_t rank, const Value* weight,
                      const Value* bias) {
  const std::string matrix = to.tensor(weight, "weight");
  const std::string added = bias == nullptr ? "" : to.tensor(bias, "bias");
  if (rank == 2)
    return to.emit("Gemm", {name, matrix, added}, {{"transB", std::int64_t{1}}});
  const std::string product = to.emit("MatMul", {name, to.transposed(matrix, {1, 0})});
  return added.empty() ? product : to.emit("Add", {product, added});
}

void linear(Call& call) {
  const Value* weight = call.value({"weight"});
  if (call.rank(weight) != 2)
    throw Unsupported("its weight is a vector");
  call.returns(
      linear_of(call.to, call.tensor({"input"}), call.rank(call.value({"input"})), weight, call.find({"bias"})));
}

void addmm(Call& call) {
  call.returns(call.to.emit("Gemm", {call.tensor({"mat1"}), call.tensor({"mat2"}), call.tensor({"self"})},
                            {{"alpha", call.real("alpha", 1)}, {"beta", call.real("beta", 1)}}));
}

void baddbmm(Call& call) {
  const auto times = [&](const std::string& name, double factor) {
    return factor == 1 ? name : call.to.emit("Mul", {name, call.to.scalar(factor, call.result().type)});
  };
  const std::string product = call.to.emit("MatMul", {call.tensor({"batch1"}), call.tensor({"batch2"})});
  call.returns(
      call.to.emit("Add", {times(product, call.real("alpha", 1)), times(call.tensor({"self"}), call.real("beta", 1))}));
}

void matmul(Call& call) {
  call.returns(call.to.emit("MatMul", {call.to.tensor(call.self()), call.tensor({"other", "mat2", "vec"})}));
}

void einsum(Call& call) {
  call.returns(call.to.emit("Einsum", call.to.tensors(call.value({"tensors"})),
                            {{"equation", call.known("equation").toStringRef()}}));
}

// The weight, or ones where there is none.
std::string scale_of(const Call& call, const char* name, const Ints& sizes, double otherwise) {
  return call.has(name) ? call.tensor({name}) : call.to.constant(at::full(sizes, otherwise));
}

Ints channels_of(const Call& call, const Value* images) {
  const std::int64_t channels = call.rank(images) > 1 ? call.sizes(images)[1] : -1;
  if (channels < 0)
    throw Unsupported("without channels");
  return {channels};
}

void batch_norm(Call& call) {
  const Value* images = call.value({"input"});
  const Ints channels = channels_of(call, images);
  if (!call.has("running_mean") || !call.has("running_var") || call.flag("training", false) ||
      call.flag("use_input_stats", false))
    throw Unsupported("with the statistics of the batch");
  call.returns(
      call.to.emit("BatchNormalization",
                   {call.to.tensor(images), scale_of(call, "weight", channels, 1), scale_of(call, "bias", channels, 0),
                    call.tensor({"running_mean"}), call.tensor({"running_var"})},
                   {{"epsilon", call.real("eps", 1e-5)}}));
}

void instance_norm(Call& call) {
  if (!call.flag("use_input_stats", true))
    return batch_norm(call);
  const Value* images = call.value({"input"});
  const Ints channels = channels_of(call, images);
  call.returns(
      call.to.emit("InstanceNormalization",
                   {call.to.tensor(images), scale_of(call, "weight", channels, 1), scale_of(call, "bias", channels, 0)},
                   {{"epsilon", call.real("eps", 1e-5)}}));
}

void group_norm(Call& call) {
  const Value* images = call.self();
  const std::int64_t groups = call.integer("num_groups", call.integer("group", 1));
  const Ints channels = channels_of(call, images);
  const std::string name = call.to.tensor(images);
  const std::string grouped = call.to.emit("Reshape", {name, call.to.constant(Ints{0, groups, -1})});
  std::string normal = call.to.emit(
      "InstanceNormalization", {grouped, call.to.constant(at::ones({groups})), call.to.constant(at::zeros({groups}))},
      {{"epsilon", call.real("eps", 1e-5)}});
  Sizes sides = call.sizes(images);
  sides[0] = 0; // as it is
  normal =
      call.to.emit("Reshape", {normal, std::count(sides.begin(), sides.end(), -1) > 1 ? call.to.emit("Shape", {name})
                                                                                      : call.to.constant(sides)});
  // Weights of {C} stand in front of the sides.
  Ints axes;
  for (std::int64_t i = 1; i + 1 < call.rank(images); ++i)
    axes.push_back(i);
  const auto in_front = [&](const char* weight) {
    const std::string given = call.tensor({weight});
    return axes.empty() ? given : call.to.emit("Unsqueeze", {given, call.to.constant(axes)});
  };
  if (call.has("weight"))
    normal = call.to.emit("Mul", {normal, in_front("weight")});
  if (call.has("bias"))
    normal = call.to.emit("Add", {normal, in_front("bias")});
  call.returns(normal);
}

void layer_norm(Call& call) {
  const Ints sides = call.integers("normalized_shape");
  call.returns(call.to.emit(
      "LayerNormalization",
      {call.tensor({"input"}), scale_of(call, "weight", sides, 1), call.has("bias") ? call.tensor({"bias"}) : ""},
      {{"axis", -std::ssize(sides)}, {"epsilon", call.real("eps", 1e-5)}}));
}

void rms_norm(Call& call) {
  const Ints sides = call.integers("normalized_shape");
  Ints axes;
  for (std::int64_t i = -std::ssize(sides); i < 0; ++i)
    axes.push_back(i);
  const std::string images = call.tensor({"input"});
  const std::string square = call.to.emit("Mul", {images, images});
  const std::string mean =
      call.to.emit("ReduceMean", {square, call.to.constant(axes)}, {{"keepdims", std::int64_t{1}}});
  const double epsilon = call.real("eps", std::numeric_limits<float>::epsilon());
  const std::string root = call.to.emit("Sqrt", {call.to.emit("Add", {mean, call.to.scalar(epsilon)})});
  const std::string normal = call.to.emit("Div", {images, root});
  call.returns(call.has("weight") ? call.to.emit("Mul", {normal, call.tensor({"weight"})}) : normal);
}

// "max_pool2d" has two.
std::size_t axes_of_pool(const Call& call) {
  const std::string kind = call.kind();
  return static_cast<std::size_t>(kind.at(kind.find('d', kind.find("pool")) - 1) - '0');
}

struct Window {
  Ints kernel;
  Ints strides;
  Ints begin; // padding
  Ints end;
  Ints dilations;
  bool ceil = false;
};

Window window_of(const Call& call, std::size_t axes) {
  Window window;
  window.kernel = for_axes(call.integers("kernel_size"), axes, 1);
  window.strides = call.integers("stride");
  window.strides = window.strides.empty() ? window.kernel : for_axes(window.strides, axes, 1);
  window.begin = window.end = for_axes(call.integers("padding"), axes, 0);
  window.dilations = for_axes(call.integers("dilation"), axes, 1);
  window.ceil = call.flag("ceil_mode", false);
  return window;
}

// In PyTorch no window begins behind the image and its first padding, if sizes are rounded up. Where a window could,
// the padding at the end gives the same size without rounding; for that the image's size must be known.
void settle_rounding(const Call& call, const Value* images, Window& window) {
  if (!window.ceil)
    return;
  const Sizes in = call.sizes(images);
  const Sizes out = call.sizes(call.node()->output(0));
  for (std::size_t i = 0; i < window.kernel.size(); ++i) {
    const std::int64_t reach = window.dilations[i] * (window.kernel[i] - 1) + 1;
    if (window.strides[i] + window.begin[i] <= reach)
      continue;
    for (std::size_t k = 0; k < window.kernel.size(); ++k) {
      if (in[k + 2] < 0)
        throw Unsupported("its size is rounded up in a way that ONNX does not have");
      const std::int64_t length = window.dilations[k] * (window.kernel[k] - 1) + 1;
      window.end[k] =
          std::max<std::int64_t>(0, (out[k + 2] - 1) * window.strides[k] + length - in[k + 2] - window.begin[k]);
    }
    window.ceil = false;
    return;
  }
}

void max_pool(Call& call) {
  const Value* images = call.self();
  const std::size_t axes = axes_of_pool(call);
  check_batch(call, images, axes);
  Window window = window_of(call, axes);
  settle_rounding(call, images, window);
  call.returns(call.to.emit("MaxPool", {call.to.tensor(images)},
                            {{"ceil_mode", std::int64_t{window.ceil}},
                             {"dilations", window.dilations},
                             {"kernel_shape", window.kernel},
                             {"pads", joined(window.begin, window.end)},
                             {"strides", window.strides}}));
}

void average_pool(Call& call) {
  const Value* images = call.self();
  const std::size_t axes = axes_of_pool(call);
  check_batch(call, images, axes);
  Window window = window_of(call, axes);
  std::string name = call.to.tensor(images);
  const bool rounded = window.ceil;
  bool counts_padding = call.flag("count_include_pad", true);
  const bool padded = std::any_of(window.begin.begin(), window.begin.end(), [](std::int64_t one) { return one > 0; });
  settle_rounding(call, images, window);
  const double area = [&] {
    double product = 1;
    for (const std::int64_t side : window.kernel)
      product *= static_cast<double>(side);
    return product;
  }();
  const double divisor = call.real("divisor_override", 0);
  if (rounded && divisor != 0)
    throw Unsupported("its size is rounded up and its divisor given");
  if (rounded && counts_padding && padded) {
    // What is behind the padding does not count, so the padding becomes part of the image.
    if (!window.ceil)
      throw Unsupported("its size is rounded up in a way that ONNX does not have");
    const Ints pads = joined(joined({0, 0}, window.begin), joined({0, 0}, window.begin));
    name = call.to.emit("Pad", {name, call.to.constant(pads), call.to.scalar(0, call.result().type)},
                        {{"mode", std::string("constant")}});
    window.begin = window.end = Ints(axes, 0);
  }
  if (rounded)
    counts_padding = false;
  name = call.to.emit("AveragePool", {name},
                      {{"ceil_mode", std::int64_t{window.ceil}},
                       {"count_include_pad", std::int64_t{counts_padding || divisor != 0}},
                       {"kernel_shape", window.kernel},
                       {"pads", joined(window.begin, window.end)},
                       {"strides", window.strides}});
  call.returns(divisor == 0 ? name : call.to.emit("Mul", {name, call.to.scalar(area / divisor)}));
}

// What adaptive pooling does to one axis.
struct AdaptiveAxis {
  std::int64_t in = -1; // -1: varies
  std::int64_t out = 1;
  bool same = false;
  [[nodiscard]] bool divides() const { return same || out == 1 || (in > 0 && in % out == 0); }
};

std::vector<AdaptiveAxis> adaptive_axes(const Call& call, const Value* images) {
  const TensorFacts& in = call.facts(images);
  const TensorFacts& out = call.result();
  const Sizes sizes_in = call.sizes(images);
  const Sizes sizes_out = call.sizes(call.node()->output(0));
  std::vector<AdaptiveAxis> axes;
  for (std::size_t i = 2; i < sizes_in.size(); ++i) {
    AdaptiveAxis axis{sizes_in[i], sizes_out[i], true};
    for (std::size_t run = 0; run < in.sizes.size(); ++run)
      axis.same &= in.sizes[run][i] == out.sizes[run][i];
    // That side by chance: what is asked for is a number.
    const auto asked = call.to.numbers(call.value({"output_size"}));
    if (sizes_in[i] < 0 && asked.size() + 2 == sizes_in.size() && asked[i - 2].known)
      axis.same = false;
    if (sizes_out[i] < 0 && !axis.same)
      throw Unsupported("its output's size is known only at run time");
    axes.push_back(axis);
  }
  return axes;
}

// The matrix of means over the parts of an axis, out x in: part i reaches from floor(i in / out) to
// ceil((i + 1) in / out), as in PyTorch (aten/src/ATen/native/AdaptivePooling.h).
std::string part_means(const Call& call, const AdaptiveAxis& axis, const Number& in) {
  Translation& to = call.to;
  if (in.known) {
    at::Tensor means = at::zeros({axis.out, *in.known});
    for (std::int64_t i = 0; i < axis.out; ++i) {
      const std::int64_t begin = i * *in.known / axis.out;
      const std::int64_t end = ((i + 1) * *in.known + axis.out - 1) / axis.out;
      means.select(0, i).slice(0, begin, end).fill_(1.0 / static_cast<double>(end - begin));
    }
    return to.constant(means);
  }
  const at::Tensor parts = at::arange(axis.out, at::kLong).reshape({axis.out, 1});
  const std::string out = to.constant(Ints{axis.out});
  const std::string begin = to.emit("Div", {to.emit("Mul", {to.constant(parts), in.name}), out});
  const std::string rounded =
      to.emit("Add", {to.emit("Mul", {to.constant(parts + 1), in.name}), to.constant(Ints{axis.out - 1})});
  const std::string end = to.emit("Div", {rounded, out});
  const std::string length = to.emit("Squeeze", {in.name, to.constant(Ints{0})});
  const std::string places = to.emit("Range", {to.scalar(0, at::kLong), length, to.scalar(1, at::kLong)});
  const std::string inside =
      to.emit("And", {to.emit("GreaterOrEqual", {places, begin}), to.emit("Less", {places, end})});
  const std::string count = to.cast(to.emit("Sub", {end, begin}), at::kLong, at::kFloat);
  return to.emit("Div", {to.cast(inside, at::kBool, at::kFloat), count});
}

void adaptive_average_pool(Call& call) {
  const Value* images = call.self();
  check_batch(call, images, axes_of_pool(call));
  const auto axes = adaptive_axes(call, images);
  std::string name = call.to.tensor(images);
  const auto all = [&](auto&& test) { return std::all_of(axes.begin(), axes.end(), test); };
  if (all([](const AdaptiveAxis& axis) { return axis.same; }))
    return call.returns(name);
  if (all([](const AdaptiveAxis& axis) { return axis.out == 1; }))
    return call.returns(call.to.emit("GlobalAveragePool", {name}));
  if (all([](const AdaptiveAxis& axis) { return axis.in > 0 && axis.divides(); })) {
    Ints kernel;
    for (const AdaptiveAxis& axis : axes)
      kernel.push_back(axis.in / axis.out);
    return call.returns(call.to.emit("AveragePool", {name}, {{"kernel_shape", kernel}, {"strides", kernel}}));
  }
  if (axes.size() > 2)
    throw Unsupported("over parts of different lengths");
  // The last axis first, by a matrix on the right, then the other by one on the left.
  const TensorFacts& facts = call.facts(images);
  const std::string given = name;
  for (std::size_t i = axes.size(); i-- > 0;) {
    if (axes[i].same)
      continue;
    const std::string means = part_means(call, axes[i], call.to.side(facts, given, i + 2));
    name = i + 1 == axes.size()
               ? call.to.emit("MatMul", {name, call.to.emit("Transpose", {means}, {{"perm", Ints{1, 0}}})})
               : call.to.emit("MatMul", {means, name});
  }
  call.returns(name);
}

void adaptive_max_pool(Call& call) {
  const Value* images = call.self();
  check_batch(call, images, axes_of_pool(call));
  const auto axes = adaptive_axes(call, images);
  const std::string name = call.to.tensor(images);
  if (std::all_of(axes.begin(), axes.end(), [](const AdaptiveAxis& axis) { return axis.same; }))
    return call.returns(name);
  if (std::all_of(axes.begin(), axes.end(), [](const AdaptiveAxis& axis) { return axis.out == 1; }))
    return call.returns(call.to.emit("GlobalMaxPool", {name}));
  Ints kernel;
  for (const AdaptiveAxis& axis : axes) {
    if (axis.in < 0 || !axis.divides())
      throw Unsupported("over parts of different lengths");
    kernel.push_back(axis.in / axis.out);
  }
  call.returns(call.to.emit("MaxPool", {name}, {{"kernel_shape", kernel}, {"strides", kernel}}));
}

struct Attention {
  std::string query;
  std::string key;
  std::string value;
  std::string mask = {}; // that is added
};

// softmax(query key^T scale + mask) value, over the last two dimensions.
std::string attention_of(Translation& to, const Attention& given, std::int64_t rank, double scale) {
  Ints order;
  for (std::int64_t i = 0; i < rank; ++i)
    order.push_back(i);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  const std::string turned = to.emit("Transpose", {given.key}, {{"perm", order}});
  const std::string query = to.emit("Mul", {given.query, to.scalar(scale)});
  std::string scores = to.emit("MatMul", {query, turned});
  if (!given.mask.empty())
    scores = to.emit("Add", {scores, given.mask});
  const std::string weights = to.emit("Softmax", {scores}, {{"axis", std::int64_t{-1}}});
  return to.emit("MatMul", {weights, given.value});
}

void attention(Call& call) {
  const Value* query = call.value({"query"});
  const Value* key = call.value({"key"});
  const auto sides = call.sizes(query);
  if (call.real("dropout_p", 0) != 0)
    throw Unsupported("with dropout");
  if (call.flag("enable_gqa", false))
    throw Unsupported("with groups of heads");
  Attention parts{call.to.tensor(query), call.to.tensor(key), call.tensor({"value"})};
  if (const Value* mask = call.find({"attn_mask"})) {
    parts.mask = call.to.tensor(mask);
    if (call.facts(mask).type == at::kBool)
      parts.mask = call.to.emit("Where", {parts.mask, call.to.scalar(0), call.to.scalar(-INFINITY)});
  }
  if (call.flag("is_causal", false)) {
    const std::int64_t rows = sides[sides.size() - 2];
    const Sizes of_key = call.sizes(key);
    const std::int64_t columns = of_key[of_key.size() - 2];
    if (rows < 0 || columns < 0)
      throw Unsupported("causal, with a length that is known only at run time");
    parts.mask = call.to.constant(at::full({rows, columns}, -INFINITY).triu(1));
  }
  if (sides.back() < 0)
    throw Unsupported("with channels whose number is known only at run time");
  const double usual = 1 / std::sqrt(static_cast<double>(sides.back()));
  call.returns(attention_of(call.to, parts, call.rank(query), call.real("scale", usual)));
}

// Self-attention with its linear layers as one operation, as PyTorch traces nn.MultiheadAttention without gradients.
void multi_head_attention(Call& call) {
  Translation& to = call.to;
  const Value* tokens = call.value({"query"});
  const std::int64_t heads = call.integer("num_head", 1);
  const std::int64_t width = call.integer("embed_dim", 0);
  if (call.value({"key"}) != tokens || call.value({"value"}) != tokens || call.has("mask"))
    throw Unsupported(call.has("mask") ? "with a mask" : "between different tokens");
  const std::string joint = linear_of(to, to.tensor(tokens), 3, call.value({"qkv_weight"}), call.find({"qkv_bias"}));
  const std::string apart = to.emit("Reshape", {joint, to.constant(Ints{0, 0, 3, heads, width / heads})});
  const std::string in_front = to.emit("Transpose", {apart}, {{"perm", Ints{2, 0, 3, 1, 4}}});
  const auto part = [&](std::int64_t i) {
    return to.emit("Gather", {in_front, to.constant(at::scalar_tensor(i, at::kLong))}, {{"axis", std::int64_t{0}}});
  };
  const Attention parts{part(0), part(1), part(2)};
  const double scale = 1 / std::sqrt(static_cast<double>(width) / static_cast<double>(heads));
  std::string out = attention_of(to, parts, 4, scale);
  out = to.emit("Transpose", {out}, {{"perm", Ints{0, 2, 1, 3}}});
  out = to.emit("Reshape", {out, to.constant(Ints{0, 0, width})});
  call.returns(linear_of(to, out, 3, call.value({"proj_weight"}), call.find({"proj_bias"})));
}

void grid_sample(Call& call) {
  static const std::vector<std::string> modes{"bilinear", "nearest", "bicubic"};
  static const std::vector<std::string> paddings{"zeros", "border", "reflection"};
  call.returns(
      call.to.emit("GridSample", {call.tensor({"input"}), call.tensor({"grid"})},
                   {{"align_corners", call.integer("align_corners", 0)},
                    {"mode", modes.at(static_cast<std::size_t>(call.integer("interpolation_mode", 0)))},
                    {"padding_mode", paddings.at(static_cast<std::size_t>(call.integer("padding_mode", 0)))}}));
}

} // namespace

void add_layers(Operations& operations) {
  for (const char* kind :
       {"aten::conv1d", "aten::conv2d", "aten::conv3d", "aten::_convolution", "aten::convolution",
        "aten::_convolution_mode", "aten::conv_transpose1d", "aten::conv_transpose2d", "aten::conv_transpose3d"})
    operations[kind] = convolution;
  operations["aten::linear"] = linear;
  operations["aten::addmm"] = addmm;
  operations["aten::baddbmm"] = baddbmm;
  for (const char* kind : {"aten::matmul", "aten::mm", "aten::bmm", "aten::mv"})
    operations[kind] = matmul;
  operations["aten::einsum"] = einsum;
  for (const char* kind : {"aten::batch_norm", "aten::_native_batch_norm_legit_no_training"})
    operations[kind] = batch_norm;
  operations["aten::instance_norm"] = instance_norm;
  for (const char* kind : {"aten::group_norm", "aten::native_group_norm"})
    operations[kind] = group_norm;
  for (const char* kind : {"aten::layer_norm", "aten::native_layer_norm"})
    operations[kind] = layer_norm;
  operations["aten::rms_norm"] = rms_norm;
  for (const char* kind : {"aten::max_pool1d", "aten::max_pool2d", "aten::max_pool3d", "aten::max_pool2d_with_indices"})
    operations[kind] = max_pool;
  for (const char* kind : {"aten::avg_pool1d", "aten::avg_pool2d", "aten::avg_pool3d"})
    operations[kind] = average_pool;
  for (const char* kind : {"aten::adaptive_avg_pool1d", "aten::adaptive_avg_pool2d", "aten::adaptive_avg_pool3d",
                           "aten::_adaptive_avg_pool2d"})
    operations[kind] = adaptive_average_pool;
  for (const char* kind : {"aten::adaptive_max_pool1d", "aten::adaptive_max_pool2d", "aten::adaptive_max_pool3d"})
    operations[kind] = adaptive_max_pool;
  operations["aten::scaled_dot_product_attention"] = attention;
  operations["aten::_native_multi_head_attention"] = multi_head_attention;
  operations["aten::grid_sampler"] = grid_sample;
  operations["aten::grid_sampler_2d"] = grid_sample;
}

} // namespace scalescope::to_onnx
