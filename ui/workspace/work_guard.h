#pragma once

#include "ui/workspace/unsaved_work.h"

#include <QObject>
#include <QString>

#include <deque>
#include <functional>

namespace scalescope {

/// What the workspace asks the person.
struct Questions {
  enum class Unsaved { Save, Discard, Cancel };
  std::function<Unsaved(const QString& text)> unsaved;       ///< work that would be lost
  std::function<QString()> session_file;                     ///< where to save; empty: nowhere
  std::function<QString(const QString& missing)> moved_file; ///< where it is now; empty: nobody knows
};

/// Stands before work that is not saved: what would lose it is done only after the person agreed. One question at a
/// time; other actions wait for its answer.
class WorkGuard : public QObject {
  Q_OBJECT

 public:
  /// What would be done, and the work that would be lost with it.
  struct Action {
    QString what; ///< "Opening photos"
    Work loses;
    std::function<void()> run;
    std::function<void()> keep; ///< instead; may be empty
  };

  /// Saves the work, asking where if need be. Then it calls `then`, or `failed` if the work was not saved.
  using Save = std::function<void(const std::function<void()>& then, const std::function<void()>& failed)>;
  explicit WorkGuard(Save save) : save_(std::move(save)) {}

  void set_questions(Questions questions) { questions_ = std::move(questions); }
  [[nodiscard]] const Questions& questions() const { return questions_; }
  /// Runs it, after asking about the work that would be lost where that is not saved.
  void when_safe(Action action);
  /// Asks nothing until release() was called as often as hold(): while another question is open, or a session is being
  /// saved, after which there may be nothing to ask about.
  void hold() { ++holds_; }
  void release();

  [[nodiscard]] Work unsaved() const { return work_.unsaved(); }
  [[nodiscard]] UnsavedWork::Count done() const { return work_.done(); }
  void note(void (UnsavedWork::*what)()); ///< what became of the work: note(&UnsavedWork::box_drawn)
  void note_saved(const UnsavedWork::Count& written);

 signals:
  void unsaved_changed();

 private:
  void ask_next();
  void ask(const Action& action, const Work& lost);

  Save save_;
  Questions questions_;
  UnsavedWork work_;
  std::deque<Action> actions_; ///< that wait
  int holds_ = 0;
};

} // namespace scalescope
