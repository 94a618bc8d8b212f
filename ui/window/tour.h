#pragma once

#include <QFrame>
#include <QPointer>

#include <functional>
#include <vector>

class QLabel;
class QPushButton;

namespace scalescope {

/// A step of a tour: what to say about a widget of the window.
struct TourStep {
  QWidget* target = nullptr;
  QString title;
  QString text;
  std::function<void()> prepare = {}; ///< brings the target into sight, where it may be hidden
};

/// Leads through the window: a card beside a ringed widget, with buttons for the next step and the one before. It takes
/// no mouse or key from what it points at, and Escape or its button leaves it at any time. Deletes itself then.
class Tour : public QFrame {
  Q_OBJECT

 public:
  /// @param steps at least one. @param window that holds all targets.
  Tour(std::vector<TourStep> steps, QWidget* window);
  ~Tour() override;

  void go_to(int step);
  [[nodiscard]] int step() const { return step_; }
  [[nodiscard]] int count() const { return static_cast<int>(steps_.size()); }
  [[nodiscard]] QWidget* target() const; ///< that is pointed at
  [[nodiscard]] QRect ring() const;      ///< around the target, in pixels of the window
  void leave();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void place();

  std::vector<TourStep> steps_;
  int step_ = 0;
  QWidget* window_;
  QPointer<QWidget> ring_;
  QLabel* title_;
  QLabel* text_;
  QPushButton* back_;
  QPushButton* next_;
};

} // namespace scalescope
