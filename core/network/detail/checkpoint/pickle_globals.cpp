#include "core/network/detail/checkpoint/pickle_globals.h"

#include "core/base/text.h"
#include "core/network/detail/loading/unreadable.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace scalescope::pickle {

namespace {

constexpr std::size_t max_dimensions = 32;
constexpr std::size_t max_key_length = 200; // keys are small numbers, or addresses in decimal

const std::unordered_map<std::string, Function>& functions() {
  static const std::unordered_map<std::string, Function> table = {
      {"collections.OrderedDict", Function::make_ordered_dict},
      {"torch.Size", Function::make_size},
      {"torch._utils._rebuild_tensor", Function::rebuild_tensor},
      {"torch._utils._rebuild_tensor_v2", Function::rebuild_tensor},
      {"torch._utils._rebuild_parameter", Function::rebuild_parameter},
      {"torch._utils._rebuild_parameter_with_state", Function::rebuild_parameter},
  };
  return table;
}

const std::unordered_map<std::string, c10::ScalarType>& storage_classes() {
  static const std::unordered_map<std::string, c10::ScalarType> table = {
      {"DoubleStorage", c10::kDouble},     {"FloatStorage", c10::kFloat}, {"HalfStorage", c10::kHalf},
      {"BFloat16Storage", c10::kBFloat16}, {"LongStorage", c10::kLong},   {"IntStorage", c10::kInt},
      {"ShortStorage", c10::kShort},       {"CharStorage", c10::kChar},   {"ByteStorage", c10::kByte},
      {"BoolStorage", c10::kBool},
  };
  return table;
}

// Plain values besides the tensors in normal checkpoints: counters of a scheduler, sets, bytes, types.
const std::unordered_set<std::string>& harmless() {
  static const std::unordered_set<std::string> table = {
      "collections.Counter", "_codecs.encode",        "__builtin__.set",     "__builtin__.frozenset",
      "__builtin__.bytes",   "__builtin__.bytearray", "__builtin__.complex", "builtins.set",
      "builtins.frozenset",  "builtins.bytes",        "builtins.bytearray",  "builtins.complex",
      "torch.device",        "torch.float64",         "torch.float32",       "torch.float16",
      "torch.bfloat16",      "torch.int64",           "torch.int32",         "torch.int16",
      "torch.int8",          "torch.uint8",           "torch.bool",
  };
  return table;
}

bool is_plain_name(const std::string& name) {
  return std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; });
}

/// The archive's own classes, whose code is checked elsewhere, and typed lists.
std::optional<Function> of_torchscript(const std::string& module, const std::string& full) {
  static const std::unordered_set<std::string> lists = {
      "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_tensorlist", "torch.jit._pickle.build_doublelist",
      "torch.jit._pickle.build_boollist", "torch.device"};
  if (full == "torch.jit._pickle.restore_type_tag")
    return Function::restore_type;
  const bool is_own = module == "__torch__" || module.starts_with("__torch__.");
  if (lists.contains(full) || (is_own && is_plain_name(full) && !full.starts_with("__torch__.torch.classes.")))
    return Function::make_object;
  return std::nullopt;
}

/// The name of a type goes to a parser of LibTorch's.
void check_type_name(const std::string& name) {
  constexpr std::size_t longest = 10'000;
  constexpr std::ptrdiff_t deepest = 50;
  const bool is_plain = std::ranges::all_of(name, [](char c) {
    return is_plain_name(std::string(1, c)) || std::string_view("[](), ").find(c) != std::string_view::npos;
  });
  if (name.size() > longest || !is_plain || std::ranges::count(name, '[') > deepest ||
      std::ranges::count(name, '(') > deepest || name.find("torch.classes") != std::string::npos)
    throw Unreadable("holds a list of a type that is not read (" + printable(name) + ")",
                     "export a network of plain tensors");
}

template <class T>
const T& expect(const Object* object, const char* what) {
  const T* value = as<T>(object);
  if (!value)
    throw damaged(std::string("a tensor's ") + what + " has the wrong type");
  return *value;
}

std::vector<std::int64_t> dimensions(const Object* object, const char* what) {
  const std::vector<Object*>& items = expect<Tuple>(object, what).items;
  if (items.size() > max_dimensions)
    throw damaged("a tensor has " + std::to_string(items.size()) + " dimensions");
  std::vector<std::int64_t> numbers;
  numbers.reserve(items.size());
  for (const Object* item : items)
    numbers.push_back(expect<std::int64_t>(item, what));
  return numbers;
}

Value make_ordered_dict(const std::vector<Object*>& arguments) {
  Dict dict;
  if (arguments.empty())
    return dict;
  // Python 2 gave the items at once, as a list of pairs.
  for (const Object* item : expect<List>(arguments.front(), "OrderedDict").items) {
    const List* pair = as<List>(item);
    const std::vector<Object*>& key_value = pair ? pair->items : expect<Tuple>(item, "OrderedDict").items;
    if (key_value.size() != 2)
      throw damaged("an OrderedDict holds something that is not a pair");
    dict.items.emplace_back(key_value[0], key_value[1]);
  }
  return dict;
}

} // namespace

Value find_global(const std::string& module, const std::string& name, Dialect dialect) {
  const std::string full = module + "." + name;
  if (dialect == Dialect::torchscript)
    if (const auto function = of_torchscript(module, full))
      return *function;
  if (const auto found = functions().find(full); found != functions().end())
    return found->second;
  if (module == "torch" || module == "torch.storage") {
    if (const auto found = storage_classes().find(name); found != storage_classes().end())
      return found->second;
  }
  if (harmless().contains(full))
    return Other{};
  if (dialect == Dialect::torchscript)
    throw Unreadable("asks for " + printable(full) + ", which may do more than hold numbers, so nothing of it was run",
                     "export a network of plain tensors (not quantized, without custom classes)");
  throw Unreadable("asks for " + printable(full) +
                       ", but only tensors and plain containers are read from a checkpoint and nothing of it was run",
                   "if you trust the file, load it in Python and save its weights alone with "
                   "torch.save(model.state_dict(), ...)");
}

Value call(const Object* function, const std::vector<Object*>& arguments) {
  if (as<Other>(function))
    return Other{};
  const Function* known = as<Function>(function);
  if (!known)
    throw damaged("its pickle calls something that is not a function");
  if (*known == Function::make_ordered_dict)
    return make_ordered_dict(arguments);
  if (*known == Function::restore_type) {
    if (arguments.size() != 2)
      throw damaged("a typed list is not described in two values");
    check_type_name(expect<std::string>(arguments[1], "type"));
    return Tuple{arguments};
  }
  if (arguments.empty())
    throw damaged("its pickle calls a function without arguments");
  switch (*known) {
  case Function::make_size:
    return Tuple{expect<Tuple>(arguments[0], "size").items};
  case Function::rebuild_parameter:
    return expect<Tensor>(arguments[0], "parameter");
  default:
    break;
  }
  if (arguments.size() < 4)
    throw damaged("a tensor is described in fewer than four values");
  const auto& view = expect<StorageView>(arguments[0], "storage");
  const auto offset = expect<std::int64_t>(arguments[1], "offset");
  std::int64_t start = 0;
  if (__builtin_add_overflow(view.offset, offset, &start))
    throw damaged("a tensor lies outside its storage");
  return Tensor{view.storage, start, dimensions(arguments[2], "size"), dimensions(arguments[3], "strides")};
}

Value resolve(const Object* persistent_id, std::map<std::string, Storage>& storages) {
  const std::vector<Object*>& id = expect<Tuple>(persistent_id, "storage").items;
  if (id.size() < 5 || expect<std::string>(id[0], "storage") != "storage")
    throw damaged("its pickle mentions something outside that is not a storage");
  const auto type = expect<c10::ScalarType>(id[1], "storage class");
  const auto& key = expect<std::string>(id[2], "storage key");
  const auto elements = expect<std::int64_t>(id[4], "storage size");
  if (key.size() > max_key_length || elements < 0)
    throw damaged("a storage has an impossible key or size");

  const Storage& storage = storages.try_emplace(key, Storage{key, type, elements}).first->second;
  if (storage.type != type || storage.elements != elements)
    throw damaged("storage " + printable(key) + " is described in two ways");

  std::int64_t offset = 0;
  if (id.size() > 5 && !as<None>(id[5])) {
    const std::vector<Object*>& view = expect<Tuple>(id[5], "storage view").items; // (key, offset, size)
    if (view.size() != 3)
      throw damaged("a part of a storage is not described in three values");
    offset = expect<std::int64_t>(view[1], "storage view");
  }
  return StorageView{&storage, offset};
}

} // namespace scalescope::pickle
