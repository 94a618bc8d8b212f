#pragma once

#include "core/network/detail/checkpoint/pickle.h"
#include "core/network/detail/checkpoint/state_dict.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace scalescope::checkpoint {

/// Copies a storage's bytes out of the file.
using ReadStorage = std::function<void(const pickle::Storage& storage, char* bytes)>;

/// The named tensors of a pickle: those of its `state_dict`, `model` or another usual entry where one holds tensors,
/// else its own, else those of the entry that holds most. Only the storages they need are read, each once.
/// @param notes as read_state_dict.
[[nodiscard]] StateDict named_tensors(const pickle::Pickle& pickle, std::uint64_t file_size,
                                      std::vector<std::string>& notes, const ReadStorage& read_storage);

/// Size in bytes. @throws Unreadable if it is more than the whole file's.
[[nodiscard]] std::uint64_t bytes_of(const pickle::Storage& storage, std::uint64_t file_size);

/// Whether a tensor lies within its storage. @throws Unreadable naming it where it does not, or where it is larger than
/// the file.
void check_tensor(const std::string& name, const pickle::Tensor& tensor, std::uint64_t file_size);

/// How many elements sizes make. @throws Unreadable where one is negative or there are too many to count.
[[nodiscard]] std::int64_t elements_of(const std::vector<std::int64_t>& sizes);

/// Makes every byte of a storage of bools 0 or 1: a damaged file has others, and to read those as bool is undefined.
void make_bools_valid(at::Tensor& bytes);

} // namespace scalescope::checkpoint
