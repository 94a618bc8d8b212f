#pragma once

#include <QDialog>

class QTextBrowser;

namespace scalescope {

/// Shows the manual, which is built into the program (resources/manual in the source tree).
class ManualWindow : public QDialog {
  Q_OBJECT

 public:
  explicit ManualWindow(QWidget* parent = nullptr);
  void open_page(const QString& page); ///< "index.md", "commands/analyze.md"

 private:
  QTextBrowser* pages_;
};

} // namespace scalescope
