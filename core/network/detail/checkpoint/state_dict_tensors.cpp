#include "core/network/detail/checkpoint/state_dict_tensors.h"

#include "core/network/detail/loading/unreadable.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace scalescope::checkpoint {

namespace {

using pickle::as;

bool holds_tensors(const pickle::Dict& dict) {
  return std::any_of(dict.items.begin(), dict.items.end(),
                     [](const auto& item) { return as<pickle::Tensor>(item.second) != nullptr; });
}

const pickle::Dict* dict_of_tensors(const pickle::Object* root) {
  const auto* outer = as<pickle::Dict>(root);
  if (!outer)
    return nullptr;
  for (const char* entry : {"state_dict", "model_state_dict", "model"}) {
    for (const auto& [key, value] : outer->items) {
      const auto* name = as<std::string>(key);
      const auto* inner = as<pickle::Dict>(value);
      if (name && *name == entry && inner && holds_tensors(*inner))
        return inner;
    }
  }
  return outer;
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
    throw damaged("tensor " + name + " has " + std::to_string(tensor.sizes.size()) + " sizes but " +
                  std::to_string(tensor.strides.size()) + " strides");
  const std::int64_t elements = elements_of(tensor.sizes);
  if (elements > 0 && last_element(tensor) >= tensor.storage->elements)
    throw damaged("tensor " + name + " reaches beyond its storage");
  if (elements == 0 && (tensor.offset < 0 || tensor.offset > tensor.storage->elements))
    throw damaged("tensor " + name + " begins beyond its storage");
  // Strides of 0 repeat elements: an honest tensor does not grow beyond the file by that.
  if (static_cast<std::uint64_t>(elements) > file_size)
    throw damaged("tensor " + name + " has more elements than the file has bytes");
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
    throw damaged("storage " + storage.key + " is larger than the file");
  return elements * element;
}

void make_bools_valid(at::Tensor& bytes) { bytes.ne_(0); }

StateDict named_tensors(const pickle::Pickle& pickle, std::uint64_t file_size, const ReadStorage& read_storage) {
  StateDict tensors;
  const pickle::Dict* dict = dict_of_tensors(pickle.root);
  if (!dict)
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
  for (const auto& [key, value] : dict->items) {
    const auto* name = as<std::string>(key);
    const auto* tensor = as<pickle::Tensor>(value);
    if (!name || !tensor)
      continue;
    if (!names.insert(*name).second)
      throw damaged("tensor " + *name + " is there twice");
    check_tensor(*name, *tensor, file_size);
    at::Tensor view = at::empty({0}, tensor->storage->type);
    view.set_(bytes_in_memory(*tensor->storage).storage(), tensor->offset, tensor->sizes, tensor->strides);
    tensors.emplace_back(*name, view);
  }
  return tensors;
}

} // namespace scalescope::checkpoint
