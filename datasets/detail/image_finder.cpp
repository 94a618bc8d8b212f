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

/// How many folders above the file names two paths have in common.
std::ptrdiff_t common_folders(const fs::path& a, const fs::path& b) {
  const std::vector<std::string> of_a = folded_parts(a.parent_path());
  const std::vector<std::string> of_b = folded_parts(b.parent_path());
  return std::mismatch(of_a.rbegin(), of_a.rend(), of_b.rbegin(), of_b.rend()).first - of_a.rbegin();
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
  for (const fs::path& file : images_below(root_, stop_)) {
    index_->by_name[folded(file.filename().string())].push_back(file);
    index_->by_stem[folded(file.stem().string())].push_back(file);
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
  std::vector<fs::path> found;
  const auto look = [&](const auto& table, const std::string& key, const char* how) {
    const auto entry = table.find(folded(key));
    if (found.empty() && !key.empty() && entry != table.end()) {
      found = entry->second;
      way = how;
    }
  };
  const Index& images = index();
  look(images.by_name, name, "in another folder than the annotation says");
  look(images.by_stem, is_named_as_image(wanted) ? wanted.stem().string() : name,
       is_named_as_image(wanted) ? "with another extension than the annotation gives" : "by a name without extension");
  if (const auto bare = without_upload_prefix(name))
    look(images.by_name, *bare, "without the digits that Label Studio puts in front of a name");
  if (found.empty())
    throw Error(fmt::format("its image is missing: there is no \"{:.200}\" in {} and its sub-folders; add the image or "
                            "remove the annotation",
                            printable(written), root_.string()));

  // Of several images of this name: the one that lies deepest along the written path, deepest along the path of the
  // annotation (images/cam1 for labels/cam1), or in a folder of its split.
  const auto rank = [&](const fs::path& file) {
    return std::tuple(common_folders(root_ / file, wanted), common_folders(root_ / file, near / file.filename()),
                      !split.empty() && split_in(file) == split ? 1 : 0);
  };
  std::ranges::stable_sort(found, std::ranges::greater(), rank);
  if (found.size() > 1 && rank(found[0]) == rank(found[1])) {
    const auto same = std::ranges::find(found, name, [](const fs::path& file) { return file.filename().string(); });
    const bool by_case =
        same != found.end() && rank(*same) == rank(found[0]) &&
        std::ranges::count(found, name, [](const fs::path& file) { return file.filename().string(); }) == 1;
    if (!by_case)
      throw Error(
          fmt::format("its image \"{:.200}\" could be {} or {}; give the images different names, or write in the "
                      "annotation in which folder it is",
                      printable(written), found[0].string(), found[1].string()));
    std::iter_swap(found.begin(), same);
  }
  const std::string wanted_split = split_in(wanted);
  const std::string found_split = split_in(found[0]);
  if (!wanted_split.empty() && !found_split.empty() && wanted_split != found_split)
    throw Error(fmt::format("its image is missing: {1} has the name of \"{0:.200}\", but belongs to another split; add "
                            "the image or remove the annotation",
                            printable(written), found[0].string()));

  if (way.starts_with("in another") && found[0].filename() == name && wanted == found[0])
    way = "by a path that was written in another way"; // back slashes, a drive, an escaped blank
  else if (way.starts_with("in another") && found[0].filename() != name)
    way = "by a name that is written in another way (capitals, accents)";
  note(way, written, found[0].generic_string());
  return {found[0].generic_string(), root_ / found[0]};
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
