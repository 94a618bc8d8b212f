#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/manual_formatter.h"
#include "app/messages.h"
#include "app/version.h"
#include "core/base/explain.h"
#include "core/base/give_up.h"
#include "core/base/text.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <system_error>
#include <utility>

namespace {

constexpr int exit_error = 1;       // bad input: one sentence says what
constexpr int exit_usage = 2;       // wrong usage
constexpr int exit_cancelled = 130; // as shells report SIGINT

int run(int argc, char** argv) {
  using namespace scalescope;
  CLI::App program("Where in a convolutional network is the size of an object still known?", "scalescope-cli");
  program.formatter(std::make_shared<ManualFormatter>()); // before the commands, which inherit it
  program.set_version_flag("--version", [] { return version_text("scalescope-cli"); });
  program.require_subcommand(1);
  program.footer("EXAMPLE\n    scalescope-cli analyze --help");

  std::map<const CLI::App*, Command> commands;
  for (const auto add : all_commands) {
    Command command = add(program);
    commands.emplace(program.get_subcommands({}).back(), std::move(command));
  }
  try {
    program.parse(argc, argv);
    keep_libraries_quiet();
    return commands.at(program.get_subcommands().front())();
  } catch (const CLI::ParseError& e) { // help and version too
    std::ostringstream said;           // std::cerr may already be redirected: see keep_libraries_quiet
    const int status = program.exit(e, std::cout, said);
    fmt::print(message_stream(), "{}", said.str());
    return status == 0 ? EXIT_SUCCESS : exit_usage;
  }
}

void say(const std::string& sentence) {
  fmt::print(scalescope::message_stream(), "scalescope-cli: {}\n", scalescope::for_terminal(sentence));
}

int run_or_explain(int argc, char** argv) {
  try {
    const int status = run(argc, argv);
    if (std::fflush(stdout) != 0 ||
        std::ferror(stdout) != 0) // std::cout writes there, too, and reports no error by itself
      throw std::system_error(errno, std::generic_category());
    return status;
  } catch (const scalescope::Cancelled&) {
    fmt::print(scalescope::message_stream(), "Stopped; nothing was written.\n");
    return exit_cancelled;
  } catch (const std::system_error& e) { // from fmt, if the output can't be written
    if (e.code().value() == EPIPE)
      return EXIT_SUCCESS; // the reader, such as head, needs no more
    say(fmt::format("The output can't be written: {}; free some space or write elsewhere.", e.code().message()));
  } catch (const std::exception& e) {
    say(scalescope::explain(e));
  }
  return exit_error;
}

} // namespace

int main(int argc, char** argv) {
  scalescope::watch_for_interrupt();
  std::signal(SIGPIPE, SIG_IGN); // a reader that ends early (head) must not stop the writing of results
  const int status = run_or_explain(argc, argv);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (scalescope::work_was_given_up())
    std::_Exit(status);
  return status; // sanitizers report when a program ends in the usual way
#else
  // Skips the destructors: LibTorch takes longer to destroy its registry than many commands take to run.
  std::fflush(nullptr);
  std::_Exit(status);
#endif
}
