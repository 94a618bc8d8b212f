#pragma once

#include "core/network/detail/loading/module_graph.h"
#include "core/network/detail/onnx/onnx.pb.h"

#include <map>
#include <string>
#include <vector>

namespace scalescope {

/// The modules that the nodes of an ONNX file came from, as far as its exporter tells:
///   - metadata of PyTorch's exporter (pkg.torch.onnx.name_scopes): layer1, layer1.0, layer1.0.conv1
///   - names of PyTorch's older exporter: /layer1/layer1.0/conv1/Conv; the second call has _1
///   - names of tf2onnx and others with a slash: StatefulPartitionedCall/model/conv1/Conv2D, without what all share
///   - else each node is a layer of its own, under its name or its kind and a number.
struct OnnxModules {
  std::vector<std::vector<ModuleCall>> calls; ///< around each node, the outermost first
  std::map<std::string, std::string> types;   ///< Python classes by the names of modules
  bool from_pytorch = false;                  ///< the names are those of Python
};
[[nodiscard]] OnnxModules find_onnx_modules(const onnx::GraphProto& graph);

} // namespace scalescope
