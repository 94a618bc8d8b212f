#include "ui/window/question_dialogs.h"

#include "ui/workspace/workspace.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>

namespace scalescope {
namespace {

Questions::Unsaved ask_about_work(QWidget* window, const QString& text) {
  QMessageBox box(QMessageBox::Question, Workspace::tr("Unsaved work"), text,
                  QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, window);
  switch (box.exec()) {
  case QMessageBox::Save:
    return Questions::Unsaved::Save;
  case QMessageBox::Discard:
    return Questions::Unsaved::Discard;
  default:
    return Questions::Unsaved::Cancel;
  }
}

QString ask_for_session_file(QWidget* window, const QString& now) {
  QFileDialog dialog(window, Workspace::tr("Save session"), now, Workspace::tr("Sessions (*.scalescope)"));
  dialog.setAcceptMode(QFileDialog::AcceptSave);
  dialog.setDefaultSuffix(QStringLiteral("scalescope"));
  return dialog.exec() == QDialog::Accepted ? dialog.selectedFiles().value(0) : QString();
}

QString ask_for_moved_file(QWidget* window, const QString& missing) {
  const auto answer = QMessageBox::question(window, Workspace::tr("A file has moved"),
                                            Workspace::tr("%1 is no longer there. Do you want to look for it? Without "
                                                          "it, the session opens without the parts that need it.")
                                                .arg(missing));
  if (answer != QMessageBox::Yes)
    return QString();
  return QFileInfo(missing).suffix().isEmpty() // probably a folder
             ? QFileDialog::getExistingDirectory(window, Workspace::tr("Where is %1?").arg(missing))
             : QFileDialog::getOpenFileName(window, Workspace::tr("Where is %1?").arg(missing));
}

} // namespace

Questions question_dialogs(const Workspace& workspace, QWidget* window) {
  return {.unsaved = [window](const QString& text) { return ask_about_work(window, text); },
          .session_file = [window, &workspace] { return ask_for_session_file(window, workspace.sessions().file()); },
          .moved_file = [window](const QString& missing) { return ask_for_moved_file(window, missing); }};
}

} // namespace scalescope
