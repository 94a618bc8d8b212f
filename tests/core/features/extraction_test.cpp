// Images through a network: the pipeline of loader threads, the cache, and stops at any moment.

#include "core/base/error.h"
#include "core/experiment/analysis.h"
#include "core/features/resized_images.h"
#include "core/image/read_image.h"
#include "core/image/resize.h"
#include "datasets/readers.h"
#include "datasets/scenes.h"
#include "datasets/write_scenes.h"
#include "tests/support/support.h"

#include <QTest>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <random>
#include <thread>

using namespace scalescope;

namespace {

const ModelSource model{.file = {}, .architecture = "resnet18", .random_weights = true, .seed = 1};

std::vector<std::filesystem::path> entries_of(const Cache& cache) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::exists(cache.folder()))
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cache.folder()))
      if (entry.is_regular_file())
        files.push_back(entry.path());
  return files;
}

std::vector<std::vector<float>> all_features(const Extraction& extraction) {
  std::vector<std::vector<float>> features;
  for (std::size_t i = 0; i < extraction.probe.layers().size(); ++i)
    features.push_back(extraction.probe.features(i));
  return features;
}

} // namespace

class ExtractionTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  SampleSet scenes_;

  RunOptions options(const char* cache = nullptr) const {
    RunOptions run;
    run.input_size = 64;
    run.threads = 2;
    if (cache != nullptr)
      run.cache = Cache(to_path(folder_.filePath(QString::fromUtf8(cache))), 100'000'000);
    return run;
  }

  static ExtractionSettings settings(int batch = 8) {
    ExtractionSettings how;
    how.layers = {"layer1.0", "layer4.1", "output"};
    how.preprocessing = Preprocessing::named("torch");
    how.batch = batch;
    return how;
  }

 private slots:
  void initTestCase() {
    SceneOptions how;
    how.width = how.height = 96;
    how.seed = 5;
    write_scenes(to_path(folder_.filePath("scenes")), 41, how);
    scenes_ = read_samples(to_path(folder_.filePath("scenes")), {});
    QCOMPARE(scenes_.samples.size(), 41U);
  }

  // One image at a time without the pipeline is the independent way.
  void every_image_gets_its_own_features() {
    const Network network = Network::open(model, options());
    const auto how = settings();
    const Extraction extraction = extract_samples(network, scenes_.samples, how);
    QCOMPARE(extraction.rows.size(), scenes_.samples.size());
    QCOMPARE(extraction.from_network, 41);
    const auto features = all_features(extraction);
    const Plan plan = network.plan(how.layers, Reduction::Pooled);
    for (std::size_t i = 0; i < scenes_.samples.size(); ++i) {
      QCOMPARE(extraction.rows[i].id, scenes_.samples[i].id);
      std::vector<float> pixels(3 * 64 * 64);
      preprocess(resize(read_image(scenes_.samples[i].file), 64, 64), how.preprocessing, pixels);
      const auto alone = network.run(plan, pixels, 1, 64, 64);
      for (std::size_t layer = 0; layer < alone.size(); ++layer) {
        const std::size_t channels = alone[layer].values.size();
        const auto magnitude =
            std::abs(*std::ranges::max_element(alone[layer].values, {}, [](float v) { return std::abs(v); }));
        for (std::size_t c = 0; c < channels; ++c)
          QVERIFY(std::abs(features[layer][i * channels + c] - alone[layer].values[c]) <= 1e-4F * magnitude);
      }
    }
  }

  void an_image_that_falls_out_moves_nobody() {
    const Network network = Network::open(model, options());
    auto samples = scenes_.samples;
    const auto whole = all_features(extract_samples(network, samples, settings()));
    const auto broken = to_path(folder_.filePath("broken.png"));
    std::ofstream(broken) << "no image";
    samples[3].file = broken;
    samples[20].file = broken;
    const Extraction extraction = extract_samples(network, samples, settings());
    QCOMPARE(extraction.left_out.size(), 2U);
    QCOMPARE(extraction.rows.size(), 39U);
    auto expected = whole[2];
    const auto channels = static_cast<std::ptrdiff_t>(expected.size() / 41);
    for (const int gone : {20, 3})
      expected.erase(expected.begin() + gone * channels, expected.begin() + (gone + 1) * channels);
    const auto left = extraction.probe.features(2);
    QCOMPARE(left.size(), expected.size());
    for (std::size_t i = 0; i < left.size(); ++i)
      QVERIFY(std::abs(left[i] - expected[i]) <= 1e-4F * std::max(1.0F, std::abs(expected[i])));
  }

  void what_images_lose_is_remarked_also_with_features_from_the_cache() {
    auto samples = scenes_.samples;
    cv::Mat dark(96, 96, CV_16UC3);
    cv::randu(dark, cv::Scalar::all(0), cv::Scalar::all(4096));
    const std::string file = folder_.filePath("dark.png").toStdString();
    cv::imwrite(file, dark);
    samples[7].file = file;
    const std::string pages = folder_.filePath("pages.tif").toStdString();
    cv::imwritemulti(pages, std::vector<cv::Mat>(3, cv::imread(samples[9].file.string())));
    samples[9].file = pages;
    for (const std::int64_t from_cache : {0, 41}) {
      const Extraction extraction = extract_samples(Network::open(model, options("remarks")), samples, settings());
      QCOMPARE(extraction.from_cache, from_cache);
      QCOMPARE(extraction.remarks.size(), 2U);
      QCOMPARE(extraction.remarks[0].what, samples[7].id);
      QVERIFY(extraction.remarks[0].text.starts_with("it is nearly black, because its largest sample is 4095"));
      QCOMPARE(extraction.remarks[1].what, samples[9].id);
      QCOMPARE(extraction.remarks[1].text, "only the first of its 3 pages was used");
    }
    ResizedImages resized(samples, settings().preprocessing, InputForm());
    const GeneratedImages source = resized.source(32);
    std::vector<float> pixels(3 * 32 * 32);
    (void)source.load(7, pixels);
    (void)source.key(9); // of features that the cache has, nothing is loaded
    QCOMPARE(resized.remarks().size(), 2U);
    QCOMPARE(resized.remarks()[1].text, "only the first of its 3 pages was used");
  }

  void a_second_time_comes_from_the_cache() {
    const auto how = settings();
    const Extraction first = extract_samples(Network::open(model, options("again")), scenes_.samples, how);
    QCOMPARE(first.from_network, 41);
    QCOMPARE(first.from_cache, 0);
    const Extraction second = extract_samples(Network::open(model, options("again")), scenes_.samples, how);
    QCOMPARE(second.from_network, 0);
    QCOMPARE(second.from_cache, 41);
    QCOMPARE(all_features(second), all_features(first));
    for (std::size_t i = 0; i < first.rows.size(); ++i) {
      QCOMPARE(second.rows[i].id, first.rows[i].id);
      QCOMPARE(second.rows[i].target, first.rows[i].target);
    }
    // The description came from there too.
    const Network fresh = Network::open(model, options());
    const Network known = Network::open(model, options("again"));
    QCOMPARE(known.info().blocks, fresh.info().blocks);
    QCOMPARE(known.info().layers.size(), fresh.info().layers.size());
    for (std::size_t i = 0; i < fresh.info().layers.size(); ++i) {
      QCOMPARE(known.info().layers[i].name, fresh.info().layers[i].name);
      QCOMPARE(known.info().layers[i].shape, fresh.info().layers[i].shape);
      QCOMPARE(known.info().layers[i].multiply_adds, fresh.info().layers[i].multiply_adds);
    }
  }

  void what_decides_over_features_is_in_the_key() {
    const auto how = settings();
    (void)extract_samples(Network::open(model, options("keys")), scenes_.samples, how);
    const auto hits = [&](const ModelSource& source, const RunOptions& run, const ExtractionSettings& with) {
      return extract_samples(Network::open(source, run), scenes_.samples, with).from_cache;
    };
    QCOMPARE(hits(model, options("keys"), settings(5)), 41); // the batch does not
    auto other = how;
    other.preprocessing = Preprocessing::named("tf");
    QCOMPARE(hits(model, options("keys"), other), 0);
    other = how;
    other.layers = {"layer1.0", "output"};
    QCOMPARE(hits(model, options("keys"), other), 0);
    auto drawn = model;
    drawn.seed = 2;
    QCOMPARE(hits(drawn, options("keys"), how), 0);
    auto larger = options("keys");
    larger.input_size = 96;
    QCOMPARE(hits(model, larger, how), 0);
    auto engine = options("keys");
    engine.engine = Engine::LibTorch;
    const bool same_engine =
        Network::open(model, options()).info().engine == Network::open(model, engine).info().engine;
    QCOMPARE(hits(model, engine, how), same_engine ? 41 : 0);
  }

  void a_flipped_byte_is_computed_anew() {
    const auto run = options("flipped");
    const auto how = settings();
    const auto right = all_features(extract_samples(Network::open(model, run), scenes_.samples, how));
    for (const auto& file : entries_of(*run.cache)) { // the description's too
      std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
      stream.seekg(-3, std::ios::end);
      const int flipped = stream.get() ^ 4;
      stream.seekp(-3, std::ios::end);
      stream.put(static_cast<char>(flipped));
    }
    const Extraction again = extract_samples(Network::open(model, run), scenes_.samples, how);
    QCOMPARE(again.from_network, 41);
    QCOMPARE(all_features(again), right);
    QCOMPARE(extract_samples(Network::open(model, run), scenes_.samples, how).from_cache, 41);
  }

  void a_cache_that_cannot_be_written_is_a_note() {
    auto run = options();
    std::ofstream(to_path(folder_.filePath("in-the-way"))) << "a file";
    run.cache = Cache(to_path(folder_.filePath("in-the-way/cache")), 1000);
    const Network network = Network::open(model, run);
    const Extraction extraction = extract_samples(network, scenes_.samples, settings());
    QCOMPARE(extraction.rows.size(), 41U);
    QCOMPARE(extraction.notes.size(), 1U);
    QVERIFY(QString::fromStdString(extraction.notes[0]).contains("in-the-way"));
  }

  // Whatever the moment, a stop ends it with Cancelled or it is done, and the next run is whole.
  void stops_at_any_moment() {
    std::mt19937 random(7);
    AnalysisSettings how;
    how.extraction = settings(4);
    how.repetitions = 2;
    how.random_weights_control = true;
    const auto run = options("stopped");
    const std::vector<Sample> samples(scenes_.samples.begin(), scenes_.samples.begin() + 20);
    const auto begin = std::chrono::steady_clock::now();
    const Network network = Network::open(model, run);
    (void)analyze(network, samples, how);
    const auto whole = std::chrono::steady_clock::now() - begin;
    int stopped = 0;
    for (int i = 0; i < 20; ++i) {
      run.cache->clear();
      std::stop_source source;
      const auto moment = std::chrono::nanoseconds(static_cast<std::int64_t>(
          static_cast<double>(std::chrono::nanoseconds(whole).count()) * (random() % 1000) / 1000));
      std::jthread stopper([&] {
        std::this_thread::sleep_for(moment);
        source.request_stop();
      });
      try {
        QCOMPARE(analyze(network, samples, how, source.get_token()).scores.size(), 3U);
      } catch (const Cancelled&) {
        ++stopped;
      }
    }
    QVERIFY(stopped > 0);
    QCOMPARE(analyze(network, samples, how).extraction.rows.size(), 20U);
  }
};

QTEST_GUILESS_MAIN(ExtractionTest)
#include "extraction_test.moc"
