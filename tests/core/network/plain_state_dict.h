#pragma once
// read_state_dict() for a test that includes Qt and so can't include torch.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

struct PlainTensor {
  std::string name;
  std::string type; ///< "Float", "BFloat16", ...
  std::vector<std::int64_t> sizes;
  std::string bytes; ///< in row-major order
};

[[nodiscard]] std::vector<PlainTensor> read_plain(const std::filesystem::path& file);
