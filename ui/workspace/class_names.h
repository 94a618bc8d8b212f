#pragma once

#include <QString>
#include <QStringList>

namespace scalescope {

/// Names of classes, one a line or as a JSON list. @throws Error naming the file if it can't be read or is neither.
[[nodiscard]] QStringList read_class_names(const QString& file);
/// The names that the set-up installed for ImageNet's 1,000 classes; empty if they are not there.
[[nodiscard]] QStringList imagenet_class_names();
/// "badger", or "class 12" where there is no name.
[[nodiscard]] QString class_name(const QStringList& names, std::size_t index);

} // namespace scalescope
