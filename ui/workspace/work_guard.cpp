#include "ui/workspace/work_guard.h"

namespace scalescope {
namespace {

QString question(const WorkGuard::Action& action, const Work& lost) {
  return (lost.curve && lost.boxes
              ? WorkGuard::tr("%1 would discard the curve and the boxes drawn by hand, which are not saved. Save them "
                              "in a session first?")
          : lost.curve
              ? WorkGuard::tr("%1 would discard the curve, which is not saved. Save it in a session first?")
              : WorkGuard::tr("%1 would discard the boxes drawn by hand, which are not saved. Save them in a session "
                              "first?"))
      .arg(action.what);
}

} // namespace

void WorkGuard::when_safe(Action action) {
  actions_.push_back(std::move(action));
  ask_next();
}

void WorkGuard::release() {
  --holds_;
  ask_next();
}

void WorkGuard::ask_next() {
  while (!actions_.empty() && holds_ == 0) {
    const Action action = std::move(actions_.front());
    actions_.pop_front();
    if (const Work lost = action.loses & work_.unsaved(); lost.any())
      ask(action, lost);
    else
      action.run();
  }
}

void WorkGuard::ask(const Action& action, const Work& lost) {
  const auto keep = action.keep ? action.keep : [] {};
  ++holds_;
  const auto answer = questions_.unsaved ? questions_.unsaved(question(action, lost)) : Questions::Unsaved::Cancel;
  if (answer == Questions::Unsaved::Save)
    save_(action.run, keep);
  --holds_;
  if (answer == Questions::Unsaved::Discard)
    action.run(); // the work counts as unsaved until it is replaced
  else if (answer == Questions::Unsaved::Cancel)
    keep();
}

void WorkGuard::note(void (UnsavedWork::*what)()) {
  (work_.*what)();
  emit unsaved_changed();
}

void WorkGuard::note_saved(const UnsavedWork::Count& written) {
  work_.saved(written);
  emit unsaved_changed();
}

} // namespace scalescope
