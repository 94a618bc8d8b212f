#pragma once

#include <stop_token>

namespace scalescope {

/// Makes Ctrl-C (SIGINT) and SIGTERM ask for a stop instead of ending the program; a second one ends it at once.
void watch_for_interrupt();

/// Is asked to stop by Ctrl-C.
[[nodiscard]] std::stop_token interrupt_token();

} // namespace scalescope
