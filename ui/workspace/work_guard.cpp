#include "ui/workspace/work_guard.h"

namespace scalescope {
namespace {

QString question(const WorkGuard::Plan& plan, const Work& lost) {
  return (lost.curve && lost.boxes
              ? WorkGuard::tr("%1 would discard the curve and the boxes drawn by hand, which are not saved. Save them "
                              "in a session first?")
          : lost.curve
              ? WorkGuard::tr("%1 would discard the curve, which is not saved. Save it in a session first?")
              : WorkGuard::tr("%1 would discard the boxes drawn by hand, which are not saved. Save them in a session "
                              "first?"))
      .arg(plan.what);
}

} // namespace

void WorkGuard::when_safe(Plan plan) {
  plans_.push_back(std::move(plan));
  ask_next();
}

void WorkGuard::release() {
  --holds_;
  ask_next();
}

void WorkGuard::ask_next() {
  while (!plans_.empty() && holds_ == 0) {
    const Plan plan = std::move(plans_.front());
    plans_.pop_front();
    if (const Work lost = plan.loses & work_.unsaved(); lost.any())
      ask(plan, lost);
    else
      plan.run();
  }
}

void WorkGuard::ask(const Plan& plan, const Work& lost) {
  const auto keep = plan.keep ? plan.keep : [] {};
  ++holds_;
  const auto answer = questions_.unsaved ? questions_.unsaved(question(plan, lost)) : Questions::Unsaved::Cancel;
  if (answer == Questions::Unsaved::Save)
    save_(plan.run, keep);
  --holds_;
  if (answer == Questions::Unsaved::Discard)
    plan.run(); // the work counts as unsaved until it is replaced
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
