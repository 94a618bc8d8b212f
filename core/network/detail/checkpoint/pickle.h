#pragma once
// Python's pickles as torch.save writes them, read without Python and without running
// anything.

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <deque>
#include <istream>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace scalescope::pickle {

struct Object;

struct None {};
struct List {
  std::vector<Object*> items;
};
struct Tuple {
  std::vector<Object*> items;
};
struct Dict {
  std::vector<std::pair<Object*, Object*>> items; ///< in the order of the file; a key set twice is there twice
};
/// The memory behind one or more tensors; its bytes are elsewhere in the file, under its key.
struct Storage {
  std::string key;
  c10::ScalarType type;
  std::int64_t elements;
};
/// A storage as the pickle mentions it: files from before PyTorch 0.4 can mean a part of it, from `offset` on.
struct StorageView {
  const Storage* storage;
  std::int64_t offset;
};
/// A tensor as the file describes it. Nothing is checked against the storage yet.
struct Tensor {
  const Storage* storage;
  std::int64_t offset;
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
};
/// The functions that a pickle may call. make_object and restore_type are for TorchScript's own classes and typed
/// lists; here they return a tuple of their arguments.
enum class Function { make_ordered_dict, make_size, rebuild_tensor, rebuild_parameter, make_object, restore_type };
/// Harmless, and not needed to find the tensors: a set, a torch.dtype, and so on. Calling it gives another such thing.
struct Other {};

/// Text and bytes are both std::string; so is an integer of more than 64 bits, as its little-endian bytes. A
/// c10::ScalarType is the class of a storage (torch.FloatStorage).
using Value = std::variant<None, bool, std::int64_t, double, std::string, List, Tuple, Dict, c10::ScalarType,
                           StorageView, Tensor, Function, Other>;

struct Object {
  Value value;
};

/// Objects refer to one another by pointers, and this struct owns them all, so cycles and deep nesting are harmless.
struct Pickle {
  std::deque<Object> objects;
  std::map<std::string, Storage> storages; ///< every storage mentioned, by key
  const Object* root = nullptr;
};

/// A larger pickle is refused. The bytes of tensors are not in it; 1000 tensors need 300 kB.
inline constexpr std::uint64_t max_bytes = 32U << 20U;

/// The writer of a pickle: torch.save or torch.jit.save. Pickles of the latter create objects of the archive's own
/// classes.
enum class Dialect { checkpoint, torchscript };

/// Reads one pickle and leaves the stream after its end.
/// @throws Unreadable if it is malformed, too large, or asks for something that is not on the list.
[[nodiscard]] Pickle read(std::istream& in, Dialect dialect = Dialect::checkpoint);

/// The nesting and size of tuples, lists and dicts.
struct Extent {
  std::size_t depth = 0; ///< how deeply they lie in one another
  std::size_t size = 0;  ///< of the largest, counting a value once for each container
};
/// Both have the largest possible value if a container contains itself.
[[nodiscard]] Extent extent_of(const Pickle& pickle);

template <class T>
[[nodiscard]] const T* as(const Object* object) {
  return std::get_if<T>(&object->value);
}

} // namespace scalescope::pickle
