#pragma once

#include <stop_token>

namespace scalescope {

/// Makes Ctrl-C (SIGINT) and SIGTERM ask for a stop instead of ending the program. What has not stopped after one and a
/// half seconds, unless it must finish (MustFinish), is ended with exit status 130; a second signal ends it at once.
void watch_for_interrupt();

/// Is asked to stop by Ctrl-C.
[[nodiscard]] std::stop_token interrupt_token();

} // namespace scalescope
