#include "app/progress_line.h"

#include "app/messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace scalescope {
namespace {

std::string left_text(double seconds) {
  if (!std::isfinite(seconds))
    return "";
  const int whole = static_cast<int>(std::ceil(seconds));
  return whole < 60 ? fmt::format("{} s left", whole) : fmt::format("{}:{:02} min left", whole / 60, whole % 60);
}

} // namespace

ProgressLine::ProgressLine(bool quiet) : quiet_(quiet), terminal_(isatty(::fileno(message_stream())) != 0) {}

ProgressLine::~ProgressLine() { end(); }

void ProgressLine::end() {
  if (open_)
    fmt::print(message_stream(), "\n");
  open_ = false;
}

void ProgressLine::show(const JobProgress& progress) {
  if (quiet_ || progress.total <= 0)
    return;
  const auto now = Clock::now();
  if (stage_.empty())
    start_ = now;
  if (progress.stage != stage_) {
    stage_ = progress.stage;
    stage_start_ = now;
    drawn_ = {};
    tenths_ = 0;
  }
  const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
  const double in_stage = std::chrono::duration<double>(now - stage_start_).count();
  const double in_job = std::chrono::duration<double>(now - start_).count();
  const bool complete = progress.done >= progress.total;
  const bool images = stage_ != "fitting" && stage_ != "annotations"; // those come in thousandths
  const std::string rate =
      images && in_stage > 0 ? fmt::format("{:.1f} images/s  ", static_cast<double>(progress.done) / in_stage) : "";
  const std::string left = progress.whole <= 0 || progress.whole >= 1
                               ? fmt::format("{:.1f} s", in_job)
                               : left_text(in_job * (1 - progress.whole) / progress.whole);
  const std::string count =
      images ? fmt::format("{}/{}", progress.done, progress.total) : fmt::format("{:.0f} %", 100 * share);
  if (terminal_) {
    if (!complete && now - drawn_ < std::chrono::milliseconds(100))
      return;
    drawn_ = now;
    constexpr int width = 30;
    const int filled = static_cast<int>(progress.whole * width);
    fmt::print(
        message_stream(), "\r[{}{}] {:>3.0f} %  {}: {}  {}{}\033[K", std::string(static_cast<std::size_t>(filled), '#'),
        std::string(static_cast<std::size_t>(width - filled), ' '), 100 * progress.whole, stage_, count, rate, left);
    std::fflush(message_stream());
    open_ = true;
  } else if (const int tenths = static_cast<int>(share * 10); tenths > tenths_) {
    tenths_ = tenths;
    fmt::print(message_stream(), "{}: {}  {}{:.0f} % of all, {}\n", stage_, count, rate, 100 * progress.whole, left);
  }
}

} // namespace scalescope
