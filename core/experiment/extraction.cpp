#include "core/experiment/extraction.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <chrono>
#include <future>
#include <map>
#include <optional>

namespace scalescope {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A picture and the samples that speak of it, as positions in the data set.
struct Picture {
  std::filesystem::path file;
  std::vector<std::size_t> samples;
};

std::vector<Picture> group_by_picture(const std::vector<Sample>& samples) {
  std::vector<Picture> pictures;
  std::map<std::filesystem::path, std::size_t> known;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto [place, is_new] = known.try_emplace(samples[i].file, pictures.size());
    if (is_new)
      pictures.push_back({samples[i].file, {}});
    pictures[place->second].samples.push_back(i);
  }
  return pictures;
}

// A row, and the place of its picture in the batch.
struct LoadedRow {
  std::size_t sample = 0;
  std::size_t picture = 0;
  Row row;
};

struct LoadedBatch {
  std::vector<float> images; // pictures x 3 x side x side
  std::vector<LoadedRow> rows;
  std::vector<LeftOut> left_out;
  std::size_t pictures = 0;
  std::size_t tried = 0;
  double seconds = 0;
};

double target_of(const Sample& sample, const Image& image) {
  if (sample.box) {
    const BoundingBox inside = clip(*sample.box, image.width, image.height);
    if (inside.width <= 0 || inside.height <= 0)
      throw Error(
          fmt::format("{}: the box at ({:g}, {:g}), {:g} x {:g} pixels, has no area within {}, which is {} x {} "
                      "pixels; correct the box or take it out.",
                      sample.annotation, sample.box->x, sample.box->y, sample.box->width, sample.box->height,
                      sample.file.string(), image.width, image.height));
  }
  if (sample.target)
    return *sample.target;
  if (!sample.box)
    throw Error(fmt::format("{}: there is neither a box nor a target for {}; add one.", sample.annotation,
                            sample.file.string()));
  return object_scale(*sample.box, image.width, image.height);
}

LoadedBatch load_batch(const std::vector<Sample>& samples, const std::vector<Picture>& pictures, std::size_t first,
                       std::size_t last, int side, const ExtractionSettings& settings) {
  const auto start = Clock::now();
  LoadedBatch batch;
  const std::size_t size = std::size_t{3} * side * side;
  batch.images.reserve((last - first) * size);
  for (std::size_t i = first; i < last; ++i) {
    const Picture& picture = pictures[i];
    ++batch.tried;
    std::optional<Image> image;
    try {
      image = read_image(picture.file);
    } catch (const Error& e) {
      for (const std::size_t sample : picture.samples)
        batch.left_out.push_back({samples[sample].id, e.what()});
      continue;
    }
    std::vector<LoadedRow> rows;
    for (const std::size_t sample : picture.samples) {
      const Sample& one = samples[sample];
      try {
        rows.push_back({sample, batch.pictures, {one.id, one.file.string(), one.group, target_of(one, *image)}});
      } catch (const Error& e) {
        if (!settings.keep_going)
          throw;
        batch.left_out.push_back({one.id, e.what()});
      }
    }
    if (rows.empty())
      continue;
    batch.rows.insert(batch.rows.end(), rows.begin(), rows.end());
    batch.images.resize(batch.images.size() + size);
    preprocess(resize(*image, side, side), settings.preprocessing, std::span(batch.images).last(size));
    ++batch.pictures;
  }
  batch.seconds = seconds_since(start);
  return batch;
}

// The activations' rows, spread over the samples: several samples may share a picture.
void add_rows(Probe& probe, const LoadedBatch& batch, const std::vector<Activation>& activations) {
  std::vector<std::int64_t> indices;
  for (const auto& row : batch.rows)
    indices.push_back(static_cast<std::int64_t>(row.sample));
  std::vector<std::vector<float>> features;
  for (const auto& activation : activations) {
    const std::size_t channels = activation.values.size() / batch.pictures;
    auto& values = features.emplace_back();
    values.reserve(batch.rows.size() * channels);
    for (const auto& row : batch.rows) {
      const auto begin = activation.values.begin() + static_cast<std::ptrdiff_t>(row.picture * channels);
      values.insert(values.end(), begin, begin + static_cast<std::ptrdiff_t>(channels));
    }
  }
  probe.add(indices, std::vector<std::span<const float>>(features.begin(), features.end()));
}

std::vector<ProbeLayer> probe_layers(const Network& network, const std::vector<std::string>& names) {
  std::vector<ProbeLayer> layers;
  for (const auto& name : names)
    layers.push_back({name, network.layer(name).channels()});
  return layers;
}

} // namespace

Extraction extract(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                   std::stop_token stop, const JobCallback& progress) {
  Extraction result{Probe(probe_layers(network, settings.layers)), {}, {}};
  const Plan plan = network.plan(settings.layers, Reduction::Pooled);
  const int side = network.input_size();
  const auto pictures = group_by_picture(samples);
  const auto batch_size = static_cast<std::size_t>(settings.batch);
  const auto load = [&](std::size_t first) {
    return load_batch(samples, pictures, first, std::min(first + batch_size, pictures.size()), side, settings);
  };

  std::map<std::size_t, Row> rows; // ascending by sample, as the probe hands them out
  std::size_t done = 0;
  auto next = std::async(std::launch::async, load, 0);
  for (std::size_t first = 0; first < pictures.size(); first += batch_size) {
    LoadedBatch batch = next.get();
    if (stop.stop_requested())
      throw Cancelled();
    if (first + batch_size < pictures.size())
      next = std::async(std::launch::async, load, first + batch_size); // while the network works on this one
    if (batch.pictures > 0) {
      const auto start = Clock::now();
      const auto activations = network.run(plan, batch.images, static_cast<std::int64_t>(batch.pictures), side, side);
      result.run_seconds += seconds_since(start);
      add_rows(result.probe, batch, activations);
    }
    result.decode_seconds += batch.seconds;
    for (auto& row : batch.rows)
      rows.emplace(row.sample, std::move(row.row));
    result.left_out.insert(result.left_out.end(), batch.left_out.begin(), batch.left_out.end());
    done += batch.tried;
    if (progress)
      progress({"images", static_cast<std::int64_t>(done), static_cast<std::int64_t>(pictures.size())});
  }
  if (rows.empty())
    throw Error(result.left_out.empty()
                    ? std::string("The data set has no samples; see what was left out and why, or choose --objects.")
                    : fmt::format("None of the {} pictures can be read; the first: {}", result.left_out.size(),
                                  result.left_out.front().reason));
  for (auto& [sample, row] : rows)
    result.rows.push_back(std::move(row));
  return result;
}

} // namespace scalescope
