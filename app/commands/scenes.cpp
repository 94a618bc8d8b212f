#include "datasets/scenes.h"
#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/progress_line.h"
#include "datasets/write_scenes.h"

#include <fmt/format.h>

#include <memory>

namespace scalescope {
namespace {

struct ScenesOptions {
  std::string out;
  int count = 200;
  int side = 224;
  SceneOptions scenes;
};

} // namespace

Command add_scenes_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "scenes",
      "Make synthetic scenes with exact boxes and masks\n"
      "Each scene has one textured object on a varied background; its class, size and position are random. The folder "
      "has the PASCAL VOC layout (images, annotations), with masks beside it.");
  command->footer("EXAMPLE\n    scalescope-cli scenes --out scenes --count 500 --seed 1\n"
                  "    scalescope-cli analyze --model efficientnet_lite0 --data scenes --out result");
  const auto options = std::make_shared<ScenesOptions>();
  command->add_option("--out", options->out, "Folder for the scenes")->type_name("DIR")->required();
  command->add_option("--count", options->count, "Number of scenes")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--size", options->side, "Side of the images in pixels")
      ->type_name("N")
      ->check(CLI::Range(32, 4096))
      ->capture_default_str();
  command
      ->add_option("--min-scale", options->scenes.min_scale,
                   "Smallest object scale: area of its box divided by area of the image")
      ->type_name("S")
      ->check(CLI::Range(0.0005, 0.65))
      ->capture_default_str();
  command->add_option("--max-scale", options->scenes.max_scale, "Largest object scale, at most 0.65")
      ->type_name("S")
      ->check(CLI::Range(0.0005, 0.65))
      ->capture_default_str();
  command->add_option("--seed", options->scenes.seed, "Seed; the same seed makes the same scenes")
      ->type_name("N")
      ->capture_default_str();
  return [options] {
    options->scenes.width = options->scenes.height = options->side;
    ProgressLine line(false);
    write_scenes(options->out, options->count, options->scenes, interrupt_token(), [&](double share) {
      line.show({"scenes", static_cast<std::int64_t>(share * options->count), options->count});
    });
    return 0;
  };
}

} // namespace scalescope
