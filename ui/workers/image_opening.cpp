#include "ui/workers/image_opening.h"

#include "core/base/error.h"
#include "core/image/image.h"
#include "core/image/read_image.h"
#include "datasets/formats.h"
#include "datasets/image_files.h"
#include "datasets/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

Sample plain_sample(const fs::path& file, const std::string& id) { return {id, file, id, {}, {}, {}}; }

/// Builds the set, source by source.
class Opening {
 public:
  Opening(std::stop_token stop, ReadChoice how) : stop_(std::move(stop)), how_(std::move(how)) {}

  void add(const fs::path& given) {
    const fs::path path = fs::absolute(given).lexically_normal();
    const fs::path source = path.has_filename() ? path : path.parent_path(); // without a trailing slash
    if (!sources_.insert(source.native()).second)
      return;
    try {
      if (fs::is_directory(source))
        add_folder(source);
      else if (is_named_as_data(source) || !fs::exists(source))
        add_data_set(source);
      else
        add_file(source);
    } catch (const Error& error) {
      opened_.messages.emplace_back(error.what());
    } catch (const fs::filesystem_error& error) {
      opened_.messages.push_back(fmt::format("{}: can't be read: {}; check the path and its permissions",
                                             source.string(), error.code().message()));
    }
  }

  OpenedImages finish() {
    if (opened_.set.target_name.empty())
      opened_.set.target_name = object_scale_name;
    if (names_.size() == 1)
      opened_.set.name = names_.front();
    else if (!names_.empty())
      opened_.set.name = fmt::format("{} and {} more", names_.front(), names_.size() - 1);
    return std::move(opened_);
  }

 private:
  void add_data_set(const fs::path& source) {
    const std::vector<std::string> choices = target_choices(source);
    for (const std::string& choice : choices)
      if (std::ranges::find(opened_.targets, choice) == opened_.targets.end())
        opened_.targets.push_back(choice);
    SampleSet set = read_all_samples(
        source, {.format = how_.format, .target = choices.empty() ? std::string() : how_.target, .keep_going = true},
        {.stop = stop_});
    SampleSet& all = opened_.set;
    if (!all.target_name.empty() && all.target_name != set.target_name)
      throw Error(
          fmt::format("{}: its target is \"{}\", but the target of the images that are open is \"{}\"; open it alone",
                      source.string(), set.target_name, all.target_name));
    all.target_name = set.target_name;
    all.format = names_.empty() ? set.format : std::string(); // of several sources there is none
    all.files.insert(all.files.end(), set.files.begin(), set.files.end());
    append(std::move(set.samples), fs::is_directory(source) ? source : source.parent_path());
    for (LeftOut& left_out : set.left_out)
      all.left_out.push_back(std::move(left_out));
    for (Remark& remark : set.remarks)
      all.remarks.push_back(std::move(remark));
    names_.push_back(set.name);
  }

  void add_folder(const fs::path& folder) {
    const std::vector<FoundData> found = find_data(folder, how_.format, stop_);
    const bool holds_data = !found.empty();
    if (found.size() > 1) {
      for (const FoundData& one : found)
        opened_.choices.push_back(
            {fmt::format("{}: {}", one.format->name,
                         one.files.size() == 1 ? one.files[0].lexically_relative(folder).generic_string()
                                               : fmt::format("{} files", one.files.size())),
             one.path, std::string(one.format->id)});
      return;
    }
    if (holds_data)
      try {
        add_data_set(folder);
        return;
      } catch (const Error& error) { // its images can still be viewed
        opened_.messages.emplace_back(error.what());
      }
    const std::vector<fs::path> images = images_below(folder, stop_);
    if (images.empty() && !holds_data)
      throw Error(
          fmt::format("{}: the folder contains neither images (JPEG, PNG, TIFF, BMP, WebP) nor a data set ({}); "
                      "give the folder or file that does",
                      folder.string(), either(&DatasetFormat::name)));
    std::vector<Sample> samples;
    samples.reserve(images.size());
    for (const fs::path& image : images)
      samples.push_back(plain_sample(folder / image, image.generic_string()));
    append_new(std::move(samples), folder);
    if (!images.empty())
      names_.push_back(folder.filename().string());
  }

  void add_file(const fs::path& file) {
    if (!is_named_as_image(file))
      (void)read_image(file); // throws core's message if it is not an image
    append_new({plain_sample(file, file.filename().string())}, file.parent_path());
    names_.push_back(file.filename().string());
  }

  /// Appends plain images that are not in the set yet.
  void append_new(std::vector<Sample> samples, const fs::path& folder) {
    std::erase_if(samples, [&](const Sample& sample) { return files_.contains(fs::canonical(sample.file).native()); });
    for (const Sample& sample : samples)
      opened_.set.files.push_back(sample.file);
    append(std::move(samples), folder);
  }

  void append(std::vector<Sample> samples, const fs::path& folder) {
    const bool clash = std::ranges::any_of(samples, [&](const Sample& sample) { return ids_.contains(sample.id); });
    for (Sample& sample : samples) {
      if (stop_.stop_requested())
        throw Cancelled();
      if (clash) {
        sample.id = (folder / sample.id).generic_string();
        sample.group = (folder / sample.group).generic_string();
        sample.image = sample.image.empty() ? std::string() : (folder / sample.image).generic_string();
      }
      ids_.insert(sample.id);
      files_.insert(fs::canonical(sample.file).native());
      opened_.set.samples.push_back(std::move(sample));
    }
  }

  std::stop_token stop_;
  ReadChoice how_;
  OpenedImages opened_;
  std::unordered_set<std::string> sources_;
  std::vector<std::string> names_;        ///< of what was added
  std::unordered_set<std::string> ids_;   ///< of all samples
  std::unordered_set<std::string> files_; ///< of all samples, without links
};

} // namespace

OpenedImages open_images(const std::vector<fs::path>& given, const std::stop_token& stop, const ReadChoice& how) {
  // Data sets come first, so that their images keep their boxes if they are also given as plain files.
  std::vector<fs::path> ordered = given;
  std::stable_partition(ordered.begin(), ordered.end(), [&](const fs::path& path) {
    try {
      return is_named_as_data(path) || (fs::is_directory(path) && !find_data(path, {}, stop).empty());
    } catch (const Error&) {
      return false; // add() will add a message
    }
  });
  Opening opening(stop, how);
  for (const fs::path& path : ordered) {
    if (stop.stop_requested())
      throw Cancelled();
    opening.add(path);
  }
  return opening.finish();
}

} // namespace scalescope
