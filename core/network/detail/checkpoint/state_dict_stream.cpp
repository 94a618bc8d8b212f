#include "core/network/detail/checkpoint/state_dict_stream.h"

#include "core/base/text.h"
#include "core/network/detail/checkpoint/state_dict_tensors.h"
#include "core/network/detail/loading/unreadable.h"

#include <unordered_map>

namespace scalescope::checkpoint {

namespace {

using pickle::as;

// The number 0x1950a86a20f9469cfc6c, little-endian.
constexpr std::string_view magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t protocol_version = 1001;

void check_header(std::istream& in) {
  const pickle::Pickle first = pickle::read(in);
  const auto* number = as<std::string>(first.root);
  if (!number || *number != magic)
    throw Unreadable("is a pickle, but not one of torch.save",
                     "save the weights with torch.save(model.state_dict(), ...)");

  const pickle::Pickle second = pickle::read(in);
  const auto* version = as<std::int64_t>(second.root);
  if (!version || *version != protocol_version)
    throw damaged("its version of the format is not 1001");

  const pickle::Pickle third = pickle::read(in);
  const auto* system = as<pickle::Dict>(third.root);
  if (!system)
    throw damaged("the description of its machine is missing");
  for (const auto& [key, value] : system->items) {
    const auto* name = as<std::string>(key);
    const auto* flag = as<bool>(value);
    if (name && *name == "little_endian" && flag && !*flag)
      throw Unreadable("was written on a big-endian machine", "load and save it again on a little-endian one");
  }
}

void read_bytes(std::istream& in, char* bytes, std::uint64_t count) {
  if (!in.read(bytes, static_cast<std::streamsize>(count)))
    throw damaged("it ends within a tensor");
}

/// Where in the file the bytes of each storage begin: behind the pickles lies one storage after the other, in the order
/// of a list of keys, each behind its number of elements.
std::unordered_map<std::string, std::uint64_t> find_storages(std::istream& in, std::uint64_t file_size,
                                                             const pickle::Pickle& pickle) {
  const pickle::Pickle keys = pickle::read(in);
  const auto* list = as<pickle::List>(keys.root);
  if (!list)
    throw damaged("the list of its storages is missing");

  std::unordered_map<std::string, std::uint64_t> places;
  auto place = static_cast<std::uint64_t>(in.tellg());
  for (const pickle::Object* item : list->items) {
    const auto* key = as<std::string>(item);
    const auto storage = key ? pickle.storages.find(*key) : pickle.storages.end();
    if (storage == pickle.storages.end())
      throw damaged("it holds a storage that no tensor uses");
    std::int64_t elements = 0;
    in.seekg(static_cast<std::streamoff>(place));
    read_bytes(in, reinterpret_cast<char*>(&elements), sizeof elements);
    if (elements != storage->second.elements)
      throw damaged("storage " + printable(*key) + " has another size than its tensors");
    place += sizeof elements;
    places[*key] = place;
    place += bytes_of(storage->second, file_size - place);
  }
  return places;
}

} // namespace

StateDict read_stream(std::istream& in, std::uint64_t file_size, std::vector<std::string>& notes) {
  check_header(in);
  const pickle::Pickle pickle = pickle::read(in);
  const std::unordered_map<std::string, std::uint64_t> places = find_storages(in, file_size, pickle);
  return named_tensors(pickle, file_size, notes, [&](const pickle::Storage& storage, char* to) {
    const auto place = places.find(storage.key);
    if (place == places.end())
      throw damaged("storage " + printable(storage.key) + " is missing");
    in.seekg(static_cast<std::streamoff>(place->second));
    read_bytes(in, to, bytes_of(storage, file_size));
  });
}

} // namespace scalescope::checkpoint
