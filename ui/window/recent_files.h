#pragma once

#include <QStringList>

namespace scalescope {

/// What was opened lately, the latest first, kept in the user's settings.
enum class RecentKind { Network, Images, Session };

[[nodiscard]] QStringList recent_files(RecentKind kind);
void add_recent_file(RecentKind kind, const QString& path);
void clear_recent_files();

} // namespace scalescope
