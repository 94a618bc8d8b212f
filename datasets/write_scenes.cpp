#include "datasets/write_scenes.h"

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/base/left_behind.h"
#include "core/image/encode_png.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/imgcodecs.hpp>

#include <string_view>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<std::uint8_t> mask_png(const Scene& scene) {
  std::vector<std::uint8_t> bytes;
  cv::imencode(".png",
               cv::Mat(scene.image.height, scene.image.width, CV_8UC1, const_cast<std::uint8_t*>(scene.mask.data())),
               bytes);
  return bytes;
}

/// The corners are written so that xmax - xmin is the width, which is how read_samples takes them.
std::string annotation_xml(const Scene& scene, const std::string& name) {
  return fmt::format(R"(<annotation>
  <folder>images</folder>
  <filename>{}.png</filename>
  <size><width>{}</width><height>{}</height><depth>3</depth></size>
  <object>
    <name>{}</name>
    <bndbox><xmin>{:g}</xmin><ymin>{:g}</ymin><xmax>{:g}</xmax><ymax>{:g}</ymax></bndbox>
  </object>
</annotation>
)",
                     name, scene.image.width, scene.image.height,
                     scene_classes()[static_cast<std::size_t>(scene.object_class)], scene.box.x, scene.box.y,
                     scene.box.x + scene.box.width, scene.box.y + scene.box.height);
}

} // namespace

void write_scenes(const fs::path& folder, int count, const SceneOptions& options, const std::stop_token& stop,
                  const std::function<void(double)>& progress) {
  if (count < 1)
    throw Error(fmt::format("{} scenes can't be written; ask for at least one", count));
  std::error_code unreadable; // FileSet then reports the error
  if (fs::is_directory(folder, unreadable) && !fs::is_empty(folder, unreadable) && !unreadable &&
      !holds_only_what_was_left_behind(folder))
    throw Error(
        fmt::format("{}: the folder is not empty, and the scenes would be mixed with its files; name a new folder",
                    folder.string()));

  FileSet files(folder);
  files.write("classes.txt", fmt::format("{}\n", fmt::join(scene_classes(), "\n")));
  for (int i = 0; i < count; ++i) {
    if (stop.stop_requested())
      throw Cancelled();
    const Scene scene = make_scene(options, static_cast<std::uint64_t>(i));
    const std::string name = fmt::format("scene-{:05}", i);
    files.write("images/" + name + ".png", text_of(encode_png(scene.image)));
    files.write("masks/" + name + ".png", text_of(mask_png(scene)));
    files.write("annotations/" + name + ".xml", annotation_xml(scene, name));
    if (progress)
      progress((i + 1.0) / count);
  }
  files.commit();
}

} // namespace scalescope
