#include "core/features/resized_images.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/features/network_image.h"
#include "core/image/read_image.h"
#include "core/image/resize.h"

#include <fmt/format.h>

#include <utility>

namespace scalescope {

ResizedImages::ResizedImages(const std::vector<Sample>& samples, const Preprocessing& preprocessing,
                             const InputForm& form)
    : samples_(samples), preprocessing_(preprocessing), form_(form), images_(group_by_image(samples)) {}

GeneratedImages ResizedImages::source(int side, double zoom) {
  const auto load = [this, side, zoom](std::size_t i, std::span<float> pixels) {
    try {
      const Image image = read_image(images_[i].file);
      keep(i, image.notes);
      preprocess_for(form_, to_square(middle_of(image, zoom), side, preprocessing_), preprocessing_, pixels);
      return true;
    } catch (const Error& e) {
      const std::scoped_lock lock(mutex_);
      left_out_.try_emplace(i, LeftOut{sample(i).id, e.what()});
      return false;
    }
  };
  // The number is the version of this code: raise it if decoding or resizing changes values.
  const auto key = [this, side, zoom](std::size_t i) {
    std::string hash;
    try {
      const std::string bytes = read_upright_image(images_[i].file);
      hash = sha256_of(bytes);
      if (!keeps(i))
        keep(i, notes_of(bytes));
    } catch (const Error&) { // load reports the error
    }
    return fmt::format("resized 2|{}|{}|{}{}", hash, side, key_of(preprocessing_),
                       zoom == 1 ? "" : fmt::format("|zoom {}", zoom));
  };
  return {images_.size(), side, load, key};
}

bool ResizedImages::keeps(std::size_t i) const {
  const std::scoped_lock lock(mutex_);
  return notes_.contains(i);
}

void ResizedImages::keep(std::size_t i, std::vector<std::string> notes) {
  const std::scoped_lock lock(mutex_);
  notes_.try_emplace(i, std::move(notes));
}

std::vector<Remark> ResizedImages::remarks() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Remark> all;
  for (const auto& [image, notes] : notes_)
    for (const std::string& note : notes)
      all.push_back({sample(image).id, note});
  return all;
}

std::vector<LeftOut> ResizedImages::left_out() const {
  const std::scoped_lock lock(mutex_);
  std::vector<LeftOut> all;
  for (const auto& [image, one] : left_out_)
    all.push_back(one);
  return all;
}

} // namespace scalescope
