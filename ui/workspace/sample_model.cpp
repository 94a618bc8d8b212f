#include "ui/workspace/sample_model.h"

#include "core/base/error.h"
#include "core/image/placed_box.h"

#include <QRectF>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace scalescope {

QString per_cent(double share) { return QStringLiteral("%1 %").arg(100 * share, 0, 'f', share < 0.001 ? 2 : 1); }

QString summary_of(const std::vector<Remark>& remarks) {
  if (remarks.empty())
    return {};
  const QString first = QStringLiteral("%1: %2.").arg(QString::fromStdString(remarks.front().what),
                                                      QString::fromStdString(remarks.front().text));
  return remarks.size() == 1 ? first : SampleModel::tr("%1 (%2 more of this kind.)").arg(first).arg(remarks.size() - 1);
}

void SampleModel::set_samples(SampleSet set) {
  beginResetModel();
  set_ = std::move(set);
  images_.clear();
  image_of_.clear();
  thumbnails_.clear();
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < set_.samples.size(); ++i) {
    const std::filesystem::path& file = set_.samples[i].file;
    const auto [entry, is_new] = known.emplace(file.native(), images_.size());
    if (is_new)
      images_.push_back({file, {}, {}, 1, {}});
    images_[entry->second].samples.push_back(static_cast<int>(i));
    image_of_.push_back(entry->second);
  }
  places_.assign(set_.samples.size(), {});
  endResetModel();
}

void SampleModel::set_box(int sample, const std::optional<BoundingBox>& box) {
  Sample& changed = set_.samples.at(static_cast<std::size_t>(sample));
  changed.box = box;
  changed.drawn_on.reset();
  place(sample);
  emit dataChanged(index(sample), index(sample));
  emit box_changed(sample);
}

void SampleModel::place(int sample) {
  const Sample& placed = set_.samples[static_cast<std::size_t>(sample)];
  const Image& image = image_of(sample);
  Place& place = places_[static_cast<std::size_t>(sample)] = {};
  if (!placed.box || image.size.isEmpty())
    return;
  try {
    const PlacedBox found = place_box(placed, {image.size.width(), image.size.height(), image.orientation});
    place = {found.box, QString::fromStdString(found.remark)};
  } catch (const Error& error) {
    place.said = QString::fromUtf8(error.what());
  }
}

void SampleModel::add(const std::vector<ImageRead>& reads) {
  for (const ImageRead& read : reads) {
    Image& image = images_.at(read.image);
    if (!read.size.isEmpty()) {
      image.size = read.size;
      image.orientation = read.orientation;
      for (const int sample : image.samples)
        place(sample);
    }
    if (!read.failure.isEmpty())
      image.failure = read.failure;
    if (!read.thumbnail.isNull())
      thumbnails_.insert(read.image, new QImage(read.thumbnail), read.thumbnail.sizeInBytes());
    for (const int sample : image.samples)
      emit dataChanged(index(sample), index(sample));
  }
}

void SampleModel::forget_thumbnails() { thumbnails_.clear(); }

void SampleModel::make_room(qsizetype bytes) { thumbnails_.setMaxCost(std::max(bytes, usual_room)); }

const SampleModel::Image& SampleModel::image_of(int sample) const {
  return images_[image_of_.at(static_cast<std::size_t>(sample))];
}

void SampleModel::set_seen(const Resizing& resizing, int side) {
  if (resizing == resizing_ && side == side_)
    return;
  resizing_ = resizing;
  side_ = side;
  if (rowCount() > 0)
    emit dataChanged(index(0), index(rowCount() - 1));
  emit scales_changed();
}

std::optional<double> SampleModel::scale(int sample) const {
  const std::optional<BoundingBox>& box = place_of(sample).box;
  if (!box)
    return std::nullopt;
  const QSize size = image_of(sample).size;
  return seen_scale(*box, seen_part(resizing_, size.width(), size.height(), side_), size.width(), size.height());
}

QString SampleModel::said(int sample) const {
  const QString& failure = image_of(sample).failure;
  return failure.isEmpty() ? place_of(sample).said : failure;
}

std::vector<QSize> SampleModel::sizes() const {
  std::vector<QSize> sizes;
  for (const Image& image : images_)
    if (!image.size.isEmpty())
      sizes.push_back(image.size);
  return sizes;
}

std::vector<std::filesystem::path> SampleModel::files() const {
  std::vector<std::filesystem::path> files;
  files.reserve(images_.size());
  for (const Image& image : images_)
    files.push_back(image.file);
  return files;
}

std::vector<std::size_t> SampleModel::unsized() const {
  std::vector<std::size_t> unsized;
  for (std::size_t i = 0; i < images_.size(); ++i) {
    const auto has_box = [&](int sample) { return set_.samples[static_cast<std::size_t>(sample)].box.has_value(); };
    if (images_[i].size.isEmpty() && std::ranges::any_of(images_[i].samples, has_box))
      unsized.push_back(i);
  }
  return unsized;
}

std::vector<std::size_t> SampleModel::without_thumbnail(std::span<const int> samples) const {
  std::vector<std::size_t> missing;
  std::unordered_set<std::size_t> seen;
  for (const int sample : samples) {
    const std::size_t image = image_of_.at(static_cast<std::size_t>(sample));
    if (seen.insert(image).second && images_[image].failure.isEmpty() && !thumbnails_.contains(image))
      missing.push_back(image);
  }
  return missing;
}

int SampleModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(set_.samples.size());
}

QString SampleModel::caption(int sample) const {
  if (!set_.samples[static_cast<std::size_t>(sample)].box)
    return tr("no box");
  if (const std::optional<double> known = scale(sample))
    return per_cent(*known);
  return place_of(sample).said.isEmpty() ? QString() : tr("box refused");
}

QString SampleModel::tool_tip(int sample) const {
  const Sample& shown = set_.samples[static_cast<std::size_t>(sample)];
  const Image& image = image_of(sample);
  QStringList lines{QString::fromStdString(shown.id)};
  if (!image.failure.isEmpty())
    lines << image.failure;
  if (!image.size.isEmpty())
    lines << tr("Image: %1 × %2 px").arg(image.size.width()).arg(image.size.height());
  if (!shown.box)
    lines << tr("No object is marked");
  else if (const std::optional<BoundingBox>& box = place_of(sample).box)
    lines << (shows_all(resizing_) ? tr("Object: %1 × %2 px, %3 of the image")
                                   : tr("Object: %1 × %2 px, %3 of what the network sees of the image"))
                 .arg(box->width)
                 .arg(box->height)
                 .arg(per_cent(*scale(sample)));
  if (const QString& said = place_of(sample).said; !said.isEmpty())
    lines << said;
  // Qt wraps long sentences only in rich text.
  return QStringLiteral("<p>%1</p>").arg(lines.join(QLatin1Char('\n')).toHtmlEscaped().replace('\n', "<br>"));
}

QVariant SampleModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const int sample = index.row();
  const Image& image = image_of(sample);
  switch (role) {
  case Qt::DisplayRole:
    return caption(sample);
  case Qt::ToolTipRole:
    return tool_tip(sample);
  case Qt::AccessibleTextRole:
    return QStringLiteral("%1, %2").arg(QString::fromStdString(set_.samples[static_cast<std::size_t>(sample)].id),
                                        caption(sample));
  case ThumbnailRole: {
    const QImage* thumbnail = thumbnails_.object(image_of_[static_cast<std::size_t>(sample)]);
    return thumbnail ? *thumbnail : QImage();
  }
  case BoxRole: {
    const std::optional<BoundingBox>& box = place_of(sample).box;
    if (!box)
      return {};
    const double width = image.size.width();
    const double height = image.size.height();
    const BoundingBox inside = clip(*box, image.size.width(), image.size.height());
    return QRectF(inside.x / width, inside.y / height, inside.width / width, inside.height / height);
  }
  case FailureRole:
    return image.failure.isEmpty() ? QVariant() : image.failure;
  default:
    return {};
  }
}

} // namespace scalescope
