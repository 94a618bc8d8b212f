#include "core/network/write_checkpoint.h"

#include "core/base/error.h"
#include "core/network/detail/architectures/architectures.h"
#include "core/network/detail/loading/model_file.h"

#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <torch/csrc/jit/serialization/pickler.h>

#include <cstring>

namespace scalescope {
namespace {

std::string_view bytes_of(const at::Tensor& tensor) {
  return {static_cast<const char*>(tensor.data_ptr()), tensor.nbytes()};
}

// torch.save's zip. torch::pickle_save would mark the dict with a type tag, which torch.load refuses by default.
std::string torch_save(const StateDict& tensors) {
  c10::Dict<std::string, at::Tensor> dict;
  for (const auto& [name, tensor] : tensors)
    dict.insert(name, tensor);
  std::string pickle;
  torch::jit::Pickler pickler([&](const char* data, std::size_t size) { pickle.append(data, size); }, nullptr, nullptr,
                              nullptr, nullptr, /*tag_aggregates=*/false);
  pickler.protocol();
  pickler.pushIValue(dict);
  pickler.stop();

  std::string file;
  caffe2::serialize::PyTorchStreamWriter zip([&](const void* data, std::size_t size) {
    file.append(static_cast<const char*>(data), size);
    return size;
  });
  zip.writeRecord("data.pkl", pickle.data(), pickle.size());
  const auto& storages = pickler.tensorData();
  for (std::size_t i = 0; i < storages.size(); ++i)
    zip.writeRecord(fmt::format("data/{}", i), storages[i].data_ptr(), storages[i].nbytes());
  zip.writeEndOfFile();
  return file;
}

const char* safetensors_type(const std::string& name, at::ScalarType type) {
  switch (type) {
  case at::kDouble:
    return "F64";
  case at::kFloat:
    return "F32";
  case at::kHalf:
    return "F16";
  case at::kBFloat16:
    return "BF16";
  case at::kLong:
    return "I64";
  case at::kInt:
    return "I32";
  case at::kShort:
    return "I16";
  case at::kChar:
    return "I8";
  case at::kByte:
    return "U8";
  case at::kBool:
    return "BOOL";
  default:
    throw Error(
        fmt::format("The tensor {} has the type {}, which .safetensors files don't support; write a .pth instead.",
                    name, c10::toString(type)));
  }
}

// The length of a JSON header in eight bytes, little end first; the header; the tensors.
// Source: https://huggingface.co/docs/safetensors
std::string safetensors(const StateDict& tensors) {
  nlohmann::ordered_json header{{"__metadata__", {{"format", "pt"}}}};
  std::size_t at = 0;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", safetensors_type(name, tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {at, at + tensor.nbytes()}}};
    at += tensor.nbytes();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' '); // tensors begin at a multiple of eight
  std::string file;
  for (int byte = 0; byte < 8; ++byte)
    file += static_cast<char>(text.size() >> (8 * byte) & 0xff);
  file += text;
  for (const auto& entry : tensors)
    file += bytes_of(entry.second);
  return file;
}

} // namespace

void check_checkpoint_name(const std::filesystem::path& file) {
  const auto extension = file.extension();
  if (extension != ".pth" && extension != ".pt" && extension != ".safetensors")
    throw Error(fmt::format("The name {} does not say which kind of checkpoint to write; let it end in .pth or "
                            ".safetensors.",
                            file.string()));
}

std::string checkpoint_of(const std::string& archive, const std::filesystem::path& file) {
  check_checkpoint_name(file);
  ModelSource source;
  source.file = file;
  source.archive = std::make_shared<const std::string>(archive);
  const torch::jit::Module module = load_model(source).module;
  StateDict tensors;
  for (const auto& [name, tensor] : state_dict(module))
    tensors.emplace_back(name, tensor.detach().clone(at::MemoryFormat::Contiguous)); // with a storage of its own
  return file.extension() == ".safetensors" ? safetensors(tensors) : torch_save(tensors);
}

} // namespace scalescope
