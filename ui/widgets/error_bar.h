#pragma once

#include <QFrame>

class QLabel;

namespace scalescope {

/// A non-modal bar above the stage with an error. It stays until the person closes it or another error replaces it.
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
