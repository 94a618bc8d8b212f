// A transformer in the window: the attention of the patch under the mouse, and analyses of other features of the
// tokens.

#include "core/features/layer_inspector.h"
#include "core/image/read_image.h"
#include "tests/support/window_support.h"
#include "ui/curve/curve_view.h"
#include "ui/dialogs/analysis_dialog.h"
#include "ui/dialogs/experiment_dialog.h"
#include "ui/maps/feature_grid.h"
#include "ui/stage/stage_view.h"
#include "ui/workers/file_jobs.h"

#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>

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

  void point_at(int row, int column) const {
    const QRectF seen = stage()->seen_area();
    const QPointF at(seen.x() + (column + 0.5) / 4 * seen.width(), seen.y() + (row + 0.5) / 3 * seen.height());
    QTest::mouseMove(stage(), at.toPoint());
  }

 private slots:
  void initTestCase() {
    prepare_window_test(folder_);
    window_ = std::make_unique<MainWindow>();
    window_->resize(1200, 800);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    QSignalSpy opened(&explorer(), &Explorer::network_opened);
    explorer().worker().open(transformer(), small());
    QVERIFY(opened.wait(patience));
    window_->open_images({folder_.filePath("scenes")});
    QTRY_VERIFY_WITH_TIMEOUT(explorer().has_object() && window_->settled(), patience);
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
    QVERIFY2(line->text().startsWith("Patch in row 3, column 2 · "), qPrintable(line->text()));
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
};

QTEST_MAIN(TransformerWindowTest)
#include "transformer_window_test.moc"
