#include "app/messages.h"

#include "core/base/text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace scalescope {
namespace {

std::FILE*& stream() {
  static std::FILE* the_stream = stderr;
  return the_stream;
}

} // namespace

std::FILE* message_stream() { return stream(); }

void keep_libraries_quiet() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return; // sanitizers report there
#else
  if (stream() != stderr || std::getenv("SCALESCOPE_LIBRARY_MESSAGES") != nullptr)
    return;
  const int own = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  std::FILE* kept = own < 0 ? nullptr : ::fdopen(own, "w");
  if (kept != nullptr && nowhere >= 0) {
    std::setvbuf(kept, nullptr, _IONBF, 0); // as stderr is
    ::dup2(nowhere, STDERR_FILENO);
    stream() = kept;
  }
  if (nowhere >= 0)
    ::close(nowhere);
#endif
}

void print_note(const std::string& text) { fmt::print(message_stream(), "Note: {}\n", for_terminal(text)); }

} // namespace scalescope
