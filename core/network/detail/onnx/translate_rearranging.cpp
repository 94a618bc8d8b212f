// Views, slices, concatenation, padding and resizing.

#include "core/network/detail/onnx/translation.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace scalescope::to_onnx {
namespace {

using Ints = std::vector<std::int64_t>;
using torch::jit::Value;

constexpr std::int64_t end_of_all = std::numeric_limits<std::int64_t>::max();

// The same tensor, perhaps of another type.
void unchanged(Call& call) { call.returns(call.operand(call.self(), call.result().type)); }

std::string permuted(const Call& call, const std::string& name, const Ints& order) {
  return std::is_sorted(order.begin(), order.end()) ? name : call.to.emit("Transpose", {name}, {{"perm", order}});
}

Ints in_order(std::int64_t rank) {
  Ints order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

void permute(Call& call) { call.returns(permuted(call, call.to.tensor(call.self()), call.dimensions("dims"))); }

void swap_dimensions(Call& call, std::int64_t one, std::int64_t other) {
  const std::int64_t rank = call.rank(call.self());
  Ints order = in_order(rank);
  if (rank > 1)
    std::swap(order[static_cast<std::size_t>(call.dimension(one, rank))],
              order[static_cast<std::size_t>(call.dimension(other, rank))]);
  call.returns(permuted(call, call.to.tensor(call.self()), order));
}

void transpose(Call& call) {
  if (call.find({"dim0"}) != nullptr)
    return swap_dimensions(call, call.integer("dim0", 0), call.integer("dim1", 0));
  swap_dimensions(call, call.integer("axis0", 0), call.integer("axis1", 0));
}

void move_dimensions(Call& call) {
  const std::int64_t rank = call.rank(call.self());
  const Ints from = call.integers("source");
  const Ints to = call.integers("destination");
  Ints order(static_cast<std::size_t>(rank), -1);
  for (std::size_t i = 0; i < from.size(); ++i)
    order[static_cast<std::size_t>(call.dimension(to[i], rank))] = call.dimension(from[i], rank);
  for (std::int64_t one = 0; one < rank; ++one)
    if (std::find(order.begin(), order.end(), one) == order.end())
      *std::find(order.begin(), order.end(), -1) = one;
  call.returns(permuted(call, call.to.tensor(call.self()), order));
}

void view(Call& call) {
  const Value* size = call.find({"size", "shape"});
  if (size == nullptr)
    throw Unsupported("as another type");
  call.returns(call.to.reshape(call.facts(call.self()), call.to.tensor(call.self()), call.to.numbers(size)));
}

void view_as(Call& call) {
  call.returns(call.to.emit("Reshape", {call.to.tensor(call.self()), call.to.emit("Shape", {call.tensor({"other"})})}));
}

// Joins the dimensions from start to end.
void flatten_dimensions(Call& call) {
  const Value* of = call.self();
  const std::int64_t rank = call.rank(of);
  const std::string name = call.to.tensor(of);
  if (rank == 0)
    return call.returns(call.to.emit("Reshape", {name, call.to.constant(Ints{1})}));
  const std::int64_t start = call.dimension(call.integer("start_dim", 0), rank);
  const std::int64_t end = call.dimension(call.integer("end_dim", -1), rank);
  if (start == end)
    return call.returns(name);
  if (start == 1 && end == rank - 1)
    return call.returns(call.to.emit("Flatten", {name}, {{"axis", std::int64_t{1}}}));
  std::vector<Number> sides;
  for (std::int64_t i = 0; i < rank; ++i)
    if (i == start)
      sides.push_back({-1});
    else if (i < start)
      sides.push_back({0});
    else if (i > end)
      sides.push_back(call.to.side(call.facts(of), name, static_cast<std::size_t>(i)));
  call.returns(call.to.emit("Reshape", {name, call.to.shape(sides)}));
}

void unflatten(Call& call) {
  const Value* of = call.self();
  const std::string name = call.to.tensor(of);
  const std::int64_t split = call.dimension(call.integer("dim", 0), call.rank(of));
  std::vector<Number> sides;
  for (std::int64_t i = 0; i < call.rank(of); ++i)
    if (i == split)
      for (const Number& one : call.to.numbers(call.value({"sizes"})))
        sides.push_back(one);
    else
      sides.push_back(i < split ? Number{0} : call.to.side(call.facts(of), name, static_cast<std::size_t>(i)));
  call.returns(call.to.emit("Reshape", {name, call.to.shape(sides)}));
}

void squeeze(Call& call) {
  const Sizes sizes = call.sizes(call.self());
  Ints gone;
  for (const std::int64_t one : call.dimensions("dim"))
    if (sizes.at(static_cast<std::size_t>(one)) == 1)
      gone.push_back(one);
  const std::string name = call.to.tensor(call.self());
  call.returns(gone.empty() ? name : call.to.emit("Squeeze", {name, call.to.constant(gone)}));
}

void unsqueeze(Call& call) {
  const std::int64_t at = call.dimension(call.integer("dim", 0), call.rank(call.self()) + 1);
  call.returns(call.to.emit("Unsqueeze", {call.to.tensor(call.self()), call.to.constant(Ints{at})}));
}

// -1 leaves a side as it is, and in ONNX a 1 does.
void expand(Call& call) {
  std::vector<Number> sides = call.to.numbers(call.value({"size"}));
  for (Number& one : sides)
    if (one.known == -1)
      one = {1};
  if (std::all_of(sides.begin(), sides.end(), [](const Number& one) { return one.known == 1; }) &&
      std::ssize(sides) == call.rank(call.self()))
    return call.returns(call.to.tensor(call.self()));
  call.returns(call.to.emit("Expand", {call.to.tensor(call.self()), call.to.shape(sides)}));
}

void expand_as(Call& call) {
  call.returns(call.to.emit("Expand", {call.to.tensor(call.self()), call.to.emit("Shape", {call.tensor({"other"})})}));
}

void repeat(Call& call) {
  std::vector<Number> times = call.to.numbers(call.value({"repeats", "dims"}));
  std::string name = call.to.tensor(call.self());
  const std::int64_t rank = call.rank(call.self());
  while (std::ssize(times) < rank)
    times.insert(times.begin(), Number{1});
  const Ints added = in_order(std::ssize(times) - rank);
  if (!added.empty())
    name = call.to.emit("Unsqueeze", {name, call.to.constant(added)});
  call.returns(call.to.emit("Tile", {name, call.to.shape(times)}));
}

void concatenate(Call& call) {
  const auto type = call.result().type;
  const Value* list = call.value({"tensors"});
  const std::int64_t rank = call.rank(call.node()->output());
  std::vector<std::string> parts = call.to.tensors(list);
  const auto& elements = call.to.facts(list).list;
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (static_cast<std::int64_t>(elements.at(i).sizes[0].size()) == rank) // an empty vector may stand among others
      kept.push_back(call.to.cast(parts[i], elements[i].type, type));
  call.returns(call.to.emit("Concat", kept, {{"axis", call.dimension(call.integer("dim", 0), rank)}}));
}

void stack(Call& call) {
  const std::int64_t at = call.dimension(call.integer("dim", 0), call.rank(call.node()->output()));
  std::vector<std::string> parts;
  for (const std::string& one : call.to.tensors(call.value({"tensors"})))
    parts.push_back(call.to.emit("Unsqueeze", {one, call.to.constant(Ints{at})}));
  call.returns(call.to.emit("Concat", parts, {{"axis", at}}));
}

// The parts have the lengths that they had in the runs.
void split(Call& call) {
  const Value* list = call.node()->output();
  const std::int64_t rank = call.rank(call.self());
  const auto dimension = static_cast<std::size_t>(call.dimension(call.integer("dim", 0), rank));
  Ints lengths;
  for (const TensorFacts& part : call.to.facts(list).list) {
    lengths.push_back(part.sizes[0].at(dimension));
    for (const Sizes& sizes : part.sizes)
      if (sizes.at(dimension) != lengths.back())
        lengths.back() = -1;
  }
  const auto count = static_cast<std::int64_t>(lengths.size());
  const std::string name = call.to.tensor(call.self());
  const Attributes axis{{"axis", static_cast<std::int64_t>(dimension)}};
  if (std::find(lengths.begin(), lengths.end(), -1) == lengths.end())
    return call.to.set_list(list, call.to.emit_many("Split", {name, call.to.constant(lengths)}, lengths.size(), axis));
  if (call.kind() != "chunk")
    throw Unsupported("its parts' sizes are known only at run time");
  call.to.set_list(list, call.to.emit_many("Split", {name}, lengths.size(), {axis[0], {"num_outputs", count}}));
}

// A position of one dimension, which goes.
std::string one_of(const Call& call, const std::string& name, std::int64_t dimension, const Number& index) {
  const std::string place = index.known ? call.to.scalar(static_cast<double>(*index.known), at::kLong)
                                        : call.to.emit("Squeeze", {index.name, call.to.constant(Ints{0})});
  return call.to.emit("Gather", {name, place}, {{"axis", dimension}});
}

void unbind(Call& call) {
  const std::int64_t dimension = call.dimension(call.integer("dim", 0), call.rank(call.self()));
  const std::int64_t count = call.sizes(call.self())[static_cast<std::size_t>(dimension)];
  if (count < 0)
    throw Unsupported("the number of its parts is known only at run time");
  std::vector<std::string> parts;
  const std::string name = call.to.tensor(call.self());
  for (std::int64_t i = 0; i < count; ++i)
    parts.push_back(one_of(call, name, dimension, {i}));
  call.to.set_list(call.node()->output(), parts);
}

void select(Call& call) {
  const std::int64_t dimension = call.dimension(call.integer("dim", 0), call.rank(call.self()));
  call.returns(one_of(call, call.to.tensor(call.self()), dimension, call.to.number(call.value({"index"}))));
}

std::string sliced(const Call& call, const std::string& name, std::int64_t dimension, const Number& start,
                   const Number& end, std::int64_t step = 1) {
  if (start.known == 0 && end.known == end_of_all && step == 1)
    return name;
  Translation& to = call.to;
  return to.emit("Slice",
                 {name, to.shape({start}), to.shape({end}), to.constant(Ints{dimension}), to.constant(Ints{step})});
}

Number number_or(const Call& call, const char* name, std::int64_t otherwise) {
  const Value* value = call.find({name});
  return value == nullptr ? Number{otherwise} : call.to.number(value);
}

// Of a tensor; slices of lists are taken apart where they are read (Translation::numbers).
void slice(Call& call) {
  if (call.find({"l"}) != nullptr) {
    (void)call.to.numbers(call.node()->output());
    return call.to.set_list(call.node()->output(), {});
  }
  const std::int64_t dimension = call.dimension(call.integer("dim", 0), call.rank(call.self()));
  call.returns(sliced(call, call.to.tensor(call.self()), dimension, number_or(call, "start", 0),
                      number_or(call, "end", end_of_all), call.integer("step", 1)));
}

void narrow(Call& call) {
  const std::int64_t dimension = call.dimension(call.integer("dim", 0), call.rank(call.self()));
  const std::int64_t start = call.integer("start", 0);
  const std::int64_t length = call.integer("length", 0);
  const std::int64_t end = start + length == 0 ? end_of_all : start + length; // from the end, if start is negative
  call.returns(sliced(call, call.to.tensor(call.self()), dimension, {start}, {end}));
}

void flip(Call& call) {
  std::string name = call.to.tensor(call.self());
  for (const std::int64_t one : call.dimensions("dims"))
    name = sliced(call, name, one, {-1}, {std::numeric_limits<std::int64_t>::min()}, -1);
  call.returns(name);
}

// What is shifted beyond the end comes to the beginning.
void roll(Call& call) {
  std::string name = call.to.tensor(call.self());
  const std::vector<Number> shifts = call.to.numbers(call.value({"shifts"}));
  const Ints dimensions = call.integers("dims");
  if (dimensions.empty())
    throw Unsupported("without dimensions");
  const Sizes sizes = call.sizes(call.self());
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    const std::int64_t dimension = call.dimension(dimensions[i], call.rank(call.self()));
    Number first; // what comes to the beginning
    if (shifts.at(i).known) {
      std::int64_t shift = *shifts[i].known;
      if (const std::int64_t side = sizes[static_cast<std::size_t>(dimension)]; side > 0)
        shift %= side;
      if (shift == 0)
        continue;
      first.known = -shift;
    } else {
      const Number side = call.to.side(call.facts(call.self()), name, static_cast<std::size_t>(dimension));
      const std::string back = call.to.emit("Neg", {call.to.shape({shifts[i]})});
      first.name = call.to.emit("Mod", {back, call.to.shape({side})});
    }
    const std::string behind = sliced(call, name, dimension, first, {end_of_all});
    const std::string before = sliced(call, name, dimension, {0}, first);
    name = call.to.emit("Concat", {behind, before}, {{"axis", dimension}});
  }
  call.returns(name);
}

void index_select(Call& call) {
  const std::int64_t dimension = call.dimension(call.integer("dim", 0), call.rank(call.self()));
  call.returns(call.to.emit("Gather", {call.to.tensor(call.self()), call.tensor({"index"})}, {{"axis", dimension}}));
}

void gather(Call& call) {
  const std::int64_t dimension = call.dimension(call.integer("dim", 0), call.rank(call.self()));
  call.returns(
      call.to.emit("GatherElements", {call.to.tensor(call.self()), call.tensor({"index"})}, {{"axis", dimension}}));
}

// x[:, i], or x[i, k]: places by whole numbers.
void index(Call& call) {
  Translation& to = call.to;
  const Value* list = call.value({"indices"});
  std::vector<std::string> given;
  std::size_t first = 0;
  std::size_t count = 0;
  const auto add = [&](const std::string& name, c10::ScalarType type) {
    if (type == at::kBool || type == at::kByte)
      throw Unsupported("by a mask");
    if (given.empty())
      first = count;
    given.push_back(name);
  };
  if (!to.facts(list).varies) {
    for (const c10::IValue& one : to.facts(list).constant.toListRef()) {
      if (one.isTensor() && one.toTensor().defined())
        add(to.constant(one.toTensor()), one.toTensor().scalar_type());
      ++count;
    }
  } else if (list->node()->kind() == torch::jit::prim::ListConstruct) {
    for (const Value* one : list->node()->inputs()) {
      if (to.facts(one).tensor)
        add(to.tensor(one), to.facts(one).tensor->type);
      ++count;
    }
  } else {
    throw Unsupported("by a list that is made at run time");
  }
  const std::string name = to.tensor(call.self());
  if (given.size() == 1)
    return call.returns(to.emit("Gather", {name, given[0]}, {{"axis", static_cast<std::int64_t>(first)}}));
  if (given.empty() || given.size() != count)
    throw Unsupported("by several tensors and slices");
  std::string all = given[0];
  for (std::size_t i = 1; i < given.size(); ++i)
    all = to.emit("Add", {all, given[i]});
  const std::string shape = to.emit("Shape", {all});
  std::vector<std::string> columns;
  for (const std::string& one : given)
    columns.push_back(to.emit("Unsqueeze", {to.emit("Expand", {one, shape}), to.constant(Ints{-1})}));
  call.returns(to.emit("GatherND", {name, to.emit("Concat", columns, {{"axis", std::int64_t{-1}}})}));
}

// PyTorch's pads are pairs, the last dimension first.
void pad(Call& call) {
  Translation& to = call.to;
  const std::vector<Number> given = to.numbers(call.value({"pad", "padding"}));
  const auto rank = static_cast<std::size_t>(call.rank(call.self()));
  std::vector<Number> pads(2 * rank, Number{0});
  for (std::size_t i = 0; 2 * i < given.size(); ++i) {
    pads.at(rank - 1 - i) = given[2 * i];
    pads.at(2 * rank - 1 - i) = given[2 * i + 1];
  }
  const std::string kind = call.kind();
  const c10::IValue asked = call.known("mode");
  const std::string mode = asked.isString()                                ? asked.toStringRef()
                           : kind.find("reflection") != std::string::npos  ? "reflect"
                           : kind.find("replication") != std::string::npos ? "replicate"
                                                                           : "constant";
  if (mode != "constant" && mode != "reflect" && mode != "replicate")
    throw Unsupported("with the mode " + mode);
  const auto type = call.result().type;
  const std::string value = mode == "constant" ? to.scalar(call.real("value", 0), type) : "";
  call.returns(to.emit("Pad", {to.tensor(call.self()), to.shape(pads), value},
                       {{"mode", std::string(mode == "replicate" ? "edge" : mode)}}));
}

// Coordinates as in PyTorch (aten/src/ATen/native/UpSample.h).
void resize(Call& call) {
  Translation& to = call.to;
  const Value* images = call.self();
  const std::string name = to.tensor(images);
  const std::string kind = call.kind();
  const c10::IValue asked = call.known("mode");
  const std::string mode = asked.isString() ? asked.toStringRef() : kind;
  const bool cubic = mode.find("bicubic") != std::string::npos;
  const bool nearest = mode.find("nearest") != std::string::npos && mode != "nearest-exact"; // that rounds otherwise
  if (!nearest && !cubic && mode.find("linear") == std::string::npos)
    throw Unsupported("with the mode " + mode);
  const bool antialias = call.flag("antialias", false) || kind.ends_with("_aa");
  const bool corners = !nearest && call.flag("align_corners", false);
  const auto axes = static_cast<std::size_t>(call.rank(images)) - 2;

  std::vector<double> scales;
  if (call.find({"recompute_scale_factor"}) == nullptr || !call.flag("recompute_scale_factor", false)) {
    const auto add = [&](const char* argument) {
      const c10::IValue value = call.known(argument);
      if (value.isDoubleList())
        scales = value.toDoubleVector();
      else if (!value.isNone())
        scales.push_back(value.toScalar().toDouble());
    };
    for (const char* argument : {"scale_factors", "scale_factor", "scales_d", "scales_h", "scales_w", "scales"})
      if (call.find({argument}) != nullptr)
        add(argument);
    if (scales.size() == 1)
      scales.resize(axes, scales[0]);
  }
  std::vector<std::string> inputs{name, ""};
  if (scales.size() == axes) {
    at::Tensor all = at::ones({static_cast<std::int64_t>(axes) + 2});
    for (std::size_t i = 0; i < axes; ++i)
      all[static_cast<std::int64_t>(i) + 2] = scales[i];
    inputs.push_back(to.constant(all));
  } else {
    const Value* size = call.find({"output_size", "size"});
    if (size == nullptr)
      throw Unsupported("its scale is known only at run time");
    std::vector<Number> sides{to.side(call.facts(images), name, 0), to.side(call.facts(images), name, 1)};
    const auto sizes = to.numbers(size);
    for (std::size_t i = 0; i < axes; ++i)
      sides.push_back(sizes.at(sizes.size() == axes ? i : 0));
    inputs.insert(inputs.end(), {"", to.shape(sides)});
  }
  Attributes attributes{{"coordinate_transformation_mode", std::string(corners   ? "align_corners"
                                                                       : nearest ? "asymmetric"
                                                                                 : "half_pixel")},
                        {"mode", std::string(nearest ? "nearest"
                                             : cubic ? "cubic"
                                                     : "linear")}};
  if (nearest)
    attributes.emplace_back("nearest_mode", std::string("floor"));
  if (cubic)
    attributes.emplace_back("cubic_coeff_a", antialias ? -0.5 : -0.75);
  if (antialias) {
    attributes.emplace_back("antialias", std::int64_t{1});
    attributes.emplace_back("exclude_outside", std::int64_t{1});
  }
  call.returns(to.emit("Resize", inputs, attributes));
}

void pixel_shuffle(Call& call) {
  call.returns(call.to.emit("DepthToSpace", {call.to.tensor(call.self())},
                            {{"blocksize", call.integer("upscale_factor", 1)}, {"mode", std::string("CRD")}}));
}

// N x C x H x W in parts of the channels: first N x C x h x r x w x r.
void pixel_unshuffle(Call& call) {
  Translation& to = call.to;
  const std::int64_t factor = call.integer("downscale_factor", 1);
  const TensorFacts& facts = call.facts(call.self());
  const std::string name = to.tensor(call.self());
  if (call.rank(call.self()) != 4)
    throw Unsupported("without a batch");
  const std::int64_t channels = call.sizes(call.self())[1];
  const auto part = [&](std::size_t dimension) {
    Number side = to.side(facts, name, dimension);
    if (side.known)
      return Number{*side.known / factor};
    return Number{std::nullopt, to.emit("Div", {side.name, to.constant(Ints{factor})}), {}};
  };
  const Number rows = part(2);
  const Number columns = part(3);
  const std::string apart = to.emit("Reshape", {name, to.shape({{0}, {channels}, rows, {factor}, columns, {factor}})});
  const std::string moved = to.emit("Transpose", {apart}, {{"perm", Ints{0, 1, 3, 5, 2, 4}}});
  call.returns(to.emit("Reshape", {moved, to.shape({{0}, {channels * factor * factor}, rows, columns})}));
}

void channel_shuffle(Call& call) {
  Translation& to = call.to;
  const std::int64_t groups = call.integer("groups", 1);
  const std::string name = to.tensor(call.self());
  const std::int64_t channels = call.sizes(call.self()).at(1);
  if (channels < 0)
    throw Unsupported("the number of channels is known only at run time");
  const std::string apart = to.emit("Reshape", {name, to.constant(Ints{0, groups, channels / groups, -1})});
  const std::string moved = to.emit("Transpose", {apart}, {{"perm", Ints{0, 2, 1, 3}}});
  call.returns(to.emit("Reshape", {moved, to.emit("Shape", {name})}));
}

void triangle(Call& call) {
  call.returns(call.to.emit(
      "Trilu",
      {call.to.tensor(call.self()), call.to.scalar(static_cast<double>(call.integer("diagonal", 0)), at::kLong)},
      {{"upper", std::int64_t{call.kind() == "triu"}}}));
}

// A tensor of one number, in the shape that is asked for, or that of another tensor.
Translate filled(double with) {
  return [with](Call& call) {
    Translation& to = call.to;
    const Value* size = call.find({"size"});
    const std::string shape = size == nullptr ? to.emit("Shape", {to.tensor(call.self())}) : to.shape(to.numbers(size));
    const auto type = call.result().type;
    const double number = call.real("fill_value", with);
    call.returns(to.emit("Expand", {to.scalar(number, type), shape}));
  };
}

// Another tensor's shape, with one number.
void fill(Call& call) {
  const std::string shape = call.to.emit("Shape", {call.to.tensor(call.self())});
  call.returns(call.to.emit("Expand", {call.operand(call.value({"value"}), call.result().type), shape}));
}

void arange(Call& call) {
  Translation& to = call.to;
  const auto type = call.result().type;
  const auto limit = [&](const char* name, double otherwise) {
    const Value* value = call.find({name});
    return value == nullptr ? to.scalar(otherwise, type) : call.operand(value, type);
  };
  call.returns(to.emit("Range", {limit("start", 0), limit("end", 0), limit("step", 1)}));
}

} // namespace

void add_rearranging(Operations& operations) {
  for (const char* kind :
       {"aten::contiguous", "aten::clone", "aten::to", "aten::type_as", "aten::detach", "aten::alias", "aten::dropout",
        "aten::feature_dropout", "aten::alpha_dropout", "aten::lift_fresh", "aten::_to_copy", "aten::float",
        "aten::resolve_conj", "aten::resolve_neg", "aten::cpu"})
    operations[kind] = unchanged;
  operations["aten::permute"] = permute;
  for (const char* kind : {"aten::transpose", "aten::swapaxes", "aten::swapdims"})
    operations[kind] = transpose;
  for (const char* kind : {"aten::t", "aten::mT"})
    operations[kind] = [](Call& call) { swap_dimensions(call, -1, -2); };
  operations["aten::numpy_T"] = [](Call& call) {
    Ints order = in_order(call.rank(call.self()));
    std::reverse(order.begin(), order.end());
    call.returns(permuted(call, call.to.tensor(call.self()), order));
  };
  for (const char* kind : {"aten::movedim", "aten::moveaxis"})
    operations[kind] = move_dimensions;
  for (const char* kind : {"aten::view", "aten::reshape", "aten::_unsafe_view", "aten::_reshape_alias"})
    operations[kind] = view;
  operations["aten::view_as"] = view_as;
  operations["aten::reshape_as"] = view_as;
  operations["aten::flatten"] = flatten_dimensions;
  operations["aten::unflatten"] = unflatten;
  operations["aten::squeeze"] = squeeze;
  operations["aten::unsqueeze"] = unsqueeze;
  operations["aten::expand"] = expand;
  operations["aten::broadcast_to"] = expand;
  operations["aten::expand_as"] = expand_as;
  operations["aten::repeat"] = repeat;
  operations["aten::tile"] = repeat;
  for (const char* kind : {"aten::cat", "aten::concat", "aten::concatenate"})
    operations[kind] = concatenate;
  operations["aten::stack"] = stack;
  for (const char* kind : {"aten::split", "aten::split_with_sizes", "aten::chunk", "aten::tensor_split"})
    operations[kind] = split;
  operations["aten::unbind"] = unbind;
  operations["aten::select"] = select;
  operations["aten::slice"] = slice;
  operations["aten::narrow"] = narrow;
  operations["aten::flip"] = flip;
  operations["aten::roll"] = roll;
  operations["aten::index_select"] = index_select;
  operations["aten::gather"] = gather;
  operations["aten::index"] = index;
  for (const char* kind : {"aten::pad", "aten::constant_pad_nd", "aten::reflection_pad1d", "aten::reflection_pad2d",
                           "aten::replication_pad1d", "aten::replication_pad2d"})
    operations[kind] = pad;
  for (const char* kind : {"aten::upsample_nearest1d", "aten::upsample_nearest2d", "aten::upsample_linear1d",
                           "aten::upsample_bilinear2d", "aten::upsample_bicubic2d", "aten::_upsample_bilinear2d_aa",
                           "aten::_upsample_bicubic2d_aa", "aten::__interpolate"})
    operations[kind] = resize;
  operations["aten::pixel_shuffle"] = pixel_shuffle;
  operations["aten::pixel_unshuffle"] = pixel_unshuffle;
  operations["aten::channel_shuffle"] = channel_shuffle;
  operations["aten::native_channel_shuffle"] = channel_shuffle;
  operations["aten::tril"] = triangle;
  operations["aten::triu"] = triangle;
  for (const char* kind : {"aten::zeros", "aten::zeros_like", "aten::new_zeros"})
    operations[kind] = filled(0);
  for (const char* kind : {"aten::ones", "aten::ones_like", "aten::new_ones"})
    operations[kind] = filled(1);
  for (const char* kind : {"aten::full", "aten::full_like", "aten::new_full"})
    operations[kind] = filled(0);
  operations["aten::fill"] = fill;
  operations["aten::arange"] = arange;
}

} // namespace scalescope::to_onnx
