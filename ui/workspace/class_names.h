#pragma once

#include <QString>
#include <QStringList>

#include <vector>

namespace scalescope {

/// Reads names of classes, one per line or as a JSON list. @throws Error naming the file if it can't be read or is
/// neither.
[[nodiscard]] QStringList read_class_names(const QString& file);
/// The installed names of ImageNet's 1,000 classes; empty if they are not installed.
[[nodiscard]] QStringList imagenet_class_names();
/// "badger", or "class 12" if there is no name.
[[nodiscard]] QString class_name(const QStringList& names, std::size_t index);
/// The same for a network with `classes` classes. The names are used only if there are as many of them, because they
/// would be wrong for other networks.
[[nodiscard]] QString class_name(const QStringList& names, std::size_t index, std::size_t classes);

struct Prediction {
  QString name; ///< of the class
  double probability = 0;
  bool operator==(const Prediction&) const = default;
};

/// The most likely classes, at most `count`, in descending order. @param probabilities one per class.
[[nodiscard]] std::vector<Prediction> likeliest(const std::vector<float>& probabilities, const QStringList& names,
                                                std::size_t count);

} // namespace scalescope
