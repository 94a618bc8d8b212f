#include "datasets/detail/image_finder.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/image/sample.h"
#include "datasets/detail/annotations.h"
#include "datasets/detail/file_names.h"
#include "datasets/image_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <tuple>
#include <utility>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

constexpr std::array extensions{".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"};

std::vector<std::string> folded_parts(const fs::path& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : path)
    parts.push_back(folded(part.string()));
  return parts;
}

/// The folders above a file, folded, the innermost first.
std::vector<std::string> folders_of(const fs::path& file) {
  std::vector<std::string> folders = folded_parts(file.parent_path());
  std::ranges::reverse(folders);
  return folders;
}

/// How many folders above two files have the same names.
std::ptrdiff_t common_folders(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
}

/// The split that a folder of the path names: "train" for train2017/ and training/; empty if none does.
std::string split_in(const fs::path& path) {
  for (const std::string& part : folded_parts(path.parent_path()))
    for (const auto& [start, split] : {std::pair("train", "train"), {"val", "val"}, {"test", "test"}})
      if (part.starts_with(start) && part.size() < 12)
        return split;
  return {};
}

/// Label Studio puts eight random digits in front of the names of uploaded files: "1a2b3c4d-NAME".
std::optional<std::string> without_upload_prefix(const std::string& name) {
  const auto is_hex = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  if (name.size() > 9 && name[8] == '-' && std::all_of(name.begin(), name.begin() + 8, is_hex))
    return name.substr(9);
  return std::nullopt;
}

} // namespace

std::string split_named_in(const std::string& name) {
  std::string found;
  for (const char* split : {"train", "val", "test"})
    if (folded(name).find(split) != std::string::npos) {
      if (!found.empty())
        return {};
      found = split;
    }
  return found;
}

ImageFinder::ImageFinder(fs::path root, std::stop_token stop)
    : root_(root.has_filename() ? std::move(root) : root.parent_path()), stop_(std::move(stop)) {}

std::optional<fs::path> ImageFinder::at(std::span<const fs::path> folders, const fs::path& name) {
  if (name.empty())
    return std::nullopt;
  for (const fs::path& folder : folders)
    if (const fs::path file = folder / name; file_exists(file))
      return file.lexically_normal();
  return std::nullopt;
}

std::optional<fs::path> ImageFinder::named(std::span<const fs::path> folders, const std::string& name) {
  for (const fs::path& folder : folders) {
    std::vector<fs::path> found;
    for (const char* extension : extensions)
      if (const fs::path file = folder / (name + extension); file_exists(file))
        found.push_back(file.lexically_normal());
    if (found.size() > 1)
      note("by the annotation's name, and chosen among those that differ in their extension", name,
           name_of(found.front()));
    if (!found.empty())
      return found.front();
  }
  return std::nullopt;
}

void ImageFinder::note(const std::string& way, const std::string& written, const std::string& found) {
  Way& known = ways_[way];
  if (known.count++ == 0)
    std::tie(known.written, known.found) = std::pair(written, found);
}

const ImageFinder::Index& ImageFinder::index() {
  if (index_)
    return *index_;
  index_.emplace();
  for (fs::path& file : images_below(root_, stop_)) {
    const std::size_t place = index_->images.size();
    index_->by_name[folded(file.filename().string())].push_back(place);
    index_->by_stem[folded(file.stem().string())].push_back(place);
    std::vector<std::string> folders = folders_of(full_path(root_ / file));
    index_->images.push_back({std::move(file), std::move(folders)});
  }
  return *index_;
}

bool ImageFinder::knows(const std::string& written) {
  const fs::path wanted = as_relative_path(written);
  const std::string stem = is_named_as_image(wanted) ? wanted.stem().string() : wanted.filename().string();
  return index().by_name.contains(folded(wanted.filename().string())) || index().by_stem.contains(folded(stem));
}

FoundImage ImageFinder::search(const std::string& written, const fs::path& near, const std::string& split) {
  const fs::path wanted = as_relative_path(written);
  const std::string name = wanted.filename().string();
  std::string way;
  const std::vector<std::size_t>* found = nullptr;
  const auto look = [&](const auto& table, const std::string& key, const char* how) {
    const auto entry = table.find(folded(key));
    if (found == nullptr && !key.empty() && entry != table.end()) {
      found = &entry->second;
      way = how;
    }
  };
  const Index& all = index();
  look(all.by_name, name, "in another folder than the annotation says");
  look(all.by_stem, is_named_as_image(wanted) ? wanted.stem().string() : name,
       is_named_as_image(wanted) ? "with another extension than the annotation gives" : "by a name without extension");
  if (const auto bare = without_upload_prefix(name))
    look(all.by_name, *bare, "without the digits that Label Studio puts in front of a name");
  if (found == nullptr)
    throw Error(fmt::format("its image is missing: there is no \"{:.200}\" in {} and its sub-folders; add the image or "
                            "remove the annotation",
                            printable(written), root_.string()));

  // Of several images of this name: the one that lies deepest along the written path, deepest along the path of the
  // annotation (images/cam1 for labels/cam1), or in a folder of its split.
  const bool is_one = found->size() == 1;
  const std::vector<std::string> wanted_folders = is_one ? std::vector<std::string>() : folders_of(wanted);
  const std::vector<std::string> near_folders =
      is_one ? std::vector<std::string>() : folders_of(full_path(near) / name);
  using Rank = std::tuple<std::ptrdiff_t, std::ptrdiff_t, bool>;
  std::optional<Rank> highest;
  std::vector<const fs::path*> best;
  for (const std::size_t place : *found) {
    const Image& image = all.images[place];
    const Rank rank{common_folders(image.folders, wanted_folders), common_folders(image.folders, near_folders),
                    !split.empty() && split_in(image.file) == split};
    if (!highest || rank > *highest)
      best.clear();
    if (!highest || rank >= *highest) {
      best.push_back(&image.file);
      highest = rank;
    }
  }
  if (best.size() > 1) {
    const auto is_exact = [&](const fs::path* file) { return file->filename() == name; };
    const auto exact = std::ranges::find_if(best, is_exact);
    if (std::ranges::count_if(best, is_exact) != 1)
      throw Error(
          fmt::format("its image \"{:.200}\" could be {} or {}; give the images different names, or write in the "
                      "annotation in which folder it is",
                      printable(written), best[0]->string(), best[1]->string()));
    best = {*exact};
  }
  const fs::path& file = *best.front();
  const std::string found_split = split_in(file);
  std::string wanted_split = found_split.empty() ? std::string() : split_in(wanted);
  if (!found_split.empty() && wanted_split.empty())
    wanted_split = split_in(fs::path(name_of(near)) / name);
  if (!wanted_split.empty() && wanted_split != found_split)
    throw Error(fmt::format("its image is missing: {1} has the name of \"{0:.200}\", but belongs to another split; add "
                            "the image or remove the annotation",
                            printable(written), file.string()));

  if (way.starts_with("in another") && file.filename() == name && wanted == file)
    way = "by a path that was written in another way"; // back slashes, a drive, an escaped blank
  else if (way.starts_with("in another") && file.filename() != name)
    way = "by a name that is written in another way (capitals, accents)";
  note(way, written, file.generic_string());
  return {file.generic_string(), root_ / file};
}

OwnImage ImageFinder::own_or(const FoundImage& image, const std::string& key, const std::string& written,
                             const fs::path& annotation, std::vector<fs::path> folders) {
  const std::string own = annotation.stem().string();
  folders.push_back(image.file.parent_path());
  if (folded(image.file.stem().string()) != folded(own))
    if (const auto beside = named(folders, own))
      return {{name_of(*beside), *beside},
              fmt::format("{} in {} names another image, {}; the image with the annotation's own name was used", key,
                          name_of(annotation), printable(written))};
  return {image};
}

OwnImage ImageFinder::search_own(const std::string& key, const std::string& written, const fs::path& annotation) {
  const std::string own = annotation.stem().string();
  if (written.empty())
    return {search(own, annotation.parent_path())};
  if (!knows(written) && knows(own))
    return {search(own, annotation.parent_path()),
            fmt::format("{} in {} names {}, which is missing; the image with the annotation's own name was used", key,
                        name_of(annotation), printable(written))};
  return own_or(search(written, annotation.parent_path()), key, written, annotation);
}

std::string ImageFinder::name_of(const fs::path& file) const {
  return full_path(file).lexically_relative(full_path(root_)).generic_string();
}

std::vector<Remark> ImageFinder::remarks() const {
  std::vector<Remark> all;
  for (const auto& [way, found] : ways_)
    all.push_back(
        {root_.string(), fmt::format("{} found {}, such as {} for \"{:.200}\"",
                                     found.count == 1 ? "1 image was" : fmt::format("{} images were", found.count), way,
                                     found.found, printable(found.written))});
  return all;
}

} // namespace scalescope
