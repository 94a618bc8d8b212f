#include "ui/window/recent_menu.h"

#include "ui/workspace/workspace.h"

namespace scalescope {

RecentMenu::RecentMenu(Workspace& workspace, const QString& title, QWidget* parent)
    : QMenu(title, parent), workspace_(workspace) {
  connect(this, &QMenu::aboutToShow, this, &RecentMenu::fill);
}

void RecentMenu::fill() {
  clear();
  add(RecentKind::Network, tr("Networks"));
  add(RecentKind::Images, tr("Images"));
  add(RecentKind::Session, tr("Sessions"));
  if (isEmpty()) {
    addAction(tr("Nothing has been opened yet"))->setEnabled(false);
    return;
  }
  addSeparator();
  addAction(tr("&Clear"), this, [] { clear_recent_files(); });
}

void RecentMenu::add(RecentKind kind, const QString& title) {
  const QStringList files = recent_files(kind);
  if (!files.isEmpty())
    addSection(title);
  for (const QString& file : files) {
    QAction* action = addAction(QFontMetrics(font()).elidedText(file, Qt::ElideLeft, 420));
    action->setToolTip(file);
    connect(action, &QAction::triggered, &workspace_, [this, kind, file] {
      if (kind == RecentKind::Session)
        workspace_.sessions().open(file);
      else if (kind == RecentKind::Network)
        workspace_.open_network(file);
      else
        workspace_.open_images({file});
    });
  }
}

} // namespace scalescope
