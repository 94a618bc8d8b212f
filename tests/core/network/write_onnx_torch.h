#pragma once
// Networks of a few lines as ONNX files, without torch's headers: these can't meet Qt's.

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace written {

/// A network of one forward.
struct Network {
  std::string code;                                                    ///< body of forward(self, x), in TorchScript
  std::vector<std::pair<std::string, std::vector<long>>> weights = {}; ///< names and sizes; drawn
  int channels = 3;
  int side = 32;
  int most_images = 0; ///< 0: any
  int only_side = 0;   ///< 0: any
};

/// The bytes of its ONNX file. @throws scalescope::Error as write_onnx().
[[nodiscard]] std::string onnx_of(const Network& network);

/// The difference by OpenVINO on n drawn images of that size; no value in a build without it.
[[nodiscard]] std::optional<double> difference(const Network& network, int n, int height, int width);

/// Writes NAME.onnx, and NAME.raw with images and LibTorch's outputs for them: for each batch the numbers of
/// dimensions of the images and the output, their sizes (int64), and their values (float32).
void write(const Network& network, const std::filesystem::path& folder, const std::string& name,
           const std::vector<std::vector<int>>& batches); ///< n, height, width

/// The same of a built-in architecture with drawn weights, or of a module in it, "" for all.
struct BuiltIn {
  std::string architecture;
  std::string module;
  int side = 64;
};
[[nodiscard]] std::string onnx_of(const BuiltIn& network);
[[nodiscard]] std::optional<double> difference(const BuiltIn& network, int n, int height, int width);
void write(const BuiltIn& network, const std::filesystem::path& folder, const std::string& name,
           const std::vector<std::vector<int>>& batches);

/// What is in a file.
struct Contents {
  std::int64_t ir_version = 0;
  std::int64_t operator_set = 0;
  std::string producer;
  std::string provenance;
  std::vector<std::string> input;  ///< its sides: "batch", "3", "height", "width"
  std::vector<std::string> output; ///< of the first
  std::vector<std::string> output_names;
  std::vector<std::string> nodes;   ///< names
  std::vector<std::string> kinds;   ///< of the nodes
  std::vector<std::string> weights; ///< initializers' names
};
[[nodiscard]] Contents contents(const std::string& bytes);

} // namespace written
