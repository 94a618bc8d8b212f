#include "ui/home_thread.h"

namespace scalescope {

HomeThread::HomeThread() { connect(this, &HomeThread::asked, this, &HomeThread::call_next, Qt::QueuedConnection); }

void HomeThread::call(std::function<void()> function) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(function));
  }
  emit asked();
}

// One an event: a function may open a dialog, whose event loop then calls the next.
void HomeThread::call_next() {
  std::function<void()> function;
  {
    const std::scoped_lock lock(mutex_);
    function = std::move(waiting_.front());
    waiting_.pop_front();
  }
  function();
}

} // namespace scalescope
