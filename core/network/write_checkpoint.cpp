#include "core/network/write_checkpoint.h"

#include "core/base/error.h"
#include "core/network/detail/architectures/architectures.h"
#include "core/network/detail/checkpoint/write_safetensors.h"
#include "core/network/detail/loading/model_file.h"

#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <torch/csrc/jit/serialization/pickler.h>

namespace scalescope {
namespace {

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

} // namespace

void check_checkpoint_name(const std::filesystem::path& file) {
  const auto extension = file.extension();
  if (extension != ".pth" && extension != ".pt" && extension != ".safetensors")
    throw Error(fmt::format("The name {} does not say which kind of checkpoint to write; let it end in .pth or "
                            ".safetensors.",
                            file.string()));
}

std::string checkpoint_of(const ModelSource& written, const std::filesystem::path& file) {
  check_checkpoint_name(file);
  const torch::jit::Module module = load_model(written).module;
  StateDict tensors;
  for (const auto& [name, tensor] : state_dict(module))
    tensors.emplace_back(name, tensor.detach().clone(at::MemoryFormat::Contiguous)); // with a storage of its own
  return file.extension() == ".safetensors" ? checkpoint::write_safetensors(tensors) : torch_save(tensors);
}

} // namespace scalescope
