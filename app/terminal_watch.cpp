#include "app/terminal_watch.h"

#include "app/messages.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace scalescope {
namespace {

// If there are many messages of a kind, only the first are printed; the results list them all.
constexpr std::size_t most = 20;

void print_json(const nlohmann::json& json) {
  fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  std::fflush(stdout);
}

} // namespace

TerminalWatch::TerminalWatch(Output output) : output_(output), line_(output != Output::Person) {}

JobWatch TerminalWatch::watch() {
  JobWatch watch;
  watch.progress = [this](const JobProgress& progress) { show(progress); };
  watch.left_out = [this](const std::vector<LeftOut>& all) { left_out(all); };
  if (output_ == Output::Quiet)
    return watch;
  watch.starting = [this](const std::string& sentence) {
    if (output_ == Output::JsonLines)
      return print_json({{"starting", sentence}});
    fmt::print("{}\n", for_terminal(sentence));
    std::fflush(stdout); // so that it comes before the progress on stderr, even in a file
  };
  watch.note = [this](const std::string& text) { note(text); };
  watch.remarks = [this](const std::vector<Remark>& all) { remarks(all); };
  return watch;
}

void TerminalWatch::show(const JobProgress& progress) {
  if (output_ == Output::JsonLines)
    print_json(
        {{"stage", progress.stage}, {"done", progress.done}, {"total", progress.total}, {"whole", progress.whole}});
  else
    line_.show(progress);
}

void TerminalWatch::note(const std::string& text) {
  if (output_ == Output::JsonLines)
    return print_json({{"note", text}});
  line_.end();
  print_note(text);
}

void TerminalWatch::remarks(const std::vector<Remark>& all) {
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i)
    note(fmt::format("{}: {}.", all[i].what, all[i].text));
  if (all.size() > most)
    fmt::print(message_stream(), "{} more notes of this kind; the results list them all.\n", all.size() - most);
}

void TerminalWatch::left_out(const std::vector<LeftOut>& all) {
  line_.end();
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i) {
    const auto& [what, reason, is_object] = all[i];
    const bool is_named = reason.find(what) != std::string::npos;
    fmt::print(message_stream(), "Left out: {}\n", for_terminal((is_named ? "" : what + ": ") + reason));
  }
  if (all.size() > most)
    fmt::print(message_stream(), "{} more were left out; the results list them all.\n", all.size() - most);
}

} // namespace scalescope
