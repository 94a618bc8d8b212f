#include "core/report/experiment_texts.h"

#include "core/stage/segment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

namespace scalescope {
namespace {

const std::string reading_remark =
    "R² is measured on held-out rows: 1 is perfect, 0 is no better than always guessing the mean, negative is worse. "
    "If a number can be read linearly from a layer, this does not show that the network uses it.";
const std::string controls_remark =
    "Controls: 'random weights' is the same architecture with random weights (each repetition belongs to one of the "
    "draws); it shows what the architecture alone gives. 'Random scale' permutes the targets, among groups and within "
    "them, for each repetition; it shows what the protocol alone gives, and should be near 0.";

std::string name_of_cut(SegmentBy by) { return by == SegmentBy::Mask ? "mask (GrabCut)" : "box"; }

std::string name_of_fill(Fill fill) {
  switch (fill) {
  case Fill::Inpaint:
    return "inpainted";
  case Fill::Blur:
    return "blurred surroundings";
  case Fill::MeanColour:
    return "mean colour";
  case Fill::Noise:
    return "noise";
  }
  return "";
}

} // namespace

ExperimentText observed_text(ScaleMeasure measure) {
  return {.name = "object-scale --observed",
          .headline = {},
          .question = fmt::format("How well is the object's scale in the image read from each layer? Every row is an "
                                  "unchanged annotated image, resized to the network's input. The target is {}.",
                                  target_name_of(measure)),
          .settings = {{"measure", target_name_of(measure)}},
          .more = {},
          .remarks = {reading_remark, controls_remark,
                      "The result holds for these images: everything that is correlated with the object's size, such "
                      "as the background, is read, too. The experiment object-scale --rendered removes this effect."}};
}

ExperimentText rendered_text(const RenderSettings& rendering, ScaleMeasure measure) {
  std::vector<std::string> scales;
  for (const double scale : scales_of(rendering))
    scales.push_back(fmt::format("{:.3g}", scale));
  return {
      .name = "object-scale --rendered",
      .headline = {},
      .question = fmt::format("How well is the object's scale read from each layer if only the object changes? Every "
                              "object is shown at {} scales in its own image, with the area behind it filled. All rows "
                              "of one image are on the same side of a split. The target is {}.",
                              scales.size(), target_name_of(measure)),
      .settings = {{"measure", target_name_of(measure)},
                   {"scales", fmt::format("{}", fmt::join(scales, ", "))},
                   {"most enlarged", fmt::format("{:g}", rendering.most_enlarged)},
                   {"cut out", name_of_cut(rendering.cut.by)},
                   {"filled with", name_of_fill(rendering.cut.fill)},
                   {"soft edge", fmt::format("{:g} of the object's side", rendering.cut.feather)},
                   {"rendering seed", std::to_string(rendering.seed)}},
      .more = {},
      .remarks = {reading_remark, controls_remark,
                  "Rendering leaves traces: a soft edge, a filled area, resized pixels. Renderings that would enlarge "
                  "an object too much for its pixels, or that do not fit into their image, are left out and listed."}};
}

ExperimentText image_size_text(const std::vector<int>& sizes) {
  return {
      .name = "image-size",
      .headline = {},
      .question = "How well is the size of the image in pixels read from each layer? The network gets each whole image "
                  "at several sizes, so the object's share of the image stays the same. All rows of one image are on "
                  "the same side of a split. The target is the side in pixels.",
      .settings = {{"sizes", fmt::format("{}", fmt::join(sizes, ", "))}},
      .more = {},
      .remarks = {reading_remark, controls_remark,
                  "The object is not the only sign of the size. Others are the fineness of all textures, the blur of "
                  "enlarged images, and zero padding. The experiment 'noise' measures the effect of padding alone."}};
}

ExperimentText noise_text(const NoiseSettings& noise, const std::vector<std::string>& layers,
                          const std::optional<Analysis>& inner) {
  ExperimentText text{
      .name = "noise",
      .headline = {},
      .question = fmt::format("How much of the image's size is read from images without content? The images are {} "
                              "noise of several sizes; the target is the side in pixels. Features that are means over "
                              "all positions can depend on the size only through the border: zero padding reveals it.",
                              title_of(noise.kind)),
      .settings = {{"noise", title_of(noise.kind)},
                   {"sizes", fmt::format("{}", fmt::join(noise.sizes, ", "))},
                   {"images of each size", std::to_string(noise.images)},
                   {"noise seed", std::to_string(noise.seed)}},
      .more = {},
      .remarks = {reading_remark, controls_remark}};
  const double none = std::numeric_limits<double>::quiet_NaN();
  CurveSeries series{"without padding", std::vector<double>(layers.size(), none),
                     std::vector<double>(layers.size(), none), false};
  std::vector<std::string> without;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::size_t at = 0;
    while (inner && at < inner->layers.size() && inner->layers[at].name != layers[i])
      ++at;
    if (inner && at < inner->layers.size()) {
      series.mean[i] = inner->scores[at].mean();
      series.standard_deviation[i] = inner->scores[at].standard_deviation();
    } else {
      without.push_back(layers[i]);
    }
  }
  if (inner)
    text.more.push_back(std::move(series));
  if (inner)
    text.remarks.emplace_back(
        "The curve \"without padding\" is for means only over positions whose receptive field touches no padding at "
        "any of the sizes. If padding revealed the size, this curve is near 0.");
  if (!without.empty())
    text.remarks.push_back(fmt::format("These layers have no position that is known to be free of padding at every "
                                       "size, so they have no value there: {}.",
                                       fmt::join(without, ", ")));
  return text;
}

} // namespace scalescope
