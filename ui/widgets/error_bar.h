#pragma once

#include <QFrame>

class QLabel;

namespace scalescope {

/// A sentence on what went wrong, above the stage, until the person closes it or the next comes: it blocks nothing.
class ErrorBar : public QFrame {
  Q_OBJECT

 public:
  explicit ErrorBar(QWidget* parent = nullptr);
  void show_error(const QString& what);
  void show_note(const QString& what);
  [[nodiscard]] QString text() const;

 signals:
  void error_shown(const QString& what);

 private:
  void show_text(const QString& what, const QColor& colour);
  QLabel* text_;
};

} // namespace scalescope
