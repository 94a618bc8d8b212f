#include "ui/sample_model.h"

#include <QRectF>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace scalescope {

QString per_cent(double share) { return QStringLiteral("%1 %").arg(100 * share, 0, 'f', share < 0.001 ? 2 : 1); }

void SampleModel::set_samples(SampleSet set) {
  beginResetModel();
  set_ = std::move(set);
  pictures_.clear();
  picture_of_.clear();
  thumbnails_.clear();
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < set_.samples.size(); ++i) {
    const std::filesystem::path& file = set_.samples[i].file;
    const auto [entry, is_new] = known.emplace(file.native(), pictures_.size());
    if (is_new)
      pictures_.push_back({file, {}, {}, {}});
    pictures_[entry->second].samples.push_back(static_cast<int>(i));
    picture_of_.push_back(entry->second);
  }
  endResetModel();
}

void SampleModel::set_box(int sample, const std::optional<BoundingBox>& box) {
  set_.samples.at(static_cast<std::size_t>(sample)).box = box;
  emit dataChanged(index(sample), index(sample));
}

void SampleModel::add(const std::vector<PictureRead>& reads) {
  for (const PictureRead& read : reads) {
    Picture& picture = pictures_.at(read.picture);
    if (!read.size.isEmpty())
      picture.size = read.size;
    if (!read.failure.isEmpty())
      picture.failure = read.failure;
    if (!read.thumbnail.isNull())
      thumbnails_.insert(read.picture, new QImage(read.thumbnail), read.thumbnail.sizeInBytes());
    for (const int sample : picture.samples)
      emit dataChanged(index(sample), index(sample));
  }
}

void SampleModel::forget_thumbnails() { thumbnails_.clear(); }

void SampleModel::make_room(qsizetype bytes) { thumbnails_.setMaxCost(std::max(bytes, usual_room)); }

const SampleModel::Picture& SampleModel::picture_of(int sample) const {
  return pictures_[picture_of_.at(static_cast<std::size_t>(sample))];
}

std::optional<double> SampleModel::scale(int sample) const {
  const QSize size = picture_of(sample).size;
  const std::optional<BoundingBox>& box = set_.samples[static_cast<std::size_t>(sample)].box;
  if (!box || size.isEmpty())
    return std::nullopt;
  return object_scale(*box, size.width(), size.height());
}

std::vector<std::filesystem::path> SampleModel::files() const {
  std::vector<std::filesystem::path> files;
  files.reserve(pictures_.size());
  for (const Picture& picture : pictures_)
    files.push_back(picture.file);
  return files;
}

std::vector<std::size_t> SampleModel::unsized() const {
  std::vector<std::size_t> unsized;
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    const auto has_box = [&](int sample) { return set_.samples[static_cast<std::size_t>(sample)].box.has_value(); };
    if (pictures_[i].size.isEmpty() && std::ranges::any_of(pictures_[i].samples, has_box))
      unsized.push_back(i);
  }
  return unsized;
}

std::vector<std::size_t> SampleModel::without_thumbnail(std::span<const int> samples) const {
  std::vector<std::size_t> missing;
  std::unordered_set<std::size_t> seen;
  for (const int sample : samples) {
    const std::size_t picture = picture_of_.at(static_cast<std::size_t>(sample));
    if (seen.insert(picture).second && pictures_[picture].failure.isEmpty() && !thumbnails_.contains(picture))
      missing.push_back(picture);
  }
  return missing;
}

int SampleModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(set_.samples.size());
}

QString SampleModel::caption(int sample) const {
  if (!set_.samples[static_cast<std::size_t>(sample)].box)
    return tr("no box");
  const std::optional<double> known = scale(sample);
  return known ? per_cent(*known) : QString();
}

QString SampleModel::tool_tip(int sample) const {
  const Sample& shown = set_.samples[static_cast<std::size_t>(sample)];
  const Picture& picture = picture_of(sample);
  QStringList lines{QString::fromStdString(shown.id)};
  if (!picture.failure.isEmpty())
    lines << picture.failure;
  if (!picture.size.isEmpty())
    lines << tr("Image: %1 × %2 px").arg(picture.size.width()).arg(picture.size.height());
  if (!shown.box)
    lines << tr("No object is marked");
  else if (const std::optional<double> known = scale(sample))
    lines
        << tr("Object: %1 × %2 px, %3 of the image").arg(shown.box->width).arg(shown.box->height).arg(per_cent(*known));
  // As rich text long sentences are wrapped.
  return QStringLiteral("<p>%1</p>").arg(lines.join(QLatin1Char('\n')).toHtmlEscaped().replace('\n', "<br>"));
}

QVariant SampleModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid))
    return {};
  const int sample = index.row();
  const Picture& picture = picture_of(sample);
  switch (role) {
  case Qt::DisplayRole:
    return caption(sample);
  case Qt::ToolTipRole:
    return tool_tip(sample);
  case Qt::AccessibleTextRole:
    return QStringLiteral("%1, %2").arg(QString::fromStdString(set_.samples[static_cast<std::size_t>(sample)].id),
                                        caption(sample));
  case ThumbnailRole: {
    const QImage* thumbnail = thumbnails_.object(picture_of_[static_cast<std::size_t>(sample)]);
    return thumbnail ? *thumbnail : QImage();
  }
  case BoxRole: {
    const std::optional<BoundingBox>& box = set_.samples[static_cast<std::size_t>(sample)].box;
    if (!box || picture.size.isEmpty())
      return {};
    const double width = picture.size.width();
    const double height = picture.size.height();
    const BoundingBox inside = clip(*box, picture.size.width(), picture.size.height());
    return QRectF(inside.x / width, inside.y / height, inside.width / width, inside.height / height);
  }
  case FailureRole:
    return picture.failure.isEmpty() ? QVariant() : picture.failure;
  default:
    return {};
  }
}

} // namespace scalescope
