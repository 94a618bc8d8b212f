// The list of layers, driven by mouse and keyboard.

#include "ui/layers/layer_delegate.h"
#include "ui/layers/layer_tree.h"
#include "ui/widgets/theme.h"

#include <QComboBox>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <limits>

using namespace scalescope;

namespace {

Layer layer(const std::string& name, const std::string& type, int parent, std::vector<std::int64_t> shape,
            bool block = false) {
  Layer made;
  made.name = name;
  made.type = type;
  made.parent = parent;
  made.shape = std::move(shape);
  made.parameters = 1234567;
  made.calls = 1;
  made.depth = 3;
  made.block = block;
  return made;
}

/// A small network: a stem, two blocks of two modules each, a module that never runs, and a head.
std::vector<Layer> some_layers() {
  std::vector<Layer> all{layer("", "Net", -1, {1000}),
                         layer("stem", "Conv2d", 0, {32, 112, 112}),
                         layer("blocks", "Sequential", 0, {1280, 7, 7}),
                         layer("blocks.0", "Block", 2, {16, 112, 112}, true),
                         layer("blocks.0.conv", "Conv2d", 3, {16, 112, 112}),
                         layer("blocks.0.bn", "BatchNorm2d", 3, {16, 112, 112}),
                         layer("blocks.1", "Block", 2, {1280, 7, 7}, true),
                         layer("blocks.1.conv", "Conv2d", 6, {1280, 7, 7}),
                         layer("blocks.1.spare", "Dropout", 6, {}),
                         layer("output", "before the softmax", 0, {1000}),
                         layer("softmax", "Softmax", 0, {1000})};
  all[8].calls = 0;
  return all;
}

struct Shown {
  explicit Shown(std::vector<Layer> layers = some_layers(), int width = 700) {
    tree.resize(width, 500);
    tree.set_layers(std::move(layers));
    tree.show();
    if (!QTest::qWaitForWindowExposed(&tree))
      qFatal("no window");
    view = tree.findChild<QTreeView*>();
    filter = tree.findChild<QLineEdit*>();
    all = tree.findChild<QToolButton*>();
  }
  /// Names from top to bottom, those in closed branches left out.
  [[nodiscard]] QStringList names() const {
    QStringList found;
    for (QModelIndex i = view->model()->index(0, 0); i.isValid(); i = view->indexBelow(i))
      found << i.data().toString();
    return found;
  }
  [[nodiscard]] QModelIndex row(const QString& name, int column = 0) const {
    const QModelIndex found = static_cast<LayerModel*>(view->model())->find(name);
    return found.siblingAtColumn(column);
  }
  void click(const QModelIndex& index) const {
    view->scrollTo(index);
    QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(index).center());
  }
  LayerTree tree;
  QTreeView* view = nullptr;
  QLineEdit* filter = nullptr;
  QToolButton* all = nullptr;
};

int pixels_of(const QImage& image, const QRect& box, const QColor& colour) {
  int count = 0;
  for (int y = box.top(); y <= box.bottom(); ++y)
    for (int x = box.left(); x <= box.right(); ++x)
      count += image.pixelColor(x, y) == colour ? 1 : 0;
  return count;
}

} // namespace

class LayerTreeTest : public QObject {
  Q_OBJECT

 private slots:
  // Whether all layers are shown is seen at the button, also on a dark ground.
  void a_pressed_button_looks_so() {
    for (const ThemeChoice choice : {ThemeChoice::Dark, ThemeChoice::Light}) {
      apply_theme(*qApp, choice);
      const Shown shown;
      const auto edge = [&] { return shown.all->grab().toImage().pixelColor(shown.all->width() / 2, 0); };
      QVERIFY(edge() != scalescope::theme().accent);
      shown.all->click();
      QCOMPARE(edge(), scalescope::theme().accent);
    }
  }

  void init() { apply_theme(*qApp, ThemeChoice::Dark); }

  void blocks_and_head_first_and_all_as_a_tree() {
    const Shown shown;
    QCOMPARE(shown.names(), (QStringList{"blocks.0", "blocks.1", "output", "softmax"}));
    QTest::mouseClick(shown.all, Qt::LeftButton);
    QCOMPARE(shown.names(), (QStringList{"stem", "blocks", "output", "softmax"}));
    shown.view->expandAll();
    QCOMPARE(shown.names(),
             (QStringList{"stem", "blocks", "0", "conv", "bn", "1", "conv", "spare", "output", "softmax"}));
    QCOMPARE(shown.row("blocks.1.conv").parent(), shown.row("blocks.1"));
    QTest::mouseClick(shown.all, Qt::LeftButton);
    QCOMPARE(shown.names(), (QStringList{"blocks.0", "blocks.1", "output", "softmax"}));
  }

  void says_what_a_layer_is() {
    const Shown shown;
    QCOMPARE(shown.row("blocks.1", LayerModel::Type).data().toString(), "Block");
    QCOMPARE(shown.row("blocks.1", LayerModel::Shape).data().toString(), "1280 × 7 × 7");
    QCOMPARE(shown.row("blocks.1", LayerModel::Parameters).data().toString(), "1,234,567");
    QVERIFY(shown.row("blocks.1", LayerModel::Parameters).data(Qt::TextAlignmentRole).value<Qt::Alignment>() &
            Qt::AlignRight);
    for (const char* part : {"blocks.1", "Block", "1280 × 7 × 7", "1,234,567 parameters", "depth 3"})
      QVERIFY(shown.row("blocks.1").data(Qt::ToolTipRole).toString().contains(QString::fromUtf8(part)));
  }

  void typing_filters_names_and_types() {
    const Shown shown;
    QTest::keyClicks(shown.filter, "BLOCKS.1");
    QCOMPARE(shown.names(), QStringList{"blocks.1"});
    shown.filter->clear();
    QTest::mouseClick(shown.all, Qt::LeftButton);
    QTest::keyClicks(shown.filter, "batchnorm"); // a type; who holds a match stays
    QCOMPARE(shown.names(), (QStringList{"blocks", "0", "bn"}));
    QTest::keyClicks(shown.filter, "xyz");
    QVERIFY(shown.names().isEmpty());
    shown.filter->clear();
    QVERIFY(shown.names().size() >= 4);
  }

  void from_the_filter_down_into_what_it_found() {
    const Shown shown;
    QSignalSpy chosen(&shown.tree, &LayerTree::layer_chosen);
    QTest::keyClicks(shown.filter, "output");
    QTest::keyClick(shown.filter, Qt::Key_Down);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].toString(), "output");
  }

  void a_click_chooses() {
    const Shown shown;
    QSignalSpy chosen(&shown.tree, &LayerTree::layer_chosen);
    shown.click(shown.row("blocks.1"));
    shown.click(shown.row("softmax", LayerModel::R2));
    QCOMPARE(chosen.size(), 2);
    QCOMPARE(chosen[0][0].toString(), "blocks.1");
    QCOMPARE(chosen[1][0].toString(), "softmax");
  }

  void arrows_walk_and_pass_over_layers_without_output() {
    const Shown shown;
    QTest::mouseClick(shown.all, Qt::LeftButton);
    shown.view->expandAll();
    shown.click(shown.row("blocks.1.conv"));
    QSignalSpy chosen(&shown.tree, &LayerTree::layer_chosen);
    QTest::keyClick(shown.view, Qt::Key_Down);
    QTest::keyClick(shown.view, Qt::Key_Up);
    QTest::keyClick(shown.view, Qt::Key_Up);
    QCOMPARE(chosen.size(), 3);
    QCOMPARE(chosen[0][0].toString(), "output");
    QCOMPARE(chosen[1][0].toString(), "blocks.1.conv");
    QCOMPARE(chosen[2][0].toString(), "blocks.1");
  }

  void layers_without_output_are_disabled_and_say_why() {
    const Shown shown;
    QTest::mouseClick(shown.all, Qt::LeftButton);
    shown.view->expandAll();
    const QModelIndex spare = shown.row("blocks.1.spare");
    QVERIFY(!(spare.flags() & Qt::ItemIsEnabled));
    QVERIFY(spare.data(Qt::ToolTipRole).toString().contains("does not run"));
    QSignalSpy chosen(&shown.tree, &LayerTree::layer_chosen);
    shown.click(spare);
    QVERIFY(chosen.isEmpty());
    auto layers = some_layers();
    layers[8].calls = 1;
    const Shown other(layers);
    QTest::mouseClick(other.all, Qt::LeftButton);
    QVERIFY(other.row("blocks.1.spare").data(Qt::ToolTipRole).toString().contains("returns no tensor"));
  }

  void current_is_set_without_echo_and_survives_filter_and_mode() {
    Shown shown;
    QSignalSpy chosen(&shown.tree, &LayerTree::layer_chosen);
    shown.tree.set_current("blocks.1");
    QCOMPARE(shown.view->currentIndex().data().toString(), "blocks.1");
    QVERIFY(shown.view->selectionModel()->isRowSelected(1, {}));
    QTest::keyClicks(shown.filter, "soft");
    QVERIFY(!shown.view->currentIndex().isValid());
    shown.filter->clear();
    QCOMPARE(shown.view->currentIndex().data().toString(), "blocks.1");
    shown.tree.set_current("blocks.0.conv"); // no block: shown with all layers
    QVERIFY(shown.view->selectionModel()->selectedRows().isEmpty());
    QTest::mouseClick(shown.all, Qt::LeftButton);
    QCOMPARE(shown.view->currentIndex(), shown.row("blocks.0.conv"));
    QVERIFY(shown.view->visualRect(shown.view->currentIndex()).isValid()); // its branch is open
    QVERIFY(chosen.isEmpty());
  }

  void bars_are_as_long_as_r2_and_the_peak_stands_out() {
    Shown shown;
    shown.tree.set_scores({{"blocks.0", 0.2, 0.01}, {"blocks.1", 0.8, 0.02}, {"output", 0.4, 0.1}});
    const QImage image = shown.view->viewport()->grab().toImage();
    const auto length = [&](const char* name, const QColor& colour) {
      const QRect cell = shown.view->visualRect(shown.row(name, LayerModel::R2));
      const QRect line(cell.left(), cell.center().y(), cell.width() / 2, 1);
      return pixels_of(image, line, colour);
    };
    const int fifth = length("blocks.0", theme().accent);
    QVERIFY2(fifth > 3, qPrintable(QString::number(fifth)));
    QVERIFY(std::abs(length("output", theme().accent) - 2 * fifth) <= 4);
    QCOMPARE(length("blocks.1", theme().accent), 0);
    QVERIFY(std::abs(length("blocks.1", theme().peak) - 4 * fifth) <= 6);
    QCOMPARE(length("softmax", theme().accent), 0);
    QCOMPARE(shown.row("blocks.1", LayerModel::R2).data().toString(), "0.80");
    QVERIFY(shown.row("blocks.1").data(Qt::ToolTipRole).toString().contains("R² 0.80 ± 0.02"));
    shown.tree.set_scores({{"blocks.0", 0.9, 0.01}, {"blocks.1", -3861, 1}}); // as more is known
    QVERIFY(shown.row("blocks.0", LayerModel::R2).data(LayerModel::PeakRole).toBool());
    QCOMPARE(shown.row("blocks.1", LayerModel::R2).data().toString(), "−3861");
    QVERIFY(shown.row("output", LayerModel::R2).data().toString().isEmpty());
  }

  void a_new_network_has_no_scores() {
    Shown shown;
    shown.tree.set_scores({{"blocks.0", 0.2, 0.01}});
    shown.tree.set_layers(some_layers());
    QVERIFY(shown.row("blocks.0", LayerModel::R2).data().toString().isEmpty());
  }

  void a_narrow_one_keeps_names_channels_and_r2() {
    Shown shown(some_layers(), 240);
    shown.tree.set_scores({{"blocks.1", -0.8, 0.02}});
    QVERIFY(shown.view->isColumnHidden(LayerModel::Type) && shown.view->isColumnHidden(LayerModel::Parameters));
    QCOMPARE(shown.row("blocks.1", LayerModel::Shape).data().toString(), "1280");
    const QFontMetrics metrics = shown.view->fontMetrics();
    QVERIFY(shown.view->columnWidth(LayerModel::Name) > metrics.horizontalAdvance("blocks.1") + 4);
    QVERIFY(shown.view->columnWidth(LayerModel::Shape) > LayerDelegate::figures_width(metrics, "1280"));
    QVERIFY(shown.view->header()->length() <= shown.view->viewport()->width());
    QTest::mouseClick(shown.all, Qt::LeftButton); // a tree's names need more
    shown.view->expandAll();
    const QRect name = shown.view->visualRect(shown.row("blocks.1.conv"));
    QVERIFY(name.width() > metrics.horizontalAdvance("conv") + 4);
    QTest::mouseClick(shown.all, Qt::LeftButton);
    shown.tree.resize(900, 500);
    QVERIFY(!shown.view->isColumnHidden(LayerModel::Type) && !shown.view->isColumnHidden(LayerModel::Parameters));
    QCOMPARE(shown.row("blocks.1", LayerModel::Shape).data().toString(), "1280 × 7 × 7");
    QVERIFY(shown.view->header()->length() <= shown.view->viewport()->width());
  }

  // Bars are for those who have the room: a name that can't be read is worth nothing.
  void a_very_narrow_one_gives_up_bars_before_names() {
    Shown shown(some_layers(), 190);
    const QFontMetrics metrics = shown.view->fontMetrics();
    const auto name_fits = [&] {
      return shown.view->columnWidth(LayerModel::Name) > metrics.horizontalAdvance("blocks.1") + 4;
    };
    QVERIFY(name_fits()); // no scores: no room for them
    shown.tree.set_scores({{"blocks.1", 0.42, 0.02}});
    QVERIFY(name_fits());
    QVERIFY(shown.view->columnWidth(LayerModel::R2) > LayerDelegate::figures_width(metrics, "−0.00"));
    const QRect cell = shown.view->visualRect(shown.row("blocks.1", LayerModel::R2)); // no bar of two pixels
    QCOMPARE(pixels_of(shown.view->viewport()->grab().toImage(), QRect(cell.left(), cell.top(), 8, cell.height()),
                       theme().peak),
             0);
    QVERIFY(shown.view->header()->length() <= shown.view->viewport()->width());
  }

  void figures_stand_under_one_another() {
    const QFontMetrics metrics(qApp->font());
    QCOMPARE(LayerDelegate::figures_width(metrics, "1,111"), LayerDelegate::figures_width(metrics, "8,808"));
    QVERIFY(LayerDelegate::figures_width(metrics, "8,808") >= metrics.horizontalAdvance("8,808"));
  }

  void a_thousand_layers_are_quick() {
    std::vector<Layer> layers{layer("", "Net", -1, {1000})};
    for (int i = 0; i < 250; ++i) {
      const auto name = "blocks." + std::to_string(i);
      layers.push_back(layer(name, "Block", 0, {64, 7, 7}, true));
      const int parent = static_cast<int>(layers.size()) - 1;
      for (const char* part : {".a", ".b", ".c"})
        layers.push_back(layer(name + part, "Conv2d", parent, {64, 7, 7}));
    }
    Shown shown(layers, 240);
    shown.all->click();
    QElapsedTimer clock;
    clock.start();
    QTest::keyClicks(shown.filter, "conv");
    shown.filter->clear();
    std::vector<LayerR2> scores;
    for (const Layer& one : layers)
      scores.push_back({one.name, 0.5, 0.1});
    shown.tree.set_scores(scores);
    QVERIFY(!shown.view->grab().isNull());
    QVERIFY2(clock.elapsed() < 2000,
             qPrintable(QString::number(clock.elapsed()))); // some 50 ms where nothing else runs
    QCOMPARE(shown.row("blocks.249.c").data().toString(), "c");
  }

  // A network that returns one tensor has no choice.
  void offers_the_outputs() {
    Shown shown;
    auto* output = shown.tree.findChild<QComboBox*>();
    shown.tree.set_outputs({""}, 0);
    QVERIFY(!output->isVisible());
    shown.tree.set_outputs({"map", "logits", "aux"}, 1);
    QVERIFY(output->isVisible() && !output->accessibleName().isEmpty());
    QCOMPARE(output->currentText(), "logits");
    const QSignalSpy chosen(&shown.tree, &LayerTree::output_chosen);
    output->setFocus();
    QTest::keyClick(output, Qt::Key_Down);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen[0][0].toString(), "aux");
    QTest::keyClick(output, Qt::Key_Up); // back to what it is: nothing is asked
    QCOMPARE(chosen.count(), 1);
  }

  // A convolutional network has no choice of tokens; without a class token there are fewer.
  void offers_the_tokens() {
    Shown shown;
    auto* tokens = shown.tree.findChildren<QComboBox*>().last();
    NetworkInfo network;
    Layer& layer = network.layers.emplace_back();
    layer.name = "blocks.0";
    layer.shape = {17, 8};
    layer.channel_axis = 1;
    shown.tree.set_tokens(network);
    QVERIFY(!tokens->isVisible());
    layer.tokens = {.first = 1, .class_token = false, .rows = 4, .columns = 4};
    shown.tree.set_tokens(network);
    QVERIFY(tokens->isVisible() && !tokens->accessibleName().isEmpty());
    QCOMPARE(tokens->count(), 2);
    layer.tokens.class_token = true;
    network.source.tokens = Tokens::Class;
    shown.tree.set_tokens(network);
    QCOMPARE(tokens->count(), 4);
    QCOMPARE(tokens->currentText(), "Class token");
    const QSignalSpy chosen(&shown.tree, &LayerTree::tokens_chosen);
    tokens->setFocus();
    QTest::keyClick(tokens, Qt::Key_Down);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen[0][0].value<Tokens>(), Tokens::Both);
    QTest::keyClick(tokens, Qt::Key_Up); // back to what it is: nothing is asked
    QCOMPARE(chosen.count(), 1);
  }

  void can_be_read_out() {
    Shown shown;
    QVERIFY(!shown.view->accessibleName().isEmpty() && !shown.filter->accessibleName().isEmpty());
    shown.tree.set_scores({{"blocks.0", 0.2, 0.01}});
    QCOMPARE(shown.row("blocks.0", LayerModel::R2).data(Qt::AccessibleTextRole).toString(), "R² 0.20");
    shown.tree.setFocus();
    QTRY_VERIFY(shown.view->hasFocus());
  }
};

QTEST_MAIN(LayerTreeTest)
#include "layer_tree_test.moc"
