// Networks trained for a transfer: what is held out and how it is scored, by hand on discs; and the command.

#include "core/experiment/transfer_training.h"
#include "core/image/read_image.h"
#include "core/probe/agreement.h"
#include "datasets/label_masks.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <random>
#include <set>

using namespace scalescope;

namespace {

// Images of dark discs of about one size, with their masks.
void write_nuclei(const QString& folder, int images) {
  QDir().mkpath(folder + "/images");
  QDir().mkpath(folder + "/labels");
  std::mt19937 random(5);
  std::uniform_int_distribution<int> shift(-3, 3);
  for (int i = 0; i < images; ++i) {
    cv::Mat image(128, 160, CV_8UC3, cv::Scalar(210, 190, 220));
    cv::Mat labels = cv::Mat::zeros(128, 160, CV_16UC1);
    int number = 0;
    for (int y = 14; y < 128; y += 28)
      for (int x = 14; x < 160; x += 28) {
        const cv::Point centre(x + shift(random), y + shift(random));
        const int radius = 8 + shift(random) / 2;
        cv::circle(image, centre, radius, cv::Scalar(120, 60, 90), cv::FILLED);
        cv::circle(labels, centre, radius, cv::Scalar(++number), cv::FILLED);
      }
    cv::imwrite(QString("%1/images/%2.png").arg(folder).arg(i).toStdString(), image);
    cv::imwrite(QString("%1/labels/%2.png").arg(folder).arg(i).toStdString(), labels);
  }
}

struct Ended {
  int code = -1;
  QString said;
};

} // namespace

class TransferTrainingTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  QString data_;

  QString file(const QString& name) const { return folder_.filePath(name); }

  QStringList transfer(const QStringList& more) const {
    return QStringList{"transfer",
                       "--no-cache",
                       "--arch",
                       "resnet18",
                       "--random-weights",
                       "--input-size",
                       "64",
                       "--data",
                       data_,
                       "--magnifications",
                       "20,40",
                       "--patches",
                       "2",
                       "--least-nuclei",
                       "1",
                       "--repetitions",
                       "1"} +
           more;
  }

  static Ended run(const QStringList& arguments) {
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(QStringLiteral(SCALESCOPE_CLI), arguments);
    program.waitForFinished(-1);
    return {program.exitCode(), QString::fromUtf8(program.readAll())};
  }

 private slots:
  void initTestCase() {
    data_ = file("nuclei");
    write_nuclei(data_, 10);
  }

  void what_is_held_out_is_scored() {
    ModelSource source;
    source.architecture = "resnet18";
    source.random_weights = true;
    const RunOptions options{.engine = Engine::LibTorch, .input_size = 64};
    const Network network = Network::open(source, options);
    const LabelledSet set = read_label_masks(data_.toStdString());
    TransferSettings settings;
    settings.layers = {"layer1.1"};
    settings.preprocessing = Preprocessing::named("torch");
    settings.patches = {.magnifications = {20, 40}, .native = 40, .side = 64, .patches = 2, .least_nuclei = 1};
    settings.repetitions = 1;
    const Transfer probed = scalescope::transfer(network, set.images, settings);
    const TransferTrainingSettings how{
        .layers = {"layer1.1"}, .training = {.learning_rate = 1e-3, .batch = 8, .epochs = 2, .seed = 4}, .runs = 1};
    std::set<int> epochs_told;
    const TransferTraining trained =
        train_for_transfer(network, set.images, probed, settings, how, {}, {},
                           [&](const TransferTrainingProgress& now) { epochs_told.insert(now.training.epoch); });
    QVERIFY2(trained.failure.empty() && !trained.stopped, trained.failure.c_str());
    QCOMPARE(epochs_told, (std::set<int>{1, 2}));
    QCOMPARE(trained.layers.size(), std::size_t{1});
    const TrainingRun& run = trained.layers[0].runs.at(0);
    QCOMPARE(run.seed, std::uint64_t{4});
    QCOMPARE(run.epochs.size(), std::size_t{2});
    const std::vector<Patch>& patches = probed.patches.patches;
    QCOMPARE(run.training + run.validation + run.test, static_cast<int>(patches.size()));

    // Two of the ten images are held out for the test, two for validation.
    std::vector<std::string> groups;
    for (const Patch& patch : patches)
      groups.push_back(set.images[patch.image].id);
    const Folds folds = draw_folds(Protocol::RidgeUnclipped, probed.folds.rows, groups, 1, 4);
    const auto& splits = folds.repetitions[0].splits;
    std::set<std::string> tested;
    for (const int row : splits[0].test)
      tested.insert(groups[static_cast<std::size_t>(row)]);
    QCOMPARE(tested.size(), std::size_t{2});
    QCOMPARE(run.test, static_cast<int>(splits[0].test.size()));
    QCOMPARE(run.validation, static_cast<int>(splits[1].test.size()));

    // What the archive says to the patches of those two images gives the figures.
    ModelSource archive;
    archive.file = "trained.pt";
    archive.archive = std::make_shared<const std::string>(trained.layers[0].archive);
    const Network opened = Network::open(archive, options);
    const Plan plan = opened.plan({""}, Reduction::Maps);
    std::array<std::vector<double>, 2> learnt; // areas by class
    for (std::size_t i = 0; i < patches.size(); ++i)
      if (!tested.contains(groups[i]) && !std::ranges::count(splits[1].test, static_cast<int>(i)))
        learnt[patches[i].magnification == 40].push_back(patches[i].area);
    QCOMPARE(run.training, static_cast<int>(learnt[0].size() + learnt[1].size()));
    const auto mean = [](const std::vector<double>& values) {
      return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    };
    const double between = (mean(learnt[0]) + mean(learnt[1])) / 2;
    double off = 0;
    double squares = 0;
    std::vector<double> truth;
    std::vector<int> is;
    std::vector<int> read;
    std::vector<float> pixels(std::size_t{3} * 64 * 64);
    for (const int row : splits[0].test) {
      const Patch& patch = patches[static_cast<std::size_t>(row)];
      preprocess(crop_patch(read_image(set.images[patch.image].file), patch, 64), settings.preprocessing, pixels);
      const double said = opened.run(plan, pixels, 1, 64, 64).front().values.at(0);
      off += std::abs(said - patch.area);
      squares += (said - patch.area) * (said - patch.area);
      truth.push_back(patch.area);
      is.push_back(patch.magnification == 40);
      read.push_back(said > between);
    }
    double spread = 0;
    for (const double area : truth)
      spread += (area - mean(truth)) * (area - mean(truth));
    QVERIFY(run.tested);
    QVERIFY(std::abs(run.error - off / static_cast<double>(truth.size())) < 1e-3);
    QVERIFY(std::abs(run.r2 - (1 - squares / spread)) < 1e-4);
    const double kappa = cohen_kappa(is, read);
    QVERIFY(std::isnan(kappa) ? std::isnan(run.kappa) : std::abs(run.kappa - kappa) < 1e-12);
  }

  void command_trains_and_tells() {
    const QString out = file("out");
    const auto ended = run(transfer({"--layers", "full,layer1.1", "--fine-tune", "--epochs", "2", "--learning-rate",
                                     "0.001", "--fine-tune-batch", "12", "--fine-tune-seeds", "2", "--out", out}));
    QVERIFY2(ended.code == 0, qPrintable(ended.said));
    QVERIFY2(ended.said.contains("Trained up to layer1.1, seed 1: best epoch"), qPrintable(ended.said));
    const auto record = QJsonDocument::fromJson(read_all(out + "/transfer.json")).object()["fine_tuning"].toObject();
    QCOMPARE(record["learning_rate"].toDouble(), 0.001);
    const auto layers = record["layers"].toArray();
    QCOMPARE(layers.size(), 2);
    QCOMPARE(layers[0].toObject()["layer"].toString(), QString("avgpool"));
    QCOMPARE(read_all(out + "/fine-tuning.csv").count('\n'), 1 + 2 * 2 * 2);
    const QByteArray page = read_all(out + "/report.html");
    QVERIFY(page.contains("Fine-tuned networks") && page.contains("Losses of the network trained up to layer1.1"));
    for (const auto& layer : layers) {
      QCOMPARE(layer.toObject()["runs"].toArray().size(), 2);
      const auto opened = run({"layers", "--model", out + "/" + layer.toObject()["archive"].toString()});
      QVERIFY2(opened.code == 0 && opened.said.contains("Fine-tuned by ScaleScope") &&
                   opened.said.contains("mean area of the nuclei"),
               qPrintable(opened.said));
    }
  }

  // What was learnt before Ctrl-C is there.
  void stopped_it_keeps_what_was_learnt() {
    const QString out = file("stopped");
    QProcess program;
    program.setProcessChannelMode(QProcess::MergedChannels);
    program.start(QStringLiteral(SCALESCOPE_CLI),
                  transfer({"--layers", "layer1.1", "--fine-tune", "--epochs", "100000", "--out", out}));
    QString said;
    while (!said.contains("epoch 2, training") && program.waitForReadyRead(60000))
      said += QString::fromUtf8(program.readAll());
    QVERIFY2(said.contains("epoch 2, training"), qPrintable(said));
    QCOMPARE(::kill(static_cast<pid_t>(program.processId()), SIGINT), 0);
    QVERIFY(program.waitForFinished(60000));
    said += QString::fromUtf8(program.readAll());
    QVERIFY2(program.exitCode() == 130, qPrintable(said));
    const auto record = QJsonDocument::fromJson(read_all(out + "/transfer.json")).object()["fine_tuning"].toObject();
    QVERIFY(record["stopped"].toBool());
    const auto training = record["layers"][0]["runs"][0];
    QVERIFY(training["best_epoch"].toInt() >= 1 && training["test"].isUndefined());
    QVERIFY(training["ended_early"].toString().startsWith("Stopped in epoch "));
    QVERIFY(QFileInfo(out + "/fine-tuned/layer1.1.pt").size() > 100000);
    QVERIFY(read_all(out + "/report.html").contains("was stopped before all runs"));
  }

  void command_says_what_is_wrong_before_it_begins() {
    const QString out = file("never");
    auto ended = run(transfer({"--layers", "layer1.0.conv1", "--fine-tune", "--out", out}));
    QVERIFY2(ended.code == 1 && ended.said.contains("can't be pruned after its layer 'layer1.0.conv1'") &&
                 !ended.said.contains("images:"),
             qPrintable(ended.said));
    ended = run(transfer({"--layers", "blocks", "--fine-tune", "--out", out}));
    QVERIFY2(ended.code == 1 && ended.said.contains("no layer to fine-tune"), qPrintable(ended.said));
    QCOMPARE(run(transfer({"--epochs", "3", "--out", out})).code, 2);
    QCOMPARE(run(transfer({"--fine-tune", "--learning-rate", "nan", "--out", out})).code, 2);
    QCOMPARE(run(transfer({"--fine-tune", "--epochs", "0", "--out", out})).code, 2);
    QVERIFY(!QFileInfo::exists(out));
  }
};

QTEST_GUILESS_MAIN(TransferTrainingTest)
#include "transfer_training_test.moc"
