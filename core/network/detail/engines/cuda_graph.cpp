#include "core/network/detail/engines/cuda_graph.h"

#include <cstdint>
#include <dlfcn.h>
#include <exception>
#include <utility>

namespace scalescope {
namespace {

using Pool = std::pair<unsigned long long, unsigned long long>;

// at::cuda::CUDAGraph's members, of LibTorch 2.7 and later.
struct Members {
  void (*make)(void*, bool) = nullptr;
  void (*destroy)(void*) = nullptr;
  void (*begin)(void*, Pool, int) = nullptr;
  void (*end)(void*) = nullptr;
  void (*replay)(void*) = nullptr;
  [[nodiscard]] bool complete() const {
    return make != nullptr && destroy != nullptr && begin != nullptr && end != nullptr && replay != nullptr;
  }
};

// cuda() has loaded LibTorch's CUDA part for all to see.
template <typename Member>
void find_member(const char* name, Member& member) {
  member = reinterpret_cast<Member>(dlsym(RTLD_DEFAULT, name));
}

const Members& members() {
  static const Members found = [] {
    Members all;
    find_member("_ZN2at4cuda9CUDAGraphC1Eb", all.make);
    find_member("_ZN2at4cuda9CUDAGraphD1Ev", all.destroy);
    find_member("_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode", all.begin);
    find_member("_ZN2at4cuda9CUDAGraph11capture_endEv", all.end);
    find_member("_ZN2at4cuda9CUDAGraph6replayEv", all.replay);
    return all;
  }();
  return found;
}

// cudaStreamCaptureModeThreadLocal: other threads may go on using the GPU.
constexpr int of_this_thread = 1;

} // namespace

bool CudaGraph::available() { return members().complete(); }

CudaGraph::CudaGraph(const std::function<void()>& work) {
  members().make(graph_.data(), false);
  std::exception_ptr failure;
  try {
    members().begin(graph_.data(), Pool{0, 0}, of_this_thread);
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    members().end(graph_.data());
  } catch (...) {
    if (!failure)
      failure = std::current_exception();
  }
  if (failure) {
    members().destroy(graph_.data());
    std::rethrow_exception(failure);
  }
}

CudaGraph::~CudaGraph() { members().destroy(graph_.data()); }

void CudaGraph::replay() { members().replay(graph_.data()); }

} // namespace scalescope
