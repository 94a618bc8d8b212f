#include "app/interrupt.h"

#include "app/messages.h"
#include "core/base/give_up.h"

#include <semaphore.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string_view>
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

// The time that the program has to end by itself.
constexpr std::chrono::milliseconds time_to_stop(1500);

void wait_for_signal() {
  while (sem_wait(&signals_seen()) != 0) { // a signal may interrupt the wait itself
  }
}

/// Whether another signal comes in this time.
bool signal_within(std::chrono::milliseconds limit) {
  const auto end = std::chrono::system_clock::now() + limit; // sem_timedwait's clock
  const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(end);
  const timespec until{seconds.time_since_epoch().count(), std::chrono::nanoseconds(end - seconds).count()};
  int result = 0;
  do
    result = sem_timedwait(&signals_seen(), &until);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

// A network can't be stopped within a batch. After a while the program ends without waiting for it.
void stop_the_program() {
  source().request_stop();
  std::chrono::milliseconds limit = time_to_stop;
  while (!signal_within(limit)) {
    if (MustFinish::any()) {
      limit = std::chrono::milliseconds(50);
      continue;
    }
    constexpr std::string_view message =
        "Stopped while something was still running; what was not finished was not written.\n";
    (void)!::write(::fileno(message_stream()), message.data(), message.size());
    break;
  }
  std::_Exit(128 + SIGINT);
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
    stop_the_program();
  }).detach();
}

std::stop_token interrupt_token() { return source().get_token(); }

} // namespace scalescope
