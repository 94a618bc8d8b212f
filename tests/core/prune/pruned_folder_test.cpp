// Pruned networks as folders: what is written, that it opens again, here and in Python, and what is refused. The check
// against PyTorch needs the Python that SCALESCOPE_TIMM_PYTHON names.

#include "core/base/files.h"
#include "core/network/model_folder.h"
#include "core/network/truncate.h"
#include "core/prune/prune.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>

using namespace scalescope;

namespace {

constexpr int side = 64;

RunOptions small_on_libtorch() {
  RunOptions options;
  options.engine = Engine::LibTorch;
  options.input_size = side;
  return options;
}

std::vector<float> image() {
  std::vector<float> values(std::size_t{3} * side * side);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(static_cast<float>(i) * 0.37F);
  return values;
}

Activation output_of(const Network& network, const std::string& layer, Reduction reduction = Reduction::Maps) {
  return network.run(network.plan({layer}, reduction), image(), 1, side, side).front();
}

double off(const Activation& one, const Activation& other) {
  return one.shape == other.shape ? ::off(one.values, other.values) : INFINITY;
}

PruneSettings after(const std::string& layer, PrunedOutput output = PrunedOutput::Map) {
  PruneSettings settings;
  settings.layer = layer;
  settings.output = output;
  settings.preprocessing = Preprocessing::named("tf");
  settings.format = NetworkFormat::Safetensors;
  settings.name = "part";
  settings.seconds = 0.01;
  return settings;
}

QJsonObject header_of(const std::string& safetensors) {
  const auto size = static_cast<unsigned char>(safetensors[0]) + 256 * static_cast<unsigned char>(safetensors[1]);
  return QJsonDocument::fromJson(QByteArray::fromStdString(safetensors.substr(8, static_cast<std::size_t>(size))))
      .object();
}

struct Ended {
  int code = -1;
  QString out;
  QString err;
};

Ended run_cli(const QStringList& arguments) {
  QProcess program;
  program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
  program.waitForFinished(-1);
  return {program.exitCode(), QString::fromUtf8(program.readAllStandardOutput()),
          QString::fromUtf8(program.readAllStandardError())};
}

const QStringList small_resnet = {"prune", "--arch",   "resnet18", "--random-weights", "--input-size",
                                  "64",    "--engine", "libtorch", "--seconds",        "0.01"};

} // namespace

class PrunedFolderTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

  QString path(const QString& name) const { return folder_.filePath(name); }

  void write(const QString& name, const FolderFiles& files) const {
    QVERIFY(QDir().mkpath(path(name)));
    for (const auto& [file, bytes] : files) {
      QFile out(path(name + "/" + QString::fromStdString(file)));
      QVERIFY(out.open(QIODevice::WriteOnly));
      out.write(bytes.data(), static_cast<qint64>(bytes.size()));
    }
  }

  Ended as_folder(const QString& file, const QString& folder) const {
    return run_cli({"prune", "--model", path(file), "--layer", "layer1.1", "--format", "safetensors", "--out",
                    path(folder), "--engine", "libtorch", "--seconds", "0.01"});
  }

  Network opened(const QString& name) const {
    ModelSource source;
    source.file = to_path(path(name));
    return Network::open(source, small_on_libtorch());
  }

 private slots:
  void opens_again_data() {
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<QString>("layer");
    QTest::addColumn<QString>("library");
    const auto row = [](const char* architecture, const char* layer, const char* library) {
      QTest::newRow(architecture) << architecture << layer << library;
    };
    row("resnet18", "layer2.0", "torchvision");
    row("efficientnet_lite0", "_blocks.3", "efficientnet_lite_pytorch");
    row("timm/convnextv2_atto", "stages.1.blocks.0", "timm");
    row("timm/vit_tiny_patch16_224", "blocks.1", "timm"); // at another size than its positions are for
  }

  void opens_again() {
    QFETCH(QString, architecture);
    QFETCH(QString, layer);
    QFETCH(QString, library);
    const Network network = Network::open(drawn(qPrintable(architecture)), small_on_libtorch());
    const PruneResult part = prune(network, after(layer.toStdString()));
    QVERIFY(part.difference <= 1e-5);
    QVERIFY(part.archive.empty());
    write(architecture, part.folder);
    const auto config = QJsonDocument::fromJson(QByteArray::fromStdString(part.folder.at("config.json"))).object();
    QCOMPARE(config["scalescope"].toObject()["library"].toString(), library);
    QCOMPARE(config["architecture"].toString(), QString(architecture).remove("timm/"));
    QCOMPARE(config["pretrained_cfg"].toObject()["input_size"].toArray(), (QJsonArray{3, side, side}));
    QCOMPARE(config["pretrained_cfg"].toObject()["mean"].toArray(), (QJsonArray{0.5, 0.5, 0.5}));

    const Network again = opened(architecture);
    QCOMPARE(again.info().architecture, architecture.toStdString());
    QCOMPARE(again.info().preprocessing->name, std::string("tf"));
    QVERIFY(again.info().head.empty());
    QVERIFY(off(output_of(again, ""), output_of(network, layer.toStdString())) <= 1e-6);
    QVERIFY(QString::fromStdString(again.info().notes.front()).contains("after the layer " + layer));
    // And is pruned again.
    const std::string first = again.info().blocks.front();
    const PruneResult twice = prune(again, after(first));
    write(architecture + "_twice", twice.folder);
    QVERIFY(off(output_of(opened(architecture + "_twice"), ""), output_of(network, first)) <= 1e-6);
  }

  void keeps_what_the_part_needs() {
    const Network network = Network::open(drawn("resnet18"), small_on_libtorch());
    const PruneResult part = prune(network, after("layer2.1"));
    QJsonObject tensors = header_of(part.folder.at("model.safetensors"));
    tensors.remove("__metadata__");
    std::int64_t numbers = 0;
    for (const QString& name : tensors.keys()) {
      QVERIFY2(name.startsWith("conv1") || name.startsWith("bn1") || name.startsWith("layer1") ||
                   name.startsWith("layer2"),
               qPrintable(name));
      std::int64_t count = 1;
      for (const auto& extent : tensors[name].toObject()["shape"].toArray())
        count *= extent.toInt();
      numbers += name.contains("running") ? 0 : count;
    }
    QCOMPARE(numbers, std::int64_t{9408 + 128 + 147968 + 525568}); // torchvision's resnet18 by hand
  }

  void pooled_and_scale() {
    const Network network = Network::open(drawn("resnet18"), small_on_libtorch());
    write("pooled", prune(network, after("layer2.1", PrunedOutput::Pooled)).folder);
    const Activation features = output_of(network, "layer2.1", Reduction::Pooled);
    QVERIFY(off(output_of(opened("pooled"), ""), features) <= 1e-6);

    PruneSettings settings = after("layer2.1", PrunedOutput::Scale);
    settings.target = "object scale";
    settings.regression = Regression{};
    double by_hand = settings.regression->intercept = 0.25;
    settings.regression->clips = true;
    for (std::size_t c = 0; c < features.values.size(); ++c) {
      settings.regression->weights.push_back(std::sin(c));
      settings.regression->least.push_back(features.values[c] + (c % 4 == 0 ? 0.5F : -0.5F));
      settings.regression->largest.push_back(features.values[c] + 1);
      by_hand += std::sin(c) * (features.values[c] + (c % 4 == 0 ? 0.5 : 0));
    }
    write("scale", prune(network, settings).folder);
    const Activation read = output_of(opened("scale"), "");
    QCOMPARE(read.shape, (std::vector<std::int64_t>{1, 1}));
    QVERIFY(std::abs(read.values[0] - by_hand) < 1e-4);
  }

  // A folder in gives a folder out, with weights of the same type.
  void a_folder_stays_a_folder() {
    QString said;
    QVERIFY(QDir().mkpath(path("made")));
    if (!run_python("make_folders.py", {"good", path("made")}, &said))
      QSKIP(qPrintable("Python can't make the folders: " + said));
    const auto pruned = run_cli({"prune", "--model", path("made/timm"), "--layer", "layer1.1", "--out",
                                 path("from_timm"), "--engine", "libtorch", "--seconds", "0.01"});
    QVERIFY2(pruned.code == 0, qPrintable(pruned.err));
    const QJsonObject before = header_of(read_all(path("made/timm/model.safetensors")).toStdString());
    const QJsonObject now = header_of(read_all(path("from_timm/model.safetensors")).toStdString());
    for (const QString& name : now.keys())
      QCOMPARE(now[name].toObject()["dtype"], before[name].toObject()["dtype"]);
    const auto config = QJsonDocument::fromJson(read_all(path("from_timm/config.json"))).object();
    QCOMPARE(config["scalescope"].toObject()["library"].toString(), QString("timm"));
    QCOMPARE(config["pretrained_cfg"].toObject()["mean"].toArray(), (QJsonArray{0.4, 0.5, 0.6}));
    QCOMPARE(config["pretrained_cfg"].toObject()["crop_pct"].toDouble(), 0.95);
    QVERIFY(!config.contains("label_names")); // it says no classes any more
    // Beside other files nothing is written; over an older pruned network a new one is.
    const auto again = run_cli({"prune", "--model", path("made/timm"), "--layer", "layer2.1", "--out",
                                path("from_timm"), "--engine", "libtorch", "--seconds", "0.01"});
    QVERIFY2(again.code == 0, qPrintable(again.err));
    QVERIFY(opened("from_timm").info().source.file == to_path(path("from_timm")));
    const auto over = run_cli({"prune", "--model", path("made/timm"), "--layer", "layer2.1", "--out", path("made/old"),
                               "--engine", "libtorch", "--seconds", "0.01"});
    QCOMPARE(over.code, 1);
    QVERIFY2(over.err.contains("holds other files") && over.err.contains("name a new or an empty folder"),
             qPrintable(over.err));
  }

  // A file of a known architecture comes back as a folder.
  void files_become_folders_data() {
    QTest::addColumn<QString>("file");
    for (const char* file : {"whole.pt", "whole.pt2", "whole.onnx"})
      QTest::newRow(file) << QString(file);
  }

  void files_become_folders() {
    QFETCH(QString, file);
    const auto whole = run_cli(small_resnet + QStringList{"--layer", "fc", "--out", path(file)});
    QVERIFY2(whole.code == 0, qPrintable(whole.err));
    const QString folder = QString("of_" + file).replace(u'.', u'_');
    const auto pruned = as_folder(file, folder);
    QVERIFY2(pruned.code == 0, qPrintable(pruned.err));
    const auto config = QJsonDocument::fromJson(read_all(path(folder + "/config.json"))).object();
    QCOMPARE(config["architecture"].toString(), QString("resnet18"));
    QCOMPARE(config["scalescope"].toObject()["library"].toString(), QString("torchvision"));
    const Network part = opened(folder);
    QVERIFY(off(output_of(part, ""), output_of(opened(file), "layer1.1")) <= 1e-6);
    QVERIFY(part.info().head.empty());
  }

  // Python's network has batch norms.
  void joined_batch_norms_make_no_folder() {
    QString said;
    if (!run_python("make_folders.py", {"joined", path("joined.onnx")}, &said))
      QSKIP(qPrintable("Python can't make the file: " + said));
    const auto pruned = as_folder("joined.onnx", "of_joined");
    QCOMPARE(pruned.code, 1);
    QVERIFY2(pruned.err.endsWith("The network can't be written as a folder, because its parameters are not those of "
                                 "resnet18: bn1.weight is missing, as it is where an exporter joined batch norms with "
                                 "convolutions; choose --format torchscript, pt2 or onnx.\n"),
             qPrintable(pruned.err));
    QVERIFY(!QDir(path("of_joined")).exists());
  }

  void refuses_and_leaves_nothing() {
    const auto refused = [&](const QStringList& more, const char* words) {
      const auto ended = run_cli(small_resnet + more);
      return ended.code == 1 && ended.err.contains(words) ? QString() : ended.err;
    };
    QCOMPARE(refused({"--layer", "layer1.0", "--out", path("a.safetensors")}, "name a folder and --format safetensors"),
             QString());
    QCOMPARE(refused({"--layer", "layer9", "--format", "safetensors", "--out", path("nothing")}, "layer9"), QString());
    QVERIFY(!QDir(path("nothing")).exists() && !QFile::exists(path("a.safetensors")));
    // A network whose architecture is not known.
    const QString said = error_text([&] { check_folder_format("mine.pt2", ""); });
    QVERIFY(said.contains("mine.pt2") && said.contains("choose --format torchscript, pt2 or onnx"));
  }

  void damaged_folders_are_refused() {
    const Network network = Network::open(drawn("resnet18"), small_on_libtorch());
    const FolderFiles good = prune(network, after("layer1.0")).folder;
    const auto refusal = [&](const char* name, const char* from, const char* to, const char* file = "config.json") {
      FolderFiles files = good;
      const auto place = files.at(file).find(from);
      if (place == std::string::npos)
        return QString("not there: ") + from;
      files[file].replace(place, std::string(from).size(), to);
      write(name, files);
      return error_text([&] { (void)opened(name); });
    };
    const auto says = [](const QString& text, const char* words) {
      return text.contains(words) && text.contains("prune the original again");
    };
    QString text;
    QVERIFY2(
        says(text = refusal("layer", "\"layer\": \"layer1.0\"", "\"layer\": \"layer9.0\""), "no layer of that name"),
        qPrintable(text));
    QVERIFY2(says(text = refusal("type", "\"calls\": 1", "\"calls\": \"1\""), "entry 'scalescope'"), qPrintable(text));
    QVERIFY2(says(text = refusal("library", "\"torchvision\"", "\"somebody\""), "entry 'scalescope'"),
             qPrintable(text));
    QVERIFY2(says(text = refusal("network", "\"architecture\": \"resnet18\",\n  \"model",
                                 "\"architecture\": \"x\",\n  \"model"),
                  "not built in"),
             qPrintable(text));
    QVERIFY2(says(text = refusal("earlier", "\"layer\": \"layer1.0\"", "\"layer\": \"maxpool\""), "has no place"),
             qPrintable(text));
    QVERIFY2(says(text = refusal("later", "\"layer\": \"layer1.0\"", "\"layer\": \"layer1.1\""), "is missing"),
             qPrintable(text));
    QVERIFY2(
        says(text = refusal("shape", "[64,3,7,7]", "[64,7,3,7]", "model.safetensors"), "has the shape (64, 7, 3, 7)"),
        qPrintable(text));
  }

  // See pruned_reference.py; by hand it takes all networks, also as .pt2 and ONNX.
  void python_computes_the_same_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"torchvision_resnet18", "vit_with_registers", "mobilenetv3_small", "vit", "hf_swin"})
      QTest::newRow(name) << QString(name);
  }

  void python_computes_the_same() {
    QFETCH(QString, name);
    const QString python = qEnvironmentVariable("SCALESCOPE_TIMM_PYTHON");
    if (python.isEmpty())
      QSKIP("SCALESCOPE_TIMM_PYTHON does not name a Python with current torch, timm and transformers");
    QProcess script;
    script.setProcessChannelMode(QProcess::MergedChannels);
    script.start(python, {QStringLiteral(SCALESCOPE_TESTS "/reference/pruned_reference.py"),
                          QStringLiteral(SCALESCOPE_CLI), path("python"), name});
    QVERIFY(script.waitForFinished(-1));
    const QByteArray said = script.readAll();
    if (script.exitCode() == 77)
      QSKIP(said.constData());
    QVERIFY2(script.exitCode() == 0 && said.startsWith("ok"), said.right(2000).constData());
  }
};

QTEST_GUILESS_MAIN(PrunedFolderTest)
#include "pruned_folder_test.moc"
