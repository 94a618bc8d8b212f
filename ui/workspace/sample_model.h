#pragma once

#include "core/image/resizing.h"
#include "core/image/sample.h"
#include "ui/workers/thumbnail_loader.h"

#include <QAbstractListModel>
#include <QCache>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace scalescope {

/// 0.241 as "24.1 %".
[[nodiscard]] QString per_cent(double share);

/// The first remark, and the number of others; the saved results of an analysis list them all.
[[nodiscard]] QString summary_of(const std::vector<Remark>& remarks);

/// The samples of a set, one row each, with the loaded thumbnails and sizes of their images. Thumbnails are kept in a
/// cache of limited size, which drops those not used for longest; samples of one image share one. DisplayRole is the
/// object's scale, ToolTipRole gives all details.
class SampleModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role {
    ThumbnailRole = Qt::UserRole, ///< QImage, null if it is not loaded
    BoxRole,                      ///< QRectF of the object in fractions of the image's sides; or no value
    FailureRole,                  ///< why the image can't be shown, or no value
  };
  using QAbstractListModel::QAbstractListModel;

  void set_samples(SampleSet set);
  [[nodiscard]] const SampleSet& set() const { return set_; }
  /// @param box in pixels of the upright image; it replaces that of the annotation.
  void set_box(int sample, const std::optional<BoundingBox>& box);
  /// Stores a result of the loader.
  void add(const std::vector<ImageRead>& reads);
  /// Drops all thumbnails.
  void forget_thumbnails();
  /// Enlarges the cache of thumbnails to at least this many bytes.
  void make_room(qsizetype bytes);

  /// What a network is shown of an image: the scales of objects are shares of it. Before, they are shares of the image.
  void set_seen(const Resizing& resizing, int side);
  /// Object scale of a sample, if its box and the size of its image are known.
  [[nodiscard]] std::optional<double> scale(int sample) const;
  /// How its box was interpreted if it does not match the image, or why it or the image can't be used; usually empty.
  [[nodiscard]] QString said(int sample) const;
  /// The sizes of the images, of those that are known.
  [[nodiscard]] std::vector<QSize> sizes() const;
  [[nodiscard]] std::vector<std::filesystem::path> files() const; ///< of the images, each once
  [[nodiscard]] std::size_t image_count() const { return images_.size(); }
  /// The images with a box and an unknown size.
  [[nodiscard]] std::vector<std::size_t> unsized() const;
  /// The images of these samples that have neither a thumbnail nor failed, each once.
  [[nodiscard]] std::vector<std::size_t> without_thumbnail(std::span<const int> samples) const;

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

 signals:
  void scales_changed();        ///< by set_seen()
  void box_changed(int sample); ///< by set_box(); dataChanged is also sent

 private:
  static constexpr qsizetype usual_room = 64 << 20; ///< bytes: about a thousand thumbnails

  struct Image {
    std::filesystem::path file;
    std::vector<int> samples;
    QSize size;
    int orientation = 1;
    QString failure;
  };
  /// A sample's box from place_box, once the size of its image is known.
  struct Place {
    std::optional<BoundingBox> box;
    QString said; ///< the remark, or why there is no box
  };

  [[nodiscard]] const Image& image_of(int sample) const;
  void place(int sample);
  [[nodiscard]] const Place& place_of(int sample) const { return places_.at(static_cast<std::size_t>(sample)); }
  [[nodiscard]] QString caption(int sample) const;
  [[nodiscard]] QString tool_tip(int sample) const;

  SampleSet set_;
  Resizing resizing_;
  int side_ = 224; ///< of the network's input
  std::vector<Image> images_;
  std::vector<std::size_t> image_of_;                  ///< by sample
  std::vector<Place> places_;                          ///< by sample
  QCache<std::size_t, QImage> thumbnails_{usual_room}; ///< by image, costs in bytes
};

} // namespace scalescope
