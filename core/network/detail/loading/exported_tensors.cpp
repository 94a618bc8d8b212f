#include "core/network/detail/loading/exported_tensors.h"

#include "core/base/text.h"
#include "core/network/detail/checkpoint/state_dict_tensors.h"
#include "core/network/detail/checkpoint/state_dict_zip.h"
#include "core/network/detail/loading/unreadable.h"

#include <cstdint>
#include <utility>

namespace scalescope {
namespace {

using nlohmann::json;

constexpr int deepest_json = 100;

std::vector<std::int64_t> known_sizes(const json& list) {
  std::vector<std::int64_t> numbers;
  for (const json& one : list)
    numbers.push_back(whole_number(one.at("as_int")));
  return numbers;
}

} // namespace

// The numbers of torch/_export/serde/schema.py.
c10::ScalarType exported_type(std::int64_t number) {
  switch (number) {
  case 1:
    return at::kByte;
  case 2:
    return at::kChar;
  case 3:
    return at::kShort;
  case 4:
    return at::kInt;
  case 5:
    return at::kLong;
  case 6:
    return at::kHalf;
  case 7:
    return at::kFloat;
  case 8:
    return at::kDouble;
  case 12:
    return at::kBool;
  case 13:
    return at::kBFloat16;
  default:
    throw Unreadable("holds numbers of a type that is not read (number " + std::to_string(number) +
                         " of torch.export's types)",
                     "convert the network with model.float() and export it again");
  }
}

std::int64_t whole_number(const json& value) {
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
  if (!fits)
    throw damaged("it has " + printable(value.dump(-1, ' ', false, json::error_handler_t::replace)) +
                  " instead of a whole number");
  return value.get<std::int64_t>();
}

std::vector<std::int64_t> whole_numbers(const json& list) {
  std::vector<std::int64_t> numbers;
  for (const json& one : list)
    numbers.push_back(whole_number(one));
  return numbers;
}

json parse_exported(const std::string& text, const std::string& name) {
  bool too_deep = false;
  json parsed = json::parse(
      text,
      [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > deepest_json;
        return !too_deep;
      },
      false);
  if (too_deep || parsed.is_discarded())
    throw damaged(printable(name) + (too_deep ? " is nested too deeply" : " is not JSON"));
  return parsed;
}

std::string ExportedFiles::text_of(const std::string& name, std::uint64_t most) { return entries_.read(name, most); }

json ExportedFiles::json_of(const std::string& name) {
  constexpr std::uint64_t most = 32U << 20U; // 100 times an EfficientNet's
  return parse_exported(text_of(name, most), name);
}

at::Tensor ExportedFiles::tensor_of(const std::string& name, const std::string& path, const json& meta) {
  at::Tensor& bytes = bytes_[path];
  if (!bytes.defined()) {
    if (!contains(path))
      throw damaged(printable(path) + " is missing");
    const std::uint64_t size = entries_.size_of(path);
    if (size > most_times * entries_.file_size())
      throw damaged(printable(path) + " unpacks to more than " + std::to_string(most_times) + " times the file");
    bytes = at::empty({static_cast<std::int64_t>(size)}, at::kByte);
    entries_.read(path, static_cast<char*>(bytes.data_ptr()), size);
  }
  const c10::ScalarType type = exported_type(whole_number(meta.at("dtype")));
  const std::vector<std::int64_t> sizes = known_sizes(meta.at("sizes"));
  const std::vector<std::int64_t> strides = known_sizes(meta.at("strides"));
  pickle::Storage storage;
  storage.type = type;
  storage.elements = bytes.numel() / static_cast<std::int64_t>(c10::elementSize(type));
  pickle::Tensor described;
  described.storage = &storage;
  described.sizes = sizes;
  described.strides = strides;
  described.offset = whole_number(meta.at("storage_offset").at("as_int"));
  checkpoint::check_tensor(printable(name), described, static_cast<std::uint64_t>(bytes.numel()));
  if (whole_number(meta.at("layout")) != 7) // strided
    throw Unreadable("holds the tensor " + printable(name) + " in a sparse layout, which is not read",
                     "export the network with dense weights");
  const auto needed = static_cast<std::uint64_t>(checkpoint::elements_of(sizes)) * c10::elementSize(type);
  if (needed > left_for_tensors_) // many may lie over one another
    throw damaged("its tensors need far more memory than the file has bytes");
  left_for_tensors_ -= needed;
  if (type == at::kBool)
    checkpoint::make_bools_valid(bytes);
  at::Tensor tensor = at::empty({0}, type);
  tensor.set_(bytes.storage(), described.offset, sizes, strides);
  return tensor.contiguous();
}

std::map<std::string, at::Tensor> ExportedFiles::tensors_of(const std::string& folder, const std::string& config) {
  std::map<std::string, at::Tensor> tensors;
  if (!contains(folder + config))
    return pickled_tensors_of(folder + "model.pt"); // as PyTorch 2.8 has them
  const json listed = json_of(folder + config);
  for (const auto& [name, entry] : listed.at("config").items()) {
    if (entry.at("use_pickle").get<bool>())
      throw Unreadable("holds the tensor " + printable(name) + " as a pickle, which is not read",
                       "export the network with plain tensors as weights");
    tensors[name] = tensor_of(name, folder + entry.at("path_name").get<std::string>(), entry.at("tensor_meta"));
  }
  return tensors;
}

std::map<std::string, at::Tensor> ExportedFiles::pickled_tensors_of(const std::string& name) {
  std::map<std::string, at::Tensor> tensors;
  if (!contains(name))
    return tensors; // those that the graph needs are missed there
  std::vector<std::string> notes;
  const auto bytes = std::make_shared<const std::string>(entries_.read(name));
  for (auto& [own, tensor] : checkpoint::read_zip(checkpoint::ZipEntries(bytes), notes))
    tensors[own] = std::move(tensor);
  return tensors;
}

} // namespace scalescope
