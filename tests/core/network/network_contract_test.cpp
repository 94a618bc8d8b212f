// What the network room promises by itself: plans, engines, memory, errors.

#include "core/base/error.h"
#include "core/network/devices.h"
#include "core/network/network.h"
#include "tests/support/handmade_networks.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace scalescope;

static bool has_gpu() {
  const auto devices = list_devices();
  return std::ranges::any_of(devices, [](const DeviceReport& one) { return one.name != "cpu" && one.why_not.empty(); });
}

class NetworkContractTest : public QObject {
  Q_OBJECT

 private slots:
  // A plan stops at its deepest layer: Inception's later layers can't run on 40 pixels, its first ones can.
  void stops_at_the_deepest_layer() {
    const Network network = Network::open(drawn("inception_v3"));
    const auto images = noise(1, 40);
    const auto early = network.run(network.plan({"Conv2d_2b_3x3"}, Reduction::Pooled), images, 1, 40, 40);
    QCOMPARE(static_cast<int>(early[0].shape[1]), 64);
    for (const int at_once : {1, 16}) {
      const Plan late = network.plan({"Mixed_7c"}, Reduction::Pooled, at_once);
      const QString error = error_text([&] { (void)network.run(late, noise(16, 40), 16, 40, 40); });
      QVERIFY2(error.contains("40 x 40") && error.contains("inception_v3"), qPrintable(error));
    }
  }

  void pooled_is_the_mean_of_the_map() {
    const Network network = Network::open(drawn("resnet18"));
    const auto images = noise(2, 64);
    const std::vector<std::string> layers{"layer3.1", "bn1", "layer2.0"}; // any order
    const auto maps = network.run(network.plan(layers, Reduction::Maps), images, 2, 64, 64);
    const auto pooled = network.run(network.plan(layers, Reduction::Pooled), images, 2, 64, 64);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      QCOMPARE(maps[l].shape.size(), std::size_t{4});
      const auto positions = static_cast<std::size_t>(maps[l].shape[2] * maps[l].shape[3]);
      QCOMPARE(pooled[l].values.size() * positions, maps[l].values.size());
      for (std::size_t c = 0; c < pooled[l].values.size(); ++c) {
        double sum = 0;
        for (std::size_t i = 0; i < positions; ++i)
          sum += maps[l].values[c * positions + i];
        QVERIFY(std::abs(sum / static_cast<double>(positions) - pooled[l].values[c]) < 1e-4);
      }
    }
    // A batch norm's output has negative values; those of the ReLU after it would not.
    QVERIFY(*std::min_element(maps[1].values.begin(), maps[1].values.end()) < 0);
  }

  // A compiled plan takes any batch and any size, however many images it was made for.
  void one_plan_takes_any_batch_and_size_data() {
    QTest::addColumn<bool>("openvino");
    QTest::addColumn<int>("images");
    QTest::newRow("LibTorch") << false << 1;
    QTest::newRow("OpenVINO, one image") << true << 1;
    QTest::newRow("OpenVINO, two images") << true << 2; // two streams of two threads
    QTest::newRow("OpenVINO, batches") << true << 16;   // four
  }

  void one_plan_takes_any_batch_and_size() {
    QFETCH(bool, openvino);
    QFETCH(int, images);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    ModelSource source = drawn("resnet18");
    RunOptions options;
    options.engine = openvino ? Engine::OpenVino : Engine::LibTorch;
    options.threads = 4;
    const Network network = Network::open(source, options);
    const Plan plan = network.plan({"layer2.0", "conv1"}, Reduction::Maps, images);
    for (const auto& [n, side] : {std::pair{1, 64}, {3, 64}, {2, 96}, {1, 64}}) {
      const auto said = network.run(plan, noise(n, side), n, side, side);
      QCOMPARE(said[0].shape, (std::vector<std::int64_t>{n, 128, side / 8, side / 8}));
      QCOMPARE(said[1].shape, (std::vector<std::int64_t>{n, 64, side / 2, side / 2}));
    }
    // Each image of a batch says what it says alone.
    constexpr std::size_t count = 29;
    const auto many = noise(count, 64);
    const auto together = network.run(plan, many, count, 64, 64)[0].values;
    const std::size_t size = together.size() / count;
    for (std::size_t i = 0; i < count; ++i) {
      const auto one = std::span(many).subspan(i * many.size() / count, many.size() / count);
      const auto alone = network.run(plan, one, 1, 64, 64)[0].values;
      QCOMPARE(alone.size(), size);
      QVERIFY(alone != std::vector<float>(size));
      for (std::size_t k = 0; k < size; ++k)
        QVERIFY(std::abs(alone[k] - together[i * size + k]) < 1e-4);
    }
  }

  // On a GPU the pass of a few images is recorded at the third run of a size, and some sizes are forgotten again.
  void many_runs_say_the_same() {
    const Network network = Network::open(drawn("resnet18"));
    const Plan plan = network.plan({"layer2.0", "output"}, Reduction::Pooled);
    std::map<int, std::vector<Activation>> first;
    for (int round = 0; round < 3; ++round)
      for (const int side : {32, 40, 48, 56, 64}) {
        for (int run = 0; run < 2; ++run) {
          const auto said = network.run(plan, noise(2, side), 2, side, side);
          const auto& before = first.try_emplace(side, said).first->second;
          for (std::size_t layer = 0; layer < said.size(); ++layer) {
            QCOMPARE(said[layer].shape, before[layer].shape);
            for (std::size_t i = 0; i < said[layer].values.size(); ++i)
              QVERIFY(std::abs(said[layer].values[i] - before[layer].values[i]) <= 1e-5);
          }
        }
        (void)network.run(plan, std::vector<float>(std::size_t{6} * side * side, 1), 2, side, side); // other numbers
      }
  }

  void bfloat16_is_near_float32_or_an_error_data() {
    QTest::addColumn<bool>("libtorch");
    QTest::newRow("auto") << false;
    QTest::newRow("LibTorch") << true;
  }

  void bfloat16_is_near_float32_or_an_error() {
    QFETCH(bool, libtorch);
    ModelSource source = drawn("resnet18");
    RunOptions options;
    options.precision = Precision::BFloat16;
    options.engine = libtorch ? Engine::LibTorch : Engine::Auto;
    const QString error = error_text([&] { (void)Network::open(source, options); });
    if (!error.isEmpty()) {
      QVERIFY2(error.contains("bfloat16"), qPrintable(error));
      return;
    }
    const auto pooled = [&](Precision precision) {
      options.precision = precision;
      const Network network = Network::open(source, options);
      return network.run(network.plan({"layer3.1"}, Reduction::Pooled), noise(2, 64), 2, 64, 64)[0].values;
    };
    const auto exact = pooled(Precision::Float32);
    const auto rough = pooled(Precision::BFloat16);
    double difference = 0;
    double magnitude = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      difference = std::max<double>(difference, std::abs(exact[i] - rough[i]));
      magnitude = std::max<double>(magnitude, std::abs(exact[i]));
    }
    QVERIFY2(difference > 1e-6 * magnitude && difference < 0.05 * magnitude, // another precision, the same network
             qPrintable(QString::number(difference / magnitude)));
  }

  void formats_of_gpus_are_refused_on_a_cpu() {
    for (const Precision precision : {Precision::Float16, Precision::Tf32})
      for (const Engine engine : {Engine::Auto, Engine::LibTorch, Engine::OpenVino}) {
        RunOptions options;
        options.device = "cpu";
        options.engine = engine;
        options.precision = precision;
        QCOMPARE(error_text([&] { (void)Network::open(drawn("resnet18"), options); }),
                 QString("The precision %1 is for GPUs only, and the network runs on the CPU; use --precision float32.")
                     .arg(QString::fromStdString(text_of(precision))));
      }
  }

  // In a process of its own, whose address space ends 250 MB above what a single image took: ResNet's first map of an
  // image of 1120 pixels takes 80 MB. Run by memory_that_runs_out(), for which it leaves what it saw in a file.
  void in_little_memory() {
    const QString result = qEnvironmentVariable("SCALESCOPE_TEST_LITTLE_MEMORY");
    if (result.isEmpty())
      QSKIP("a part of memory_that_runs_out");
    ModelSource source = drawn("resnet18");
    RunOptions options;
    options.engine = qEnvironmentVariable("SCALESCOPE_TEST_ENGINE") == "LibTorch" ? Engine::LibTorch : Engine::OpenVino;
    options.threads = 2;
    const Network network = Network::open(source, options);
    const Plan plan =
        network.plan({"layer1.0.conv1"}, Reduction::Pooled, qEnvironmentVariableIntValue("SCALESCOPE_TEST_IMAGES"));
    constexpr int n = 8;
    constexpr int side = 1120;
    const auto images = noise(n, side);
    std::vector<float> alone;
    for (const std::size_t i : {std::size_t{0}, std::size_t{n - 1}}) {
      const auto one = std::span(images).subspan(i * images.size() / n, images.size() / n);
      const auto said = network.run(plan, one, 1, side, side);
      alone.insert(alone.end(), said[0].values.begin(), said[0].values.end());
    }
    const QByteArray pages = read_all("/proc/self/statm");
    const rlimit limit{pages.split(' ')[0].toULong() * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + 250'000'000,
                       RLIM_INFINITY};
    QCOMPARE(setrlimit(RLIMIT_AS, &limit), 0);
    for (int round = 0; round < 2; ++round) {
      const auto said = network.run(plan, images, n, side, side)[0];
      QCOMPARE(said.shape, (std::vector<std::int64_t>{n, 64}));
      for (std::size_t c = 0; c < 64; ++c) {
        QVERIFY(std::abs(said.values[c] - alone[c]) < 1e-4);
        QVERIFY(std::abs(said.values[(n - 1) * 64 + c] - alone[64 + c]) < 1e-4);
      }
    }
    QCOMPARE(network.info().notes.size(), std::size_t{1});
    QFile f(result);
    QVERIFY(f.open(QIODevice::WriteOnly));
    f.write(network.info().notes[0].c_str());
  }

  void memory_that_runs_out_data() {
    QTest::addColumn<QString>("engine");
    QTest::addColumn<int>("images");
    QTest::newRow("LibTorch") << "LibTorch" << 1;
    QTest::newRow("OpenVINO, one image") << "OpenVINO" << 1;
    QTest::newRow("OpenVINO, batches") << "OpenVINO" << 8;
  }

  // A batch that memory does not take runs in parts, with one note that says how large they were.
  void memory_that_runs_out() {
    QFETCH(QString, engine);
    QFETCH(int, images);
    if (engine == "OpenVINO" && no_openvino())
      QSKIP("this build has no OpenVINO");
    if (engine == "LibTorch" && has_gpu())
      QSKIP("CUDA takes address space without end");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("sanitizers take address space without end");
#endif
    QTemporaryDir scratch;
    QProcess child;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("SCALESCOPE_TEST_LITTLE_MEMORY", scratch.filePath("note"));
    environment.insert("SCALESCOPE_TEST_ENGINE", engine);
    environment.insert("SCALESCOPE_TEST_IMAGES", QString::number(images));
    child.setProcessEnvironment(environment);
    child.setProcessChannelMode(QProcess::MergedChannels);
    child.start(QCoreApplication::applicationFilePath(), {"in_little_memory"});
    child.waitForFinished(-1);
    const QByteArray output = child.readAll();
    QVERIFY2(child.exitStatus() == QProcess::NormalExit && child.exitCode() == 0, output.constData());
    const QString note = read_all(scratch.filePath("note"));
    const auto size =
        QRegularExpression("for 8 images of 1120 x 1120 pixels at once, so they run (4|2|1) at a time").match(note);
    QVERIFY2(size.hasMatch(), qPrintable(note));
  }

  // However many images run, a layer with a pair of something in front has no row for each of them.
  void a_pair_is_no_batch() {
    QTemporaryDir scratch;
    const auto file = to_path(scratch.filePath("pair.pt"));
    handmade::write_pair(file);
    const Network network = handmade::open_known_answers(file, 32);
    QVERIFY(error_text([&] { (void)network.layer("pair"); }).contains("'pair'"));
    QCOMPARE(network.layer("output").channels(), 3);
  }

  void random_weights_follow_the_seed() {
    const auto features = [](std::uint64_t seed) {
      ModelSource source = drawn("resnet18");
      source.seed = seed;
      const Network network = Network::open(source);
      return network.run(network.plan({"layer4.1"}, Reduction::Pooled), noise(1, 64), 1, 64, 64)[0].values;
    };
    const auto first = features(1);
    QVERIFY(first == features(1));
    QVERIFY(first != features(2));
    for (const float value : first)
      QVERIFY(std::isfinite(value));
  }

  void unknown_layer_offers_the_nearest() {
    const Network network = Network::open(drawn("resnet18"));
    const QString error = error_text([&] { (void)network.plan({"layer3_1"}, Reduction::Pooled); });
    QVERIFY2(error.contains("'layer3_1'") && error.contains("layer3.1"), qPrintable(error));
  }

  void a_device_that_is_not_there_is_an_error() {
    ModelSource source = drawn("resnet18");
    RunOptions options;
    for (const char* device : {"cuda:97", "tpu", "cuda:x"}) {
      options.device = device;
      const QString error = error_text([&] { (void)Network::open(source, options); });
      QVERIFY2(error.contains(device), qPrintable(error));
    }
  }

  // Each name stands for an engine, and those that can run here do under their name.
  void every_engine_is_in_the_list() {
    const std::vector<EngineReport> reports = list_engines();
    QCOMPARE(reports.size(), enum_names<Engine>.size() - 1); // and "auto"
    QCOMPARE(known_engines().size(), reports.size());
    for (const auto& [name, engine] : enum_names<Engine>) {
      if (engine == Engine::Auto)
        continue;
      const auto report = std::ranges::find(reports, engine, [](const EngineReport& one) { return one.facts.engine; });
      QVERIFY(report != reports.end());
      QVERIFY(report->version.empty() || report->version.starts_with(engine_name(engine)));
      QVERIFY(engine_versions().find(report->version) != std::string::npos);
      RunOptions options;
      options.device = "cpu";
      options.engine = engine;
      const QString error =
          error_text([&] { QCOMPARE(Network::open(drawn("resnet18"), options).info().engine, report->version); });
      QVERIFY2(report->why_not.empty() ? error.isEmpty()
                                       : error.startsWith(engine_name(engine)) && error.contains("can't run here"),
               qPrintable(error));
    }
    QVERIFY(reports.back().why_not.empty() && reports.back().facts.runs_on_gpus); // takes what the others leave
  }

  void without_weights_it_says_so() {
    ModelSource source;
    source.architecture = "resnet18";
    QVERIFY(error_text([&] { (void)Network::open(source); }).contains("no weights"));
    source.architecture = "resnet19";
    QVERIFY(error_text([&] { (void)Network::open(source); }).contains("resnet18"));
  }

  // Whatever is not a network: one sentence that names the file.
  void what_is_no_network_is_named_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("cause");
    QTest::newRow("empty") << "empty.pt" << QByteArray() << "empty";
    QTest::newRow("text") << "text.pt" << QByteArray("hello, I am a text") << "not a network";
    QTest::newRow("onnx") << "net.onnx" << QByteArray("\x08\x07\x12\x07pytorch") << "ONNX";
    QTest::newRow("zip without end") << "cut.pt" << QByteArray("PK\x03\x04").append(QByteArray(200, 'x'))
                                     << "incomplete";
    QTest::newRow("safetensors") << "cut.safetensors" << QByteArray("\xff\xff\0\0\0\0\0\0{\"a\":", 13) << "incomplete";
  }

  void what_is_no_network_is_named() {
    QFETCH(QString, name);
    QFETCH(QByteArray, content);
    QFETCH(QString, cause);
    QTemporaryDir scratch;
    QFile f(scratch.filePath(name));
    QVERIFY(f.open(QIODevice::WriteOnly));
    f.write(content);
    f.close();
    ModelSource source;
    source.file = to_path(f.fileName());
    const QString error = error_text([&] { (void)Network::open(source); });
    QVERIFY2(error.contains(name) && error.contains(cause) && !error.contains('\n'), qPrintable(error));
  }

  void what_is_no_file_is_not_waited_for() {
    QTemporaryDir scratch;
    const auto pipe = scratch.filePath("pipe.pt");
    QCOMPARE(mkfifo(pipe.toLocal8Bit().constData(), 0600), 0);
    ModelSource source;
    for (const QString& file : {pipe, scratch.path(), scratch.filePath("nothing.pt")}) {
      source.file = to_path(file);
      const QString error = error_text([&] { (void)Network::open(source); });
      QVERIFY2(error.contains(file) && !error.contains('\n'), qPrintable(error));
    }
  }
};

QTEST_GUILESS_MAIN(NetworkContractTest)
#include "network_contract_test.moc"
