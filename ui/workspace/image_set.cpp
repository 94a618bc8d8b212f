#include "ui/workspace/image_set.h"

namespace scalescope {

ImageSet::ImageSet(QObject* parent) : QObject(parent) {
  connect(&opener_, &ImageOpener::opened, this, &ImageSet::found);
}

void ImageSet::look_for(const QStringList& files_and_folders, const ReadChoice& how) {
  emit looking();
  opener_.open(files_and_folders, how);
}

void ImageSet::take(OpenedImages images, const QStringList& from, const ReadChoice& how) {
  offer_targets(images, from);
  from_ = from;
  how_ = how;
  boxes_.clear();
  current_ = -1;
  model_.set_samples(std::move(images.set));
  emit changed();
}

void ImageSet::clear() {
  from_.clear();
  how_ = {};
  boxes_.clear();
  current_ = -1;
  model_.set_samples({});
  emit changed();
}

void ImageSet::offer_targets(const OpenedImages& images, const QStringList& of) {
  targets_.clear();
  for (const std::string& column : images.targets)
    targets_ << QString::fromStdString(column);
  targets_of_ = of;
  emit targets_changed();
}

void ImageSet::set_current(int sample) {
  current_ = sample;
  emit current_changed(sample);
}

const Sample* ImageSet::current_sample() const {
  return current_ < 0 ? nullptr : &samples().samples.at(static_cast<std::size_t>(current_));
}

void ImageSet::draw_box(const BoundingBox& box) {
  boxes_[current_sample()->id] = box;
  model_.set_box(current_, box);
}

void ImageSet::set_boxes(const std::map<std::string, BoundingBox>& boxes) {
  boxes_ = boxes;
  const auto& all = samples().samples;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (const auto box = boxes_.find(all[i].id); box != boxes_.end())
      model_.set_box(static_cast<int>(i), box->second);
}

} // namespace scalescope
