#include "app/interrupt.h"

#include <csignal>
#include <cstdlib>
#include <thread>

namespace scalescope {
namespace {

std::stop_source& source() {
  static std::stop_source the_source;
  return the_source;
}

} // namespace

// A thread waits for the signals, since a signal handler itself could do next to nothing.
void watch_for_interrupt() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr); // inherited by every thread to come
  (void)source();
  std::thread([signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    source().request_stop();
    sigwait(&signals, &signal);
    std::_Exit(128 + signal);
  }).detach();
}

std::stop_token interrupt_token() { return source().get_token(); }

} // namespace scalescope
