// Networks and checkpoints as people have them: several outputs, other images, other types of numbers, weights under
// other names. All numbers are PyTorch's or PIL's.

#include "core/features/network_image.h"
#include "core/network/class_derivatives.h"
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

std::vector<float> floats(const QByteArray& bytes) {
  std::vector<float> values(static_cast<std::size_t>(bytes.size()) / sizeof(float));
  std::memcpy(values.data(), bytes.constData(), values.size() * sizeof(float));
  return values;
}

// The images of people_networks.py's ramp().
std::vector<float> ramp(int n, int side) {
  std::vector<float> values;
  for (int i = 0; i < n; ++i)
    for (int channel = 0; channel < 3; ++channel)
      for (int k = 0; k < side * side; ++k)
        values.push_back(static_cast<float>((i * side * side + k) % 97 / 48.0 - 1));
  return values;
}

RunOptions options_for(bool openvino, int side) {
  RunOptions options;
  options.input_size = side;
  options.engine = openvino ? Engine::Auto : Engine::LibTorch;
  return options;
}

ModelSource file_source(const QString& file, const QString& output = {}) {
  ModelSource source;
  source.file = to_path(file);
  source.output = output.toStdString();
  return source;
}

// Every tensor that the network returns, opened as its output, is PyTorch's.
void compare_outputs(const QString& file, bool openvino, int side, const std::vector<float>& images, int n,
                     const QJsonArray& outputs) {
  for (int i = 0; i < outputs.size(); ++i) {
    const QJsonObject output = outputs[i].toObject();
    for (const QString& wanted : {output["name"].toString(), QString::number(i)}) { // by name, and by number
      if (outputs.size() == 1 && wanted.isEmpty())
        continue;
      const Network network = Network::open(file_source(file, wanted), options_for(openvino, side));
      QCOMPARE(QString::fromStdString(network.info().outputs.at(network.info().output_index)),
               output["name"].toString());
      const auto said = network.run(network.plan({""}, Reduction::Maps), images, n, side, side);
      const double worst = off(said[0].values, numbers_of(output["values"].toArray()));
      QVERIFY2(worst <= 1e-4, qPrintable(QString("output %1 differs by %2").arg(wanted).arg(worst)));
      const bool is_vector = output["shape"].toArray().size() == 1;
      QCOMPARE(network.info().head.size(), std::size_t{is_vector ? 2U : 0U});
    }
  }
}

} // namespace

class PeopleNetworksTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  QJsonObject reference_;
  QString missing_;

  [[nodiscard]] QString file(const QString& name) const { return folder_.filePath(name); }

 private slots:
  void initTestCase() {
    QString output;
    if (run_python("people_networks.py", {"networks", folder_.path()}, &output))
      reference_ = QJsonDocument::fromJson(read_all(file("networks.json"))).object();
    else
      missing_ = output;
  }

  void agrees_with_pytorch_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("openvino");
    for (const bool openvino : {false, true})
      for (const char* name : {"pnet", "pyramid", "logits_beside_maps", "keyed", "nested", "unused", "grey",
                               "channels_last", "grey_channels_last", "half", "bfloat16", "double", "converts"})
        QTest::addRow("%s on %s", name, openvino ? "OpenVINO" : "LibTorch") << name << openvino;
  }

  // Features are what hooks saw, traced and scripted; each of the outputs can be chosen.
  void agrees_with_pytorch() {
    QFETCH(QString, name);
    QFETCH(bool, openvino);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    const QJsonObject expected = reference_[name].toObject();
    const QJsonObject pooled = expected["pooled"].toObject();
    const QJsonArray outputs = expected["outputs"].toArray();
    const int side = expected["side"].toInt();
    const auto images = floats(read_all(file(name + ".input")));
    QVERIFY(!expected["files"].toArray().isEmpty());
    for (const auto& one : expected["files"].toArray()) {
      const QString path = file(one.toString());
      const Network network = Network::open(file_source(path), options_for(openvino, side));
      const NetworkInfo& info = network.info();
      QCOMPARE(info.input_form.channels, expected["channels"].toInt());
      QCOMPARE(info.input_form.channels_last, expected["channels_last"].toBool());
      QCOMPARE(static_cast<int>(info.outputs.size()), outputs.size());
      QCOMPARE(static_cast<int>(info.output_index), expected["chosen"].toInt());
      QCOMPARE(notes_of(network).contains("returns the tensors"), outputs.size() > 1);
      std::vector<std::string> layers;
      for (const QString& layer : pooled.keys())
        if (!(layer == "aside" && path.endsWith("traced.pt"))) // a trace drops what nothing reads
          layers.push_back(layer.toStdString());
      const auto said = network.run(network.plan(layers, Reduction::Pooled), images, 2, side, side);
      for (std::size_t i = 0; i < layers.size(); ++i) {
        const double worst = off(said[i].values, numbers_of(pooled[QString::fromStdString(layers[i])].toArray()));
        QVERIFY2(worst <= 1e-4, qPrintable(QString("%1 differs by %2").arg(layers[i].c_str()).arg(worst)));
      }
      compare_outputs(path, openvino, side, images, 2, outputs);
    }
  }

  void opens_the_files_of_others_data() {
    QTest::addColumn<QString>("name");
    const QStringList names = QDir(shared_folder() + "/cases/networks").entryList({"*.pt"}, QDir::Files);
    for (const QString& name : names)
      QTest::newRow(qPrintable(name)) << name;
    if (names.isEmpty())
      QTest::newRow("none") << QString();
  }

  void opens_the_files_of_others() {
    NEED_SHARED(shared);
    QFETCH(QString, name);
    if (name.isEmpty())
      QSKIP("the shared folder has no networks of others");
    const QString path = shared + "/cases/networks/" + name;
    const bool is_lenet = name == "lenet.pt";
    const int side = is_lenet ? 28 : 64;
    QString said;
    if (!run_python("people_networks.py", {"outputs", path, QString::number(side), is_lenet ? "1" : "3", "1"}, &said))
      QSKIP(qPrintable("Python can't run it: " + said));
    const QJsonArray outputs = QJsonDocument::fromJson(said.toUtf8()).array();
    QVERIFY(!outputs.isEmpty());
    compare_outputs(path, false, side, ramp(1, side), 1, outputs);
    const Network network = Network::open(file_source(path), is_lenet ? RunOptions{} : options_for(false, side));
    QCOMPARE(network.info().input_size, side);       // lenet's is found
    for (const Layer& layer : network.info().layers) // every layer that runs can be looked at
      if (layer.has_output())
        (void)network.run(network.plan({layer.name}, Reduction::Maps), ramp(1, side), 1, side, side);
  }

  // A network that is opened from the cache is the same.
  void the_cache_knows_form_and_output() {
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    QTemporaryDir folder;
    for (const char* name : {"grey_channels_last", "keyed"})
      for (const char* output : {"", "2"}) {
        if (*output != '\0' && QString(name) != "keyed")
          continue;
        RunOptions options = options_for(true, 48);
        options.cache.emplace(to_path(folder.path()), 1U << 26);
        const ModelSource source = file_source(file(QString(name) + ".scripted.pt"), output);
        const auto images = floats(read_all(file(QString(name) + ".input")));
        std::vector<Activation> before;
        for (const bool again : {false, true}) {
          const Network network = Network::open(source, options);
          const auto said = network.run(network.plan({"output"}, Reduction::Maps), images, 2, 48, 48);
          if (again)
            QCOMPARE(said[0].values, before[0].values);
          before = said;
        }
      }
    const Network first = Network::open(file_source(file("keyed.scripted.pt"), "logits"), options_for(false, 48));
    const Network other = Network::open(file_source(file("keyed.scripted.pt"), "aux"), options_for(false, 48));
    QVERIFY(first.identity() != other.identity()); // features of 'output' are not taken for each other's
  }

  void derivatives_of_the_chosen_output() {
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    for (const char* name : {"grey", "grey_channels_last"}) {
      const Network network = Network::open(file_source(file(QString(name) + ".scripted.pt")), options_for(false, 48));
      const ClassDifferentiator derivatives(network, {"body"}, "cpu");
      const auto images = floats(read_all(file(QString(name) + ".input")));
      const ClassDerivatives said = derivatives.run(images, 2, 48, 1);
      const QJsonArray logits = reference_[name].toObject()["outputs"].toArray()[0].toObject()["values"].toArray();
      QVERIFY(std::abs(said.outputs[0] - logits[1].toDouble()) < 1e-4);
      QVERIFY(std::abs(said.outputs[1] - logits[6].toDouble()) < 1e-4);
    }
  }

  void refuses_an_output_that_is_not_there() {
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    const auto said = [&](const char* name, const char* output) {
      return error_text([&] { (void)Network::open(file_source(file(name), output), options_for(false, 48)); });
    };
    QVERIFY2(said("keyed.scripted.pt", "scores").contains("map, logits, aux"),
             qPrintable(said("keyed.scripted.pt", "scores")));
    QVERIFY(said("keyed.scripted.pt", "3").contains("no output '3'"));
    QVERIFY2(said("grey.traced.pt", "1").contains("returns one tensor"), qPrintable(said("grey.traced.pt", "1")));
  }

  // Its archive would have weights in float32 and code that goes on with float64.
  void a_part_of_what_converts_is_refused() {
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    const auto said = [&](const char* name) {
      const ModelSource source = file_source(file(name));
      const Network network = Network::open(source, options_for(false, 48));
      return error_text([&] { (void)truncated_archive(source, {.layer = network.layer("body")}, {}); });
    };
    QCOMPARE(said("double.traced.pt"), QString());
    QVERIFY2(said("converts.traced.pt").contains("model.float()"), qPrintable(said("converts.traced.pt")));
  }

  // A person who names no size gets one that works; one who names another is told it. Nobody is told to try another
  // size where none helps.
  void finds_the_size() {
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    const Network network = Network::open(file_source(file("fixed.scripted.pt")));
    QCOMPARE(network.info().input_size, 28);
    QCOMPARE(network.info().input_form.channels, 1);
    QVERIFY2(notes_of(network).contains("opened for 28 x 28 pixels"), qPrintable(notes_of(network)));
    const QString said =
        error_text([&] { (void)Network::open(file_source(file("fixed.scripted.pt")), options_for(false, 64)); });
    QVERIFY2(said.contains("images of 64 x 64 pixels") && said.contains("--input-size 28"), qPrintable(said));
    const QString odd = error_text([&] { (void)Network::open(file_source(file("odd_size.scripted.pt"))); });
    QVERIFY2(odd.contains("No other image size that was tried helps"), qPrintable(odd));
    const QString four = error_text([&] { (void)Network::open(file_source(file("four_channels.scripted.pt"))); });
    QVERIFY2(four.contains("a convolution takes 4 channel(s) and gets 3") && !four.contains("size"), qPrintable(four));
  }

  void says_what_is_not_finite_data() {
    QTest::addColumn<bool>("openvino");
    QTest::newRow("LibTorch") << false;
    QTest::newRow("OpenVINO") << true; // its ReLU makes 0 of NaN
  }

  void says_what_is_not_finite() {
    QFETCH(bool, openvino);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    if (reference_.isEmpty())
      QSKIP(qPrintable("Python can't make the reference: " + missing_));
    const QString constant =
        error_text([&] { (void)Network::open(file_source(file("constant.traced.pt")), options_for(openvino, 48)); });
    QVERIFY2(constant.contains("constant.traced.pt") && constant.contains("not finite"), qPrintable(constant));
    const QString negative =
        error_text([&] { (void)Network::open(file_source(file("negative_variance.scripted.pt"))); });
    QVERIFY2(negative.contains("module 'norm' has a negative variance"), qPrintable(negative));
    const Network network = Network::open(file_source(file("logarithm.traced.pt")), options_for(openvino, 48));
    const auto look = [&](const char* layer) {
      return error_text([&] { (void)network.run(network.plan({layer}, Reduction::Pooled), ramp(1, 48), 1, 48, 48); });
    };
    QCOMPARE(look("stem"), QString());
    for (const char* layer : {"relu", "fc", "output"})
      QVERIFY2(look(layer).contains("not finite") && look(layer).contains("'relu'"), qPrintable(look(layer)));
  }

  // The grey image is PIL's, and is scaled with the averages.
  void grey_is_pil_s() {
    QString output;
    if (!run_python("people_networks.py", {"grey", folder_.path()}, &output))
      QSKIP(qPrintable("Python can't make the reference: " + output));
    const QByteArray rgb = read_all(file("rgb"));
    const QByteArray grey = read_all(file("grey"));
    QCOMPARE(grey.size(), 64 * 64);
    const Image image{64, 64, {rgb.begin(), rgb.end()}};
    std::vector<float> pixels(std::size_t{3} * 64 * 64);
    preprocess_for({.channels = 1}, image, Preprocessing::named("torch"), pixels);
    for (std::size_t channel = 0; channel < 3; ++channel)
      for (std::size_t i = 0; i < 64 * 64; ++i) {
        const double value = static_cast<unsigned char>(grey[static_cast<int>(i)]);
        const double expected = (value / 255 - (0.485 + 0.456 + 0.406) / 3) / ((0.229 + 0.224 + 0.225) / 3);
        QVERIFY(std::abs(pixels[channel * 64 * 64 + i] - expected) < 1e-5);
      }
    preprocess_for({}, image, Preprocessing::named("tf"), pixels); // others stay as they are
    QVERIFY(std::abs(pixels[0] - (static_cast<unsigned char>(rgb[0]) / 127.5F - 1)) < 1e-6);
  }

  void finds_the_weights_data() {
    QTest::addColumn<QString>("way");
    QTest::addColumn<QStringList>("said");
    for (const char* prefix : {"model.", "_orig_mod.", "module._orig_mod.", "backbone.", "encoder.", "net."})
      QTest::addRow("prefix %s", prefix) << QString("prefix:") + prefix
                                         << QStringList{QString(prefix).section("module.", -1)};
    QTest::newRow("prefix module.") << "prefix:module." << QStringList{"'module.'"};
    for (const char* entry : {"state_dict", "model", "net", "weights", "ema", "params", "params_ema", "model_state",
                              "model_state_dict", "teacher", "student", "anything"})
      QTest::addRow("entry %s", entry) << QString("entry:") + entry << QStringList{QString("'%1'").arg(entry)};
    QTest::newRow("list of pairs") << "pairs" << QStringList{};
    QTest::newRow("list of pairs in an entry") << "pairs_inside" << QStringList{"'model'"};
    QTest::newRow("Lightning") << "lightning" << QStringList{"'state_dict'", "'model.'", "criterion.weight"};
    QTest::newRow("DINO") << "dino" << QStringList{"'teacher'", "'student' are not used", "'backbone.'", "head.mlp"};
    QTest::newRow("averaged") << "averaged" << QStringList{"'params_ema'", "'params' are not used"};
    QTest::newRow("teacher beside student") << "two_networks" << QStringList{"'teacher.'", "others are not used"};
    QTest::newRow("half") << "half" << QStringList{"float16"};
  }

  void finds_the_weights() {
    QFETCH(QString, way);
    QFETCH(QStringList, said);
    QString output;
    if (!run_python("people_networks.py", {"checkpoint", folder_.path(), way}, &output))
      QSKIP(qPrintable("Python can't make the checkpoint: " + output));
    const Network network = Network::open(file_source(file("checkpoint.pth")), options_for(false, 64));
    QCOMPARE(QString::fromStdString(network.info().architecture), QString("mobilenet_v2"));
    const auto ours = network.run(network.plan({"output"}, Reduction::Pooled), ramp(1, 64), 1, 64, 64);
    QVERIFY(off(ours[0].values, numbers_of(QJsonDocument::fromJson(output.toUtf8()).array())) < 1e-4);
    for (const QString& words : said)
      QVERIFY2(notes_of(network).contains(words), qPrintable(notes_of(network)));
    QCOMPARE(network.info().notes.empty(), said.isEmpty());
  }

  void names_what_does_not_fit_data() {
    QTest::addColumn<QString>("way");
    QTest::addColumn<QString>("said");
    QTest::newRow("a block more") << "longer"
                                  << "looks like a mobilenet_v2, but features has 20 blocks, not 19";
    QTest::newRow("not finite") << "not_finite"
                                << "in its tensor features.3.conv.0.0.weight are not finite";
  }

  void names_what_does_not_fit() {
    QFETCH(QString, way);
    QFETCH(QString, said);
    QString output;
    if (!run_python("people_networks.py", {"checkpoint", folder_.path(), way}, &output))
      QSKIP(qPrintable("Python can't make the checkpoint: " + output));
    const QString error = error_text([&] { (void)Network::open(file_source(file("checkpoint.pth"))); });
    QVERIFY2(error.contains(said) && error.contains("checkpoint.pth"), qPrintable(error));
  }
};

QTEST_GUILESS_MAIN(PeopleNetworksTest)
#include "people_networks_test.moc"
