#pragma once
// The half of onnx_test that sees torch; Qt's headers and torch's cannot share a file.

#include <cstdint>
#include <string>
#include <vector>

struct OnnxRun {
  std::string error; ///< what was thrown; then all else is empty
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// The output of an ONNX file as the reader translates it, on LibTorch without any preparation.
[[nodiscard]] OnnxRun run_onnx(const std::string& file, const std::vector<float>& images,
                               const std::vector<std::int64_t>& shape);

/// The operations of its flat graph, each once: "aten::silu".
[[nodiscard]] std::vector<std::string> onnx_operations(const std::string& file);

/// Writes an ONNX file of that many operations, one behind the other.
void write_chain(const std::string& file, int operations);
