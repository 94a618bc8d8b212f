// Jobs as JSON: written, read again, and refused in words where they are wrong.

#include "core/base/error.h"
#include "core/jobs/job_file.h"
#include "tests/support/support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace scalescope;

namespace {

QJsonObject object_of(const std::string& text) {
  return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
}

// A job of that name with one entry set.
std::string job_with(const char* job, const char* entry, const QJsonValue& value) {
  const QJsonObject object{{"format", "scalescope job 1"}, {"job", job}, {entry, value}};
  return QJsonDocument(object).toJson().toStdString();
}

} // namespace

class JobFileTest : public QObject {
  Q_OBJECT

 private slots:
  void an_analysis_comes_back_as_it_was() {
    AnalyzeJob job;
    job.network.model = "net.pt";
    job.network.output = "logits";
    job.network.tokens = Tokens::Both;
    job.network.engine = Engine::LibTorch;
    job.network.precision = Precision::BFloat16;
    job.network.seed = 18446744073709551615U;
    job.network.use_cache = false;
    job.data = "photos";
    job.read = {.objects = ObjectRule::Each, .target = "age", .keep_going = true};
    job.out = "result";
    job.layers = {"layer1", "layer2"};
    job.preprocessing.custom = {{0.5F, 0.25F, 0.125F}, {1, 2, 3}};
    job.preprocessing.interpolation = Interpolation::Lanczos;
    job.preprocessing.resize = ResizeMode::Pad;
    job.preprocessing.crop = 0.9;
    job.protocol = Protocol::Paper;
    job.repetitions = 3;
    job.controls = {"random-scale"};
    job.seed = 7;
    job.features = true;
    const Job back = job_from_json(to_json(Job(job)), "test");
    QVERIFY(std::get<AnalyzeJob>(back) == job);
  }

  // Every kind of job is written with all its entries and read again without loss.
  void every_job_reads_what_it_writes() {
    PruneJob prune;
    prune.format = NetworkFormat::Onnx;
    const std::vector<Job> jobs{
        AnalyzeJob{},   ExperimentJob(ExperimentKind::Noise),          TransferJob{}, FineTuneJob{},
        prune,          CompareJob{.analyses = {"a", "b"}, .out = {}}, DemoJob{},     BenchJob{},
        ReportCardJob{}};
    QCOMPARE(jobs.size(), std::variant_size_v<Job>);
    for (const Job& job : jobs) {
      const std::string text = to_json(job);
      const Job back = job_from_json(text, "test");
      QCOMPARE(back.index(), job.index());
      QCOMPARE(QString::fromStdString(to_json(back)), QString::fromStdString(text));
    }
  }

  // What is not chosen is the network's own; a crop alone makes squash a crop.
  void a_choice_completes_what_the_network_says() {
    NetworkInfo network;
    const auto resizing = [&](const PreprocessingChoice& choice) {
      return chosen(choice, network).preprocessing.resizing;
    };
    const auto with = [](std::optional<ResizeMode> resize, std::optional<double> crop) {
      PreprocessingChoice choice;
      choice.resize = resize;
      choice.crop = crop;
      return choice;
    };
    QVERIFY(resizing({}) == Resizing{});
    QVERIFY((resizing(with({}, 0.9)) == Resizing{ResizeMode::Crop, Interpolation::Bilinear, 0.9}));
    QVERIFY((resizing(with(ResizeMode::Squash, 0.9)) == Resizing{ResizeMode::Squash, Interpolation::Bilinear, 0.9}));
    network.preprocessing = Preprocessing::custom({0.1F, 0.2F, 0.3F}, {1, 1, 1});
    network.preprocessing->resizing = {ResizeMode::Crop, Interpolation::Bicubic, 0.875};
    network.preprocessing_reason = "as its config.json says";
    QVERIFY((resizing({}) == Resizing{ResizeMode::Crop, Interpolation::Bicubic, 0.875}));
    QVERIFY((resizing(with({}, 0.5)) == Resizing{ResizeMode::Crop, Interpolation::Bicubic, 0.5}));
    QVERIFY((resizing(with(ResizeMode::Crop, {})) == Resizing{ResizeMode::Crop, Interpolation::Bicubic, 0.875}));
    QVERIFY((resizing(with(ResizeMode::Squash, {})) == Resizing{ResizeMode::Squash, Interpolation::Bicubic, 1}));
    QCOMPARE(chosen({}, network).reason, network.preprocessing_reason);
    QCOMPARE(chosen(with({}, 0.5), network).reason,
             std::string("the form of the square was given; the rest is as its config.json says"));
    QVERIFY(choice_of(chosen({}, network), network) == PreprocessingChoice{});
    // A choice of all that is in use gives it for every network.
    const Preprocessing in_use = chosen(with(ResizeMode::Pad, 0.7), network).preprocessing;
    QCOMPARE(key_of(chosen(choice_of(in_use), NetworkInfo{}).preprocessing), key_of(in_use));
    QVERIFY(error_text([&] { (void)chosen(with({}, 1.2), network); }).contains("The crop 1.2 is not possible"));
  }

  void every_experiment_has_a_name() {
    for (const ExperimentInfo& info : experiment_kinds()) {
      QCOMPARE(&info_of(info.kind), &info);
      const Job back = job_from_json(to_json(Job(ExperimentJob(info.kind))), "test");
      QVERIFY2(std::get<ExperimentJob>(back).kind == info.kind, info.title);
    }
  }

  void names_are_those_of_the_command_line() {
    ExperimentJob job(ExperimentKind::RenderedScale);
    job.measure = ScaleMeasure::Root;
    job.rendering.cut.fill = Fill::MeanColour;
    job.ratios = {1, 2.5};
    job.pair_area = 0.25;
    const QJsonObject written = object_of(to_json(Job(job)));
    QCOMPARE(written["job"].toString(), QString("experiment"));
    QCOMPARE(written["kind"].toString(), QString("rendered-scale"));
    QCOMPARE(written["measure"].toString(), QString("root"));
    QCOMPARE(written["ratios"].toArray(), (QJsonArray{1, 2.5}));
    QCOMPARE(written["area"].toDouble(), 0.25);
    QCOMPARE(written["rendering"].toObject()["segment"].toObject()["fill"].toString(), QString("mean"));
  }

  void what_is_missing_has_its_default() {
    const Job job =
        job_from_json("{\"format\": \"scalescope job 1\", \"job\": \"experiment\", \"kind\": \"direction\"}", "test");
    QCOMPARE(std::get<ExperimentJob>(job).permutations, 19);
    QCOMPARE(std::get<ExperimentJob>(job).controls.size(), 2U);
    QCOMPARE(std::get<AnalyzeJob>(job_from_json("{\"format\": \"scalescope job 1\", \"job\": \"analyze\"}", "test"))
                 .permutations,
             0);
  }

  void what_is_wrong_is_named_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("said");
    const auto row = [](const char* name, const std::string& text, const char* said) {
      QTest::newRow(name) << QString::fromStdString(text) << QString(said);
    };
    row("incomplete", "{\"format\": \"scalescope job 1\", \"job", "is not a job of ScaleScope");
    row("no job", "{\"format\": \"scalescope session 1\"}", "is not a job of ScaleScope");
    row("unknown job", "{\"format\": \"scalescope job 1\", \"job\": \"fly\"}", "'job' is not one of analyze");
    row("unknown entry", job_with("analyze", "repetition", 3), "no entry 'repetition'");
    row("a text for a number", job_with("analyze", "repetitions", "3"),
        "'repetitions' is not a whole number from 1 to 1000");
    row("a fraction", job_with("analyze", "repetitions", 2.5), "'repetitions' is not a whole number");
    row("too many", job_with("analyze", "repetitions", 1001), "from 1 to 1000");
    row("below", job_with("analyze", "seed", -1), "'seed' is not a whole number");
    row("an unknown name", job_with("analyze", "protocol", "rubust"),
        "'protocol' is not one of ridge, ridge-unclipped, paper");
    row("an unknown control", job_with("analyze", "controls", QJsonArray{"random-everything"}), "'controls'");
    row("inside", job_with("analyze", "network", QJsonObject{{"engine", "cuda"}}),
        "'network.engine' is not one of auto");
    row("no list", job_with("analyze", "layers", "layer1"), "'layers' is not a list");
    row("no object", job_with("analyze", "network", 3), "'network' is not an object");
  }

  void what_is_wrong_is_named() {
    QFETCH(QString, text);
    QFETCH(QString, said);
    const QString error = error_text([&] { (void)job_from_json(text.toStdString(), "job.json"); });
    QVERIFY2(error.contains(said) && error.contains("job.json") && !error.contains('\n'), qPrintable(error));
  }

  // Bad input: exit code 1 and one sentence.
  void the_command_line_says_what_is_wrong() {
    const QTemporaryDir folder;
    const auto run = [&](const std::string& text) {
      QFile file(folder.filePath("job.json"));
      if (!file.open(QIODevice::WriteOnly))
        return QString("not written");
      file.write(QByteArray::fromStdString(text));
      file.close();
      QProcess cli;
      cli.start(SCALESCOPE_CLI, {"run", file.fileName()});
      cli.waitForFinished(60000);
      return QString::number(cli.exitCode()) + QString::fromUtf8(cli.readAllStandardError());
    };
    QVERIFY2(run("{}").startsWith("1scalescope-cli: "), qPrintable(run("{}")));
    const QString nowhere = run(job_with("analyze", "data", "photos"));
    QVERIFY2(nowhere.startsWith("1") && nowhere.contains("--out"), qPrintable(nowhere));
    QJsonObject nothing{{"format", "scalescope job 1"}, {"job", "analyze"}, {"data", folder.path()}, {"out", "x"}};
    const QString no_network = run(QJsonDocument(nothing).toJson().toStdString());
    QVERIFY2(no_network.startsWith("1"), qPrintable(no_network));
  }

  // What the command line's options rule out, and a file does not.
  void what_contradicts_itself_is_refused_before_any_work() {
    TransferJob transfer;
    transfer.protocol = Protocol::Paper;
    QVERIFY(error_text([&] { (void)run(transfer); }).contains("ridge or ridge-unclipped"));
    transfer = {};
    transfer.patches.magnifications.clear();
    QVERIFY(error_text([&] { (void)run(transfer); }).contains("magnifications"));
    ExperimentJob noise(ExperimentKind::Noise);
    noise.sizes = {64};
    QVERIFY(error_text([&] { (void)run(noise); }).contains("two sizes"));
    BenchJob bench;
    bench.settings.engines = {Engine::Auto};
    QVERIFY(error_text([&] { (void)run(bench); }).contains("by name (openvino or libtorch)"));
    const PreprocessingChoice both{.mode = "torch", .custom = PreprocessingChoice::Normalisation{}};
    QVERIFY(error_text([&] { (void)chosen(both, {}); }).contains("one of them"));
  }

  // One bar for the whole: it never goes back and ends at 1.
  void progress_of_stages_is_one_whole() {
    std::vector<double> seen;
    const JobCallback whole =
        whole_of([&](const JobProgress& now) { seen.push_back(now.whole); }, {{"images", 3}, {"fitting", 1}});
    for (const auto& [stage, done] :
         {std::pair{"images", 0}, {"images", 5}, {"images", 10}, {"fitting", 5}, {"images", 1}, {"fitting", 10}})
      whole({stage, done, 10});
    const std::vector<double> wanted{0, 0.375, 0.75, 0.875, 0.875, 1};
    QCOMPARE(seen.size(), wanted.size());
    for (std::size_t i = 0; i < seen.size(); ++i)
      QVERIFY(std::abs(seen[i] - wanted[i]) < 1e-12);
    double part = 0;
    between([&](const JobProgress& now) { part = now.whole; }, 0.5, 0.75)({"images", 0, 1, 0.4});
    QVERIFY(std::abs(part - 0.6) < 1e-12);
  }
};

QTEST_GUILESS_MAIN(JobFileTest)
#include "job_file_test.moc"
