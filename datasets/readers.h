#pragma once

#include "core/base/enum_names.h"
#include "core/image/sample.h"

#include <filesystem>
#include <string>
#include <vector>

namespace scalescope {

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
  ObjectRule objects = ObjectRule::Skip; ///< for PASCAL VOC and COCO; a CSV's rows are its samples
  std::string target = {};               ///< a CSV's column; empty: "target", or else "object scale"
  bool keep_going = false;               ///< list faulty annotations in left_out instead of stopping at the first
  bool operator==(const ReadOptions&) const = default;
};

/// Reads the samples of a data set; no image is opened. Its suffix or its folder's layout says which of the formats in
/// datasets/formats.h it has.
/// - A folder with exactly one table is read as that table.
/// - Extensions may be in capitals. A remark counts the files of a folder that look like annotations and are not read.
/// @throws Error naming the file, the cause and what to do: no such data, an incomplete or malformed file, XML that
///         declares entities, a missing image, a box without area, boxes whose
///         coordinates are all from 0 to 1 (they must be in pixels), ...
[[nodiscard]] SampleSet read_samples(const std::filesystem::path& data, const ReadOptions& options = {});

/// Whether the name says that it is a table: a data set in one file (see DatasetFormat).
[[nodiscard]] bool is_table(const std::filesystem::path& file);

/// Whether the folder seems to contain annotations: it is a data set, or looks like one.
[[nodiscard]] bool holds_annotations(const std::filesystem::path& folder);

/// The possible targets of a CSV (or of a folder with exactly one): its columns with a number in the first row, except
/// the box, and object scale if it has boxes. Empty for other data and for files that can't be read.
[[nodiscard]] std::vector<std::string> target_choices(const std::filesystem::path& data);

/// Applies a rule to a set that was read with ObjectRule::Each; gives the samples as if it had been read with that
/// rule. Images without an object are left out, and listed.
[[nodiscard]] SampleSet under_rule(SampleSet set, ObjectRule rule);

} // namespace scalescope
