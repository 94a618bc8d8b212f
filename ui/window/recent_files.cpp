#include "ui/window/recent_files.h"

#include "ui/window/preferences.h"

#include <QFileInfo>

#include <array>

namespace scalescope {
namespace {

constexpr qsizetype kept = 8;

QString key(RecentKind kind) {
  constexpr std::array names{"networks", "images", "sessions"};
  return QStringLiteral("recent/") + QLatin1String(names.at(static_cast<std::size_t>(kind)));
}

} // namespace

QStringList recent_files(RecentKind kind) { return user_settings().value(key(kind)).toStringList(); }

void add_recent_file(RecentKind kind, const QString& path) {
  const QString full = QFileInfo(path).absoluteFilePath();
  QStringList files = recent_files(kind);
  files.removeAll(full);
  files.prepend(full);
  user_settings().setValue(key(kind), QStringList(files.mid(0, kept)));
}

void clear_recent_files() { user_settings().remove(QStringLiteral("recent")); }

} // namespace scalescope
