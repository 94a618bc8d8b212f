#include "ui/workspace/class_names.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/network/installed_models.h"
#include "core/network/network.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <numeric>

namespace scalescope {

QStringList read_class_names(const QString& file) {
  const QByteArray text = QByteArray::fromStdString(read_file(file.toStdString()));
  QStringList names;
  if (text.trimmed().startsWith('[')) {
    const QJsonDocument json = QJsonDocument::fromJson(text);
    for (const auto& name : json.array())
      names << name.toString();
  } else {
    for (const QByteArray& line : text.split('\n'))
      names << QString::fromUtf8(line.trimmed());
    while (!names.isEmpty() && names.last().isEmpty())
      names.removeLast();
  }
  if (names.isEmpty())
    throw Error(file.toStdString() +
                " contains no names of classes; give a text file with one name per line, or a JSON list.");
  return names;
}

QStringList imagenet_class_names() {
  const auto network = find_installed_model("efficientnet_lite0");
  const auto file = network.parent_path() / "imagenet_classes.json";
  return !network.empty() && std::filesystem::is_regular_file(file) ? read_class_names(QString::fromStdString(file))
                                                                    : QStringList();
}

QString class_name(const QStringList& names, std::size_t index) {
  const auto i = static_cast<qsizetype>(index);
  return i < names.size() && !names[i].isEmpty() ? names[i]
                                                 : QCoreApplication::translate("classes", "class %1").arg(index);
}

QString class_name(const QStringList& names, std::size_t index, std::size_t classes) {
  return class_name(names.size() == static_cast<qsizetype>(classes) ? names : QStringList(), index);
}

std::vector<Prediction> likeliest(const std::vector<float>& probabilities, const QStringList& names,
                                  std::size_t count) {
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto kept = std::min(count, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(kept), std::greater(),
                            [&](std::size_t i) { return probabilities[i]; });
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < kept; ++i)
    predictions.push_back({class_name(names, order[i], probabilities.size()), probabilities[order[i]]});
  return predictions;
}

} // namespace scalescope
