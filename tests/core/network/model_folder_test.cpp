// Networks that are folders, as timm and Hugging Face write them: every form opens and computes what PyTorch does, what
// config.json says is known, and damaged ones are refused with a sentence.

#include "core/network/model_folder.h"
#include "core/network/network.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>
#include <cstring>

using namespace scalescope;

namespace {

std::vector<float> floats_of(const QString& file) {
  const QByteArray bytes = read_all(file);
  std::vector<float> values(static_cast<std::size_t>(bytes.size()) / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

RunOptions on_libtorch(int side = 0) {
  RunOptions options;
  options.engine = Engine::LibTorch;
  options.input_size = side;
  return options;
}

Network opened(const QString& file, int side = 0) {
  ModelSource source;
  source.file = to_path(file);
  return Network::open(source, on_libtorch(side));
}

QString refusal_of(const QString& folder) {
  return error_text([&] { (void)opened(folder); });
}

// But the one on the weights, which are halves.
QString notes_of(const NetworkInfo& info) {
  QString notes;
  for (const std::string& note : info.notes)
    if (note.find("of type float16 are converted") == std::string::npos)
      notes += QString::fromStdString(note);
  return notes;
}

std::vector<double> doubles(const std::array<float, 3>& values) { return {values.begin(), values.end()}; }

void write_file(const QString& name, const QByteArray& content) {
  QFile file(name);
  QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
}

} // namespace

class ModelFolderTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  QString made_; // why there are no folders; empty: they are there

  QString path(const QString& name) const { return folder_.filePath(name); }

  // A folder of Hugging Face with a small ResNet, and this preprocessor_config.json.
  QString transformers(const QString& name, const QJsonObject& processor, const QJsonObject& config = {}) {
    QDir().mkpath(path(name));
    QJsonObject all = QJsonDocument::fromJson(read_all(path("hugging_face/config.json"))).object();
    for (const QString& key : config.keys())
      all[key] = config[key];
    write_file(path(name + "/config.json"), QJsonDocument(all).toJson());
    if (!processor.isEmpty())
      write_file(path(name + "/preprocessor_config.json"), QJsonDocument(processor).toJson());
    QFile::link(path("hugging_face/model.safetensors"), path(name + "/model.safetensors"));
    return path(name);
  }

 private slots:
  void initTestCase() {
    if (!run_python("make_folders.py", {"good", folder_.path()}, &made_))
      return;
    made_.clear();
  }

  void init() {
    if (!made_.isEmpty())
      QSKIP(qPrintable("Python can't make the folders: " + made_));
  }

  void every_form_computes_what_pytorch_does_data() {
    QTest::addColumn<QString>("given");
    for (const char* name :
         {"timm", "timm/", "timm/config.json", "timm/model.safetensors", "bin", "bin/pytorch_model.bin", "sharded",
          "sharded/model.safetensors.index.json", "sharded_bin", "old", "wrapped", "models--someone--a-resnet",
          "models--someone--a-resnet/snapshots/0123abcd",
          "models--someone--a-resnet/snapshots/0123abcd/model.safetensors"})
      QTest::newRow(name) << QString(name);
  }

  void every_form_computes_what_pytorch_does() {
    QFETCH(QString, given);
    const Network network = opened(path(given));
    QCOMPARE(network.info().architecture, std::string("resnet18"));
    QCOMPARE(network.info().input_size, 96);
    QCOMPARE(network.info().sha256.size(), std::size_t{64});
    const auto said = network.run(network.plan({""}, Reduction::Maps), floats_of(path("in.f32")), 1, 96, 96);
    const std::vector<float> expected = floats_of(path("out.f32"));
    QCOMPARE(said[0].values.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      QVERIFY2(std::abs(said[0].values[i] - expected[i]) <= 1e-4F * (1 + std::abs(expected[i])),
               qPrintable(QString("%1 is %2, not %3").arg(i).arg(said[0].values[i]).arg(expected[i])));
    const bool is_cached = given.startsWith("models--");
    QCOMPARE(network.info().name,
             is_cached ? std::string("someone/a-resnet") : given.section(QLatin1Char('/'), 0, 0).toStdString());
  }

  void knows_what_timm_says() {
    for (const char* name : {"timm", "old", "wrapped"}) {
      const NetworkInfo info = opened(path(name)).info();
      const bool has_names = QByteArray(name) != "wrapped"; // that has short names alone
      QCOMPARE(info.class_names, has_names ? (std::vector<std::string>{"ant", "bee", "cow", "dog", "eel"})
                                           : (std::vector<std::string>{"n0", "n1", "n2", "n3", "n4"}));
      QVERIFY(info.preprocessing.has_value());
      const Preprocessing& how = *info.preprocessing;
      QCOMPARE(how.resizing, (Resizing{ResizeMode::Crop, Interpolation::Bicubic, 0.95}));
      QCOMPARE(doubles(how.mean), (std::vector<double>{0.4F, 0.5F, 0.6F}));
      QCOMPARE(doubles(how.standard_deviation), (std::vector<double>{0.2F, 0.25F, 0.3F}));
      QCOMPARE(how.name, std::string("custom"));
      QCOMPARE(info.preprocessing_reason, std::string("as its config.json says"));
    }
    QCOMPARE(opened(path("timm"), 64).info().input_size, 64);
  }

  // What timm.data.resolve_data_config takes where nothing is said.
  void what_timm_does_not_say_is_its_usual() {
    QDir().mkpath(path("short"));
    write_file(path("short/config.json"), R"({"architecture": "resnet18.tag", "pretrained_cfg": {}})");
    QFile::link(path("timm/model.safetensors"), path("short/model.safetensors"));
    const NetworkInfo info = opened(path("short")).info();
    QCOMPARE(info.input_size, 224);
    Preprocessing usual = Preprocessing::named("torch");
    usual.resizing = {ResizeMode::Crop, Interpolation::Bicubic, 0.875};
    QCOMPARE(key_of(*info.preprocessing), key_of(usual));
    QCOMPARE(info.preprocessing->name, std::string("torch"));
    QVERIFY(info.class_names.empty());
  }

  // Transformers' processors: what they say, and the square that it comes to.
  void knows_what_transformers_say_data() {
    QTest::addColumn<QByteArray>("processor");
    QTest::addColumn<int>("side");
    QTest::addColumn<QString>("resizing");
    QTest::newRow("ViT") << QByteArray(R"({"size": {"height": 96, "width": 96}, "resample": 2})") << 96
                         << "squashed, bilinear";
    QTest::newRow("old ViT") << QByteArray(R"({"size": 96, "resample": 3})") << 96 << "squashed, bicubic";
    QTest::newRow("CLIP") << QByteArray(
                                 R"({"size": {"shortest_edge": 96}, "do_center_crop": true, "resample": 3,
                                     "crop_size": {"height": 96, "width": 96}})")
                          << 96 << "middle cropped, bicubic";
    QTest::newRow("DINOv2") << QByteArray(
                                   R"({"size": {"shortest_edge": 256}, "do_center_crop": true, "resample": 3,
                                       "crop_size": {"height": 224, "width": 224}})")
                            << 224 << "middle cropped (0.875), bicubic";
    QTest::newRow("old CLIP") << QByteArray(R"({"size": 248, "crop_size": 224, "do_center_crop": true, "resample": 1})")
                              << 224 << "middle cropped (0.9), lanczos";
    QTest::newRow("DeiT") << QByteArray(
                                 R"({"size": {"height": 256, "width": 256}, "do_center_crop": true, "resample": 3,
                                     "crop_size": {"height": 224, "width": 224}})")
                          << 224 << "squashed and cropped (0.875), bicubic";
    QTest::newRow("ConvNext") << QByteArray(
                                     R"({"image_processor_type": "ConvNextImageProcessor", "crop_pct": 0.9,
                                         "size": {"shortest_edge": 224}, "resample": 3})")
                              << 224 << "middle cropped (0.9), bicubic";
    QTest::newRow("large ConvNext") << QByteArray(
                                           R"({"feature_extractor_type": "ConvNextFeatureExtractor", "crop_pct": 0.9,
                                               "size": {"shortest_edge": 384}, "resample": 3})")
                                    << 384 << "squashed, bicubic";
  }

  void knows_what_transformers_say() {
    QFETCH(QByteArray, processor);
    QFETCH(int, side);
    QFETCH(QString, resizing);
    QJsonObject all = QJsonDocument::fromJson(processor).object();
    all["image_mean"] = QJsonArray{0.5, 0.5, 0.5};
    all["image_std"] = QJsonArray{0.5, 0.5, 0.5};
    const QString name = QString("hf %1").arg(QTest::currentDataTag());
    const NetworkInfo info = opened(transformers(name, all)).info();
    QCOMPARE(info.input_size, side);
    QCOMPARE(QString::fromStdString(describe(info.preprocessing->resizing)), resizing);
    QCOMPARE(info.preprocessing->name, std::string("tf"));
    QCOMPARE(info.preprocessing_reason, std::string("as its preprocessor_config.json says"));
    QCOMPARE(notes_of(info), QString());
  }

  void knows_the_classes_of_transformers() {
    const QJsonObject labels{{"0", "a"}, {"1", "b"}, {"2", "c"}, {"3", "d"}, {"4", "e"}};
    NetworkInfo info = opened(transformers("hf labels", {}, {{"id2label", labels}})).info();
    QCOMPARE(info.class_names, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
    QVERIFY(notes_of(info).contains("no preprocessor_config.json"));
    QVERIFY(!info.preprocessing || info.preprocessing->name.empty()); // not known
    QJsonObject numbers;
    for (int i = 0; i < 5; ++i)
      numbers[QString::number(i)] = QString("LABEL_%1").arg(i);
    info = opened(transformers("hf no labels", {}, {{"id2label", numbers}})).info();
    QVERIFY(info.class_names.empty());
  }

  // (v f - m) / d, for an f that is not 1/255: that of v = 51 and v = 255.
  void scales_as_transformers_say() {
    const QJsonObject size{{"height", 96}, {"width", 96}};
    const auto scaled = [&](const QString& name, QJsonObject processor) {
      processor["size"] = size;
      processor["resample"] = 2;
      const Preprocessing how = *opened(transformers(name, processor)).info().preprocessing;
      std::vector<float> out(6);
      preprocess({2, 1, {51, 51, 51, 255, 255, 255}}, how, out);
      return std::pair(out[0], out[1]);
    };
    const QJsonArray half{0.5, 0.5, 0.5};
    const auto [a, b] = scaled("hf factor", {{"rescale_factor", 1 / 127.5}, {"image_mean", half}, {"image_std", half}});
    QVERIFY(std::abs(a - (51 / 127.5 - 0.5) / 0.5) < 1e-5 && std::abs(b - 3) < 1e-5);
    const auto [c, d] = scaled("hf raw", {{"do_rescale", false}, {"do_normalize", false}});
    QVERIFY(std::abs(c - 51) < 1e-3 && std::abs(d - 255) < 1e-3);
    const auto [e, f] = scaled("hf shares", {{"do_normalize", false}});
    QVERIFY(std::abs(e - 0.2) < 1e-6 && std::abs(f - 1) < 1e-6);
  }

  void says_what_a_processor_does_otherwise() {
    const QJsonArray half{0.5, 0.5, 0.5};
    const auto note = [&](const QString& name, QJsonObject processor) {
      processor["image_mean"] = half;
      processor["image_std"] = half;
      return notes_of(opened(transformers(name, processor)).info());
    };
    const QJsonObject square{{"height", 96}, {"width", 96}};
    QVERIFY(note("hf no resample", {{"size", square}}).contains("names no interpolation (resample)"));
    QVERIFY(note("hf no resize", {{"do_resize", false}, {"resample", 2}}).contains("does not resize images"));
    QVERIFY(note("hf shortest", {{"size", QJsonObject{{"shortest_edge", 96}}}, {"resample", 2}})
                .contains("their middle is cropped"));
  }

  void hashes_all_that_it_reads() {
    const auto hash = [&](const QString& name) { return sha256_of_model(to_path(path(name))); };
    QCOMPARE(hash("timm"), hash("timm"));
    QVERIFY(hash("timm") != hash("bin"));
    QDir().mkpath(path("changing"));
    QFile::copy(path("timm/config.json"), path("changing/config.json"));
    QFile::link(path("timm/model.safetensors"), path("changing/model.safetensors"));
    QCOMPARE(hash("changing"), hash("timm"));
    const QByteArray config = read_all(path("changing/config.json"));
    QFile::remove(path("changing/config.json"));
    write_file(path("changing/config.json"), QByteArray(config).replace("0.95", "0.90"));
    QVERIFY(hash("changing") != hash("timm"));
    QCOMPARE(files_of_model(to_path(path("sharded"))).size(), std::size_t{4}); // config, index and two files
    QCOMPARE(size_of_model(to_path(path("timm"))),
             static_cast<std::uint64_t>(QFileInfo(path("timm/config.json")).size() +
                                        QFileInfo(path("timm/model.safetensors")).size()));
    QVERIFY(files_of_model(to_path(folder_.path())).empty());
  }

  void means_the_folder() {
    const auto meant = [&](const QString& given) {
      return QString::fromStdString(model_path(to_path(path(given))).string());
    };
    QCOMPARE(meant("timm/config.json"), path("timm"));
    QCOMPARE(meant("timm/nothing.json"), path("timm/nothing.json"));
    QCOMPARE(meant("in.f32"), path("in.f32"));
    QFile::copy(path("timm/model.safetensors"), path("timm/mine.safetensors"));
    QCOMPARE(meant("timm/mine.safetensors"), path("timm/mine.safetensors")); // a checkpoint of its own
    QDir().mkpath(path("alone"));
    QFile::link(path("timm/model.safetensors"), path("alone/model.safetensors"));
    QCOMPARE(meant("alone/model.safetensors"), path("alone/model.safetensors"));
  }

  void refuses_broken_folders() {
    QString made;
    QVERIFY2(run_python("make_folders.py", {"broken", folder_.path()}, &made), qPrintable(made));
    const QJsonObject words = QJsonDocument::fromJson(made.toUtf8()).object();
    QVERIFY2(words.size() > 80, qPrintable(QString::number(words.size())));
    QStringList wrong;
    (void)opened(path("timm")); // takes what every network takes
    const MemoryPeak peak;
    for (const QString& name : words.keys()) {
      const QString said = refusal_of(path("broken/" + name));
      QVERIFY2(peak.grown() < MemoryPeak::most, qPrintable(name));
      if (!said.contains(words[name].toString()) || said.contains('\n') || said.contains('\x1b') ||
          said.size() > 1000 || said.contains("json.exception"))
        wrong << name + ": " + said;
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
  }

  // A config.json with a changed byte is refused or opens; nothing else.
  void survives_damage() {
    const QByteArray whole = read_all(path("timm/config.json"));
    QDir().mkpath(path("damaged"));
    QFile::link(path("timm/model.safetensors"), path("damaged/model.safetensors"));
    for (qsizetype i = 0; i < whole.size(); i += 17) {
      QByteArray damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (i % 2 == 0 ? 0x80 : 0x11));
      write_file(path("damaged/config.json"), damaged);
      const QString said = refusal_of(path("damaged"));
      QVERIFY2(!said.contains('\n') && !said.contains("json.exception"), qPrintable(said));
    }
  }
};

QTEST_GUILESS_MAIN(ModelFolderTest)
#include "model_folder_test.moc"
