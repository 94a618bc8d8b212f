#pragma once

#include "core/network/detail/checkpoint/state_dict.h"
#include "core/network/detail/checkpoint/zip_entries.h"

#include <nlohmann/json.hpp>
#include <torch/script.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace scalescope {

/// The entries of a torch.export archive (.pt2), each checked before it is used.
class ExportedFiles {
 public:
  explicit ExportedFiles(checkpoint::ZipEntries entries)
      : entries_(std::move(entries)), left_for_tensors_(most_times * entries_.file_size()) {
    entries_.most_times = most_times;
  }

  [[nodiscard]] bool contains(const std::string& name) const { return entries_.contains(name); }
  /// @throws Unreadable if it is missing or damaged, or unpacks to more than `most` bytes.
  [[nodiscard]] std::string text_of(const std::string& name, std::uint64_t most);
  /// @throws Unreadable as text_of, or if it is not JSON.
  [[nodiscard]] nlohmann::json json_of(const std::string& name);

  /// The tensors that a config lists (data/weights/model_weights_config.json), by their names. Each file of weights is
  /// read once and its bytes are used as they are. @throws Unreadable if a tensor lies outside its file, or would have
  /// to be unpickled.
  [[nodiscard]] std::map<std::string, at::Tensor> tensors_of(const std::string& folder, const std::string& config);
  /// The tensors of an entry that torch.save wrote, as PyTorch before 2.9 has weights. They are unpickled by our own
  /// reader, which knows tensors and plain containers only. Empty where there is no such entry.
  [[nodiscard]] std::map<std::string, at::Tensor> pickled_tensors_of(const std::string& name);

 private:
  [[nodiscard]] at::Tensor tensor_of(const std::string& name, const std::string& path, const nlohmann::json& meta);

  static constexpr std::uint64_t most_times = 20; ///< as Archive

  checkpoint::ZipEntries entries_;
  std::uint64_t left_for_tensors_;          ///< bytes
  std::map<std::string, at::Tensor> bytes_; ///< of the files that were read
};

/// The type of torch.export's own number. @throws Unreadable if LibTorch's networks can't hold it.
[[nodiscard]] c10::ScalarType exported_type(std::int64_t number);

/// A number as torch.export writes it. @throws Unreadable if it is none of 64 bits, such as 2.5 or true.
[[nodiscard]] std::int64_t whole_number(const nlohmann::json& value);
[[nodiscard]] std::vector<std::int64_t> whole_numbers(const nlohmann::json& list);

/// Parses JSON from a file. @throws Unreadable if it is none, or nested too deeply.
[[nodiscard]] nlohmann::json parse_exported(const std::string& text, const std::string& name);

} // namespace scalescope
