// Fits what fit_benchmark.py wrote and prints the time and the R2 as JSON; the script compares them with
// scikit-learn's.
//   fit_benchmark FOLDER ROWS CHANNELS,CHANNELS,.. REPETITIONS THREADS

#include "core/base/error.h"
#include "core/probe/probe.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>

namespace {

template <class T>
std::vector<T> read(const std::string& file, std::size_t count) {
  std::vector<T> values(count);
  std::ifstream stream(file, std::ios::binary);
  if (!stream.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(T)))) {
    throw scalescope::Error(file + " is missing or too short");
  }
  return values;
}

void fit(const std::string& folder, std::size_t rows, const std::string& channels, int repetitions, int threads) {
  std::vector<scalescope::ProbeLayer> layers;
  std::vector<std::vector<float>> features;
  std::istringstream list(channels);
  for (std::string item; std::getline(list, item, ',');) {
    layers.push_back({"layer" + std::to_string(layers.size()), std::stoi(item)});
    features.push_back(
        read<float>(folder + "/" + layers.back().name, rows * static_cast<std::size_t>(std::stoi(item))));
  }
  std::vector<std::int64_t> indices(rows);
  std::iota(indices.begin(), indices.end(), 0);
  std::vector<std::string> names(rows);
  std::ranges::transform(indices, names.begin(), [](std::int64_t i) { return std::to_string(i); });
  scalescope::Probe probe(layers);
  probe.add(indices, std::vector<std::span<const float>>(features.begin(), features.end()));
  const std::vector<std::vector<std::vector<double>>> targets = {{read<double>(folder + "/y", rows)}};

  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu_start = std::clock();
  const scalescope::Folds folds = scalescope::draw_folds(scalescope::Protocol::Robust, names, names, repetitions, 0);
  const std::vector<scalescope::Scores> scores = probe.score(targets, folds, threads);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const double cpu = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;

  nlohmann::json r2;
  for (const scalescope::LayerScore& score : scores.front()) {
    r2.push_back(score.r2);
  }
  std::cout << nlohmann::json{{"wall", wall.count()}, {"cpu", cpu}, {"r2", r2}} << '\n';
}

} // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 6) {
      throw scalescope::Error(
          "usage: fit_benchmark FOLDER ROWS CHANNELS,.. REPETITIONS THREADS (run fit_benchmark.py)");
    }
    fit(argv[1], std::stoul(argv[2]), argv[3], std::stoi(argv[4]), std::stoi(argv[5]));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
