// ONNX files: each operator gives what ONNX Runtime gives, networks have PyTorch's layers and features, and damaged
// files are refused with a sentence. make_onnx.py wrote the files; it can write more into the folders SCALESCOPE_ONNX
// (networks) and SCALESCOPE_ONNX_NODES (the operators' tests of the package onnx).

#include "core/network/network.h"
#include "core/network/truncate.h"
#include "tests/core/network/onnx_torch.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

using namespace scalescope;

namespace {

QString onnx_file(const QString& name) { return QStringLiteral(SCALESCOPE_TESTS "/support/onnx/") + name; }

std::vector<float> unpacked(const QJsonValue& text) {
  const QByteArray bytes = QByteArray::fromBase64(text.toString().toLatin1());
  std::vector<float> values(static_cast<std::size_t>(bytes.size()) / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

QJsonObject json_of(const QString& file) { return QJsonDocument::fromJson(read_all(file)).object(); }

std::vector<std::int64_t> shape_of(const QJsonValue& list) {
  std::vector<std::int64_t> shape;
  for (const auto& side : list.toArray())
    shape.push_back(side.toInt());
  return shape;
}

void write(const QString& file, const QByteArray& content) {
  QFile out(file);
  QVERIFY(out.open(QIODevice::WriteOnly) && out.write(content) == content.size());
}

} // namespace

class OnnxTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

 private slots:

  void operators_agree_with_onnx_runtime_data() {
    QTest::addColumn<QJsonObject>("expected");
    const QJsonObject nodes = json_of(onnx_file("nodes.json"));
    QVERIFY(nodes.size() > 200);
    for (const QString& name : nodes.keys())
      QTest::addRow("%s", qPrintable(name)) << nodes[name].toObject();
  }

  void operators_agree_with_onnx_runtime() {
    QFETCH(QJsonObject, expected);
    const QString file = folder_.filePath("node.onnx");
    write(file, QByteArray::fromBase64(expected["model"].toString().toLatin1()));
    const OnnxRun run = run_onnx(file.toStdString(), noise(2, 6), {2, 3, 6, 6});
    QVERIFY2(run.error.empty(), run.error.c_str());
    QCOMPARE(run.shape, shape_of(expected["shape"]));
    const double worst = off(run.values, unpacked(expected["values"]));
    QVERIFY2(worst <= 1e-5, qPrintable(QString("off by %1").arg(worst)));
  }

  void openvino_runs_what_has_no_translation_data() {
    QTest::addColumn<bool>("openvino");
    for (const char* name : {"lstm_last", "loop", "if", "conv_1d", "attention", "fused_matmul"})
      for (const bool openvino : {false, true})
        QTest::addRow("%s on %s", name, openvino ? "OpenVINO" : "LibTorch") << openvino;
  }

  void openvino_runs_what_has_no_translation() {
    QFETCH(bool, openvino);
    if (no_openvino())
      QSKIP("this build has no OpenVINO");
    const QString name = "openvino_" + QString(QTest::currentDataTag()).section(' ', 0, 0);
    const QJsonObject expected = json_of(onnx_file("nodes.json"))[name].toObject();
    const QString file = folder_.filePath("node.onnx");
    write(file, QByteArray::fromBase64(expected["model"].toString().toLatin1()));
    const Network network = Network::open(source_of(file), on(openvino, 6));
    QVERIFY(std::ranges::any_of(network.info().notes, [](const std::string& note) {
      return note.find("OpenVINO runs them as the file has them") != std::string::npos;
    }));
    const auto ran = network.run(network.plan({""}, Reduction::Maps), noise(2, 6), 2, 6, 6);
    QCOMPARE(ran[0].shape, shape_of(expected["shape"]));
    const double worst = off(ran[0].values, unpacked(expected["values"]));
    QVERIFY2(worst <= 1e-5, qPrintable(QString("off by %1").arg(worst)));
    const std::string engine = network.info().engine;
    QVERIFY2(QString::fromStdString(engine).startsWith(openvino ? "OpenVINO" : "LibTorch"), engine.c_str());
  }

  // Its last convolution was joined with the batch norm behind it: what is left of it returns something else.
  void a_module_whose_end_was_joined_is_not_read() {
    const QJsonObject node = json_of(onnx_file("nodes.json"))["joined_end"].toObject();
    const QString file = folder_.filePath("joined.onnx");
    write(file, QByteArray::fromBase64(node["model"].toString().toLatin1()));
    const Network network = Network::open(source_of(file), on(false, 6));
    QVERIFY(error_text([&] { (void)network.layer("conv"); }).contains("conv"));
    QCOMPARE(network.layer("conv.1").shape, (std::vector<std::int64_t>{4, 4, 4}));
    QCOMPARE(network.layer("bn").shape, (std::vector<std::int64_t>{5, 3, 3}));
  }

  // OpenVINO knows no aten::Float.
  void numbers_of_sizes_run_on_openvino() {
    if (no_openvino())
      QSKIP("this build has no OpenVINO");
    const QJsonObject expected = json_of(onnx_file("nodes.json"))["float_of_size"].toObject();
    const QString file = folder_.filePath("size.onnx");
    write(file, QByteArray::fromBase64(expected["model"].toString().toLatin1()));
    const Network network = Network::open(source_of(file), on(true, 6));
    const auto ran = network.run(network.plan({""}, Reduction::Maps), noise(2, 6), 2, 6, 6);
    QVERIFY(off(ran[0].values, unpacked(expected["values"])) <= 1e-6);
  }

  // It can't do what needs their weights, and says so.
  void what_openvino_runs_can_not_be_changed() {
    if (no_openvino())
      QSKIP("this build has no OpenVINO");
    const QJsonObject node = json_of(onnx_file("nodes.json"))["openvino_lstm_last"].toObject();
    const QString file = folder_.filePath("lstm.onnx");
    write(file, QByteArray::fromBase64(node["model"].toString().toLatin1()));
    QCOMPARE(error_text([&] { (void)Network::open(source_of(file, true), on(false, 6)); }),
             file + " can't get random weights, because the operation LSTM in the layer 'lstm_2' keeps its own: only "
                    "OpenVINO runs it; do without random weights, also as a control.");
    const Network network = Network::open(source_of(file), on(false, 6));
    Truncation cut;
    cut.layer = network.layer("matmul_4");
    QCOMPARE(
        error_text([&] { (void)truncated_archive(source_of(file), cut, {}, {}); }),
        QString("The layer 'matmul_4' needs the operation LSTM in the layer 'lstm_2', which only OpenVINO runs, so "
                "the network can't be pruned or trained there; choose a layer before it."));
  }

  // OpenVINO ignores attributes that it does not know; so an operator that has one is left out.
  void nothing_unknown_is_left_to_openvino() {
    const QJsonObject node = json_of(onnx_file("nodes.json"))["openvino_lstm_last"].toObject();
    QByteArray model = QByteArray::fromBase64(node["model"].toString().toLatin1());
    const QString file = folder_.filePath("changed.onnx");
    write(file, model.replace("hidden_size", "hidden_sizf"));
    const QString said = error_text([&] { (void)Network::open(source_of(file), on(false, 6)); });
    QVERIFY2(said.contains("needs operators that are not read: LSTM (1 time"), qPrintable(said));
  }

  // It would keep the program busy for ever.
  void a_loop_without_end_is_left_out() {
    const QJsonObject node = json_of(onnx_file("nodes.json"))["openvino_loop"].toObject();
    QByteArray model = QByteArray::fromBase64(node["model"].toString().toLatin1());
    const qsizetype trip = model.indexOf("trip", model.indexOf("trip") + 1); // the tensor: its name, then its number
    QVERIFY(trip > 0);
    const qsizetype number = model.indexOf(QByteArray("\x03\0\0\0\0\0\0\0", 8), trip);
    QVERIFY(number > 0 && number - trip < 8);
    model[number + 4] = 1;
    const QString file = folder_.filePath("endless.onnx");
    write(file, model);
    const QString said = error_text([&] { (void)Network::open(source_of(file), on(false, 6)); });
    QVERIFY2(said.contains("needs operators that are not read: Loop (1 time"), qPrintable(said));
  }

  // Rounded by the largest value of a run: with other images beside it, an image would give something else.
  void dynamic_quantisation_runs_images_one_by_one() {
    const QJsonObject node = json_of(onnx_file("nodes.json"))["conv_integer"].toObject();
    const QString file = folder_.filePath("dynamic.onnx");
    write(file, QByteArray::fromBase64(node["model"].toString().toLatin1()));
    const Network network = Network::open(source_of(file), on(false, 6));
    std::vector<float> images = noise(2, 6);
    const auto run = [&](std::span<const float> given, std::int64_t n) {
      return network.run(network.plan({""}, Reduction::Maps), given, n, 6, 6)[0].values;
    };
    const std::size_t one = images.size() / 2;
    std::transform(images.begin() + static_cast<std::ptrdiff_t>(one), images.end(),
                   images.begin() + static_cast<std::ptrdiff_t>(one), [](float value) { return 10 * value; });
    const std::vector<float> both = run(images, 2);
    const std::vector<float> alone = run(std::span(images).first(one), 1);
    QVERIFY(!alone.empty() && std::equal(alone.begin(), alone.end(), both.begin()));
  }

  // What PyTorch computes in one operation is one here, too: blocks and layers depend on it.
  void joins_what_is_one_in_pytorch() {
    const QJsonObject nodes = json_of(onnx_file("nodes.json"));
    const auto operations = [&](const char* name) {
      const QString file = folder_.filePath("node.onnx");
      write(file, QByteArray::fromBase64(nodes[name].toObject()["model"].toString().toLatin1()));
      return onnx_operations(file.toStdString());
    };
    const auto has = [](const std::vector<std::string>& all, const char* one) {
      return std::find(all.begin(), all.end(), one) != all.end();
    };
    QVERIFY(has(operations("silu"), "aten::silu") && !has(operations("silu"), "aten::mul"));
    QVERIFY(has(operations("gelu_of_erf"), "aten::gelu"));
    QVERIFY(!has(operations("gelu_like"), "aten::gelu"));
    QVERIFY(has(operations("matmul"), "aten::linear"));
  }

  // The package's own tests of operators, where make_onnx.py --backend has written them. What is refused is listed.
  void agrees_with_the_tests_of_onnx() {
    const QString folder = qEnvironmentVariable("SCALESCOPE_ONNX_NODES");
    if (folder.isEmpty())
      QSKIP("SCALESCOPE_ONNX_NODES names no folder");
    const QJsonObject cases = json_of(folder + "/backend.json");
    int right = 0;
    int refused = 0;
    QStringList wrong;
    for (const QString& name : cases.keys()) {
      const OnnxRun run = run_onnx((folder + "/" + name + ".onnx").toStdString(), noise(1, 4), {1, 3, 4, 4});
      const double worst = run.error.empty() ? off(run.values, unpacked(cases[name].toObject()["values"])) : 0;
      if (!run.error.empty()) {
        ++refused;
        qInfo("refused %s: %s", qPrintable(name), QString::fromStdString(run.error).left(160).toUtf8().constData());
      } else if (run.shape == shape_of(cases[name].toObject()["shape"]) && worst <= 1e-3) { // as onnx itself asks for
        ++right;
      } else {
        wrong << QString("%1 (off by %2)").arg(name).arg(worst);
      }
    }
    qInfo("%d right, %d refused, %d wrong", right, refused, static_cast<int>(wrong.size()));
    for (const QString& one : wrong)
      qInfo("wrong %s", qPrintable(one));
    QVERIFY(wrong.isEmpty());
  }

  void agrees_with_pytorch_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QJsonObject>("expected");
    QTest::addColumn<bool>("openvino");
    for (const QString& folder : {onnx_file(""), qEnvironmentVariable("SCALESCOPE_ONNX")}) {
      const QJsonObject networks = json_of(folder + "/reference.json");
      for (const bool openvino : {false, true})
        for (const QString& name : networks.keys())
          QTest::addRow("%s on %s", qPrintable(name), openvino ? "OpenVINO" : "LibTorch")
              << folder + "/" + name + ".onnx" << networks[name].toObject() << openvino;
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
    const QString refusal = error_text([&] { (void)Network::open(source_of(file), on(openvino, side)); });
    QVERIFY2(refusal.isEmpty(), qPrintable(refusal));
    const Network network = Network::open(source_of(file), on(openvino, side));
    const bool joined = std::any_of(network.info().notes.begin(), network.info().notes.end(), [](const auto& note) {
      return note.find("joined") != std::string::npos; // a convolution holds its batch norm
    });
    std::vector<std::string> layers;
    for (const Layer& layer : network.info().layers)
      if (layer.has_output() && pooled.contains(QString::fromStdString(layer.name)) &&
          !(joined && layer.type == "Conv2d"))
        layers.push_back(layer.name);
    QVERIFY(layers.size() > 2);
    QStringList strange;
    for (const std::string& block : network.info().blocks)
      if (!pooled.contains(QString::fromStdString(block)))
        strange << QString::fromStdString(block);
    QVERIFY2(strange.isEmpty(), qPrintable("blocks that PyTorch does not know: " + strange.join(", ")));
    const auto said = network.run(network.plan(layers, Reduction::Pooled), images, 2, side, side);
    double worst_layer = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      double worst = INFINITY;
      for (const auto& way : pooled[QString::fromStdString(layers[i])].toArray())
        worst = std::min(worst, off(said[i].values, numbers_of(way.toArray())));
      QVERIFY2(worst <= 1e-4, qPrintable(QString("%1 differs by %2").arg(layers[i].c_str()).arg(worst)));
      worst_layer = std::max(worst_layer, worst);
    }
    const auto output = network.run(network.plan({""}, Reduction::Maps), images, 2, side, side);
    const double worst = off(output[0].values, numbers_of(expected["output"].toArray()));
    QVERIFY2(worst <= 1e-4, qPrintable(QString("the output differs by %1").arg(worst)));
    qInfo("%d layers off by %.1e, %d blocks, output off by %.1e", static_cast<int>(layers.size()), worst_layer,
          static_cast<int>(network.info().blocks.size()), worst);
  }

  // Files of other exporters, where make_onnx.py --runtime has written what ONNX Runtime makes of them: each layer is
  // one of its tensors, and the output is its output.
  void agrees_with_onnx_runtime_data() {
    QTest::addColumn<QString>("file");
    const QString folder = qEnvironmentVariable("SCALESCOPE_ONNX_RUNTIME");
    for (const QString& name : QDir(folder).entryList({"*.onnx"}, QDir::Files))
      if (!folder.isEmpty() && QFile::exists(folder + "/" + name + ".json"))
        QTest::addRow("%s", qPrintable(name)) << folder + "/" + name;
    if (folder.isEmpty())
      QTest::addRow("none") << QString();
  }

  void agrees_with_onnx_runtime() {
    QFETCH(QString, file);
    if (file.isEmpty())
      QSKIP("SCALESCOPE_ONNX_RUNTIME names no folder");
    const QJsonObject expected = json_of(file + ".json");
    const int side = expected["side"].toInt();
    ModelSource source = source_of(file);
    source.tokens = Tokens::All;
    const QString refusal = error_text([&] { (void)Network::open(source, on(true, side)); });
    QVERIFY2(refusal.isEmpty(), qPrintable(refusal));
    const Network network = Network::open(source, on(true, side));
    for (const std::string& note : network.info().notes)
      qInfo("note: %s", note.c_str());
    std::vector<std::string> layers;
    for (const Layer& layer : network.info().layers)
      if (layer.has_features() && layer.name != "softmax")
        layers.push_back(layer.name);
    const auto said = network.run(network.plan(layers, Reduction::Pooled), noise(2, side), 2, side, side);
    std::vector<std::vector<float>> tensors;
    for (const auto& one : expected["tensors"].toArray())
      tensors.push_back(unpacked(one));
    double worst_layer = 0;
    QStringList strange;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      double least = INFINITY;
      for (const auto& tensor : tensors)
        if (tensor.size() == said[i].values.size())
          least = std::min(least, off(said[i].values, tensor));
      worst_layer = std::max(worst_layer, least);
      if (!(least <= 1e-4))
        strange << QString("%1 (%2)").arg(layers[i].c_str()).arg(least);
    }
    const auto output = network.run(network.plan({""}, Reduction::Maps), noise(2, side), 2, side, side);
    const double worst = off(output[0].values, unpacked(expected["output"]));
    qInfo("%d layers off by %.1e, %d blocks, output off by %.1e; blocks %s", static_cast<int>(layers.size()),
          worst_layer, static_cast<int>(network.info().blocks.size()), worst,
          [&] {
            QStringList names;
            for (const std::string& block : network.info().blocks)
              names << QString::fromStdString(block);
            return names.join(" ").toStdString();
          }()
              .c_str());
    QVERIFY2(strange.isEmpty(), qPrintable("layers that ONNX Runtime has not: " + strange.join(", ")));
    QVERIFY2(worst <= 1e-4, qPrintable(QString("the output differs by %1").arg(worst)));
  }

  // The same network as TorchScript and as ONNX, of the developers' shared folder.
  void agrees_with_torchscript_data() {
    QTest::addColumn<bool>("openvino");
    QTest::newRow("LibTorch") << false;
    QTest::newRow("OpenVINO") << true;
  }

  void agrees_with_torchscript() {
    NEED_SHARED(shared);
    QFETCH(bool, openvino);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    const QString both = shared + "/models/efficientnet_lite0_imagenet";
    if (!QFileInfo::exists(both + ".onnx"))
      QSKIP("the shared folder has no ONNX file");
    const Network ours = Network::open(source_of(both + ".onnx"), on(openvino));
    const Network theirs = Network::open(source_of(both + ".pt"), on(openvino));
    QCOMPARE(ours.info().blocks, theirs.info().blocks);
    QCOMPARE(ours.info().input_size, theirs.info().input_size);
    QCOMPARE(ours.info().architecture, theirs.info().architecture); // though its batch norms are joined
    QCOMPARE(key_of(*ours.info().preprocessing), key_of(*theirs.info().preprocessing));
    std::vector<std::string> layers = ours.info().blocks;
    layers.emplace_back("output");
    const auto images = noise(2, 224);
    const auto said = ours.run(ours.plan(layers, Reduction::Pooled), images, 2, 224, 224);
    const auto expected = theirs.run(theirs.plan(layers, Reduction::Pooled), images, 2, 224, 224);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const double worst = off(said[i].values, expected[i].values);
      QVERIFY2(worst <= 1e-4, qPrintable(QString("%1 differs by %2").arg(layers[i].c_str()).arg(worst)));
    }
  }

  // As Keras's networks come from tf2onnx; and weights in float16, which run in float32.
  void takes_other_forms() {
    const QJsonObject expected = json_of(onnx_file("others.json"));
    for (const bool openvino : {false, true}) {
      if (openvino && no_openvino())
        continue;
      for (const QString& name : expected.keys()) {
        const Network network = Network::open(source_of(onnx_file(name + ".onnx")), on(openvino));
        QCOMPARE(network.info().input_form.channels_last, name == "channels_last");
        QCOMPARE(network.info().input_size, name == "channels_last" ? 24 : network.info().input_size);
        const auto said = network.run(network.plan({""}, Reduction::Maps), noise(2, 24), 2, 24, 24);
        const double worst = off(said[0].values, unpacked(expected[name]));
        const double most = name == "half" ? 1e-3 : 1e-4; // the exporter rounds what it joins to float16
        QVERIFY2(worst <= most, qPrintable(QString("%1 is off by %2").arg(name).arg(worst)));
      }
    }
    const Network network = Network::open(source_of(onnx_file("channels_last.onnx")), on(false));
    for (const char* name : {"conv1", "block1", "block1.conv2", "block1.add", "predictions"})
      QVERIFY2(network.info().layer(name).has_output(), name);
    QCOMPARE(network.info().layer("conv1").type, std::string("Conv2d"));
  }

  // What programs other than PyTorch write: layers have the file's names, and the features are ONNX Runtime's.
  void reads_other_makers_data() {
    QTest::addColumn<QJsonObject>("expected");
    QTest::addColumn<bool>("openvino");
    const QJsonObject makers = json_of(onnx_file("makers.json"));
    QVERIFY(makers.size() >= 5);
    for (const QString& name : makers.keys())
      for (const bool openvino : {false, true})
        QTest::addRow("%s on %s", qPrintable(name), openvino ? "OpenVINO" : "LibTorch")
            << makers[name].toObject() << openvino;
  }

  void reads_other_makers() {
    QFETCH(QJsonObject, expected);
    QFETCH(bool, openvino);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    const QString file = folder_.filePath("maker.onnx");
    write(file, QByteArray::fromBase64(expected["model"].toString().toLatin1()));
    const Network network = Network::open(source_of(file), on(openvino, 24));
    QCOMPARE(network.info().input_form.channels_last, expected["channels_last"].toBool());
    QStringList blocks;
    for (const std::string& block : network.info().blocks)
      blocks << QString::fromStdString(block);
    QCOMPARE(blocks, expected["blocks"].toVariant().toStringList());
    const auto agrees = [&](const std::string& layer, Reduction reduction, const QJsonValue& with) {
      const auto said = network.run(network.plan({layer}, reduction), noise(2, 24), 2, 24, 24);
      const double worst = off(said[0].values, unpacked(with));
      QVERIFY2(worst <= 1e-5, qPrintable(QString("'%1' is off by %2").arg(layer.c_str()).arg(worst)));
    };
    const QJsonObject layers = expected["layers"].toObject();
    for (const QString& name : layers.keys()) {
      QVERIFY2(
          std::ranges::any_of(network.info().layers,
                              [&](const Layer& one) { return one.name == name.toStdString() && one.has_output(); }),
          qPrintable(name));
      agrees(name.toStdString(), Reduction::Pooled, layers[name]);
    }
    agrees("", Reduction::Maps, expected["output"]);
    agrees("", Reduction::Pooled, expected["pooled_output"]); // the means over positions, wherever the channels are
  }

  // A quantised network is written, though OpenVINO rounds other values up than LibTorch.
  void prunes_quantised_networks() {
    const ModelSource source = source_of(onnx_file("quantised.onnx"));
    const Network network = Network::open(source, on(false));
    Provenance provenance;
    provenance.input_size = 24;
    ModelSource part;
    part.file = "part.onnx";
    const QString refusal = error_text([&] {
      part.archive = std::make_shared<const std::string>(truncated_archive(
          source, {network.layer("block"), Reduction::Maps, {}}, provenance, {NetworkFormat::Onnx, {}}));
    });
    QVERIFY2(refusal.isEmpty(), qPrintable(refusal));
    const Network opened = Network::open(part, on(false));
    const auto ours = opened.run(opened.plan({""}, Reduction::Maps), noise(2, 24), 2, 24, 24);
    const auto theirs = network.run(network.plan({"block"}, Reduction::Maps), noise(2, 24), 2, 24, 24);
    QVERIFY(off(ours[0].values, theirs[0].values) <= 1e-6);
    for (const float value : ours[0].values)
      QVERIFY(std::abs(value * 10 - std::round(value * 10)) < 1e-4); // the file rounds to steps of 0.1
  }

  // As many operations as a network may have, and one more.
  void limits_the_number_of_operations() {
    const QString file = folder_.filePath("long.onnx");
    write_chain(file.toStdString(), 50001);
    const QString said = error_text([&] { (void)Network::open(source_of(file), on(false)); });
    QVERIFY2(said.contains("has 50001 operations, and networks of up to 50000 are read"), qPrintable(said));
    write_chain(file.toStdString(), 2000);
    QCOMPARE(run_onnx(file.toStdString(), noise(1, 6), {1, 3, 6, 6}).error, std::string());
  }

  // What needs an operator that is not read is left out, and said so; all before it is as in the whole network.
  void leaves_out_what_is_not_read() {
    for (const bool openvino : {false, true}) {
      if (openvino && no_openvino())
        continue;
      const Network network = Network::open(source_of(onnx_file("left_out.onnx")), on(openvino, 6));
      const NetworkInfo& info = network.info();
      QString notes;
      for (const std::string& note : info.notes)
        notes += QString::fromStdString(note) + "\n";
      QVERIFY2(notes.contains("not read: Quux (2 times, first in the layer 'block2.odd')") &&
                   notes.contains("What 'block2.conv' gives stands for its output"),
               qPrintable(notes));
      QCOMPARE(info.blocks, (std::vector<std::string>{"relu1", "block2.conv"}));
      QVERIFY(info.head.empty());
      for (const Layer& layer : info.layers)
        QVERIFY2(layer.name != "fc" && layer.name != "pool" && (layer.name != "block2" || !layer.has_output()),
                 layer.name.c_str());
      const auto said = network.run(network.plan({"", "block2.conv"}, Reduction::Maps), noise(2, 6), 2, 6, 6);
      const auto expected = unpacked(json_of(onnx_file("left_out.json"))["output"]);
      QVERIFY(off(said[0].values, expected) <= 1e-5);
      QVERIFY(off(said[1].values, expected) <= 1e-5);
    }
  }

  void refuses_bad_files() {
    const QString script = QStringLiteral(SCALESCOPE_TESTS "/support/onnx/broken.json");
    const QJsonObject all = json_of(script);
    QVERIFY(all.size() >= 70);
    (void)Network::open(source_of(onnx_file("scripted.onnx")), on(false)); // takes what every network takes
    const MemoryPeak peak;
    for (const QString& name : all.keys()) {
      const QJsonObject one = all[name].toObject();
      const QString file = folder_.filePath(name + ".onnx");
      write(file, QByteArray::fromBase64(one["model"].toString().toLatin1()));
      const QString said = error_text([&] { (void)Network::open(source_of(file), on(false)); });
      qInfo("%s", qPrintable(said.mid(said.indexOf(name))));
      QVERIFY2(said.contains(one["words"].toString()) && said.contains(QFileInfo(file).fileName()) &&
                   said.size() < 1000 && !said.contains('\n') && !said.contains("INTERNAL ASSERT") &&
                   !said.contains("c10"),
               qPrintable(name + ": " + said));
      QVERIFY2(peak.grown() < MemoryPeak::most, qPrintable(name));
    }
  }

  // Weights lie in the model's own folder, or are refused: a link is no way out of it either.
  void takes_weights_from_its_folder_only() {
    QVERIFY(QFile::copy(onnx_file("external.onnx"), folder_.filePath("external.onnx")));
    const auto opened = [&] {
      return error_text([&] { (void)Network::open(source_of(folder_.filePath("external.onnx")), on(false)); });
    };
    QVERIFY2(opened().contains("external.onnx.data, which is missing"), qPrintable(opened()));
    QVERIFY(QFile::link(onnx_file("external.onnx.data"), folder_.filePath("external.onnx.data")));
    QVERIFY2(opened().contains("not a file in the folder of the model"), qPrintable(opened()));
    QVERIFY(QFile::remove(folder_.filePath("external.onnx.data")));
    const QByteArray weights = read_all(onnx_file("external.onnx.data"));
    write(folder_.filePath("external.onnx.data"), weights.left(weights.size() / 2));
    QVERIFY2(opened().contains("which ends before the tensor"), qPrintable(opened()));
    write(folder_.filePath("external.onnx.data"), weights);
    QCOMPARE(opened(), QString());
  }

  // A file of which bytes are missing or others stand there is refused, or opens; nothing else.
  void survives_damage() {
    const QByteArray whole = read_all(onnx_file("scripted.onnx"));
    const QString damaged_file = folder_.filePath("damaged.onnx");
    for (int i = 0; i < whole.size(); i += 97)
      for (const bool cut : {false, true}) {
        QByteArray damaged = cut ? whole.left(i) : whole;
        if (!cut)
          damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        write(damaged_file, damaged);
        const QString said = error_text([&] { (void)Network::open(source_of(damaged_file), on(false)); });
        QVERIFY2(!said.contains("INTERNAL ASSERT") && !said.contains('\n'), qPrintable(said));
      }
  }
};

QTEST_GUILESS_MAIN(OnnxTest)
#include "onnx_test.moc"
