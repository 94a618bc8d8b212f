#include "core/network/detail/onnx/openvino_operators.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

namespace scalescope {
namespace {

// With the attributes that OpenVINO 2026.4 reads. Not here, because it computes something else than ONNX says:
// Attention within windows or with a cache, recurrent layers with the batch first or peepholes, DFT, Resize with its
// rarer attributes, QuantizeLinear; and what draws random numbers.
const std::map<std::string, std::string>& known_operators() {
  static const std::string convolution =
      "auto_pad dilations group kernel_shape output_padding output_shape pads strides";
  static const std::string pooling = "auto_pad ceil_mode count_include_pad dilations kernel_shape p pads strides";
  static const std::string recurrent = "activation_alpha activation_beta activations clip direction hidden_size ";
  static const std::map<std::string, std::string> all = {
      {"Acosh", ""},
      {"AffineGrid", "align_corners"},
      {"ArgMax", "axis keepdims select_last_index"},
      {"ArgMin", "axis keepdims select_last_index"},
      {"Asinh", ""},
      {"Atanh", ""},
      {"Attention", "is_causal kv_num_heads q_num_heads scale softcap softmax_precision"},
      {"AveragePool", pooling},
      {"CenterCropPad", "axes"},
      {"Col2Im", "dilations pads strides"},
      {"Compress", "axis"},
      {"Conv", convolution},
      {"ConvTranspose", convolution},
      {"CumSum", "exclusive reverse"},
      {"Einsum", "equation"},
      {"Expand", ""},
      {"GRU", recurrent + "linear_before_reset"},
      {"Gather", "axis"},
      {"GatherElements", "axis"},
      {"GatherND", "batch_dims"},
      {"Hardmax", "axis"},
      {"If", "then_branch else_branch"},
      {"IsInf", "detect_negative detect_positive"},
      {"LSTM", recurrent + "input_forget"},
      {"Loop", "body"},
      {"LpPool", pooling},
      {"MaxPool", pooling},
      {"MeanVarianceNormalization", "axes"},
      {"OneHot", "axis"},
      {"Pad", "mode"},
      {"RNN", recurrent},
      {"Range", ""},
      {"Reshape", "allowzero"},
      {"ReduceProd", "axes keepdims noop_with_empty_axes"},
      {"ReverseSequence", "batch_axis time_axis"},
      {"RotaryEmbedding", "interleaved num_heads rotary_embedding_dim"},
      {"Scan", "body num_scan_inputs scan_input_axes scan_input_directions scan_output_axes scan_output_directions"},
      {"Scatter", "axis"},
      {"ScatterElements", "axis reduction"},
      {"ScatterND", "reduction"},
      {"Slice", ""},
      {"Split", "axis num_outputs"},
      {"Squeeze", "axes"},
      {"Tile", ""},
      {"TopK", "axis largest sorted"},
      {"Trilu", "upper"},
      {"Unique", "axis sorted"},
      {"Unsqueeze", "axes"},
      {"com.microsoft.Attention", "num_heads unidirectional"}, // it ignores scale
      {"com.microsoft.FusedMatMul", "alpha transA transB"},
  };
  return all;
}

bool only_known_attributes(const onnx::NodeProto& node, const std::string& known) {
  std::istringstream words(known);
  const std::set<std::string> names{std::istream_iterator<std::string>(words), {}};
  return std::ranges::all_of(node.attribute(), [&](const auto& one) { return names.contains(one.name()); });
}

// Inputs behind those that OpenVINO reads as ONNX says: keys and values of earlier calls, peepholes.
bool has_further_inputs(const onnx::NodeProto& node) {
  if (node.domain() == "com.microsoft") // of its Attention
    return node.input_size() > 4 && !node.input(4).empty();
  return (node.op_type() == "Attention" && node.input_size() > 4) ||
         (node.op_type() == "LSTM" && node.input_size() > 7);
}

} // namespace

bool may_be_left_to_openvino(const onnx::NodeProto& node,
                             const std::function<bool(const std::string&)>& is_translated) {
  const bool is_standard = node.domain().empty() || node.domain() == "ai.onnx";
  const auto found = known_operators().find(is_standard ? node.op_type() : node.domain() + "." + node.op_type());
  if (found == known_operators().end() || has_further_inputs(node) || !only_known_attributes(node, found->second))
    return false;
  const auto inside = [&](const onnx::NodeProto& one) {
    const bool has_domain = !one.domain().empty() && one.domain() != "ai.onnx";
    return (one.op_type() != "Loop" && may_be_left_to_openvino(one, is_translated)) ||
           (!has_domain && !known_operators().contains(one.op_type()) && is_translated(one.op_type()));
  };
  return std::ranges::all_of(node.attribute(), [&](const onnx::AttributeProto& one) {
    return std::ranges::all_of(one.g().node(), inside) && one.graphs_size() == 0;
  });
}

} // namespace scalescope
