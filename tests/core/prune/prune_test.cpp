// Pruned networks against PyTorch: eager networks with forward hooks say what a layer returns, torch.jit.load opens
// what we wrote. And the command `prune`.

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/network/truncate.h"
#include "core/prune/prune.h"
#include "core/prune/truncation_point.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <sys/mount.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>

using namespace scalescope;

namespace {

struct SavedNetwork {
  ModelSource source;
  RunOptions options;
};

SavedNetwork small_resnet18() {
  SavedNetwork network;
  network.source.architecture = "resnet18";
  network.source.random_weights = true;
  network.options.input_size = 64;
  return network;
}

QJsonObject read_json(const QString& file) {
  QFile f(file);
  return f.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(f.readAll()).object() : QJsonObject();
}

struct Ended {
  int code = -1;
  QString out;
  QString err;
};

Network open_archive(const std::string& bytes, int side) {
  ModelSource source;
  source.file = "pruned.pt";
  source.archive = std::make_shared<const std::string>(bytes);
  RunOptions options;
  options.engine = Engine::LibTorch;
  options.input_size = side;
  return Network::open(source, options);
}

} // namespace

class PruneTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  QString shared_ = shared_folder();
  QString missing_; // why there are no networks of Python's
  std::map<QString, SavedNetwork> networks_;
  QString analysis_; // of a small network, once made

  QString file(const QString& name) const { return folder_.filePath(name); }

  Ended run(const QStringList& arguments) const {
    QProcess program;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_CACHE_HOME", file("cache"));
    program.setProcessEnvironment(environment);
    program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
    program.waitForFinished(-1);
    return {program.exitCode(), QString::fromUtf8(program.readAllStandardOutput()),
            QString::fromUtf8(program.readAllStandardError())};
  }

  QStringList python(const QString& mode) const {
    return QStringList{mode, folder_.path()} + (shared_.isEmpty() ? QStringList() : QStringList{shared_});
  }

  static QStringList small_network() {
    return {"--arch", "resnet18", "--random-weights", "--seed", "1", "--input-size", "64"};
  }

  // analyze, once; the folder of its results.
  void analyze() {
    if (!analysis_.isEmpty())
      return;
    QCOMPARE(run({"scenes", "--out", file("scenes"), "--count", "30"}).code, 0);
    const auto done =
        run(QStringList{
                "analyze", "--data", file("scenes"), "--out", file("analysis"), "--repetitions", "3", "--features",
                "--layers",
                "conv1,layer1.0.conv1,layer1.0,layer1.1,layer2.0,layer2.1,layer3.0,layer3.1,layer4.0,layer4.1,output",
                "--quiet"} +
            small_network());
    QVERIFY2(done.code == 0, qPrintable(done.err));
    analysis_ = file("analysis");
  }

  QStringList prune_small(const QStringList& more) const {
    return QStringList{"prune", "--seconds", "0.01"} + small_network() + more;
  }

 private slots:
  void initTestCase() {
    QString output;
    if (!run_python("prune_reference.py", python("make"), &output)) {
      missing_ = output;
      return;
    }
    for (const QString& line : output.split('\n', Qt::SkipEmptyParts)) {
      const auto words = line.split(' ');
      if (words.size() != 3 || words[2].toInt() == 0)
        continue;
      SavedNetwork& network = networks_[words[0]];
      network.source.file = to_path(words[1]);
      network.options.engine = Engine::LibTorch;
      network.options.input_size = words[2].toInt();
    }
  }

  // Every block of every network is cut out, opened with LibTorch and compared, then with PyTorch.
  void every_block_equals_the_layer_and_trains() {
    if (networks_.empty())
      QSKIP(qPrintable("Python can't make networks: " + missing_));
    int compared = 0;
    for (const auto& [name, saved] : networks_) {
      if (name == "noisy")
        continue;
      QDir cut(file("cut"));
      QVERIFY(cut.removeRecursively() && cut.mkpath("."));
      const int side = saved.options.input_size;
      const Network network = Network::open(saved.source, saved.options);
      std::vector<std::string> layers = network.info().blocks;
      if (name == "inception_v3_5class") // as large as inception_v3, of which every block is cut out
        layers = {layers.front(), layers[layers.size() / 2], layers.back()};
      if (name.startsWith("tricky")) {
        layers.clear();
        for (const Layer& layer : network.info().layers)
          if (layer.can_truncate && layer.has_output())
            layers.push_back(layer.name);
      }
      std::vector<float> image(std::size_t{3} * side * side);
      for (std::size_t i = 0; i < image.size(); ++i)
        image[i] = std::sin(0.37F * static_cast<float>(i)) + std::cos(0.0013F * static_cast<float>(i));
      const auto expected = network.run(network.plan(layers, Reduction::Maps), image, 1, side, side);
      std::int64_t parameters = 0;
      for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string archive =
            truncated_archive(saved.source, {network.layer(layers[i]), Reduction::Maps, {}}, {});
        const Network pruned = open_archive(archive, side);
        const auto got = pruned.run(pruned.plan({""}, Reduction::Maps), image, 1, side, side).front();
        QCOMPARE(got.shape, expected[i].shape);
        double largest = 0;
        double magnitude = 0;
        for (std::size_t k = 0; k < got.values.size(); ++k) {
          largest = std::max(largest, std::abs(static_cast<double>(got.values[k]) - expected[i].values[k]));
          magnitude = std::max(magnitude, static_cast<double>(std::abs(expected[i].values[k])));
        }
        const auto what = name + " at " + QString::fromStdString(layers[i]);
        QVERIFY2(magnitude > 0 && largest <= 1e-5 * magnitude, qPrintable(what));
        // What is left grows with the depth and is never more than the whole; the layer is still looked at by name.
        QVERIFY2(pruned.info().layers.front().parameters >= parameters, qPrintable(what));
        parameters = pruned.info().layers.front().parameters;
        QVERIFY2(parameters < network.info().layers.front().parameters, qPrintable(what));
        QVERIFY2(pruned.layer(layers[i]).has_output(), qPrintable(what));
        QVERIFY2(archive.size() < 4.1 * static_cast<double>(parameters) + 1e6, qPrintable(what));
        QFile written(cut.filePath(name + "@" + QString::fromStdString(layers[i]) + ".pt"));
        QVERIFY(written.open(QIODevice::WriteOnly));
        QCOMPARE(written.write(archive.data(), static_cast<qint64>(archive.size())),
                 static_cast<qint64>(archive.size()));
      }
      QString output;
      QVERIFY2(run_python("prune_reference.py", python("check"), &output), qPrintable(output));
      const auto lines = output.split('\n', Qt::SkipEmptyParts);
      const auto good = std::ranges::count_if(lines, [](const QString& line) { return line.startsWith("ok "); });
      QVERIFY2(!output.contains("WRONG") && good == std::ssize(layers), qPrintable(output));
      compared += static_cast<int>(good);
    }
    QVERIFY2(compared >= 30, qPrintable(QString::number(compared)));
  }

  // The parameters of what is needed, counted by hand (a convolution of 3 x 3 from 8 to 8 channels has 584).
  void what_is_not_needed_is_gone() {
    if (networks_.empty())
      QSKIP(qPrintable("Python can't make networks: " + missing_));
    for (const char* name : {"tricky", "tricky_traced"}) {
      const SavedNetwork& saved = networks_.at(name);
      const Network network = Network::open(saved.source, saved.options);
      const auto parameters = [&](const char* layer) {
        const Network pruned =
            open_archive(truncated_archive(saved.source, {network.layer(layer), Reduction::Maps, {}}, {}), 40);
        return pruned.info().layers.front().parameters;
      };
      const int stem = 3 * 8 * 9 + 8;
      const int twice = 2 * 584 + 16;
      const int broad = 8 * 8 * 25 + 8;
      QCOMPARE(parameters("stem"), stem);                      // without the parameter `own` that follows
      QCOMPARE(parameters("twice.1"), stem + 8 + twice);       // the first call needs all of it
      QCOMPARE(parameters("broad"), stem + 8 + twice + broad); // without `narrow`, `aux`, `late`
    }
  }

  void pooled_and_readout() {
    const auto [source, options] = small_resnet18();
    const Network network = Network::open(source, options);
    PruneSettings settings;
    settings.layer = "layer2.1";
    settings.seconds = 0.01;
    settings.output = PrunedOutput::Pooled;
    settings.preprocessing = Preprocessing::named("torch");
    const PruneResult pooled = prune(network, settings);
    QVERIFY(pooled.difference <= 1e-5);
    QVERIFY(pooled.random_images);
    QCOMPARE(pooled.images, 2);
    QCOMPARE(pooled.gone, (std::vector<std::string>{"layer3", "layer4", "avgpool", "fc"}));
    // torchvision's resnet18 by hand: stem 9408 + 128, layer1 147968, layer2 525568.
    QCOMPARE(pooled.after.parameters, std::int64_t{9408 + 128 + 147968 + 525568});
    QCOMPARE(pooled.before.parameters, std::int64_t{11689512});
    QVERIFY(pooled.after.multiply_adds < pooled.before.multiply_adds);
    QCOMPARE(pooled.after.bytes, std::uint64_t{pooled.archive.size()});
    QVERIFY(pooled.before.milliseconds > 0 && pooled.after.milliseconds > 0 && pooled.milliseconds_to_layer > 0);

    settings.output = PrunedOutput::Scale;
    QVERIFY(error_text([&] { (void)prune(network, settings); }).contains("regression"));
    settings.regression = Regression{};
    for (int c = 0; c < 128; ++c)
      settings.regression->weights.push_back(std::sin(c));
    settings.regression->intercept = 0.25;
    const PruneResult scale = prune(network, settings);
    QVERIFY(scale.difference <= 1e-5);
    const Network with_scale = open_archive(scale.archive, 64);
    const Network without = open_archive(pooled.archive, 64);
    const std::vector<float> image(std::size_t{3} * 64 * 64, 0.5F);
    const auto features = without.run(without.plan({""}, Reduction::Maps), image, 1, 64, 64).front();
    const auto read = with_scale.run(with_scale.plan({""}, Reduction::Maps), image, 1, 64, 64).front();
    QCOMPARE(features.shape, (std::vector<std::int64_t>{1, 128}));
    QCOMPARE(read.shape, (std::vector<std::int64_t>{1, 1}));
    QVERIFY(std::abs(settings.regression->predict(features.values) - read.values[0]) < 1e-4);
    QVERIFY(with_scale.layer("scale").has_output());
    QVERIFY(with_scale.info().head.empty()); // what it returns are no classes

    // A regression that clips: the range is in the archive. Every other channel lies beyond it here.
    settings.regression->clips = true;
    for (std::size_t c = 0; c < 128; ++c) {
      settings.regression->least.push_back(features.values[c] + (c % 4 == 0 ? 0.5F : -0.5F));
      settings.regression->largest.push_back(features.values[c] + (c % 4 == 2 ? -0.25F : 1.0F));
    }
    const Network clipping = open_archive(prune(network, settings).archive, 64);
    const auto clipped = clipping.run(clipping.plan({""}, Reduction::Maps), image, 1, 64, 64).front();
    double by_hand = 0.25;
    for (std::size_t c = 0; c < 128; ++c)
      by_hand += std::sin(c) * (features.values[c] + (c % 4 == 0 ? 0.5 : c % 4 == 2 ? -0.25 : 0));
    QVERIFY(std::abs(by_hand - clipped.values[0]) < 1e-4);
    QVERIFY(std::abs(by_hand - read.values[0]) > 0.1);
  }

  void it_can_be_stopped() {
    const auto [source, options] = small_resnet18();
    const Network network = Network::open(source, options);
    PruneSettings settings;
    settings.layer = "layer1.0";
    for (const std::string at : {"pruning", "comparing", "timing"}) {
      std::stop_source stop;
      std::string last;
      const auto watch = [&](const JobProgress& progress) {
        last = progress.stage;
        if (progress.stage == at)
          stop.request_stop();
      };
      QVERIFY_EXCEPTION_THROWN((void)prune(network, settings, stop.get_token(), watch), Cancelled);
      QCOMPARE(last, at);
    }
  }

  // What can't be compared is not written.
  void a_network_that_says_something_else_is_refused() {
    if (networks_.empty())
      QSKIP(qPrintable("Python can't make networks: " + missing_));
    const auto ended =
        run({"prune", "--model", QString::fromStdString(networks_.at("noisy").source.file), "--input-size", "40",
             "--layer", "noise", "--out", file("noisy-cut.pt"), "--seconds", "0.01"});
    QCOMPARE(ended.code, 1);
    QVERIFY2(ended.err.contains("differs from the layer 'noise'"), qPrintable(ended.err));
    QVERIFY(!QFile::exists(file("noisy-cut.pt")));
  }

  void says_why_a_layer_cannot_be_cut_at_data() {
    QTest::addColumn<QString>("layer");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QStringList>("nearest");
    QTest::newRow("in a branch") << "Mixed_6b.branch7x7_2.conv"
                                 << "inside a branch" << QStringList{"Mixed_6b", "Mixed_6a"};
    QTest::newRow("auxiliary head") << "AuxLogits"
                                    << "does not run" << QStringList{"Mixed_6e", "Mixed_7a"};
    QTest::newRow("in the auxiliary head") << "AuxLogits.fc"
                                           << "does not run" << QStringList{"Mixed_6e", "Mixed_7a"};
    QTest::newRow("the end") << "softmax"
                             << "end of the network" << QStringList{"fc"};
    QTest::newRow("unknown") << "Mixed_6f"
                             << "no layer called" << QStringList{"Mixed_6"};
  }

  void says_why_a_layer_cannot_be_cut_at() {
    if (networks_.empty())
      QSKIP(qPrintable("Python can't make networks: " + missing_));
    QFETCH(QString, layer);
    QFETCH(QString, reason);
    QFETCH(QStringList, nearest);
    static const Network network =
        Network::open(networks_.at("inception_v3").source, networks_.at("inception_v3").options);
    const QString error = error_text([&] { (void)truncation_point(network, layer.toStdString()); });
    QVERIFY2(error.contains(reason) && error.contains(layer) && !error.contains('\n'), qPrintable(error));
    for (const QString& one : nearest) {
      QVERIFY2(error.contains(one), qPrintable(error));
      if (reason != "no layer called") // each of them can be
        QCOMPARE(truncation_point(network, one.toStdString()).name, one.toStdString());
    }
  }

  void chooses_the_best_or_an_earlier_one() {
    ModelSource source;
    source.architecture = "resnet18";
    source.random_weights = true;
    const Network network = Network::open(source);
    const std::vector<LayerR2> scores{{"layer4.1", 0.75, 0.01, 0.1}, {"layer1.0", 0.5, 0.01, 0.1},
                                      {"layer2.0", 0.71, 0.01, 0.2}, {"layer3.1", 0.8, 0.01, 0.1},
                                      {"layer3.1.conv1", 0.9, 0, 0}, {"output", 0.85, 0, 0}};
    const BestTruncation best = best_truncation(network, scores, false);
    QCOMPARE(best.layer.layer, std::string("layer3.1"));
    QCOMPARE(best.better, std::string("layer3.1.conv1")); // in a branch
    QCOMPARE(best_truncation(network, scores, true).layer.layer, std::string("layer2.0"));
    std::vector<LayerR2> without_errors = scores;
    without_errors[0].standard_error = NAN;
    QVERIFY(error_text([&] { (void)best_truncation(network, without_errors, true); }).contains("no standard errors"));
    const std::vector<LayerR2> only{{"output", 0.85, 0}};
    QVERIFY(error_text([&] { (void)best_truncation(network, only, false); }).contains("can't be pruned after any"));
  }

  // From the analysis to a file that says where it comes from.
  void command_takes_the_layer_from_the_analysis() {
    analyze();
    const auto record = read_json(analysis_ + "/analysis.json");
    QString best;
    double mean = -INFINITY;
    double standard_error = 0;
    QString earliest;
    for (const auto& value : record["layers"].toArray()) {
      const auto layer = value.toObject();
      if (layer["layer"].toString() == "output" || layer["layer"].toString() == "layer1.0.conv1")
        continue; // the end; in a branch
      if (layer["r2_mean"].toDouble() > mean) {
        best = layer["layer"].toString();
        mean = layer["r2_mean"].toDouble();
        standard_error = layer["r2_standard_error"].toDouble();
      }
    }
    for (const auto& value : record["layers"].toArray())
      if (const auto layer = value.toObject(); earliest.isEmpty() &&
                                               layer["r2_mean"].toDouble() >= mean - standard_error &&
                                               layer["layer"].toString() != "layer1.0.conv1")
        earliest = layer["layer"].toString();
    const QString out = file("auto.pt");
    auto ended =
        run(prune_small({"--layer", "auto", "--analysis", analysis_ + "/analysis.json", "--out", out, "--json"}));
    QVERIFY2(ended.code == 0, qPrintable(ended.err));
    const auto result = QJsonDocument::fromJson(ended.out.toUtf8()).object();
    QCOMPARE(result["layer"].toString(), best);
    QCOMPARE(result["random_images"].toBool(), false);
    QCOMPARE(result["images"].toInt(), 8);
    QVERIFY(result["difference"].toDouble() <= 1e-5);
    QCOMPARE(result["after"].toObject()["bytes"].toInteger(), QFileInfo(out).size());

    // Opened again it says so, and takes its preprocessing and input size from there.
    ended = run({"layers", "--model", out});
    QVERIFY2(ended.err.contains("Pruned by ScaleScope") && ended.err.contains("after the layer " + best) &&
                 ended.err.contains(QString("R2 of object scale was %1").arg(mean, 0, 'f', 3)),
             qPrintable(ended.err));
    QVERIFY2(ended.out.contains("64 x 64"), qPrintable(ended.out));
    ended = run({"analyze", "--model", out, "--data", file("scenes"), "--out", file("again"), "--repetitions", "1"});
    QVERIFY2(ended.code == 0 &&
                 ended.out.contains(
                     "preprocessing torch, squashed, bilinear (what the network that it was pruned from took)"),
             qPrintable(ended.out + ended.err));

    ended = run(prune_small({"--layer", "auto", "--within-se", "--analysis", analysis_ + "/analysis.json", "--out",
                             file("early.pt"), "--json"}));
    QVERIFY2(ended.code == 0, qPrintable(ended.err));
    QCOMPARE(QJsonDocument::fromJson(ended.out.toUtf8()).object()["layer"].toString(), earliest);
  }

  void command_writes_the_regression_as_a_layer() {
    analyze();
    const QString out = file("scale.pt");
    const auto ended =
        run(prune_small({"--layer", "layer2.1", "--output", "scale", "--analysis", analysis_ + "/analysis.json",
                         "--out", out, "--state-dict", file("scale.pth")}));
    QVERIFY2(ended.code == 0, qPrintable(ended.err));
    QVERIFY2(ended.out.contains("before") && ended.out.contains("Removed: layer3, layer4, avgpool, fc"),
             qPrintable(ended.out));
    QJsonArray targets;
    for (const auto& row : read_json(analysis_ + "/analysis.json")["rows"].toArray())
      targets.append(row.toObject()["target"]);
    QString output;
    if (!run_python("prune_reference.py",
                    {"readout", analysis_ + "/features", "layer2.1", out,
                     QString::fromUtf8(QJsonDocument(targets).toJson(QJsonDocument::Compact))},
                    &output))
      QSKIP(qPrintable("Python can't check it: " + output));
    bool is_number = false;
    const double difference = output.trimmed().toDouble(&is_number);
    QVERIFY2(is_number && difference < 1e-4, qPrintable(output));
  }

  void checkpoints_hold_what_the_archive_holds() {
    const QString out = file("states.pt");
    for (const char* kind : {"states.pth", "states.safetensors"}) {
      const auto ended = run(prune_small({"--layer", "layer4.1", "--out", out, "--state-dict", file(kind)}));
      QVERIFY2(ended.code == 0, qPrintable(ended.err));
      // Our own reader, which was tested against PyTorch and safetensors, opens it as a resnet18 without a head.
      ModelSource source;
      source.file = to_path(file(kind));
      RunOptions options;
      options.input_size = 64;
      const Network network = Network::open(source, options);
      QCOMPARE(network.info().architecture, std::string("resnet18"));
      const Network archive = open_archive(read_file(to_path(out)), 64);
      const std::vector<float> image(std::size_t{3} * 64 * 64, 0.5F);
      const auto a = network.run(network.plan({"layer4.1"}, Reduction::Pooled), image, 1, 64, 64).front().values;
      const auto b = archive.run(archive.plan({"layer4.1"}, Reduction::Pooled), image, 1, 64, 64).front().values;
      for (std::size_t i = 0; i < a.size(); ++i)
        QVERIFY(std::abs(a[i] - b[i]) <= 1e-4 * (1 + std::abs(b[i])));
    }
    QString output;
    if (!run_python("prune_reference.py", {"checkpoints", out, file("states.pth")}, &output))
      QSKIP(qPrintable("Python can't check it: " + output));
    QVERIFY2(output.startsWith("ok"), qPrintable(output));
  }

  void bad_input_is_one_sentence_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    const QString record = "ANALYSIS/analysis.json";
    QTest::newRow("no layer") << QStringList{"--layer", "layer9"} << 1 << "layer9";
    QTest::newRow("in a branch") << QStringList{"--layer", "layer1.0.conv2"} << 1 << "inside a branch";
    QTest::newRow("auto without analysis") << QStringList{"--layer", "auto"} << 2 << "--analysis";
    QTest::newRow("scale without analysis")
        << QStringList{"--layer", "layer1.0", "--output", "scale"} << 2 << "--analysis";
    QTest::newRow("within-se of a name") << QStringList{"--layer", "layer1.0", "--within-se", "--analysis", record} << 2
                                         << "auto";
    QTest::newRow("no such analysis") << QStringList{"--layer", "auto", "--analysis", "FOLDER/none.json"} << 1
                                      << "none.json";
    QTest::newRow("cut analysis") << QStringList{"--layer", "auto", "--analysis", "FOLDER/cut.json"} << 1 << "cut.json";
    QTest::newRow("other JSON") << QStringList{"--layer", "auto", "--analysis", "FOLDER/other.json"} << 1
                                << "other.json";
    QTest::newRow("other network") << QStringList{"--layer", "auto", "--analysis", "FOLDER/foreign.json"} << 1
                                   << "foreign.json";
    QTest::newRow("other rows") << QStringList{"--layer", "layer1.0",   "--output",
                                               "scale",   "--analysis", "FOLDER/fewer.json"}
                                << 1 << "fewer.json";
    QTest::newRow("data gone") << QStringList{"--layer", "layer1.0",   "--output",
                                              "scale",   "--analysis", "FOLDER/moved.json"}
                               << 1 << "--data";
    QTest::newRow("no data") << QStringList{"--layer", "layer1.0", "--data", "FOLDER/nothing"} << 1 << "nothing";
    QTest::newRow("the same file twice") << QStringList{"--layer", "layer1.0", "--state-dict", "FOLDER/bad.pt"} << 1
                                         << "same file";
    QTest::newRow("kind of checkpoint") << QStringList{"--layer", "layer1.0", "--state-dict", "FOLDER/x.bin"} << 1
                                        << "x.bin";
  }

  void bad_input_is_one_sentence() {
    analyze();
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QString, says);
    const auto write = [&](const char* name, const QByteArray& text) {
      QFile f(file(name));
      QVERIFY(f.open(QIODevice::WriteOnly));
      f.write(text);
    };
    auto record = read_json(analysis_ + "/analysis.json");
    const QByteArray whole = QJsonDocument(record).toJson();
    write("cut.json", whole.left(whole.size() / 2));
    write("other.json", "{\"a\": 1}");
    auto foreign = record;
    foreign["model"] = QJsonObject{{"sha256", "0123"}};
    write("foreign.json", QJsonDocument(foreign).toJson());
    auto fewer = record;
    auto rows = record["rows"].toArray();
    rows.removeLast();
    fewer["rows"] = rows;
    write("fewer.json", QJsonDocument(fewer).toJson());
    auto moved = record;
    auto data = record["data"].toObject();
    data["path"] = file("moved-away");
    moved["data"] = data;
    write("moved.json", QJsonDocument(moved).toJson());

    const QString out = file("bad.pt");
    const auto ended = run(prune_small(
        QStringList(arguments).replaceInStrings("FOLDER", folder_.path()).replaceInStrings("ANALYSIS", analysis_) +
        QStringList{"--out", out}));
    QVERIFY2(ended.code == code, qPrintable(ended.out + ended.err));
    QVERIFY2(ended.err.contains(says), qPrintable(ended.err));
    if (code == 1)
      QVERIFY2(ended.err.trimmed().split('\n').last().startsWith("scalescope-cli: "), qPrintable(ended.err));
    QVERIFY(!QFile::exists(out));
    QVERIFY(QDir(folder_.path()).entryList({".scalescope*", "x.bin"}, QDir::Files | QDir::Hidden).isEmpty());
  }

  void a_full_disk_leaves_nothing() {
    const QString disk = file("disk");
    QVERIFY(QDir().mkpath(disk));
    const QByteArray place = disk.toLocal8Bit();
    if (mount("tmpfs", place.constData(), "tmpfs", 0, "size=64k") != 0)
      QSKIP("only root can mount a small disk");
    const auto unmount = qScopeGuard([&] { umount(place.constData()); });
    for (const QStringList& where : {QStringList{"--out", disk + "/cut.pt"},
                                     QStringList{"--out", file("beside.pt"), "--state-dict", disk + "/cut.pth"}}) {
      const auto ended = run(prune_small(QStringList{"--layer", "layer1.0"} + where));
      QCOMPARE(ended.code, 1);
      QVERIFY2(ended.err.contains(disk) && ended.err.contains("free some space"), qPrintable(ended.err));
      QVERIFY(QDir(disk).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
      QVERIFY(!QFile::exists(file("beside.pt")));
    }
  }

  void it_does_not_replace_the_network_itself() {
    const QString out = file("itself.pt");
    QCOMPARE(run(prune_small({"--layer", "layer4.1", "--out", out})).code, 0);
    const auto size = QFileInfo(out).size();
    const auto ended = run({"prune", "--model", out, "--layer", "layer1.0", "--out", out, "--seconds", "0.01"});
    QCOMPARE(ended.code, 1);
    QVERIFY2(ended.err.contains("would be overwritten"), qPrintable(ended.err));
    QCOMPARE(QFileInfo(out).size(), size);
    // A pruned network can be pruned again.
    QCOMPARE(run({"prune", "--model", out, "--layer", "layer1.0", "--out", file("twice.pt"), "--seconds", "0.01"}).code,
             0);
    QVERIFY(QFileInfo(file("twice.pt")).size() < size / 10);
  }
};

QTEST_GUILESS_MAIN(PruneTest)
#include "prune_test.moc"
