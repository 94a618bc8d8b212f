#include "app/interrupt.h"

#include <csignal>
#include <cstdlib>
#include <semaphore.h>
#include <thread>

namespace scalescope {
namespace {

sem_t& signals_seen() {
  static sem_t semaphore;
  return semaphore;
}

std::stop_source& source() {
  static std::stop_source the_source;
  return the_source;
}

// Posting a semaphore is one of the few things that a signal handler may do. (Blocking the signals and waiting for them
// in a thread would not do: libraries start threads before main that do not block them.)
extern "C" void on_signal(int /*signal*/) { sem_post(&signals_seen()); }

void wait_for_signal() {
  while (sem_wait(&signals_seen()) != 0) { // a signal may interrupt the wait itself
  }
}

} // namespace

void watch_for_interrupt() {
  sem_init(&signals_seen(), 0, 0);
  (void)source();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::thread([] {
    wait_for_signal();
    source().request_stop();
    wait_for_signal();
    std::_Exit(128 + SIGINT);
  }).detach();
}

std::stop_token interrupt_token() { return source().get_token(); }

} // namespace scalescope
