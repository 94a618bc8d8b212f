// Built instead of openvino_engine.cpp and torch_decoder.cpp where OpenVINO was not found.

#include "core/network/detail/engines/engine.h"

#include "core/base/error.h"

namespace scalescope {

std::string openvino_unavailable(Precision /*precision*/) { return "this build has no OpenVINO"; }

std::string openvino_version() { return {}; }

std::unique_ptr<CompiledPlan> compile_openvino(const std::shared_ptr<torch::jit::Graph>& /*graph*/,
                                               Precision /*precision*/, int /*threads*/, int /*images*/) {
  throw Error("This build has no OpenVINO; use --engine libtorch.");
}

} // namespace scalescope
