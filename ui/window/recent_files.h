#pragma once

#include <QStringList>

namespace scalescope {

/// The recently opened files, the latest first, from the user's settings.
enum class RecentKind { Network, Images, Session };

[[nodiscard]] QStringList recent_files(RecentKind kind);
void add_recent_file(RecentKind kind, const QString& path);
void clear_recent_files();

} // namespace scalescope
