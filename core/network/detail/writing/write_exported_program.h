#pragma once

#include "core/network/provenance.h"

#include <torch/script.h>

#include <string>

namespace scalescope {

/// What a network is written for.
struct WrittenInput {
  int side = 0;                 ///< of the square images, in pixels
  int channels = 3;             ///< 3 or 1
  bool channels_last = false;   ///< N x height x width x channels
  std::int64_t most_images = 0; ///< at once; 0: any number
};

/// A network as the bytes of a torch.export archive (.pt2), which torch.export.load of PyTorch 2.9 and later opens:
/// parameters and buffers under their names, the modules around every operation, images of the given side, any number
/// of them. Batch norm and dropout stay as in evaluation. Source of the format: torch/_export/serde/schema.py.
/// @param provenance is put into it, completed by the versions.
/// @throws Error if the network holds what the format can't say, such as an operation that depends on the number of
/// images in a way that is no sum of multiples.
[[nodiscard]] std::string write_exported_program(const torch::jit::Module& module, const WrittenInput& input,
                                                 Provenance provenance);

} // namespace scalescope
