#include "ui/workers/queued_invoker.h"

namespace scalescope {

QueuedInvoker::QueuedInvoker() {
  connect(this, &QueuedInvoker::asked, this, &QueuedInvoker::call_next, Qt::QueuedConnection);
}

void QueuedInvoker::call(std::function<void()> function) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(function));
  }
  emit asked();
}

// One call per event: a function may open a dialog, and the dialog's event loop then makes the next call.
void QueuedInvoker::call_next() {
  std::function<void()> function;
  {
    const std::scoped_lock lock(mutex_);
    function = std::move(waiting_.front());
    waiting_.pop_front();
  }
  function();
}

} // namespace scalescope
