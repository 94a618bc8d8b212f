#pragma once

#include "core/network/detail/loading/exported_program.h"

#include <filesystem>
#include <memory>
#include <string>

namespace scalescope {

/// Reads a network from an ONNX file: operators of version 7 to 28 (ONNX 1.23), weights in the file or in others beside
/// it. Functions of the file are followed, and branches on conditions that are known.
/// @param bytes of the file, if they are in memory.
/// @throws Unreadable if it is damaged, needs an operator that is not read, or takes something else than one batch of
/// images.
[[nodiscard]] ExportedProgram read_onnx(const std::filesystem::path& file,
                                        const std::shared_ptr<const std::string>& bytes = {});

} // namespace scalescope
