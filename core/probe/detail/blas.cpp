#include "core/probe/detail/blas.h"

#include <mutex>

namespace scalescope {

namespace {

// OpenBLAS on pthreads keeps one thread count for the process; on OpenMP it keeps one for each thread that calls it.
// Every fitting thread holds a guard, so both are served: the first one in notes the count, the last one out restores
// it.
std::mutex mutex;
int guards = 0;
int count_before = 1;

} // namespace

SingleThreadedBlas::SingleThreadedBlas() {
  const std::scoped_lock lock(mutex);
  if (guards++ == 0) {
    count_before = openblas_get_num_threads();
  }
  openblas_set_num_threads(1);
}

SingleThreadedBlas::~SingleThreadedBlas() {
  const std::scoped_lock lock(mutex);
  if (--guards == 0) {
    openblas_set_num_threads(count_before);
  }
}

} // namespace scalescope
