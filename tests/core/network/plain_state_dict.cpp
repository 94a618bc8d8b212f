#include "tests/core/network/plain_state_dict.h"

#include "core/network/detail/checkpoint/state_dict.h"

std::vector<PlainTensor> read_plain(const std::filesystem::path& file) {
  std::vector<PlainTensor> plain;
  for (const auto& [name, tensor] : scalescope::read_state_dict(file)) {
    const at::Tensor rows = tensor.contiguous();
    plain.push_back({name, c10::toString(tensor.scalar_type()), tensor.sizes().vec(),
                     std::string(static_cast<const char*>(rows.data_ptr()), rows.nbytes())});
  }
  return plain;
}
