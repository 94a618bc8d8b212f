#pragma once

#include "core/base/enum_names.h"
#include "core/image/sample.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

struct DatasetFormat;

/// The treatment of images with several objects.
enum class ObjectRule {
  Skip,    ///< it is left out
  Largest, ///< its largest object is the sample
  Each,    ///< each object is a sample, with "#0", "#1", ... after its id
};

template <>
inline constexpr auto enum_names<ObjectRule> = std::to_array<std::pair<std::string_view, ObjectRule>>(
    {{"skip", ObjectRule::Skip}, {"largest", ObjectRule::Largest}, {"each", ObjectRule::Each}});

/// How to read a data set.
struct ReadOptions {
  ObjectRule objects = ObjectRule::Skip; ///< a table's rows are its samples whatever the rule
  std::vector<std::string> classes = {}; ///< objects of other classes do not count; empty: all count
  std::string format = {};               ///< DatasetFormat::id, where a folder could be several data sets
  std::string target = {};               ///< a table's column; empty: "target", or else "object scale"
  bool split_masks = false;              ///< each connected part of a label mask's object is an object
  bool keep_going = false;               ///< list faulty annotations in left_out instead of stopping at the first
  bool operator==(const ReadOptions&) const = default;
};

/// What can be watched while a data set is read.
struct ReadWatch {
  std::function<void(std::size_t done, std::size_t total)> progress = {}; ///< files, or bytes of one
  std::stop_token stop = {};
};

/// Something that can be read as a data set.
struct FoundData {
  const DatasetFormat* format = nullptr;
  std::filesystem::path root;               ///< the folder with its images
  std::vector<std::filesystem::path> files; ///< with its annotations
  std::filesystem::path path;               ///< what to open to have it
  std::string choice; ///< what to type to choose it where there are several: "--data FOLDER/a.json"
};

/// The data sets that a file or folder contains. In a folder, its sub-folders count, too, and files that are parts of
/// one data set (train/_annotations.coco.json, test/_annotations.coco.json) are one.
/// @throws Error if it can't be read; Cancelled.
[[nodiscard]] std::vector<FoundData> find_data(const std::filesystem::path& data, const std::string& format = {},
                                               const std::stop_token& stop = {});

/// Reads the samples of a data set; no image is opened.
/// - A remark counts the files of a folder that look like annotations and are not read.
/// - An image that does not lie where the annotation says is looked for in the folder of the data set by its name; a
///   remark says so.
/// @throws Error naming the file, the cause and what to do: no such data, several data sets, an incomplete or malformed
///         file, XML that declares entities, a missing image, a box without area, boxes whose coordinates are all from
///         0 to 1 (they must be in pixels), ...; Cancelled
[[nodiscard]] SampleSet read_samples(const std::filesystem::path& data, const ReadOptions& options = {},
                                     const ReadWatch& watch = {});

/// The possible targets of a table (or of a folder with exactly one): its columns with a number in the first row,
/// except the box, and object scale if it has boxes. Empty for other data and for files that can't be read.
[[nodiscard]] std::vector<std::string> target_choices(const std::filesystem::path& data);

/// Every object that can be used, before a rule or classes are chosen: read_samples does both steps.
[[nodiscard]] SampleSet read_all_samples(const std::filesystem::path& data, const ReadOptions& options = {},
                                         const ReadWatch& watch = {});
/// Applies the rule and the classes to a set with every object. Images without an object (of these classes) are left
/// out, and listed. @throws Error if no object has one of the classes.
[[nodiscard]] SampleSet select_samples(SampleSet set, ObjectRule rule, const std::vector<std::string>& classes = {});

/// The classes of the objects and how many there are of each, in alphabetical order.
[[nodiscard]] std::vector<std::pair<std::string, std::size_t>> classes_of(const SampleSet& set);

} // namespace scalescope
