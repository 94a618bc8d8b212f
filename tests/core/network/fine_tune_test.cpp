// Training end to end: against PyTorch, number by number; on discs of known size; and what is left when it ends early.

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/network/fine_tune.h"
#include "core/network/truncate.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>
#include <functional>
#include <numeric>
#include <random>

using namespace scalescope;

namespace {

constexpr int side = 32;
constexpr std::size_t values = std::size_t{3} * side * side;

// Dark discs of one radius on noise, as nuclei of one magnification.
void draw(std::size_t i, double radius, std::span<float> pixels) {
  std::mt19937 random(static_cast<unsigned>(1000 + i));
  std::normal_distribution<float> noise(0, 0.3F);
  std::uniform_real_distribution<double> place(0, side);
  std::ranges::generate(pixels, [&] { return noise(random); });
  for (int disc = 0; disc < 4; ++disc) {
    const double x = place(random);
    const double y = place(random);
    for (int row = 0; row < side; ++row)
      for (int column = 0; column < side; ++column)
        if (std::hypot(column - x, row - y) < radius)
          for (int channel = 0; channel < 3; ++channel)
            pixels[static_cast<std::size_t>((channel * side + row) * side + column)] -= 1;
  }
}

struct Discs {
  std::vector<double> radii;
  TrainingData data;
};

// Images whose target is the logarithm (base 2) of the area of a disc in pixels: of the magnification, so to speak.
Discs make_discs(std::size_t training, std::size_t validation, std::size_t test) {
  Discs discs;
  std::mt19937 random(7);
  std::uniform_real_distribution<double> size(std::log2(1.5), std::log2(8));
  for (std::size_t i = 0; i < training + validation + test; ++i) {
    discs.radii.push_back(std::exp2(size(random)));
    discs.data.targets.push_back(std::log2(M_PI * discs.radii[i] * discs.radii[i]));
    (i < training                ? discs.data.training
     : i < training + validation ? discs.data.validation
                                 : discs.data.test)
        .push_back(i);
  }
  discs.data.side = side;
  discs.data.load = [radii = discs.radii](std::size_t i, std::span<float> pixels) { draw(i, radii[i], pixels); };
  return discs;
}

ModelSource resnet() {
  ModelSource source;
  source.architecture = "resnet18";
  source.random_weights = true;
  return source;
}

RunOptions options() { return {.engine = Engine::LibTorch, .input_size = side}; }

Layer layer_of(const ModelSource& source, const std::string& name) {
  return Network::open(source, options()).layer(name);
}

Layer resnet_layer(const std::string& name) {
  static const Network network = Network::open(resnet(), options());
  return network.layer(name);
}

ModelSource source_of(const std::string& archive) {
  ModelSource source;
  source.file = "trained.pt";
  source.archive = std::make_shared<const std::string>(archive);
  return source;
}

// What an archive says to images, one by one.
std::vector<double> ask(const std::string& archive, const TrainingData& data, const std::vector<std::size_t>& images) {
  const Network network = Network::open(source_of(archive), options());
  const Plan plan = network.plan({""}, Reduction::Maps);
  std::vector<double> said;
  std::vector<float> pixels(values);
  for (const std::size_t i : images) {
    data.load(i, pixels);
    const Activation one = network.run(plan, pixels, 1, side, side).front();
    said.push_back(one.shape == std::vector<std::int64_t>{1, 1} ? one.values[0] : NAN);
  }
  return said;
}

double mean_error(const std::vector<double>& said, const TrainingData& data, const std::vector<std::size_t>& images) {
  double sum = 0;
  for (std::size_t i = 0; i < images.size(); ++i)
    sum += std::abs(said[i] - data.targets[images[i]]);
  return sum / static_cast<double>(images.size());
}

bool near(double a, double b, double relative) {
  return std::abs(a - b) <= relative * std::max(std::abs(a), std::abs(b));
}

QJsonArray to_json(const auto& numbers) {
  QJsonArray array;
  for (const auto number : numbers)
    array.append(static_cast<double>(number));
  return array;
}

} // namespace

class FineTuneTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  QString missing_; // why there are no networks of Python's

  QString file(const QString& name) const { return folder_.filePath(name); }

  ModelSource small(const QString& name) const {
    ModelSource source;
    source.file = to_path(file(name));
    return source;
  }

 private slots:
  void initTestCase() {
    if (!run_python("fine_tune_reference.py", {"make", folder_.path()}, &missing_))
      return;
    missing_.clear();
  }

  // The same network, images, order and dropout in eager PyTorch.
  void agrees_with_pytorch_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<int>("batch");
    QTest::addColumn<int>("epochs");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("one step") << "small.pt" << 24 << 1 << 1e-6;
    QTest::newRow("one step of a trace") << "traced.pt" << 24 << 1 << 1e-6;
    QTest::newRow("three epochs") << "small.pt" << 8 << 3 << 1e-4;
    QTest::newRow("three epochs of a trace") << "traced.pt" << 8 << 3 << 1e-4;
  }

  void agrees_with_pytorch() {
    if (!missing_.isEmpty())
      QSKIP(qPrintable("Python can't make networks: " + missing_));
    QFETCH(QString, model);
    QFETCH(int, batch);
    QFETCH(int, epochs);
    QFETCH(double, tolerance);
    const Discs discs = make_discs(24, 10, 6);
    const TrainingData& data = discs.data;
    const FineTuneSettings settings{.learning_rate = 0.01, .batch = batch, .epochs = epochs, .seed = 3, .threads = 2};
    const FineTuned trained = fine_tune(small(model), layer_of(small(model), "second"), data, settings, {});
    QVERIFY2(trained.ended_early.empty(), trained.ended_early.c_str());

    std::vector<float> images(data.targets.size() * values);
    for (std::size_t i = 0; i < data.targets.size(); ++i)
      data.load(i, std::span(images).subspan(i * values, values));
    FileSet files(to_path(file("case")));
    files.write("trained.pt", trained.archive);
    files.commit();
    QFile raw(file("images.f32"));
    QVERIFY(raw.open(QIODevice::WriteOnly));
    raw.write(reinterpret_cast<const char*>(images.data()), static_cast<qint64>(images.size() * sizeof(float)));
    raw.close();
    const QJsonObject request{{"seed", 3},
                              {"side", side},
                              {"targets", to_json(data.targets)},
                              {"training", to_json(data.training)},
                              {"validation", to_json(data.validation)},
                              {"test", to_json(data.test)},
                              {"learning_rate", settings.learning_rate},
                              {"batch", batch},
                              {"epochs", epochs},
                              {"archive", file("case/trained.pt")}};
    QString output;
    QVERIFY2(
        run_python("fine_tune_reference.py",
                   {"train", folder_.path(), QString::fromUtf8(QJsonDocument(request).toJson(QJsonDocument::Compact))},
                   &output),
        qPrintable(output));
    const QJsonObject expected = QJsonDocument::fromJson(output.trimmed().split('\n').last().toUtf8()).object();
    QVERIFY2(expected["difference"].toDouble(1) <= tolerance, qPrintable(output));
    QCOMPARE(expected["training"].toBool(true), false);
    QCOMPARE(trained.best_epoch, expected["best_epoch"].toInt());
    QCOMPARE(static_cast<int>(trained.epochs.size()), epochs);
    const QJsonArray losses = expected["epochs"].toArray();
    for (int e = 0; e < epochs; ++e) {
      const Epoch& epoch = trained.epochs[static_cast<std::size_t>(e)];
      QVERIFY2(near(epoch.training_loss, losses[e][0].toDouble(), 10 * tolerance), qPrintable(output));
      QVERIFY2(near(epoch.validation_loss, losses[e][1].toDouble(), 10 * tolerance), qPrintable(output));
      QVERIFY2(near(epoch.validation_error, losses[e][2].toDouble(), 10 * tolerance), qPrintable(output));
    }
    QCOMPARE(trained.predictions.size(), std::size_t{6});
    for (int i = 0; i < 6; ++i) {
      QVERIFY2(
          near(trained.predictions[static_cast<std::size_t>(i)], expected["predictions"][i].toDouble(), 10 * tolerance),
          qPrintable(output));
      QVERIFY2(near(trained.predictions[static_cast<std::size_t>(i)], expected["loaded"][i].toDouble(), 1e-5),
               qPrintable(output));
    }
  }

  void error_falls_whatever_the_seed_data() {
    QTest::addColumn<int>("seed");
    for (int seed = 0; seed < 3; ++seed)
      QTest::addRow("%d", seed) << seed;
  }

  void error_falls_whatever_the_seed() {
    QFETCH(int, seed);
    const Discs discs = make_discs(96, 24, 24);
    const TrainingData& data = discs.data;
    const auto trained =
        fine_tune(resnet(), resnet_layer("layer1.1"), data,
                  {.learning_rate = 1e-3, .batch = 16, .epochs = 5, .seed = static_cast<std::uint64_t>(seed)}, {});
    double guess = 0;
    for (const std::size_t i : data.training)
      guess += data.targets[i] / 96;
    const double guess_error = mean_error(std::vector<double>(24, guess), data, data.validation);
    const Epoch& best = trained.epochs[static_cast<std::size_t>(trained.best_epoch) - 1];
    QVERIFY(best.validation_loss < 0.6 * trained.epochs.front().validation_loss);
    QVERIFY(best.validation_error < 0.75 * guess_error);
    QVERIFY(mean_error(trained.predictions, data, data.test) < 0.85 * guess_error);
    for (const Epoch& epoch : trained.epochs)
      QVERIFY(best.validation_loss <= epoch.validation_loss);
    // What was told of the best epoch is what its archive says when it is opened again.
    QVERIFY(near(mean_error(ask(trained.archive, data, data.validation), data, data.validation), best.validation_error,
                 1e-4));
  }

  void same_seed_same_numbers() {
    const Discs discs = make_discs(20, 8, 4);
    const Layer layer = resnet_layer("layer1.1");
    const auto train = [&](std::uint64_t seed) {
      return fine_tune(resnet(), layer, discs.data, {.batch = 8, .epochs = 2, .seed = seed}, {});
    };
    const FineTuned one = train(1);
    const FineTuned again = train(1);
    const FineTuned other = train(2);
    QVERIFY(one.archive == again.archive);
    QVERIFY(one.predictions == again.predictions);
    QCOMPARE(one.epochs[1].training_loss, again.epochs[1].training_loss);
    QVERIFY(one.predictions != other.predictions);
    QVERIFY(one.epochs[0].training_loss != other.epochs[0].training_loss);
  }

  void stopped_in_an_epoch_it_keeps_the_best_before() {
    const Discs discs = make_discs(24, 8, 4);
    const TrainingData& data = discs.data;
    const Layer layer = resnet_layer("layer1.1");
    const FineTuneSettings settings{.batch = 8, .epochs = 5};
    std::stop_source stop;
    int calls_after = 0;
    const auto stopped =
        fine_tune(resnet(), layer, data, settings, {}, stop.get_token(), [&](const FineTuneProgress& now) {
          calls_after += stop.stop_requested() ? 1 : 0;
          if (now.epoch == 2 && now.done == 16)
            stop.request_stop();
        });
    QCOMPARE(calls_after, 0); // within a batch
    QCOMPARE(stopped.best_epoch, 1);
    QCOMPARE(stopped.epochs.size(), std::size_t{1});
    QVERIFY(stopped.predictions.empty());
    QVERIFY2(stopped.ended_early == "Stopped in epoch 2 of 5.", stopped.ended_early.c_str());
    FineTuneSettings one = settings;
    one.epochs = 1;
    const auto whole = fine_tune(resnet(), layer, data, one, {});
    QVERIFY(stopped.archive == whole.archive);
    const auto said = ask(stopped.archive, data, data.test);
    for (std::size_t i = 0; i < said.size(); ++i)
      QVERIFY(near(said[i], whole.predictions[i], 1e-5));
    QVERIFY(near(mean_error(ask(stopped.archive, data, data.validation), data, data.validation),
                 stopped.epochs[0].validation_error, 1e-5));
  }

  void stopped_at_once_it_has_nothing_and_says_so() {
    const Discs discs = make_discs(24, 8, 4);
    std::stop_source stop;
    const auto stopped = fine_tune(resnet(), resnet_layer("layer1.1"), discs.data, {.batch = 8}, {}, stop.get_token(),
                                   [&](const FineTuneProgress&) { stop.request_stop(); });
    QCOMPARE(stopped.best_epoch, 0);
    QVERIFY(stopped.archive.empty() && stopped.epochs.empty());
    QVERIFY2(QString::fromStdString(stopped.ended_early).contains("before the first epoch"),
             stopped.ended_early.c_str());
  }

  // 9 images in batches of 4: the last one alone would leave a batch norm nothing to learn from.
  void progress_tells_batches_and_epochs() {
    const Discs discs = make_discs(9, 5, 3);
    std::vector<FineTuneProgress> told;
    const auto trained = fine_tune(resnet(), resnet_layer("avgpool"), discs.data, {.batch = 4, .epochs = 2}, {}, {},
                                   [&](const FineTuneProgress& now) { told.push_back(now); });
    using Stage = FineTuneProgress::Stage;
    std::vector<std::array<int, 4>> got;
    for (const FineTuneProgress& now : told)
      got.push_back({static_cast<int>(now.stage), now.epoch, static_cast<int>(now.done), static_cast<int>(now.total)});
    const auto learn = static_cast<int>(Stage::Training);
    const auto validate = static_cast<int>(Stage::Validation);
    const std::vector<std::array<int, 4>> expected{
        {learn, 1, 4, 9},    {learn, 1, 9, 9},    {validate, 1, 5, 5},
        {validate, 1, 5, 5}, {learn, 2, 4, 9},    {learn, 2, 9, 9},
        {validate, 2, 5, 5}, {validate, 2, 5, 5}, {static_cast<int>(Stage::Test), trained.best_epoch, 3, 3}};
    QVERIFY(got == expected);
    QVERIFY(!told[2].finished && told[3].finished);
    QCOMPARE(told[3].finished->validation_loss, trained.epochs[0].validation_loss);
    QCOMPARE(told[7].finished->training_loss, trained.epochs[1].training_loss);
    QCOMPARE(told[1].training_loss, trained.epochs[0].training_loss);
  }

  // A pruned network is trained as a whole, and says what became of it.
  void a_pruned_archive_is_trained_whole() {
    const Discs discs = make_discs(16, 8, 4);
    Provenance from;
    from.source = "resnet18";
    from.target = "area of a disc";
    from.preprocessing = Preprocessing::custom({0.1F, 0.2F, 0.3F}, {0.4F, 0.5F, 0.6F});
    from.preprocessing.resizing = {ResizeMode::Crop, Interpolation::Bicubic, 0.875};
    from.layer = "layer1.1";
    from.output = "map";
    from.input_size = side;
    const ModelSource pruned =
        source_of(truncated_archive(resnet(), {resnet_layer("layer1.1"), Reduction::Maps, {}}, from));
    const FineTuneSettings settings{.batch = 8, .epochs = 1};
    const auto trained = fine_tune(pruned, layer_of(pruned, ""), discs.data, settings, from);
    // It is the network that cutting and training at once gives.
    const auto at_once = fine_tune(resnet(), resnet_layer("layer1.1"), discs.data, settings, from);
    QVERIFY(trained.predictions == at_once.predictions);
    const Network opened = Network::open(source_of(at_once.archive), options());
    QVERIFY(opened.info().notes.size() == 1);
    const QString note = QString::fromStdString(opened.info().notes.front());
    QVERIFY2(note.contains("Fine-tuned by ScaleScope") && note.contains("area of a disc") &&
                 note.contains("layer1.1") && note.contains("16 images for 1 epochs"),
             qPrintable(note));
    QCOMPARE(opened.info().input_size, side);
    QCOMPARE(opened.info().preprocessing->name, std::string("custom"));
    QCOMPARE(key_of(*opened.info().preprocessing), key_of(from.preprocessing));
    QVERIFY(note.contains("preprocessing --mean 0.1,0.2,0.3 --std 0.4,0.5,0.6 --resize crop --crop 0.875") ||
            note.contains("preprocessing --mean 0.1, 0.2, 0.3 --std 0.4, 0.5, 0.6 --resize crop --crop 0.875"));
    // Values that no preprocessing can have are not taken from an archive.
    std::string text = to_json(from);
    QVERIFY(provenance_from_json(text).has_value());
    text.replace(text.find("0.875"), 5, "0.001");
    QVERIFY(!provenance_from_json(text).has_value());
    QVERIFY(opened.info().head.empty());
    QVERIFY(opened.layer("layer1.1").has_output());
  }

  void bad_settings_get_a_sentence_data() {
    using Change = std::function<void(TrainingData&, FineTuneSettings&)>;
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* name, const Change& change, const char* words) {
      QTest::newRow(name) << change << words;
    };
    row(
        "epochs", [](auto&, auto& s) { s.epochs = 0; }, "0 epochs");
    row(
        "batch", [](auto&, auto& s) { s.batch = 0; }, "batch of 0");
    row(
        "rate", [](auto&, auto& s) { s.learning_rate = NAN; }, "learning rate is nan");
    row(
        "no rate", [](auto&, auto& s) { s.learning_rate = 0; }, "learning rate is 0");
    row(
        "device", [](auto&, auto& s) { s.device = "cuda:99"; }, "cuda:99");
    row(
        "too fast", [](auto&, auto& s) { s.learning_rate = 1e30; }, "smaller learning rate");
    row(
        "nothing to train on", [](auto& d, auto&) { d.training.clear(); }, "0 images for training");
    row(
        "nothing to validate on", [](auto& d, auto&) { d.validation.clear(); }, "and 0 for validation");
    row(
        "a target", [](auto& d, auto&) { d.targets[3] = INFINITY; }, "Image 3");
    row(
        "number of an image", [](auto& d, auto&) { d.test.push_back(999); }, "Image 999");
    row(
        "all alike", [](auto& d, auto&) { std::ranges::fill(d.targets, 5.0); }, "same target, 5");
    row(
        "unreadable image",
        [](auto& d, auto&) {
          d.load = [](std::size_t, std::span<float>) { throw Error("a.png is damaged; copy it."); };
        },
        "a.png is damaged");
  }

  void bad_settings_get_a_sentence() {
    using Change = std::function<void(TrainingData&, FineTuneSettings&)>;
    QFETCH(Change, change);
    QFETCH(QString, words);
    TrainingData data = make_discs(16, 8, 4).data;
    FineTuneSettings settings{.batch = 8, .epochs = 3};
    change(data, settings);
    const QString error = error_text([&] { (void)fine_tune(resnet(), resnet_layer("layer1.1"), data, settings, {}); });
    QVERIFY2(error.contains(words) && error.endsWith('.') && !error.contains('\n'), qPrintable(error));
  }

  void what_cannot_learn_gets_a_sentence() {
    const TrainingData data = make_discs(16, 8, 0).data;
    Layer nowhere; // one that does not run
    nowhere.name = "layer9";
    const QString no_such = error_text([&] { (void)fine_tune(resnet(), nowhere, data, {}, {}); });
    QVERIFY2(no_such.contains("layer9"), qPrintable(no_such));
    if (!missing_.isEmpty())
      QSKIP(qPrintable("Python can't make networks: " + missing_));
    const QString frozen =
        error_text([&] { (void)fine_tune(small("frozen.pt"), layer_of(small("frozen.pt"), ""), data, {}, {}); });
    QVERIFY2(frozen.contains("torch.jit.freeze") && frozen.contains("frozen.pt"), qPrintable(frozen));
  }

  // What happens late does not cost what was learnt before.
  void an_error_after_the_first_epoch_keeps_the_best() {
    TrainingData data = make_discs(16, 8, 4).data;
    std::atomic<int> loads = 0;
    data.load = [&, load = data.load](std::size_t i, std::span<float> pixels) {
      if (++loads > 16 + 8)
        throw Error("The disk is gone; plug it in.");
      load(i, pixels);
    };
    for (const int epochs : {1, 3}) { // in the test, in the second epoch
      loads = 0;
      const auto trained = fine_tune(resnet(), resnet_layer("layer1.1"), data, {.batch = 8, .epochs = epochs}, {});
      QCOMPARE(trained.best_epoch, 1);
      QCOMPARE(trained.ended_early, std::string("The disk is gone; plug it in."));
      QVERIFY(!trained.archive.empty() && trained.predictions.empty());
    }
  }
};

QTEST_GUILESS_MAIN(FineTuneTest)
#include "fine_tune_test.moc"
