#pragma once

#include <QFrame>
#include <QPointer>

#include <functional>
#include <vector>

class QLabel;
class QPushButton;

namespace scalescope {

/// A step of a tour: a text about a widget of the window.
struct TourStep {
  QWidget* target = nullptr;
  QString title;
  QString text;
  std::function<void()> prepare = {}; ///< makes the target visible
};

/// Leads through the window: a card beside a ringed widget, with buttons for the next and the previous step. The widget
/// still gets mouse and keys. Escape or the button ends the tour at any time; it then deletes itself.
class Tour : public QFrame {
  Q_OBJECT

 public:
  /// @param steps at least one. @param window that holds all targets.
  Tour(std::vector<TourStep> steps, QWidget* window);
  ~Tour() override;

  void go_to(int step);
  [[nodiscard]] int step() const { return step_; }
  [[nodiscard]] int count() const { return static_cast<int>(steps_.size()); }
  [[nodiscard]] QWidget* target() const; ///< the widget of the present step
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
