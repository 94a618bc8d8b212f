#pragma once

#include <stop_token>

namespace scalescope {

/// Makes Ctrl-C (SIGINT) and SIGTERM request a stop instead of ending the program. If the program has not stopped after
/// one and a half seconds and does not have to finish (MustFinish), it ends with exit status 130. A second signal ends
/// it at once.
void watch_for_interrupt();

/// The token on which Ctrl-C requests a stop.
[[nodiscard]] std::stop_token interrupt_token();

} // namespace scalescope
