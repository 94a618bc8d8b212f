#include "core/network/detail/engines/torch_error.h"
#include "core/network/detail/onnx/run_onnx.h"

namespace scalescope {

std::vector<std::optional<OnnxResult>> onnx_results(const std::string& /*model*/) {
  throw Cause("this build has no OpenVINO");
}

at::Tensor run_onnx_operation(const std::string& /*model*/, std::int64_t /*result*/,
                              const std::vector<at::Tensor>& /*inputs*/) {
  throw Cause("this build has no OpenVINO");
}

} // namespace scalescope
