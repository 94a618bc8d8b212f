#pragma once

#include "core/network/detail/graph/flat_graph.h"
#include "core/network/network.h"

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// Parameters and buffers by their full names ("layer1.0.conv1.weight").
using NamedWeights = std::vector<std::pair<std::string, at::Tensor>>;

/// Those of a module that is to be flattened. They share their memory with the constants of its flat graph.
[[nodiscard]] NamedWeights named_weights(const torch::jit::Module& module);

/// What an ONNX file holds beside the operations.
struct OnnxSettings {
  NamedWeights weights;          ///< initializers that are one of these get its name
  int side = 224;                ///< in pixels, of images that the graph takes
  InputForm form = {};           ///< of these images
  std::string name = "network";  ///< of the graph
  std::string input = "input";   ///< what the input is called
  std::string output = "output"; ///< what the output is called; several are called output_NAME
  std::string provenance = {};   ///< a JSON, for metadata_props "scalescope"; "": none
};

/// The bytes of an ONNX file (IR version 8, operator set 18, as of 2022) that computes a flat graph's outputs. Only
/// what leads to them is written. The number of images is free ("batch"), and so are height and width, as far as the
/// graph takes others: it is run on empty images of several sizes to see that. Nodes are named by their modules, as
/// PyTorch's exporter names them ("/layer1/layer1.0/conv1/Conv"). Weights are not folded into one another.
/// @throws Error that names each operation that can't be written, with its layer and how often it occurs; if the
/// weights take more than the 2 GB that the format holds; or if the graph can't run on such images.
[[nodiscard]] std::string write_onnx(const FlatGraph& flat, const OnnxSettings& settings);

} // namespace scalescope
