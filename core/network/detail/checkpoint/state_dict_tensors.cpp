#include "core/network/detail/checkpoint/state_dict_tensors.h"

#include "core/base/text.h"
#include "core/network/detail/loading/unreadable.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace scalescope::checkpoint {

namespace {

using pickle::as;

using Entries = std::vector<std::pair<const std::string*, const pickle::Tensor*>>;

/// Tensors with names, and the keys of the dicts that they lie in.
struct Place {
  std::vector<std::string> keys; ///< from the outermost; none: the pickle itself
  Entries tensors;
};

void add_if_tensor(Entries& entries, const pickle::Object* key, const pickle::Object* value) {
  const auto* name = as<std::string>(key);
  const auto* tensor = as<pickle::Tensor>(value);
  if (name && tensor)
    entries.emplace_back(name, tensor);
}

/// The tensors of a list of pairs, as list(state_dict.items()) makes it.
Entries tensors_of(const std::vector<pickle::Object*>& list) {
  Entries entries;
  for (const pickle::Object* item : list) {
    const auto* tuple = as<pickle::Tuple>(item);
    const auto* pair = as<pickle::List>(item);
    const auto* both = tuple ? &tuple->items : pair ? &pair->items : nullptr;
    if (both && both->size() == 2)
      add_if_tensor(entries, both->front(), both->back());
  }
  return entries;
}

/// All places with tensors, the outer one first. @param seen objects that were visited: many entries can be the same,
/// and a dict can contain itself.
void find_places(const pickle::Object* object, std::vector<std::string> keys, std::vector<Place>& places,
                 std::unordered_set<const pickle::Object*>& seen) {
  constexpr std::size_t deepest = 3;
  constexpr std::size_t most = 100;
  if (!seen.insert(object).second)
    return;
  Entries entries;
  const auto* dict = as<pickle::Dict>(object);
  if (dict)
    for (const auto& [key, value] : dict->items)
      add_if_tensor(entries, key, value);
  else if (const auto* list = as<pickle::List>(object))
    entries = tensors_of(list->items);
  else if (const auto* tuple = as<pickle::Tuple>(object))
    entries = tensors_of(tuple->items);
  if (!entries.empty() && places.size() < most)
    places.push_back({keys, std::move(entries)});
  if (!dict || keys.size() == deepest)
    return;
  for (const auto& [key, value] : dict->items)
    if (const auto* name = as<std::string>(key); name && places.size() < most) {
      keys.push_back(*name);
      find_places(value, keys, places, seen);
      keys.pop_back();
    }
}

/// Usual names of entries with weights. Averaged weights come first, and a teacher's before its student's: these are
/// what is evaluated.
constexpr std::array usual_entries{
    "state_dict_ema", "model_ema",        "ema_state_dict", "params_ema", "ema", "teacher",
    "state_dict",     "model_state_dict", "model_state",    "model",      "net", "network",
    "weights",        "params",           "student"};

std::size_t rank_of(const Place& place) {
  if (place.keys.empty()) // its own tensors come after those of a usual entry
    return usual_entries.size();
  std::size_t rank = usual_entries.size() + 1;
  for (const std::string& key : place.keys)
    rank = std::min(rank, static_cast<std::size_t>(std::ranges::find(usual_entries, key) - usual_entries.begin()));
  return rank == usual_entries.size() ? rank + 1 : rank;
}

std::string name_of(const Place& place) {
  std::string name;
  for (const std::string& key : place.keys)
    name += (name.empty() ? "" : ".") + key;
  return fmt::format("'{}'", printable(name));
}

/// The place whose tensors are the weights, from all of them.
const Place& weights_among(const std::vector<Place>& places, std::vector<std::string>& notes) {
  const Place& best = *std::ranges::min_element(places, [](const Place& a, const Place& b) {
    return std::pair(rank_of(a), b.tensors.size()) < std::pair(rank_of(b), a.tensors.size());
  });
  std::vector<std::string> others;
  for (const Place& place : places)
    if (&place != &best && !place.keys.empty() && rank_of(place) < usual_entries.size())
      others.push_back(name_of(place));
  if (!best.keys.empty())
    notes.push_back(fmt::format("Its weights are those in the entry {}{}.", name_of(best),
                                others.empty() ? std::string()
                                               : fmt::format("; those in {} are not used", fmt::join(others, ", "))));
  return best;
}

/// The last element that a tensor reaches, counted in its storage from 0; its sizes are known to be sane.
std::int64_t last_element(const pickle::Tensor& tensor) {
  std::int64_t last = tensor.offset;
  bool possible = last >= 0;
  for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
    std::int64_t reach = 0;
    possible = possible && tensor.strides[i] >= 0 &&
               !__builtin_mul_overflow(std::max<std::int64_t>(tensor.sizes[i] - 1, 0), tensor.strides[i], &reach) &&
               !__builtin_add_overflow(last, reach, &last);
  }
  if (!possible)
    throw damaged("a tensor lies outside its storage");
  return last;
}

} // namespace

void check_tensor(const std::string& name, const pickle::Tensor& tensor, std::uint64_t file_size) {
  if (tensor.sizes.size() != tensor.strides.size())
    throw damaged("tensor " + printable(name) + " has " + std::to_string(tensor.sizes.size()) + " sizes but " +
                  std::to_string(tensor.strides.size()) + " strides");
  const std::int64_t elements = elements_of(tensor.sizes);
  if (elements > 0 && last_element(tensor) >= tensor.storage->elements)
    throw damaged("tensor " + printable(name) + " reaches beyond its storage");
  if (elements == 0 && (tensor.offset < 0 || tensor.offset > tensor.storage->elements))
    throw damaged("tensor " + printable(name) + " begins beyond its storage");
  // Strides of 0 repeat elements: an honest tensor does not grow beyond the file by that.
  if (static_cast<std::uint64_t>(elements) > file_size)
    throw damaged("tensor " + printable(name) + " has more elements than the file has bytes");
}

std::int64_t elements_of(const std::vector<std::int64_t>& sizes) {
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t size : sizes) {
    if (size < 0 || __builtin_mul_overflow(product, std::max<std::int64_t>(size, 1), &product))
      throw damaged("a tensor has impossible sizes");
    empty = empty || size == 0;
  }
  return empty ? 0 : product;
}

std::uint64_t bytes_of(const pickle::Storage& storage, std::uint64_t file_size) {
  const std::uint64_t element = c10::elementSize(storage.type);
  const auto elements = static_cast<std::uint64_t>(storage.elements);
  if (elements > file_size / element)
    throw damaged("storage " + printable(storage.key) + " is larger than the file");
  return elements * element;
}

void make_bools_valid(at::Tensor& bytes) { bytes.ne_(0); }

StateDict named_tensors(const pickle::Pickle& pickle, std::uint64_t file_size, std::vector<std::string>& notes,
                        const ReadStorage& read_storage) {
  StateDict tensors;
  std::vector<Place> places;
  std::unordered_set<const pickle::Object*> seen;
  find_places(pickle.root, {}, places, seen);
  if (places.empty())
    return tensors;

  std::unordered_map<const pickle::Storage*, at::Tensor> storages;
  std::uint64_t left = file_size; // a zip's entries can lie over one another
  const auto bytes_in_memory = [&](const pickle::Storage& storage) -> const at::Tensor& {
    at::Tensor& bytes = storages[&storage];
    if (!bytes.defined()) {
      const std::uint64_t size = bytes_of(storage, left);
      left -= size;
      bytes = at::empty({static_cast<std::int64_t>(size)}, at::kByte);
      read_storage(storage, static_cast<char*>(bytes.data_ptr()));
      if (storage.type == at::kBool)
        make_bools_valid(bytes);
    }
    return bytes;
  };

  std::unordered_set<std::string_view> names;
  for (const auto& [name, tensor] : weights_among(places, notes).tensors) {
    if (!names.insert(*name).second)
      throw damaged("tensor " + printable(*name) + " is there twice");
    check_tensor(*name, *tensor, file_size);
    at::Tensor view = at::empty({0}, tensor->storage->type);
    view.set_(bytes_in_memory(*tensor->storage).storage(), tensor->offset, tensor->sizes, tensor->strides);
    tensors.emplace_back(*name, view);
  }
  return tensors;
}

} // namespace scalescope::checkpoint
