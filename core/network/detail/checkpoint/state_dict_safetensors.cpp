#include "core/network/detail/checkpoint/state_dict_safetensors.h"

#include "core/base/text.h"
#include "core/network/detail/checkpoint/state_dict_tensors.h"
#include "core/network/detail/loading/unreadable.h"

#include <ATen/Functions.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <unordered_map>

namespace scalescope::checkpoint {

namespace {

using nlohmann::json;

constexpr std::uint64_t max_header = pickle::max_bytes;
constexpr std::size_t max_dimensions = 32;

struct Entry {
  std::string name;
  c10::ScalarType type;
  std::vector<std::int64_t> sizes;
  std::uint64_t begin;
  std::uint64_t end;
};

c10::ScalarType type_named(const std::string& name, const std::string& tensor) {
  static const std::unordered_map<std::string, c10::ScalarType> types = {
      {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"I64", at::kLong},
      {"I32", at::kInt},    {"I16", at::kShort}, {"I8", at::kChar},  {"U8", at::kByte},       {"BOOL", at::kBool},
  };
  const auto found = types.find(name);
  if (found == types.end())
    throw Unreadable("has a tensor (" + printable(tensor) + ") of type " + printable(name) + ", which is not supported",
                     "convert it to F32 or another common type");
  return found->second;
}

std::uint64_t number(const json& value, const std::string& tensor) {
  if (!value.is_number_unsigned())
    throw damaged("the header's entry " + printable(tensor) + " has a size or offset that is not a number from 0 on");
  return value.get<std::uint64_t>();
}

const json& member(const json& entry, const char* key, json::value_t type, const std::string& tensor) {
  const auto found = entry.find(key);
  if (found == entry.end() || found->type() != type)
    throw damaged("the header's entry " + printable(tensor) + " has no " + key);
  return *found;
}

Entry parse_entry(const std::string& name, const json& value) {
  Entry entry{name, type_named(member(value, "dtype", json::value_t::string, name).get<std::string>(), name), {}, 0, 0};
  const json& shape = member(value, "shape", json::value_t::array, name);
  const json& offsets = member(value, "data_offsets", json::value_t::array, name);
  if (shape.size() > max_dimensions || offsets.size() != 2)
    throw damaged("the header's entry " + printable(name) + " has too many dimensions or not two offsets");
  for (const json& size : shape)
    entry.sizes.push_back(static_cast<std::int64_t>(number(size, name)));
  entry.begin = number(offsets[0], name);
  entry.end = number(offsets[1], name);
  return entry;
}

/// The entries in the order of their bytes.
std::vector<Entry> parse_header(const std::string& text) {
  const json header = json::parse(text, nullptr, false);
  if (!header.is_object())
    throw damaged("its header is not JSON");
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != "__metadata__")
      entries.push_back(parse_entry(name, value));
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  return entries;
}

/// The format asks for tensors that lie side by side, with nothing between them.
void check_offsets(const std::vector<Entry>& entries, std::uint64_t data_size) {
  std::uint64_t place = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != place || entry.end < entry.begin)
      throw damaged("tensor " + printable(entry.name) + " does not begin where the one before it ends");
    if (entry.end > data_size)
      throw damaged("tensor " + printable(entry.name) + " ends behind the end of the file");
    const std::uint64_t bytes = entry.end - entry.begin;
    const std::uint64_t element = c10::elementSize(entry.type);
    if (bytes % element != 0 || bytes / element != static_cast<std::uint64_t>(elements_of(entry.sizes)))
      throw damaged("tensor " + printable(entry.name) + " has another number of bytes than its shape asks for");
    place = entry.end;
  }
  if (place != data_size)
    throw damaged("behind its tensors are bytes of no tensor");
}

} // namespace

StateDict read_safetensors(std::istream& in, std::uint64_t file_size) {
  std::uint64_t header_size = 0;
  in.read(reinterpret_cast<char*>(&header_size), sizeof header_size);
  if (header_size > file_size - sizeof header_size)
    throw damaged("its header is said to be larger than the file");
  if (header_size > max_header)
    throw damaged("its header is larger than 32 MiB");
  std::string header(header_size, '\0');
  in.read(header.data(), static_cast<std::streamsize>(header_size));

  const std::vector<Entry> entries = parse_header(header);
  check_offsets(entries, file_size - sizeof header_size - header_size);
  StateDict tensors;
  for (const Entry& entry : entries) {
    at::Tensor bytes = at::empty({static_cast<std::int64_t>(entry.end - entry.begin)}, at::kByte);
    if (!in.read(static_cast<char*>(bytes.data_ptr()), bytes.numel()))
      throw damaged("it ends within tensor " + printable(entry.name));
    if (entry.type == at::kBool)
      make_bools_valid(bytes);
    at::Tensor tensor = at::empty({0}, entry.type);
    tensor.set_(bytes.storage(), 0, entry.sizes);
    tensors.emplace_back(entry.name, tensor);
  }
  return tensors;
}

StateDict read_safetensors(const std::string& file) {
  std::istringstream in(file);
  return read_safetensors(in, file.size());
}

} // namespace scalescope::checkpoint
