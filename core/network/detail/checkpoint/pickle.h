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
/// What a pickle may call to some effect. make_object and restore_type stand for what TorchScript makes of its own
/// classes and typed lists: here they give a tuple of what they are called with.
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

/// Objects refer to one another by pointer and are owned here, all alike: cycles and deep nesting are harmless.
struct Pickle {
  std::deque<Object> objects;
  std::map<std::string, Storage> storages; ///< every storage mentioned, by key
  const Object* root = nullptr;
};

/// A pickle larger than this is refused: the tensors' bytes are not in it, and 1000 tensors take 300 kB.
inline constexpr std::uint64_t max_bytes = 32U << 20U;

/// Who wrote a pickle: torch.save, or torch.jit.save, whose pickles make objects of the archive's own classes.
enum class Dialect { checkpoint, torchscript };

/// Reads one pickle and leaves the stream behind its end.
/// @throws Unreadable where it is malformed, absurdly large, or asks for something that is not on the list.
[[nodiscard]] Pickle read(std::istream& in, Dialect dialect = Dialect::checkpoint);

/// What tuples, lists and dicts hold, all in all.
struct Extent {
  std::size_t depth = 0; ///< how deeply they lie in one another
  std::size_t size = 0;  ///< of the largest, counting a value as often as it is held: what walking through it takes
};
/// Both are as large as can be where a container holds itself.
[[nodiscard]] Extent extent_of(const Pickle& pickle);

template <class T>
[[nodiscard]] const T* as(const Object* object) {
  return std::get_if<T>(&object->value);
}

} // namespace scalescope::pickle
