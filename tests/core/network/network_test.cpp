// The network room against PyTorch's forward hooks.

#include "core/base/error.h"
#include "core/network/network.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>
#include <set>

using namespace scalescope;

namespace {

std::vector<float> floats(const QByteArray& bytes) {
  std::vector<float> values(static_cast<std::size_t>(bytes.size()) / sizeof(float));
  std::memcpy(values.data(), bytes.constData(), values.size() * sizeof(float));
  return values;
}

// The largest difference over the largest magnitude.
double difference(const std::vector<float>& ours, const QJsonArray& theirs) {
  if (static_cast<int>(ours.size()) != theirs.size())
    return INFINITY;
  double largest = 0;
  double magnitude = 1e-12;
  for (int i = 0; i < theirs.size(); ++i) {
    largest = std::max(largest, std::abs(ours[static_cast<std::size_t>(i)] - theirs[i].toDouble()));
    magnitude = std::max(magnitude, std::abs(theirs[i].toDouble()));
  }
  return largest / magnitude;
}

std::vector<std::string> numbered(const std::string& before, const std::vector<int>& numbers) {
  std::vector<std::string> names;
  for (const int n : numbers)
    names.push_back(before + std::to_string(n));
  return names;
}

} // namespace

class NetworkTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  QJsonObject reference_;
  QString missing_;

  QString file(const QString& name) const { return folder_.filePath(name); }

 private slots:
  void initTestCase() {
    QString output;
    if (run_python("network_reference.py", {folder_.path()}, &output))
      reference_ = QJsonDocument::fromJson(read_all(file("reference.json"))).object();
    else
      missing_ = output;
  }

  void agrees_with_hooks_data() {
    QTest::addColumn<QString>("network");
    QTest::addColumn<QString>("extension");
    QTest::addColumn<bool>("openvino");
    const auto add = [](const char* name, const char* extension) {
      for (const bool openvino : {false, true})
        QTest::addRow("%s.%s on %s", name, extension, openvino ? "OpenVINO" : "LibTorch")
            << name << extension << openvino;
    };
    for (const char* name : {"resnet50", "inception_v3", "efficientnet_lite0"})
      add(name, "pth");
    for (const char* name : {"resnet50",  "inception_v3", "densenet121", "convnext_tiny", "mobilenet_v3_small",
                             "two_lists", "unusual",      "gated",       "growing",       "named",
                             "around",    "even",         "windows",     "branched",      "tokens",
                             "cells",     "pair",         "listed",      "grown",         "keyed",
                             "filled",    "nested",       "idle"}) {
      add(name, "scripted.pt");
      add(name, "traced.pt");
    }
    add("efficientnet_lite0", "traced.pt"); // its own code can't be scripted
  }

  // Every module that ran in Python is there under its name, with its class, shape and parameters, and its pooled
  // output is what a hook saw: before any later operation in place.
  void agrees_with_hooks() {
    QFETCH(QString, network);
    QFETCH(QString, extension);
    QFETCH(bool, openvino);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    if (!reference_.contains(network))
      QSKIP("the package of this network is not there (SCALESCOPE_PYTHON_EXTRA)");
    const QString name = file(network + "." + extension);
    QVERIFY2(QFile::exists(name), qPrintable(name));
    const auto expected = reference_[network].toObject();
    const int side = expected["side"].toInt();
    const auto modules = expected["modules"].toObject();
    const auto calls = expected["calls"].toObject();
    const auto shapes = expected["shapes"].toObject();
    const auto pooled = expected["pooled"].toObject();

    ModelSource source;
    source.file = to_path(name);
    RunOptions options;
    options.input_size = side;
    options.engine = openvino ? Engine::Auto : Engine::LibTorch;
    const Network ours = Network::open(source, options);

    std::set<QString> with_output;
    for (const Layer& layer : ours.info().layers) {
      const auto layer_name = QString::fromStdString(layer.name);
      if (layer.name == "output" || layer.name == "softmax")
        continue;
      QVERIFY2(modules.contains(layer_name), qPrintable(layer_name + " is no module in Python"));
      // Tracing drops what a module that is called several times is called with; class names stay.
      QCOMPARE(QString::fromStdString(layer.type), modules[layer_name].toString());
      if (extension == "pth")
        QVERIFY(layer.name.find("AuxLogits") == std::string::npos);
      else if (!layer.name.empty()) // inception's auxiliary head is a part of the whole
        QCOMPARE(static_cast<double>(layer.parameters), expected["parameters"].toObject()[layer_name].toDouble());
      if (!layer.has_output() || layer.name.empty())
        continue;
      with_output.insert(layer_name);
      QVERIFY2(calls.contains(layer_name), qPrintable(layer_name + " did not run in Python"));
      QCOMPARE(layer.calls, calls[layer_name].toInt());
      auto shape = shapes[layer_name].toArray();
      shape.removeFirst(); // the batch
      QCOMPARE(static_cast<int>(layer.shape.size()), shape.size());
      for (int i = 0; i < shape.size(); ++i)
        QCOMPARE(static_cast<int>(layer.shape[static_cast<std::size_t>(i)]), shape[i].toInt());
    }
    for (const auto& ran : calls.keys()) {
      const QString type = modules[ran].toString();
      // What hands its input through leaves no trace of itself in a traced archive.
      const bool passes_through = type == "Identity" || type == "Dropout" || type == "StochasticDepth" ||
                                  (ran == "aside" && extension == "traced.pt"); // a trace drops what nothing reads
      QVERIFY2(with_output.count(ran) == 1 || passes_through, qPrintable(ran + " ran in Python, but is not there"));
    }

    std::vector<std::string> wanted;
    for (const auto& layer_name : pooled.keys())
      if (with_output.count(layer_name) != 0)
        wanted.push_back(layer_name.toStdString());
    QVERIFY(wanted.size() > 15);
    wanted.emplace_back("output");
    wanted.emplace_back("softmax");
    const auto images = floats(read_all(file(network + ".input")));
    const auto said = ours.run(ours.plan(wanted, Reduction::Pooled), images, 2, side, side);
    QCOMPARE(said.size(), wanted.size());
    // What OpenVINO lacks runs on LibTorch, and that is said. Scripted, these hold a branch.
    const bool has_branch = extension == "scripted.pt" && QStringList{"named", "windows", "branched"}.contains(network);
    const bool converted = network != "unusual" && !has_branch;
    QCOMPARE(ours.info().engine.rfind(openvino && converted ? "OpenVINO" : "LibTorch", 0), std::size_t{0});
    const bool several = QStringList{"pair", "listed", "grown", "keyed", "filled", "nested"}.contains(network);
    const bool tokens = network == "tokens"; // whose order its graph does not tell
    QCOMPARE(ours.info().notes.size(), std::size_t{openvino && !converted ? 1u : 0u} + (several || tokens ? 1u : 0u));
    if (tokens)
      QVERIFY2(QString::fromStdString(ours.info().notes.back()).contains("tokens"), ours.info().notes.back().c_str());
    if (several)
      QVERIFY2(QString::fromStdString(ours.info().notes[0]).contains("the first with a vector for each image"),
               ours.info().notes[0].c_str());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto layer_name = QString::fromStdString(wanted[i]);
      const auto theirs = i + 2 < wanted.size() ? pooled[layer_name].toArray() : expected[layer_name].toArray();
      const double worst = difference(said[i].values, theirs);
      QVERIFY2(worst <= 1e-4, qPrintable(QString("%1 differs by %2").arg(layer_name).arg(worst)));
    }
  }

  void refuses_what_it_would_get_wrong() {
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    ModelSource source;
    source.file = to_path(file("transposed.traced.pt"));
    const QString said = error_text([&] { (void)Network::open(source); });
    QVERIFY2(said.contains("transposed.traced.pt") && said.contains("in place (aten::relu_"), qPrintable(said));
  }

  // Known from the papers and torchvision's source, not from our own output.
  void finds_blocks_data() {
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<QStringList>("blocks");
    const auto row = [](const char* architecture, const std::vector<std::vector<std::string>>& parts) {
      QStringList all;
      for (const auto& part : parts)
        for (const auto& name : part)
          all << QString::fromStdString(name);
      QTest::newRow(architecture) << architecture << all;
    };
    const auto up_to = [](int n) {
      std::vector<int> numbers;
      for (int i = 0; i < n; ++i)
        numbers.push_back(i);
      return numbers;
    };
    row("resnet18", {numbered("layer1.", {0, 1}), numbered("layer2.", {0, 1}), numbered("layer3.", {0, 1}),
                     numbered("layer4.", {0, 1})});
    row("resnet50", {numbered("layer1.", up_to(3)), numbered("layer2.", up_to(4)), numbered("layer3.", up_to(6)),
                     numbered("layer4.", up_to(3))});
    row("inception_v3", {{"Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d",
                          "Mixed_6e", "Mixed_7a", "Mixed_7b", "Mixed_7c"}});
    row("mobilenet_v2", {numbered("features.", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18})});
    row("efficientnet_lite0", {numbered("_blocks.", up_to(16)), {"_bn1"}});
    row("vgg16", {numbered("features.", {1, 3, 6, 8, 11, 13, 15, 18, 20, 22, 25, 27, 29})}); // the 13 ReLUs
  }

  void finds_blocks() {
    QFETCH(QString, architecture);
    QFETCH(QStringList, blocks);
    ModelSource source;
    source.architecture = architecture.toStdString();
    source.random_weights = true;
    const Network network = Network::open(source);
    QStringList found;
    for (const auto& name : network.info().blocks)
      found << QString::fromStdString(name);
    QCOMPARE(found, blocks);
  }

  // Where nothing built in is known: what their authors call blocks, by tests/network_reference.py.
  void finds_blocks_of_archives_data() {
    QTest::addColumn<QString>("network");
    QTest::addColumn<QStringList>("blocks");
    QTest::newRow("sequence of positions")
        << "tokens" << QStringList{"blocks.0", "blocks.1", "blocks.2", "blocks.3", "blocks.4", "norm"};
    QTest::newRow("parallel paths throughout")
        << "cells" << QStringList{"cells.0", "cells.1", "cells.2", "cells.3", "cells.4", "cells.5"};
  }

  void finds_blocks_of_archives() {
    QFETCH(QString, network);
    QFETCH(QStringList, blocks);
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    for (const char* form : {".traced.pt", ".scripted.pt"}) {
      ModelSource source;
      source.file = to_path(file(network + form));
      RunOptions options;
      options.input_size = reference_[network].toObject()["side"].toInt();
      const Network opened = Network::open(source, options);
      QStringList found;
      for (const auto& name : opened.info().blocks)
        found << QString::fromStdString(name);
      QCOMPARE(found, blocks);
    }
  }

  // Published figures: parameters from torchvision's model pages; multiply-adds there as GFLOPS
  // (4.09, 1.81, 5.71, 15.47, 0.30), for EfficientNet-Lite0 4.7 million and 407 million (with activations) from its
  // authors' page.
  void counts_parameters_and_multiply_adds_data() {
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<double>("parameters");
    QTest::addColumn<double>("giga");
    QTest::newRow("resnet18") << "resnet18" << 11689512.0 << 1.814;
    QTest::newRow("resnet50") << "resnet50" << 25557032.0 << 4.089;
    QTest::newRow("vgg16") << "vgg16" << 138357544.0 << 15.47;
    QTest::newRow("mobilenet_v2") << "mobilenet_v2" << 3504872.0 << 0.301;
  }

  void counts_parameters_and_multiply_adds() {
    QFETCH(QString, architecture);
    QFETCH(double, parameters);
    QFETCH(double, giga);
    ModelSource source;
    source.architecture = architecture.toStdString();
    source.random_weights = true;
    const Network network = Network::open(source);
    const Layer& whole = network.info().layers.front();
    QCOMPARE(static_cast<double>(whole.parameters), parameters);
    QVERIFY2(std::abs(static_cast<double>(whole.multiply_adds) / 1e9 / giga - 1) < 0.01,
             qPrintable(QString::number(whole.multiply_adds)));
  }

  void depth_counts_weight_layers() {
    const Network network = Network::open(drawn("resnet50"));
    QCOMPARE(network.layer("conv1").depth, 1);
    QCOMPARE(network.layer("layer1.0").depth, 4);  // stem and three convolutions; the shortcut is shorter
    QCOMPARE(network.layer("layer4.2").depth, 49); // what gives the network its name, with fc as the fiftieth
    QCOMPARE(network.layer("output").depth, 50);
  }

  // What OpenVINO lacks runs on LibTorch in bfloat16 too, near what it says in float32.
  void what_openvino_lacks_runs_in_bfloat16() {
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    const auto expected = reference_["unusual"].toObject();
    const int side = expected["side"].toInt();
    ModelSource source;
    source.file = to_path(file("unusual.traced.pt"));
    RunOptions options;
    options.input_size = side;
    options.precision = Precision::BFloat16;
    options.engine = Engine::LibTorch;
    if (no_openvino() || !error_text([&] { (void)Network::open(source, options); }).isEmpty())
      QSKIP("this build has no OpenVINO, or this processor no bfloat16");
    options.engine = Engine::Auto;
    const Network network = Network::open(source, options);
    const auto said = network.run(network.plan({"output"}, Reduction::Pooled), floats(read_all(file("unusual.input"))),
                                  2, side, side);
    QCOMPARE(network.info().engine.rfind("LibTorch", 0), std::size_t{0});
    QCOMPARE(network.info().notes.size(), std::size_t{1});
    const double worst = difference(said[0].values, expected["output"].toArray());
    QVERIFY2(worst > 1e-6 && worst < 0.05, qPrintable(QString::number(worst)));
  }

  // That an engine refuses a network is known from the cache the next time; it is no reason to refuse an engine's name.
  void a_refusal_is_remembered() {
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    if (no_openvino())
      QSKIP("this build has no OpenVINO");
    const QTemporaryDir cache;
    ModelSource source;
    source.file = to_path(file("unusual.traced.pt"));
    RunOptions options;
    options.input_size = reference_["unusual"].toObject()["side"].toInt();
    options.cache = Cache(to_path(cache.path()), 100'000'000);
    const Network first = Network::open(source, options);
    QVERIFY(first.info().engine.starts_with("OpenVINO"));
    (void)first.plan({"output"}, Reduction::Pooled);
    QVERIFY(first.info().engine.starts_with("LibTorch"));
    const Network second = Network::open(source, options);
    QCOMPARE(second.info().engine, first.info().engine);
    QCOMPARE(second.info().notes, first.info().notes);
    const QString note = QString::fromStdString(second.info().notes.back());
    QVERIFY2(note.startsWith("OpenVINO can't run unusual.traced.pt (") &&
                 note.endsWith("), so LibTorch runs it, which is slower."),
             qPrintable(note));
    options.engine = Engine::OpenVino;
    const Network asked = Network::open(source, options);
    const QString error = error_text([&] { (void)asked.plan({"output"}, Reduction::Pooled); });
    QVERIFY2(error.startsWith("OpenVINO can't run unusual.traced.pt (") && error.endsWith("use --engine libtorch."),
             qPrintable(error));
  }

  void a_truncated_archive_is_an_error() {
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    const QByteArray whole = read_all(file("two_lists.traced.pt"));
    QVERIFY(!whole.isEmpty());
    QTemporaryDir scratch;
    for (int part = 0; part < 10; ++part) {
      QFile f(scratch.filePath("cut.pt"));
      QVERIFY(f.open(QIODevice::WriteOnly));
      f.write(whole.left(whole.size() * part / 10));
      f.close();
      ModelSource source;
      source.file = to_path(f.fileName());
      const QString error = error_text([&] { (void)Network::open(source); });
      QVERIFY2(error.contains("cut.pt") && !error.contains('\n'), qPrintable(error));
    }
  }
};

QTEST_GUILESS_MAIN(NetworkTest)
#include "network_test.moc"
