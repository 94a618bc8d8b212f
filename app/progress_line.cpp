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

ProgressLine::~ProgressLine() {
  if (open_)
    fmt::print(message_stream(), "\n");
}

void ProgressLine::show(const JobProgress& progress) {
  if (quiet_ || progress.total <= 0)
    return;
  const auto now = Clock::now();
  if (progress.stage != stage_) {
    if (open_)
      fmt::print(message_stream(), "\n");
    open_ = false;
    stage_ = progress.stage;
    start_ = now;
    drawn_ = {};
    tenths_ = 0;
  }
  const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const bool complete = progress.done >= progress.total;
  const bool images = stage_ != "fitting";
  const std::string rate =
      images && seconds > 0 ? fmt::format("{:.1f} images/s  ", static_cast<double>(progress.done) / seconds) : "";
  const std::string left =
      complete || share <= 0 ? fmt::format("{:.1f} s", seconds) : left_text(seconds * (1 - share) / share);
  const std::string count =
      images ? fmt::format("{}/{}", progress.done, progress.total) : fmt::format("{:.0f} %", 100 * share);
  if (terminal_) {
    if (!complete && now - drawn_ < std::chrono::milliseconds(100))
      return;
    drawn_ = now;
    constexpr int width = 30;
    const int filled = static_cast<int>(share * width);
    fmt::print(message_stream(), "\r{:<15}[{}{}] {:>9}  {}{}\033[K", stage_,
               std::string(static_cast<std::size_t>(filled), '#'),
               std::string(static_cast<std::size_t>(width - filled), ' '), count, rate, left);
    std::fflush(message_stream());
    open_ = true;
  } else if (const int tenths = static_cast<int>(share * 10); tenths > tenths_) {
    tenths_ = tenths;
    fmt::print(message_stream(), "{}: {}  {}{}\n", stage_, count, rate, left);
  }
}

} // namespace scalescope
