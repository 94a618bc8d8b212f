#pragma once

#include "ui/workspace/unsaved_work.h"

#include <QObject>
#include <QString>

#include <deque>
#include <functional>

namespace scalescope {

/// The questions of the workspace to the person.
struct Questions {
  enum class Unsaved { Save, Discard, Cancel };
  std::function<Unsaved(const QString& text)> unsaved;       ///< work that would be lost
  std::function<QString()> session_file;                     ///< where to save; empty: not at all
  std::function<QString(const QString& missing)> moved_file; ///< its new place; empty: unknown
};

/// Protects unsaved work: an action that would lose it runs only if the person agrees. One question at a time; other
/// actions wait for its answer.
class WorkGuard : public QObject {
  Q_OBJECT

 public:
  /// An action, and the work that would be lost by it.
  struct Action {
    QString what; ///< "Opening photos"
    Work loses;
    std::function<void()> run;
    std::function<void()> keep; ///< called instead; may be empty
  };

  /// Saves the work; asks for a file if needed. Then it calls `then`, or `failed` if the work was not saved.
  using Save = std::function<void(const std::function<void()>& then, const std::function<void()>& failed)>;
  explicit WorkGuard(Save save) : save_(std::move(save)) {}

  void set_questions(Questions questions) { questions_ = std::move(questions); }
  [[nodiscard]] const Questions& questions() const { return questions_; }
  /// Runs the action; asks first if unsaved work would be lost.
  void when_safe(Action action);
  /// Asks nothing until release() was called as often as hold(). Used while another question is open, or while a
  /// session is being saved (after that there may be nothing to ask).
  void hold() { ++holds_; }
  void release();

  [[nodiscard]] Work unsaved() const { return work_.unsaved(); }
  [[nodiscard]] UnsavedWork::Count done() const { return work_.done(); }
  void note(void (UnsavedWork::*what)()); ///< records a change of the work: note(&UnsavedWork::box_drawn)
  void note_saved(const UnsavedWork::Count& written);

 signals:
  void unsaved_changed();

 private:
  void ask_next();
  void ask(const Action& action, const Work& lost);

  Save save_;
  Questions questions_;
  UnsavedWork work_;
  std::deque<Action> actions_; ///< actions that wait
  int holds_ = 0;
};

} // namespace scalescope
