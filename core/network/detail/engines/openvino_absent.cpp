// Built instead of openvino_engine.cpp and torch_decoder.cpp where OpenVINO was not found.

#include "core/network/detail/engines/engine.h"

#include "core/base/error.h"

namespace scalescope {

extern const EngineBackend openvino_backend{
    {.engine = Engine::OpenVino, .name = "OpenVINO", .use = "CPU, fastest"},
    [] { return std::string(); },
    [](Precision) { return std::string("this build has no OpenVINO"); },
    [](const std::shared_ptr<torch::jit::Graph>&, const PlanSettings&) -> std::unique_ptr<CompiledPlan> {
      throw Error("This build has no OpenVINO; use --engine libtorch.");
    }};

} // namespace scalescope
