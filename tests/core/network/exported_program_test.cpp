// torch.export archives (.pt2): layers and features are those of PyTorch and of the trace of the same network, and
// damaged ones are refused with a sentence. make_exported.py wrote the archives; it can write larger ones of
// torchvision into the folder SCALESCOPE_EXPORTED.

#include "core/network/network.h"
#include "core/network/truncate.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>

using namespace scalescope;

namespace {

QString exported(const QString& name) { return QStringLiteral(SCALESCOPE_TESTS "/support/exported/") + name; }

std::vector<std::string> readable(const NetworkInfo& info) {
  std::vector<std::string> names;
  for (const Layer& layer : info.layers)
    if (layer.has_output() && !layer.name.empty())
      names.push_back(layer.name);
  return names;
}

// Both networks have these layers, blocks and pooled features.
void compare(const Network& exported, const Network& traced, const std::vector<float>& images, int n, int side) {
  QCOMPARE(exported.info().blocks, traced.info().blocks);
  QCOMPARE(exported.info().input_size, traced.info().input_size);
  QCOMPARE(exported.info().architecture, traced.info().architecture);
  QCOMPARE(exported.info().preprocessing.has_value(), traced.info().preprocessing.has_value());
  if (exported.info().preprocessing)
    QCOMPARE(key_of(*exported.info().preprocessing), key_of(*traced.info().preprocessing));
  std::vector<std::string> layers = readable(exported.info());
  const auto ours = exported.run(exported.plan(layers, Reduction::Pooled), images, n, side, side);
  const auto theirs = traced.run(traced.plan(layers, Reduction::Pooled), images, n, side, side);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& one = exported.layer(layers[i]);
    const Layer& other = traced.layer(layers[i]);
    QCOMPARE(one.type, other.type);
    QCOMPARE(one.shape, other.shape);
    QCOMPARE(one.calls, other.calls);
    QCOMPARE(one.depth, other.depth);
    QCOMPARE(one.parameters, other.parameters);
    QCOMPARE(one.multiply_adds, other.multiply_adds);
    const double worst = off(ours[i].values, theirs[i].values);
    QVERIFY2(worst <= 1e-4, qPrintable(QString("%1 differs by %2").arg(layers[i].c_str()).arg(worst)));
  }
}

void refused(const QString& file, const QString& words) {
  const QString said = error_text([&] { (void)Network::open(source_of(file), on(false)); });
  qInfo("%s", qPrintable(said.mid(said.indexOf(QFileInfo(file).fileName()))));
  QVERIFY2(said.contains(words) && said.contains(QFileInfo(file).fileName()) && said.size() < 1000 &&
               !said.contains('\n') && !said.contains("INTERNAL ASSERT"),
           qPrintable(said));
}

} // namespace

class ExportedProgramTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

 private:
  // What is behind an operation that is not known is left out, and said so; all before it is as in the whole network.
  void leaves_out(const QString& words) {
    const Network part = Network::open(source_of(folder_.filePath("left_out.pt2")), on(false));
    const Network whole = Network::open(source_of(exported("batches.pt2")), on(false));
    QString notes;
    for (const std::string& note : part.info().notes)
      notes += QString::fromStdString(note) + "\n";
    QVERIFY2(notes.contains(words) && notes.contains("What 'stem' gives stands for its output"), qPrintable(notes));
    QVERIFY(part.info().head.empty());
    for (const Layer& layer : part.info().layers)
      QVERIFY2(layer.has_output() == (layer.name.empty() || layer.name == "stem"), layer.name.c_str());
    const int side = whole.info().input_size;
    const auto values = [&](const Network& network) {
      return network.run(network.plan({"stem"}, Reduction::Maps), noise(2, side), 2, side, side)[0].values;
    };
    QVERIFY(off(values(part), values(whole)) <= 1e-6);
  }

 private slots:

  void agrees_with_pytorch_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QJsonObject>("expected");
    QTest::addColumn<bool>("openvino");
    for (const QString& folder : {exported(""), qEnvironmentVariable("SCALESCOPE_EXPORTED")}) {
      const QJsonObject networks = QJsonDocument::fromJson(read_all(folder + "/reference.json")).object();
      for (const bool openvino : {false, true})
        for (const QString& name : networks.keys())
          QTest::addRow("%s on %s", qPrintable(name), openvino ? "OpenVINO" : "LibTorch")
              << folder + "/" + name + ".pt2" << networks[name].toObject() << openvino;
    }
  }

  void agrees_with_pytorch() {
    QFETCH(QString, file);
    QFETCH(QJsonObject, expected);
    QFETCH(bool, openvino);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    const QJsonObject pooled = expected["pooled"].toObject();
    const int side = expected["side"].toInt();
    const auto images = noise(2, side);
    const Network network = Network::open(source_of(file), on(openvino, side));
    int compared = 0;
    for (const std::string& layer : readable(network.info())) {
      const QJsonArray wanted = pooled[QString::fromStdString(layer)].toArray();
      if (wanted.isEmpty()) // output and softmax
        continue;
      const auto said = network.run(network.plan({layer}, Reduction::Pooled), images, 2, side, side);
      const double worst = off(said[0].values, numbers_of(wanted));
      QVERIFY2(worst <= 1e-4, qPrintable(QString("%1 differs by %2").arg(layer.c_str()).arg(worst)));
      ++compared;
    }
    QVERIFY(compared > 1);
    const QJsonArray outputs = expected["outputs"].toArray();
    QCOMPARE(static_cast<int>(network.info().outputs.size()), outputs.size());
    for (int i = 0; i < outputs.size(); ++i) {
      ModelSource source = source_of(file);
      if (outputs.size() > 1)
        source.output = outputs[i].toObject()["name"].toString().toStdString();
      const Network one = Network::open(source, on(openvino, side));
      QCOMPARE(QString::fromStdString(one.info().outputs[one.info().output_index]),
               outputs[i].toObject()["name"].toString());
      const auto said = one.run(one.plan({""}, Reduction::Maps), images, 2, side, side);
      const double worst = off(said[0].values, numbers_of(outputs[i].toObject()["values"].toArray()));
      QVERIFY2(worst <= 1e-4, qPrintable(QString("output %1 differs by %2").arg(i).arg(worst)));
      qInfo("%d layers, output off by %.1e", compared, worst);
    }
  }

  // With its own weights and with drawn ones: these depend on the groups of convolutions and the order of modules.
  void agrees_with_the_trace() {
    const auto images = noise(2, 24);
    for (const bool random_weights : {false, true})
      compare(Network::open(source_of(exported("batches.pt2"), random_weights), on(false, 24)),
              Network::open(source_of(exported("batches.pt"), random_weights), on(false, 24)), images, 2, 24);
  }

  // The same network as TorchScript and as .pt2, of the developers' shared folder.
  void agrees_with_torchscript_data() {
    QTest::addColumn<bool>("openvino");
    QTest::addColumn<bool>("random_weights");
    QTest::newRow("LibTorch") << false << false;
    QTest::newRow("OpenVINO") << true << false;
    QTest::newRow("random weights") << false << true;
  }

  void agrees_with_torchscript() {
    NEED_SHARED(shared);
    QFETCH(bool, openvino);
    QFETCH(bool, random_weights);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    const QString both = shared + "/models/efficientnet_lite0_imagenet";
    if (!QFileInfo::exists(both + ".pt2"))
      QSKIP("the shared folder has no .pt2");
    compare(Network::open(source_of(both + ".pt2", random_weights), on(openvino)),
            Network::open(source_of(both + ".pt", random_weights), on(openvino)), noise(2, 224), 2, 224);
  }

  void keeps_to_the_exported_sizes() {
    const auto opened = [&](const char* name, int side) {
      return error_text([&] { (void)Network::open(source_of(exported(name)), on(false, side)); });
    };
    QVERIFY(opened("batches.pt2", 48).contains("use --input-size 24"));
    QVERIFY(opened("sizes.pt2", 97).contains("use --input-size 96"));
    QVERIFY(opened("sizes.pt2", 15).contains("use --input-size 16"));
    QCOMPARE(opened("sizes.pt2", 33), QString());
    const Network sizes = Network::open(source_of(exported("sizes.pt2")), on(false));
    QCOMPARE(sizes.info().input_size, 96);
    const Network fixed = Network::open(source_of(exported("fixed.pt2")), on(false));
    QCOMPARE(fixed.info().input_size, 24);
    QVERIFY(notes_of(fixed).contains("exported for images of 24 x 24 pixels"));
    QVERIFY(notes_of(fixed).contains("exported for a single image"));
    const Plan plan = fixed.plan({"stem"}, Reduction::Pooled, 8);
    const QString said = error_text([&] { (void)fixed.run(plan, noise(2, 48), 2, 48, 48); });
    QVERIFY2(said.contains("takes no images of 48 x 48 pixels"), qPrintable(said));
  }

  void says_what_it_can_not_read() {
    const Network network = Network::open(source_of(exported("batches.pt2")), on(false));
    QVERIFY(notes_of(network).contains("'pair' returns more than one tensor"));
    QVERIFY(!network.info().layer("blocks.0").shape.empty());
    for (const char* name : {"pair", "blocks.0.identity", "pair.never"})
      QVERIFY(error_text([&] { (void)network.layer(name); }).contains("has no output to read"));
  }

  // In each format; the modules of the part have their names again where the format tells them.
  void a_part_is_written_in_every_format_data() {
    QTest::addColumn<int>("format");
    for (const auto& [name, format] : enum_names<NetworkFormat>)
      if (format != NetworkFormat::Safetensors) // which needs a known architecture
        QTest::addRow("%s", std::string(name).c_str()) << static_cast<int>(format);
  }

  void a_part_is_written_in_every_format() {
    QFETCH(int, format);
    const ModelSource source = source_of(exported("batches.pt2"));
    const Network network = Network::open(source, on(false));
    const int side = network.info().input_size;
    Provenance provenance;
    provenance.source = "batches.pt2";
    provenance.layer = "blocks.0";
    provenance.output = "map";
    provenance.input_size = side;
    provenance.preprocessing = Preprocessing::named("torch");
    ModelSource part;
    part.file = "part";
    part.archive =
        std::make_shared<const std::string>(truncated_archive(source, {network.layer("blocks.0"), Reduction::Maps, {}},
                                                              provenance, {static_cast<NetworkFormat>(format), {}}));
    const Network opened = Network::open(part, on(false));
    QVERIFY2(notes_of(opened).contains("batches.pt2"), qPrintable(notes_of(opened)));
    if (static_cast<NetworkFormat>(format) != NetworkFormat::TorchScript)
      for (const char* name : {"stem", "blocks.0.conv"})
        QCOMPARE(opened.info().layer(name).type, network.info().layer(name).type);
    for (const int n : {1, 3}) {
      const auto images = noise(n, side);
      const auto ours = opened.run(opened.plan({""}, Reduction::Maps), images, n, side, side);
      const auto theirs = network.run(network.plan({"blocks.0"}, Reduction::Maps), images, n, side, side);
      QCOMPARE(ours[0].shape, theirs[0].shape);
      QVERIFY(off(ours[0].values, theirs[0].values) <= 1e-5);
    }
  }

  // A shift that depends on the image's size is read again.
  void shifted_windows_are_read_again_as_onnx() {
    ModelSource source;
    source.architecture = "swin_t";
    source.random_weights = true;
    const Network network = Network::open(source, on(false));
    ModelSource part;
    part.file = "part.onnx";
    Provenance provenance;
    provenance.input_size = network.info().input_size;
    part.archive = std::make_shared<const std::string>(truncated_archive(
        source, {network.layer("features.1.1"), Reduction::Maps, {}}, provenance, {NetworkFormat::Onnx, {}}));
    const Network opened = Network::open(part, on(false));
    for (const int side : {96, 224}) {
      const auto images = noise(2, side);
      const auto ours = opened.run(opened.plan({""}, Reduction::Maps), images, 2, side, side);
      const auto theirs = network.run(network.plan({"features.1.1"}, Reduction::Maps), images, 2, side, side);
      QCOMPARE(ours[0].shape, theirs[0].shape);
      QVERIFY(off(ours[0].values, theirs[0].values) <= 1e-5);
    }
  }

  // Of PyTorch 2.5, 2.7 and 2.9; decomposed: after run_decompositions().
  void reads_what_older_versions_wrote() {
    const QJsonObject all = QJsonDocument::fromJson(read_all(exported("older.json"))).object();
    QCOMPARE(all.size(), 4);
    std::vector<float> images;
    for (int i = 0; i < 3 * 3 * 32 * 32; ++i)
      images.push_back(std::sin(0.37F * static_cast<float>(i)));
    for (const QString& name : all.keys()) {
      const Network network = Network::open(source_of(exported(name + ".pt2")), on(false));
      for (const char* layer : {"stem", "layer1.0", "layer1.1.bn", "attn.qkv", "fc"})
        QVERIFY2(network.info().layer(layer).has_output(), layer);
      const auto said = network.run(network.plan({""}, Reduction::Maps), images, 3, 32, 32);
      const QJsonArray wanted = all[name].toArray();
      QCOMPARE(static_cast<qsizetype>(said[0].values.size()), wanted.size());
      for (qsizetype i = 0; i < wanted.size(); ++i)
        QVERIFY2(std::abs(said[0].values[static_cast<std::size_t>(i)] - wanted[i].toDouble()) <= 1e-4,
                 qPrintable(name));
    }
  }

  // The last image fills a batch up; the others' values stay theirs.
  void runs_batches_of_one_size() {
    const Network pairs = Network::open(source_of(exported("two_images.pt2")), on(false));
    const Network free = Network::open(source_of(exported("batches.pt2")), on(false));
    QVERIFY2(notes_of(pairs).contains("batches of exactly 2 images"), qPrintable(notes_of(pairs)));
    const int side = pairs.info().input_size;
    const auto images = noise(5, side);
    for (const int n : {1, 2, 5}) {
      const std::span<const float> given(images.data(), static_cast<std::size_t>(n * 3 * side * side));
      const auto ours = pairs.run(pairs.plan({"stem", "blocks.0"}, Reduction::Pooled), given, n, side, side);
      const auto theirs = free.run(free.plan({"stem", "blocks.0"}, Reduction::Pooled), given, n, side, side);
      for (std::size_t i = 0; i < ours.size(); ++i) {
        QCOMPARE(ours[i].shape, theirs[i].shape);
        QVERIFY(off(ours[i].values, theirs[i].values) <= 1e-5);
      }
    }
  }

  void refuses_bad_files() {
    QString made;
    if (!run_python("break_exported.py", {exported("batches.pt2"), folder_.path()}, &made))
      QSKIP(qPrintable("Python can't make the files: " + made));
    QJsonObject words = QJsonDocument::fromJson(made.toUtf8()).object();
    QVERIFY(words.size() >= 65);
    leaves_out(words.take("left_out").toString());
    (void)Network::open(source_of(exported("batches.pt2")), on(false)); // takes what every network takes
    const MemoryPeak peak;
    for (const QString& name : words.keys()) {
      refused(folder_.filePath(name + ".pt2"), words[name].toString());
      QVERIFY2(peak.grown() < MemoryPeak::most, qPrintable(name));
    }
    refused(exported("training.pt2"), "in training mode");
    refused(exported("oblong.pt2"), "takes images of 48 x 32 pixels only");
  }

  // A file of which bytes are missing or others stand there is refused, or opens; nothing else.
  void survives_damage() {
    const QByteArray whole = read_all(exported("fixed.pt2"));
    const QString damaged_file = folder_.filePath("damaged.pt2");
    for (int i = 0; i < whole.size(); i += 331)
      for (const bool cut : {false, true}) {
        QByteArray damaged = cut ? whole.left(i) : whole;
        if (!cut)
          damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        QFile out(damaged_file);
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(damaged) == damaged.size());
        out.close();
        const QString said = error_text([&] { (void)Network::open(source_of(damaged_file), on(false)); });
        QVERIFY2(!cut || !said.isEmpty(), "a part of the file opens");
        QVERIFY2(!said.contains("INTERNAL ASSERT") && !said.contains('\n'), qPrintable(said));
      }
  }
};

QTEST_GUILESS_MAIN(ExportedProgramTest)
#include "exported_program_test.moc"
