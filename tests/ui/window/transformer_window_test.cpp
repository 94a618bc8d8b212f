// Transformers in the window: the attention of the patch under the mouse, analyses of other features of the tokens and
// of a Swin; pruned folders; what is dropped on the window.

#include "core/features/layer_inspector.h"
#include "core/image/read_image.h"
#include "tests/support/window_support.h"
#include "ui/curve/curve_view.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/dialogs/experiment_dialog.h"
#include "ui/dialogs/prune_dialog.h"
#include "ui/maps/feature_grid.h"
#include "ui/stage/stage_view.h"
#include "ui/widgets/error_bar.h"
#include "ui/window/work_dialogs.h"
#include "ui/workers/file_jobs.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDropEvent>
#include <QFileDialog>
#include <QLabel>
#include <QLocale>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

#include <cmath>

using namespace scalescope;

namespace {

const std::string block = "blocks.1";

QComboBox* tokens_in(const QWidget& dialog) {
  for (auto* box : dialog.findChildren<QComboBox*>())
    if (box->itemText(0) == QStringLiteral("Mean of the patches"))
      return box;
  return nullptr;
}

} // namespace

class TransformerWindowTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  std::unique_ptr<MainWindow> window_;

  StageView* stage() const { return window_->findChild<StageView*>(); }
  const FeatureMaps& maps() const { return window_->findChild<FeatureGrid*>()->maps(); }
  Explorer& explorer() const { return window_->explorer(); }
  ModelSource transformer() const {
    ModelSource source;
    source.file = SCALESCOPE_TESTS "/support/transformers/registers.pt2";
    return source;
  }
  RunOptions small() const {
    RunOptions options;
    options.engine = Engine::LibTorch;
    options.input_size = 24;
    return options;
  }

  // softmax(Q K^T / sqrt(d)) of one patch, from the output of the layer that makes Q, K and V.
  std::vector<float> attended_by(int patch) const {
    const Network network = Network::open(transformer(), small());
    const StageEdit& edit = explorer().edit();
    const auto image = read_image(window_->workspace().images().current_sample()->file);
    StageState state;
    state.image = std::make_shared<const Image>(image);
    state.image_size = edit.image_size;
    const LayerInspector inspector(network);
    const auto pixels = inspector.pixels(state, make_frame(state), explorer().preprocessing().preprocessing);
    const auto qkv = network.run(network.plan({block + ".attn.qkv"}, Reduction::Maps), pixels, 1, 24, 24)[0].values;
    constexpr int first = 5; // a class token and four registers
    constexpr int tokens = first + 12;
    constexpr int width = 12;
    constexpr int heads = 3;
    constexpr int length = width / heads;
    std::vector<float> all;
    for (int head = 0; head < heads; ++head) {
      std::vector<double> weights;
      double sum = 0;
      for (int key = 0; key < tokens; ++key) {
        double product = 0;
        for (int i = 0; i < length; ++i)
          product +=
              static_cast<double>(qkv.at(static_cast<std::size_t>((first + patch) * 3 * width + head * length + i))) *
              qkv.at(static_cast<std::size_t>(key * 3 * width + width + head * length + i));
        weights.push_back(std::exp(product / std::sqrt(static_cast<double>(length))));
        sum += weights.back();
      }
      for (int key = first; key < tokens; ++key)
        all.push_back(static_cast<float>(weights[static_cast<std::size_t>(key)] / sum));
    }
    return all;
  }

  QString path(const QString& name) const { return folder_.filePath(name); }
  static ModelSource drawn(const std::string& architecture) {
    return {.file = {}, .architecture = architecture, .random_weights = true, .seed = 1};
  }
  void drop(const QList<QUrl>& what) const {
    QMimeData data;
    data.setUrls(what);
    QDragEnterEvent enter({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window_.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window_.get(), &event);
  }
  void trigger(const QString& text) const {
    for (QAction* action : window_->findChildren<QAction*>())
      if (action->text() == text)
        return action->trigger();
    QFAIL(qPrintable(text));
  }
  void is_said(const QString& words) const {
    auto* errors = window_->findChild<ErrorBar*>();
    QTRY_VERIFY2_WITH_TIMEOUT(errors->isVisible() && errors->text().contains(words), qPrintable(errors->text()),
                              patience);
    errors->hide();
  }

  void point_at(int row, int column) const {
    const QRectF seen = stage()->seen_area();
    const QPointF at(seen.x() + (column + 0.5) / 4 * seen.width(), seen.y() + (row + 0.5) / 3 * seen.height());
    QTest::mouseMove(stage(), at.toPoint());
  }

 private slots:
  void initTestCase() {
    prepare_window_test(folder_);
    window_ = shown_window();
    QVERIFY(window_);
    QVERIFY(open_in(*window_, transformer(), small(), folder_.filePath("scenes")));
  }
  void cleanupTestCase() { window_.reset(); }

  void the_patch_under_the_mouse_attends() {
    explorer().set_layer(QString::fromStdString(block + ".attn.attention"));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && maps().heads, patience);
    const auto* line = window_->findChild<QLabel*>("layer line");
    QVERIFY2(line->text().startsWith("Class token · "), qPrintable(line->text()));
    QVERIFY2(line->toolTip().contains("Point at the image"), qPrintable(line->toolTip()));
    const std::vector<float> of_class(*maps().values);
    point_at(2, 1);
    QVERIFY(maps().patch);
    QCOMPARE(*maps().patch, QPoint(1, 2));
    QCOMPARE(line->text(), "Patch in row 3, column 2 · " + QString::fromStdString(block) + ".attn.attention");
    const std::vector<float> wanted = attended_by(2 * 4 + 1);
    QCOMPARE(maps().values->size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      QVERIFY2(std::abs(maps().values->at(i) - wanted[i]) < 1e-4,
               qPrintable(QString("%1: %2, not %3").arg(i).arg(maps().values->at(i)).arg(wanted[i])));
    QTest::mouseMove(stage(), {1, 1}); // beside the image
    QVERIFY(!maps().patch);
    QVERIFY(*maps().values == of_class);
  }

  // The next look keeps the patch; and an object that is dragged over the patches does not change it.
  void the_patch_stays_while_the_image_changes() {
    point_at(0, 3);
    const std::vector<float> before(*maps().values);
    const auto stays = [&] { return maps().patch && *maps().patch == QPoint(3, 0); };
    QVERIFY(stays());
    explorer().set_scale(2, true);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && *maps().values != before, patience);
    QVERIFY(stays());
    const QPoint from = stage()->object_area()->center().toPoint();
    QTest::mouseMove(stage(), from);
    const auto held = maps().patch;
    QTest::mousePress(stage(), Qt::LeftButton, {}, from);
    QTest::mouseMove(stage(), from - QPoint(60, 60));
    QCOMPARE(maps().patch, held);
    QTest::mouseRelease(stage(), Qt::LeftButton, {}, from - QPoint(60, 60));
    QVERIFY(maps().patch && maps().patch != held);
    explorer().reset();
  }

  // Other layers have no patch to point at.
  void feature_maps_do_not_change_under_the_mouse() {
    explorer().set_layer(QString::fromStdString(block));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled() && !maps().heads, patience);
    QSignalSpy sent(&window_->workspace().reader(), &StageReader::maps_changed);
    point_at(1, 1);
    QVERIFY(!maps().patch);
    QCOMPARE(sent.size(), 0);
  }

  void dialogs_offer_the_tokens() {
    const SampleSet& samples = window_->workspace().images().samples();
    AnalysisDialog analysis(*explorer().network(), samples, explorer().preprocessing());
    QComboBox* tokens = tokens_in(analysis);
    QVERIFY(tokens != nullptr);
    QCOMPARE(tokens->count(), 4);
    QVERIFY(analysis.job().network.tokens == Tokens::Mean);
    tokens->setCurrentIndex(2);
    QVERIFY(analysis.job().network.tokens == Tokens::Both);

    FileJobs files;
    ExperimentDialog experiment({explorer().network(), samples, explorer().preprocessing(),
                                 [] { return std::vector<std::filesystem::path>(); }},
                                QStringLiteral("none"), files);
    experiment.set_folder(folder_.filePath("out"));
    tokens = tokens_in(experiment);
    QVERIFY(tokens != nullptr);
    tokens->setCurrentIndex(1);
    QVERIFY(experiment.job().network.tokens == Tokens::Class);
    for (auto* box : experiment.findChildren<QComboBox*>())
      if (box->itemText(0) == QStringLiteral("squashed"))
        box->setCurrentIndex(2);
    QVERIFY(experiment.job().preprocessing.resize == ResizeMode::Pad);

    NetworkInfo without = *explorer().network();
    for (Layer& layer : without.layers)
      layer.tokens = {};
    QVERIFY(tokens_in(AnalysisDialog(without, samples, explorer().preprocessing())) == nullptr);
  }

  // The network is opened again for the features that the dialog asks for, and the curve has as many as that.
  void an_analysis_reads_the_chosen_tokens() {
    AnalysisDialog dialog(*explorer().network(), window_->workspace().images().samples(), explorer().preprocessing());
    tokens_in(dialog)->setCurrentIndex(2);
    AnalyzeJob job = dialog.job();
    job.repetitions = 1;
    job.layers = {block};
    QSignalSpy done(&window_->analysis(), &AnalysisRun::finished);
    window_->workspace().want_analysis(job, dialog.preprocessing(), explorer().network());
    QVERIFY(done.wait(patience));
    QVERIFY(explorer().network()->source.tokens == Tokens::Both);
    QCOMPARE(window_->analysis().results().channels, (std::vector<int>{24}));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  // What the dialog's fourth format writes is a folder, which is opened at once where that is wanted.
  void a_pruned_folder_is_saved_and_opened() {
    window_->set_questions({.unsaved = [](const QString& /*text*/) { return Questions::Unsaved::Discard; },
                            .session_file = {},
                            .moved_file = {}});
    QVERIFY(open_in(*window_, drawn("timm/vit_tiny_patch16_224"), {}, path("scenes")));
    explorer().set_layer("blocks.2");
    window_->dialogs().ask_for_pruning();
    auto* dialog = window_->findChild<PruneDialog*>();
    QVERIFY(dialog != nullptr);
    for (QComboBox* box : dialog->findChildren<QComboBox*>())
      if (const int folder = box->findText("a folder", Qt::MatchStartsWith); folder >= 0)
        box->setCurrentIndex(folder);
    QVERIFY(dialog->job().format == NetworkFormat::Safetensors);
    QTRY_VERIFY_WITH_TIMEOUT(dialog->result(), patience);
    QVERIFY(dialog->result()->difference <= 1e-5);
    for (QCheckBox* box : dialog->findChildren<QCheckBox*>())
      if (box->text().contains("afterwards"))
        box->setChecked(true);
    QSignalSpy opened(&explorer(), &Explorer::network_opened);
    window_->dialogs().save_pruned(*dialog, path("pruned"));
    dialog->accept();
    QVERIFY(opened.wait(patience));
    QCOMPARE(explorer().network()->name, std::string("pruned"));
    QVERIFY(explorer().network()->source.file == to_path(path("pruned")));
    for (const char* file : {"config.json", "model.safetensors", "load.py"})
      QVERIFY2(QFileInfo::exists(path("pruned/") + file), file);
    const auto& layers = explorer().network()->layers;
    const auto has = [&](const std::string& name) {
      return std::ranges::find(layers, name, &Layer::name) != layers.end();
    };
    QVERIFY(has("blocks.2") && !has("blocks.3"));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  void what_is_dropped_is_opened() {
    QVERIFY(open_in(*window_, transformer(), small(), path("scenes")));
    const auto before = explorer().network();
    QSignalSpy opened(&explorer(), &Explorer::network_opened);
    drop({QUrl::fromLocalFile(path("pruned"))});
    QVERIFY(opened.wait(patience));
    QCOMPARE(explorer().network()->name, std::string("pruned"));
    drop({QUrl::fromLocalFile(QString::fromStdString(before->source.file.string()))});
    QVERIFY(opened.wait(patience));
    QCOMPARE(explorer().network()->name, before->name);

    QSignalSpy taken(&window_->workspace(), &Workspace::images_taken);
    const QStringList names = QDir(path("scenes/images")).entryList(QDir::Files);
    QVERIFY(names.size() == 30);
    drop({QUrl::fromLocalFile(path("scenes/images/" + names[0])),
          QUrl::fromLocalFile(path("scenes/images/" + names[1]))});
    QVERIFY(taken.wait(patience));
    QCOMPARE(window_->workspace().images().samples().samples.size(), 2U);
    drop({QUrl::fromLocalFile(path("scenes"))});
    QVERIFY(taken.wait(patience));
    QCOMPARE(window_->workspace().images().samples().samples.size(), 30U);
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  // A network may be a folder as images may.
  void the_button_for_folders_opens_a_network() {
    QSignalSpy opened(&explorer(), &Explorer::network_opened);
    QTimer::singleShot(0, window_.get(), [this] {
      auto* dialog = window_->findChild<QFileDialog*>();
      QVERIFY(dialog != nullptr);
      dialog->selectFile(path("pruned"));
      QMetaObject::invokeMethod(dialog, "accept");
    });
    trigger("Open a &folder…");
    QVERIFY2(opened.wait(patience), qPrintable(window_->findChild<ErrorBar*>()->text()));
    QCOMPARE(explorer().network()->name, std::string("pruned"));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }

  void what_is_of_no_use_says_why() {
    const auto before = explorer().network();
    QFile text(path("notes.txt"));
    QVERIFY(text.open(QIODevice::WriteOnly));
    text.write("once upon a time");
    text.close();
    drop({QUrl::fromLocalFile(text.fileName())});
    is_said("notes.txt");
    drop({QUrl("https://example.org/network.pt")});
    is_said("https://example.org/network.pt is not on this computer");
    QVERIFY(QDir(folder_.path()).mkdir("empty"));
    drop({QUrl::fromLocalFile(path("empty"))});
    is_said("empty: the folder contains neither");
    drop({QUrl::fromLocalFile(path("pruned")), QUrl::fromLocalFile(path("other.pt"))});
    is_said("one is open at a time: pruned, other.pt");
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
    QCOMPARE(explorer().network(), before);
    QCOMPARE(window_->workspace().images().samples().samples.size(), 30U);
  }

  // From the menu through the dialog and the worker to the curve. The dialog does not ask for the layers of the
  // analysis before, which were those of another network.
  void a_swin_is_analysed() {
    RunOptions options = small();
    options.input_size = 64;
    QVERIFY(open_in(*window_, drawn("swin_t"), options, path("scenes")));
    QSignalSpy done(&window_->analysis(), &AnalysisRun::finished);
    QSignalSpy progress(&window_->analysis(), &AnalysisRun::progressed);
    QTimer::singleShot(0, window_.get(), [this] { window_->findChild<AnalysisDialog*>()->accept(); });
    trigger("&Analyse…");
    QVERIFY2(done.wait(patience), qPrintable(window_->findChild<ErrorBar*>()->text()));
    const CurveData& data = window_->findChild<CurveView*>()->curve();
    const std::vector<std::string> wanted{"features.1.0", "features.1.1", "features.3.0", "features.3.1",
                                          "features.5.0", "features.5.1", "features.5.2", "features.5.3",
                                          "features.5.4", "features.5.5", "features.7.0", "features.7.1"};
    QVERIFY(std::ranges::includes(data.figure.layers, wanted));
    QCOMPARE(data.channels[0], 96);
    QVERIFY(!data.partial && !data.figure.series.empty());
    for (const double mean : data.figure.series[0].mean)
      QVERIFY(std::isfinite(mean));
    const auto scored = window_->analysis().results().scores();
    QCOMPARE(scored.size(), data.figure.layers.size());
    // The first report comes with images that are done. They took time: the rate is one that is possible.
    const QString first = progress[0][0].toString();
    const double rate = QLocale().toDouble(first.section(", ", 1, 1).section(' ', 0, 0));
    QVERIFY2(rate > 0 && rate < 2000, qPrintable(first));
    QTRY_VERIFY_WITH_TIMEOUT(window_->settled(), patience);
  }
};

QTEST_MAIN(TransformerWindowTest)
#include "transformer_window_test.moc"
