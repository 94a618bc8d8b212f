#pragma once

#include <QString>
#include <QStringList>

#include <vector>

namespace scalescope {

/// Names of classes, one a line or as a JSON list. @throws Error naming the file if it can't be read or is neither.
[[nodiscard]] QStringList read_class_names(const QString& file);
/// The names that the set-up installed for ImageNet's 1,000 classes; empty if they are not there.
[[nodiscard]] QStringList imagenet_class_names();
/// "badger", or "class 12" where there is no name.
[[nodiscard]] QString class_name(const QStringList& names, std::size_t index);
/// The same for a network with so many classes: names are those of a network with as many, and to call others by them
/// would be a lie.
[[nodiscard]] QString class_name(const QStringList& names, std::size_t index, std::size_t classes);

struct Prediction {
  QString name; ///< of the class
  double probability = 0;
  bool operator==(const Prediction&) const = default;
};

/// The likeliest classes, at most `count`, the likeliest first. @param probabilities one a class.
[[nodiscard]] std::vector<Prediction> likeliest(const std::vector<float>& probabilities, const QStringList& names,
                                                std::size_t count);

} // namespace scalescope
