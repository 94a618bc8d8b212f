#include "core/network/detail/loading/folder_config.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/network/detail/loading/folder_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace scalescope {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr int most_side = 4096; // as for --input-size
constexpr int least_side = 8;
constexpr std::int64_t most_classes = 1'000'000;

/// An object of a file, whose entries are read with a check of what they are. An entry that is null is not there.
class Entries {
 public:
  Entries(const json& object, fs::path file, std::string path = {})
      : object_(object), file_(std::move(file)), path_(std::move(path)) {}

  [[nodiscard]] const json* find(const std::string& key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  [[nodiscard]] bool has(const std::string& key) const { return find(key) != nullptr; }

  [[noreturn]] void refuse(const std::string& key, const std::string& wanted) const {
    throw Error(fmt::format("{}: '{}{}' is not {}; correct it, or download the folder again.", file_.string(), path_,
                            for_terminal(key), wanted));
  }
  [[noreturn]] void cannot(const std::string& key, const std::string& why) const {
    throw Error(fmt::format("{}: '{}{}' {}.", file_.string(), path_, for_terminal(key), why));
  }

  [[nodiscard]] std::string text(const std::string& key) const {
    const json* value = find(key);
    if (value == nullptr)
      return {};
    if (!value->is_string())
      refuse(key, "a text");
    return value->get<std::string>();
  }
  [[nodiscard]] bool flag(const std::string& key, bool otherwise) const {
    const json* value = find(key);
    if (value != nullptr && !value->is_boolean())
      refuse(key, "true or false");
    return value == nullptr ? otherwise : value->get<bool>();
  }
  [[nodiscard]] std::int64_t whole(const std::string& key, const json& value, std::int64_t least,
                                   std::int64_t largest) const {
    const bool fits = value.is_number_integer() &&
                      (!value.is_number_unsigned() ||
                       value.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
    if (!fits || value.get<std::int64_t>() < least || value.get<std::int64_t>() > largest)
      refuse(key, fmt::format("a whole number from {} to {}", least, largest));
    return value.get<std::int64_t>();
  }
  [[nodiscard]] int side(const std::string& key, const json& value) const {
    return static_cast<int>(whole(key, value, least_side, most_side));
  }
  [[nodiscard]] double number(const std::string& key, double otherwise, double least, double largest) const {
    const json* value = find(key);
    if (value == nullptr)
      return otherwise;
    if (!value->is_number() || !(value->get<double>() >= least && value->get<double>() <= largest))
      refuse(key, fmt::format("a number from {} to {}", least, largest));
    return value->get<double>();
  }
  /// Three numbers, also written as one.
  [[nodiscard]] std::array<float, 3> rgb(const std::string& key, const std::array<float, 3>& otherwise,
                                         bool positive) const {
    const json* value = find(key);
    if (value == nullptr)
      return otherwise;
    const bool is_list = value->is_array() && (value->size() == 3 || value->size() == 1);
    std::array<float, 3> numbers{};
    for (std::size_t c = 0; c < 3; ++c) {
      const json& one = is_list ? (*value)[value->size() == 1 ? 0 : c] : *value;
      const double number = one.is_number() ? one.get<double>() : std::nan("");
      if (!(std::abs(number) <= 1000) || (positive && !(number >= 1e-6)))
        refuse(key, positive ? "three numbers above 0" : "three numbers, usually from 0 to 1");
      numbers[c] = static_cast<float>(number);
    }
    return numbers;
  }
  /// An object in it; an empty one if it is not there.
  [[nodiscard]] Entries object(const std::string& key) const {
    static const json none = json::object();
    const json* value = find(key);
    if (value != nullptr && !value->is_object())
      refuse(key, "an object of names and values");
    return {value == nullptr ? none : *value, file_, path_ + key + '.'};
  }
  [[nodiscard]] const json& all() const { return object_; }

 private:
  const json& object_;
  fs::path file_;
  std::string path_;
};

Interpolation interpolation_named(const Entries& entries, const std::string& key) {
  const auto known = enum_of<Interpolation>(entries.text(key));
  if (!known)
    entries.refuse(key, "one of " + names_text<Interpolation>());
  return *known;
}

/// With the name of the mode that has these values, if there is one.
Preprocessing scaling(const std::array<float, 3>& mean, const std::array<float, 3>& standard_deviation) {
  for (const char* mode : {"torch", "tf"})
    if (Preprocessing known = Preprocessing::named(mode);
        known.mean == mean && known.standard_deviation == standard_deviation)
      return known;
  return Preprocessing::custom(mean, standard_deviation);
}

std::vector<std::string> texts(const Entries& entries, const std::string& key, const json& list) {
  std::vector<std::string> all;
  for (const json& one : list) {
    if (!one.is_string())
      entries.refuse(key, "a list of texts");
    all.push_back(one.get<std::string>());
  }
  return all;
}

/// Names by their number: {"0": "cat", "1": "dog"}.
std::vector<std::string> texts_by_number(const Entries& entries, const std::string& key, const json& object) {
  std::vector<std::string> all(object.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto found = object.find(std::to_string(i));
    if (found == object.end() || !found->is_string())
      entries.refuse(key, fmt::format("a list of names for the classes 0 to {}", all.size() - 1));
    all[i] = found->get<std::string>();
  }
  return all;
}

std::vector<std::string> names_of(const Entries& entries, const std::string& key) {
  const json* value = entries.find(key);
  if (value == nullptr)
    return {};
  if (!value->is_array() && !value->is_object())
    entries.refuse(key, "a list of names");
  return value->is_array() ? texts(entries, key, *value) : texts_by_number(entries, key, *value);
}

void check_count(const Entries& entries, const std::string& key, const FolderConfig& config) {
  if (config.classes && !config.class_names.empty() && std::ssize(config.class_names) != *config.classes)
    entries.cannot(key, fmt::format("has {} names, but the network has {} classes; correct one of them",
                                    config.class_names.size(), *config.classes));
}

// ---- timm

Resizing timm_resizing(const Entries& from) {
  Resizing how{.mode = ResizeMode::Crop, .interpolation = Interpolation::Bicubic, .crop = 0.875};
  if (from.has("interpolation"))
    how.interpolation = interpolation_named(from, "interpolation");
  how.crop = from.number("crop_pct", how.crop, least_crop, 1);
  const std::string mode = from.text("crop_mode");
  if (mode == "squash")
    how.mode = ResizeMode::Squash;
  else if (mode == "border")
    how.mode = ResizeMode::Pad;
  else if (!mode.empty() && mode != "center")
    from.refuse("crop_mode", "one of center, squash, border");
  return how;
}

void read_timm(const Entries& config, FolderConfig& known) {
  known.library = known.pruned ? known.pruned->library : "timm";
  const std::string name = config.text("architecture");
  known.architecture = name.substr(0, name.find('.')); // "resnet18.a1_in1k": the tag tells of the weights
  const Entries nested = config.object("pretrained_cfg");
  const Entries& from = config.has("pretrained_cfg") ? nested : config; // older versions have its entries beside it
  for (const Entries* place : {&from, &config})                         // the outer one counts more
    if (const json* classes = place->find("num_classes"))
      known.classes = place->whole("num_classes", *classes, 0, most_classes);
  known.arguments = config.object("model_args").all();

  known.width = known.height = 224;
  if (const json* size = from.find("input_size")) {
    if (!size->is_array() || size->size() != 3)
      from.refuse("input_size", "a list of channels, height and width");
    known.height = from.side("input_size", (*size)[1]);
    known.width = from.side("input_size", (*size)[2]);
  }
  const Preprocessing usual = Preprocessing::named("torch");
  known.preprocessing = scaling(from.rgb("mean", usual.mean, false), from.rgb("std", usual.standard_deviation, true));
  known.preprocessing->resizing = timm_resizing(from);

  for (const Entries* place : {&from, &config})
    for (const char* key : {"labels", "label_names"})
      if (auto names = names_of(*place, key); !names.empty()) {
        known.class_names = std::move(names);
        check_count(*place, key, known);
      }
  for (const Entries* place : {&from, &config}) {
    const Entries descriptions = place->object("label_descriptions");
    for (std::string& one : known.class_names)
      if (descriptions.has(one))
        one = descriptions.text(one);
  }
}

// ---- transformers

/// The share that makes floor(cropped / share) the resized side, with as few digits as possible.
double share_of(int cropped, int resized) {
  for (double digits = 10; digits < 1e7; digits *= 10) {
    const double share = std::round(digits * cropped / resized) / digits;
    if (share > 0 && share <= 1 && std::floor(cropped / share) == resized)
      return share;
  }
  return cropped / (resized + 0.5);
}

/// What a size says; 0: nothing.
struct ProcessorSize {
  int height = 0;
  int width = 0;
  int shortest = 0;
};

ProcessorSize size_of(const Entries& from, const std::string& key, bool one_is_shortest) {
  const json* value = from.find(key);
  if (value == nullptr)
    return {};
  if (value->is_number()) {
    const int side = from.side(key, *value);
    return one_is_shortest ? ProcessorSize{.shortest = side} : ProcessorSize{.height = side, .width = side};
  }
  if (!value->is_object())
    from.refuse(key, "a number or an object");
  const Entries inner = from.object(key);
  if (const json* height = inner.find("height"), *width = inner.find("width"); height != nullptr && width != nullptr)
    return {.height = inner.side("height", *height), .width = inner.side("width", *width)};
  if (const json* shortest = inner.find("shortest_edge"); shortest != nullptr && !inner.has("longest_edge"))
    return {.shortest = inner.side("shortest_edge", *shortest)};
  from.cannot(key, "has a form that ScaleScope does not know; give height and width, or shortest_edge alone");
}

Interpolation resampling(const Entries& from, FolderConfig& known) {
  constexpr std::array by_number{Interpolation::Nearest, Interpolation::Lanczos, Interpolation::Bilinear,
                                 Interpolation::Bicubic, Interpolation::Box,     Interpolation::Hamming};
  if (const json* number = from.find("resample"))
    return by_number.at(static_cast<std::size_t>(from.whole("resample", *number, 0, 5)));
  known.notes.emplace_back("Its preprocessor_config.json names no interpolation (resample), so bilinear is used.");
  return Interpolation::Bilinear;
}

void read_square(const Entries& from, FolderConfig& known, Resizing& how) {
  std::string type = from.text("image_processor_type") + from.text("feature_extractor_type");
  const bool crops = from.flag("do_center_crop", from.has("crop_size") && !type.starts_with("ViT"));
  const ProcessorSize size = size_of(from, "size", crops || type.starts_with("ConvNext"));
  const ProcessorSize cropped = crops ? size_of(from, "crop_size", false) : ProcessorSize{};
  if (crops && cropped.height == 0)
    from.refuse("crop_size", "there, though do_center_crop asks for it");
  const int resized = std::max(size.height, size.shortest);
  if (!from.flag("do_resize", true) || resized == 0) {
    known.notes.emplace_back("Its preprocessor_config.json does not resize images, but ScaleScope has to: they are "
                             "squashed (--resize changes this).");
    return;
  }
  how.mode = size.shortest > 0 ? ResizeMode::Crop : ResizeMode::Squash;
  known.height = crops ? cropped.height : resized;
  known.width = crops ? cropped.width : size.shortest > 0 ? resized : size.width;
  if (crops) {
    if (cropped.height > resized)
      from.cannot("crop_size", "is larger than the size before the crop; correct one of them");
    how.crop = share_of(cropped.height, resized);
  } else if (size.shortest > 0 && type.starts_with("ConvNext")) {
    constexpr int largest_cropped = 383; // ConvNextImageProcessor squashes for larger inputs
    how.mode = resized > largest_cropped ? ResizeMode::Squash : ResizeMode::Crop;
    how.crop = resized > largest_cropped ? 1 : from.number("crop_pct", 0.875, least_crop, 1);
  } else if (size.shortest > 0) {
    known.notes.emplace_back("Its preprocessor_config.json keeps the proportions of images and crops nothing, but "
                             "ScaleScope gives a network squares: their middle is cropped (--resize changes this).");
  }
  if (how.crop < least_crop)
    from.cannot("crop_size",
                fmt::format("is less than {} of the size before the crop; correct one of them", least_crop));
}

void read_processor(const Entries& from, FolderConfig& known) {
  for (const char* key :
       {"do_pad", "do_flip_channel_order", "do_thumbnail", "do_align_long_axis", "do_grayscale", "rescale_offset"})
    if (from.flag(key, false))
      from.cannot(key, "asks for something that ScaleScope does not do with images; set it to false if the network "
                       "works without it");
  const double factor = from.flag("do_rescale", true) ? from.number("rescale_factor", 1.0 / 255, 1e-6, 1e3) : 1;
  const bool normalises = from.flag("do_normalize", true);
  std::array<float, 3> mean{};
  std::array<float, 3> deviation{1, 1, 1};
  if (normalises) {
    for (const char* key : {"image_mean", "image_std"})
      if (!from.has(key))
        from.refuse(key, "there, though do_normalize asks for it");
    mean = from.rgb("image_mean", mean, false);
    deviation = from.rgb("image_std", deviation, true);
  }
  if (const auto to_255 = static_cast<float>(factor * 255); std::abs(to_255 - 1) > 1e-5F)
    for (std::size_t c = 0; c < 3; ++c) { // (v f - m) / d = (v / 255 - m / 255f) / (d / 255f)
      mean[c] /= to_255;
      deviation[c] /= to_255;
    }
  Resizing how;
  how.interpolation = resampling(from, known);
  read_square(from, known, how);
  known.preprocessing = scaling(mean, deviation);
  known.preprocessing->resizing = how;
}

void read_labels(const Entries& config, FolderConfig& known) {
  const json* architectures = config.find("architectures");
  if (architectures != nullptr && !architectures->is_array())
    config.refuse("architectures", "a list of texts");
  bool classifies = architectures == nullptr;
  if (architectures != nullptr)
    for (const std::string& one : texts(config, "architectures", *architectures))
      classifies |= one.ends_with("ForImageClassification");
  if (!classifies)
    return;
  known.class_names = names_of(config, "id2label");
  if (!known.class_names.empty())
    known.classes = std::ssize(known.class_names);
  if (const json* count = config.find("num_labels"))
    known.classes = config.whole("num_labels", *count, 0, most_classes);
  check_count(config, "id2label", known);
  bool are_numbers = true; // LABEL_0, LABEL_1, ...: what stands there where nobody gave names
  for (std::size_t i = 0; i < known.class_names.size(); ++i)
    are_numbers &= known.class_names[i] == fmt::format("LABEL_{}", i);
  if (are_numbers)
    known.class_names.clear();
}

void read_transformers(const fs::path& folder, const Entries& config, FolderConfig& known) {
  known.library = "transformers";
  known.arguments = config.all();
  known.architecture = config.text("model_type");
  if (known.pruned) // what its images are made like is said there
    return;
  read_labels(config, known);
  if (const json* side = config.find("image_size"); side != nullptr && side->is_number())
    known.width = known.height = config.side("image_size", *side); // a preprocessor_config.json may say another
  std::error_code ignored;
  for (const char* name : {"preprocessor_config.json", "processor_config.json"}) {
    const fs::path file = folder / name;
    if (!fs::exists(fs::symlink_status(file, ignored)))
      continue;
    const json content = read_folder_json(file);
    const Entries whole(content, file);
    if (whole.has("image_processor"))
      return read_processor(whole.object("image_processor"), known);
    return read_processor(whole, known);
  }
  known.notes.emplace_back("Its folder has no preprocessor_config.json, so how its images were made is not known.");
}

} // namespace

FolderConfig read_folder_config(const fs::path& folder, const FolderFiles* files) {
  FolderConfig known;
  known.file = folder / "config.json";
  std::error_code ignored;
  if (files == nullptr && !fs::exists(fs::symlink_status(known.file, ignored)))
    throw Error(fmt::format("{} is a folder without a config.json, so it is no network of timm or Hugging Face; give "
                            "the folder with the config.json, or a network's file.",
                            folder.string()));
  const json content = files != nullptr ? json::parse(files->at("config.json")) : read_folder_json(known.file);
  const Entries config(content, known.file);
  if (const json* pruned = config.find("scalescope"))
    known.pruned = pruned_entry(*pruned, known.file);
  if (config.has("architecture"))
    read_timm(config, known);
  else if (config.has("model_type"))
    read_transformers(folder, config, known);
  if (known.architecture.empty())
    throw Error(fmt::format("{} names no network ('architecture' of timm, or 'model_type' of Hugging Face); give the "
                            "folder of an image network.",
                            known.file.string()));
  return known;
}

} // namespace scalescope
