#include "tests/core/network/architectures_torch.h"

#include "core/network/network.h"
#include "tests/support/support.h"

#include <QCryptographicHash>
#include <QRegularExpression>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <map>

static QStringList to_list(const std::vector<std::string>& strings) {
  QStringList list;
  for (const std::string& s : strings)
    list << QString::fromStdString(s);
  return list;
}

static QString to_q(const std::string& s) { return QString::fromStdString(s); }

static Drawn find(const std::vector<Drawn>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Drawn& d) { return d.name == name; });
  return found != all.end() ? *found : Drawn{name, NAN, NAN, NAN, NAN};
}

#define NEED_PYTHON                                                                                                    \
  if (!has_torch_)                                                                                                     \
  QSKIP("python3-torch or python3-torchvision is not installed")

#define NEED_TIMM                                                                                                      \
  if (!qEnvironmentVariableIsSet("SCALESCOPE_TIMM_PYTHON"))                                                            \
  QSKIP("SCALESCOPE_TIMM_PYTHON does not say which Python has timm")

#define NEED_PACKAGE                                                                                                   \
  if (!qEnvironmentVariableIsSet("SCALESCOPE_PYTHON_EXTRA"))                                                           \
  QSKIP("SCALESCOPE_PYTHON_EXTRA does not say where the package efficientnet_lite_pytorch is")

class ArchitecturesTest : public QObject {
  Q_OBJECT

  bool python(const QStringList& arguments);

  QTemporaryDir archives_; ///< TorchScript archives by Python
  QString said_;           ///< by the last script
  bool has_torch_ = false;

 private slots:
  void initTestCase();
  void matches_python_data();
  void matches_python();
  void efficientnet_lite_pads_for_any_size();
  void matches_the_archive_with_real_weights();
  void tells_its_architectures_apart();
  void keys_and_shapes_are_pythons_data();
  void keys_and_shapes_are_pythons();
  void every_architecture_is_in_the_table_and_in_the_manual();
  void asks_which_of_several_with_the_same_weights();
  void reads_names_of_published_densenets();
  void finds_timms_first_where_asked();
  void blocks_data();
  void blocks();
  void relatives_are_not_recognised();
  void heads_data();
  void heads();
  void damaged_checkpoints_data();
  void damaged_checkpoints();
  void unknown_names_offer_the_nearest();
  void draws_as_documented_data();
  void draws_as_documented();
  void draws_inception_cut_at_two_deviations();
  void a_seed_means_the_same_weights_however_a_network_was_saved();
  void a_frozen_network_cannot_be_drawn();
};

bool ArchitecturesTest::python(const QStringList& arguments) {
  const bool done = run_python(QStringLiteral("architectures_reference.py"), arguments, &said_);
  if (!done)
    qWarning("%s", qPrintable(said_));
  return done;
}

void ArchitecturesTest::initTestCase() {
  has_torch_ = python({QStringLiteral("archives"), archives_.path()});
  QVERIFY(has_torch_ || said_.isEmpty() || said_.contains(QStringLiteral("ModuleNotFoundError")));
}

void ArchitecturesTest::matches_python_data() {
  QTest::addColumn<int>("side");
  QTest::addColumn<int>("classes");
  QTest::addColumn<QString>("type");
  const auto row = [](const std::string& name, int side, int classes, const char* type) {
    QTest::newRow(name.c_str()) << side << classes << type;
  };
  if (qEnvironmentVariableIsSet("SCALESCOPE_ALL_ARCHITECTURES")) { // takes an hour
    for (const std::string& name : scalescope::architecture_names())
      row(name, name.starts_with("inception") ? 97 : name.starts_with("efficientnet_lite") ? 0 : 64, 7, "float32");
    return;
  }
  row("resnet18", 64, 1000, "float64");
  row("resnet34", 65, 5, "bfloat16");
  row("resnet50", 64, 1000, "float32");
  row("resnet101", 64, 7, "float32");
  row("resnet152", 64, 7, "float32");
  row("resnext50_32x4d", 64, 7, "float32");
  row("wide_resnet50_2", 64, 7, "float32");
  row("inception_v3", 97, 5, "float32");
  row("googlenet", 97, 5, "float32");
  row("vgg16", 64, 7, "float16");
  row("vgg11_bn", 64, 7, "float32");
  row("alexnet", 97, 7, "float32");
  row("squeezenet1_0", 97, 7, "float32");
  row("squeezenet1_1", 97, 7, "float32");
  row("densenet121", 64, 7, "float32");
  row("mobilenet_v2", 97, 1000, "float32");
  row("mobilenet_v3_small", 97, 7, "float32");
  row("mnasnet0_5", 64, 7, "float32");
  row("shufflenet_v2_x0_5", 97, 7, "float32");
  row("efficientnet_b0", 97, 7, "float32");
  row("efficientnet_v2_s", 64, 7, "float32");
  row("regnet_x_400mf", 64, 7, "float32");
  row("regnet_y_400mf", 64, 7, "float32");
  row("convnext_tiny", 64, 7, "float32");
  // The package pads for these sides only.
  row("efficientnet_lite0", 224, 1000, "float32");
  row("efficientnet_lite1", 240, 7, "float32");
  row("efficientnet_lite2", 260, 7, "float32");
  row("timm/resnet50d", 64, 7, "float32");
  row("timm/seresnet50", 64, 7, "float32");
  row("timm/densenet121", 64, 7, "float32");
  row("timm/vgg11", 97, 7, "float32");
  row("timm/regnetx_002", 64, 7, "float32");
  row("timm/regnety_002", 64, 7, "float32");
  row("timm/convnext_tiny", 64, 7, "float32");
  row("timm/convnextv2_atto", 64, 7, "float32");
  row("timm/convnextv2_tiny", 64, 7, "float32");
  row("timm/efficientnet_b0", 64, 7, "float32");
  row("timm/tf_efficientnet_b1", 97, 7, "float32"); // 97, 49, 25, 13, 7: all odd
  row("timm/tf_efficientnetv2_b2", 104, 7, "float32");
  row("timm/tf_efficientnetv2_s", 64, 7, "float32");
  row("timm/tf_efficientnet_lite1", 104, 7, "float32"); // 104, 52, 26, 13, 7: odd and even at either kernel
  row("timm/mobilenetv2_100", 64, 7, "float32");
  row("timm/mobilenetv3_large_100", 64, 7, "float32");
  row("timm/tf_mobilenetv3_small_100", 97, 7, "float32");
}

void ArchitecturesTest::matches_python() {
  QFETCH(int, side);
  QFETCH(int, classes);
  QFETCH(QString, type);
  const QString name = QString::fromUtf8(QTest::currentDataTag());
  NEED_PYTHON;
  if (name.startsWith(QStringLiteral("efficientnet_lite"))) {
    NEED_PACKAGE;
  }
  if (name.startsWith(QStringLiteral("timm/"))) {
    NEED_TIMM;
  }
  if (side == 0)
    QSKIP("compared without SCALESCOPE_ALL_ARCHITECTURES, at the sides that the package pads for");
  QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("reference.pt"));
  QVERIFY(python({QStringLiteral("network"), name, QString::number(side), QString::number(classes), type, file}));

  const Comparison result = compare(file.toStdString());
  QCOMPARE(to_q(result.outcome.architecture), name);
  const QStringList converted{QString("Its weights of type %1 are converted, and it runs in float32.").arg(type)};
  QCOMPARE(to_list(result.outcome.notes), type == QStringLiteral("float32") ? QStringList() : converted);
  QCOMPARE(to_list(result.modules), to_list(result.expected_modules));
  QCOMPARE(to_list(result.unlike).join(u'\n'), QString());
  // Nearly all ran in Python: not a ModuleList, and not what would drop a shortcut that a block has not.
  QVERIFY2(result.compared * 10 >= result.modules.size() * 9, qPrintable(QString::number(result.compared)));
  QVERIFY2(result.last_map_error < 1e-9, qPrintable(QString::number(result.last_map_error)));
}

void ArchitecturesTest::efficientnet_lite_pads_for_any_size() {
  NEED_PYTHON;
  NEED_PACKAGE;
  QTemporaryDir folder;
  for (const char* side : {"97", "104"}) { // 97, 49, 25, 13, 7 and 104, 52, 26, 13, 7: odd and even at either kernel
    const QString file = folder.filePath(QStringLiteral("reference.pt"));
    QVERIFY(python({QStringLiteral("network"), QStringLiteral("efficientnet_lite0_any_size"), QString::fromUtf8(side),
                    QStringLiteral("7"), QStringLiteral("float32"), file}));
    const Comparison result = compare(file.toStdString());
    QCOMPARE(to_list(result.unlike).join(u'\n'), QString());
    QVERIFY(result.compared > 100);
    QVERIFY(result.last_map_error < 1e-9);
  }
}

void ArchitecturesTest::matches_the_archive_with_real_weights() {
  NEED_SHARED(shared);
  const std::string file = (shared + QStringLiteral("/models/efficientnet_lite0_imagenet.pt")).toStdString();
  const double difference = difference_to_archive("efficientnet_lite0", file, 224);
  QVERIFY2(difference < 1e-4, qPrintable(QString::number(difference)));
}

void ArchitecturesTest::tells_its_architectures_apart() { QCOMPARE(to_list(confused()), QStringList()); }

using Table = std::map<std::string, QStringList>;

/// What `architectures_reference.py table` wrote with PyTorch's and timm's current versions.
static Table table() {
  QFile file(QStringLiteral(SCALESCOPE_TESTS "/core/network/architectures.csv"));
  Table rows;
  if (file.open(QIODevice::ReadOnly))
    for (const QString& line : QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts).mid(1))
      rows[line.section(u',', 0, 0).toStdString()] = line.split(u',').mid(1);
  return rows;
}

void ArchitecturesTest::keys_and_shapes_are_pythons_data() {
  QTest::addColumn<QStringList>("expected");
  for (const auto& [name, row] : table())
    QTest::newRow(name.c_str()) << row;
}

void ArchitecturesTest::keys_and_shapes_are_pythons() {
  QFETCH(QStringList, expected);
  const Outline outline = outline_of(QTest::currentDataTag(), 1000);
  QCryptographicHash hash(QCryptographicHash::Sha256);
  for (const std::string& line : outline.lines)
    hash.addData(QByteArray::fromStdString(line + '\n'));
  const QStringList ours{QString::number(outline.parameters), QString::number(outline.lines.size()),
                         QString::fromLatin1(hash.result().toHex().left(16))};
  QCOMPARE(ours, expected);
  QVERIFY(outline.has_marks);
}

void ArchitecturesTest::every_architecture_is_in_the_table_and_in_the_manual() {
  const Table rows = table();
  const QString manual =
      QString::fromUtf8(read_all(QStringLiteral(SCALESCOPE_TESTS "/../resources/manual/networks.md")));
  QVERIFY(manual.contains(QStringLiteral("state_dict")));
  QSet<QString> transformers; // which transformers_test compares, and whose names the manual has as patterns
  for (const QByteArray& line :
       read_all(QStringLiteral(SCALESCOPE_TESTS "/reference/transformers_digests.txt")).split('\n'))
    transformers << QString::fromUtf8(line).section(u' ', 0, 0);
  QStringList missing;
  for (const std::string& name : scalescope::architecture_names())
    if (!transformers.contains(to_q(name)) &&
        (!rows.contains(name) || !manual.contains(QRegularExpression(QStringLiteral("[ `]%1[`, .]").arg(to_q(name))))))
      missing << to_q(name);
  QCOMPARE(missing, QStringList());
}

void ArchitecturesTest::asks_which_of_several_with_the_same_weights() {
  for (const char* name : {"timm/efficientnet_b0", "timm/tf_efficientnet_b0"})
    QCOMPARE(to_q(assemble_named(name, name)), QString::fromUtf8(name));
  QCOMPARE(
      to_q(assemble_named("timm/tf_efficientnet_b0", "")),
      QStringLiteral("net.pth holds weights that fit timm/efficientnet_b0 and timm/tf_efficientnet_b0, which compute "
                     "different numbers with them; say on the command line with --arch which of them it is."));
  QCOMPARE(to_q(assemble_named("timm/tf_efficientnetv2_b0", "")), QStringLiteral("timm/tf_efficientnetv2_b0"));
}

void ArchitecturesTest::reads_names_of_published_densenets() {
  std::vector<Change> changes;
  for (const char* part : {"norm", "conv"})
    changes.push_back({std::string("features.denseblock2.denselayer3.") + part + "1.weight",
                       std::string("features.denseblock2.denselayer3.") + part + ".1.weight",
                       {}});
  const Outcome outcome = assemble_changed("densenet121", 12, changes);
  QCOMPARE(to_q(outcome.error), QString());
  QCOMPARE(to_q(outcome.architecture), QStringLiteral("densenet121"));
}

void ArchitecturesTest::finds_timms_first_where_asked() {
  QCOMPARE(to_q(found_name("convnext_tiny", false)), QStringLiteral("convnext_tiny"));
  QCOMPARE(to_q(found_name("convnext_tiny", true)), QStringLiteral("timm/convnext_tiny"));
  QCOMPARE(to_q(found_name("resnet50", true)), QStringLiteral("resnet50"));
  QCOMPARE(to_q(found_name("resnet51", true)), QString());
}

void ArchitecturesTest::blocks_data() {
  QTest::addColumn<QString>("first");
  QTest::addColumn<QString>("last");
  QTest::addColumn<int>("count");
  const auto row = [](const char* name, const char* first, const char* last, int count) {
    QTest::newRow(name) << first << last << count;
  };
  row("resnet18", "layer1.0,layer1.1", "layer4.0,layer4.1", 8);
  row("densenet121", "features.denseblock1,features.transition1", "features.denseblock4,features.norm5", 8);
  row("convnext_tiny", "features.1.0,features.1.1", "features.7.1,features.7.2", 18);
  row("efficientnet_b0", "features.1.0,features.2.0", "features.7.0,features.8", 17);
  row("mobilenet_v2", "features.1,features.2", "features.17,features.18", 18);
  row("mobilenet_v3_small", "features.1,features.2", "features.11,features.12", 12);
  row("mnasnet0_5", "layers.8.0,layers.8.1", "layers.13.0,layers.16", 17);
  row("shufflenet_v2_x0_5", "stage2.0,stage2.1", "stage4.3,conv5", 17);
  row("squeezenet1_1", "features.3,features.4", "features.12,classifier.2", 9);
  row("googlenet", "inception3a,inception3b", "inception5a,inception5b", 9);
  row("regnet_y_400mf", "trunk_output.block1.block1-0,trunk_output.block2.block2-0",
      "trunk_output.block4.block4-4,trunk_output.block4.block4-5", 16);
  row("vgg11_bn", "features.2,features.6", "features.24,features.27", 8);
  row("alexnet", "features.1,features.4", "features.9,features.11", 5);
  row("timm/convnextv2_atto", "stages.0.blocks.0,stages.0.blocks.1", "stages.3.blocks.0,stages.3.blocks.1", 12);
  row("timm/efficientnet_b0", "blocks.0.0,blocks.1.0", "blocks.6.0,bn2", 17);
  row("timm/mobilenetv3_small_100", "blocks.0.0,blocks.1.0", "blocks.4.2,blocks.5", 12);
  row("timm/regnety_002", "s1.b1,s2.b1", "s4.b6,s4.b7", 13);
}

void ArchitecturesTest::blocks() {
  QFETCH(QString, first);
  QFETCH(QString, last);
  QFETCH(int, count);
  const auto network = scalescope::Network::open(
      {.file = {}, .architecture = QTest::currentDataTag(), .random_weights = true}, {.input_size = 97});
  const QStringList blocks = to_list(network.info().blocks);
  const QString all = blocks.join(u',');
  QVERIFY2(all.startsWith(first + u',') && all.endsWith(u',' + last), qPrintable(all));
  QVERIFY2(blocks.size() == count, qPrintable(QString::number(blocks.size()) + u' ' + all));
}

void ArchitecturesTest::relatives_are_not_recognised() {
  NEED_PYTHON;
  QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("relatives.pt"));
  QVERIFY(python({QStringLiteral("relatives"), file}));
  const QStringList found = to_list(recognise_all(file.toStdString()));
  QCOMPARE(found.size(), 6);
  for (const QString& line : found)
    QVERIFY2(line.endsWith(QStringLiteral(": nothing")), qPrintable(line));
}

using Shape = std::vector<std::int64_t>;
Q_DECLARE_METATYPE(std::vector<Change>)

void ArchitecturesTest::heads_data() {
  QTest::addColumn<QString>("architecture");
  QTest::addColumn<std::vector<Change>>("changes");
  QTest::addColumn<Shape>("output");
  QTest::addColumn<QString>("note");
  const auto row = [](const char* what, const char* architecture, const std::vector<Change>& changes,
                      const Shape& output,
                      const char* note) { QTest::newRow(what) << architecture << changes << output << note; };
  row("kept", "resnet18", {}, {1, 12}, "");
  row("several layers", "resnet18",
      {{"fc.weight", "fc.0.weight", {}}, {"fc.bias", "fc.0.bias", {}}, {"", "fc.2.weight", {12, 12}}}, {1, 512, 2, 2},
      "Its head (fc.0, fc.2) is not the one of resnet18 and was left out: the layers end with the last feature map.");
  row("of another name", "mobilenet_v2",
      {{"classifier.1.weight", "embed.weight", {}}, {"classifier.1.bias", "logits.bias", {}}}, {1, 1280, 2, 2},
      "Its head (embed, logits) is not the one of mobilenet_v2 and was left out: the layers end with the last feature "
      "map.");
  row("of another width", "resnet18", {{"fc.weight", "fc.weight", {12, 100}}}, {1, 512, 2, 2},
      "Its head (fc) is not the one of resnet18 and was left out: the layers end with the last feature map.");
  row("of no classes", "resnet18", {{"fc.bias", "fc.bias", {0}}}, {1, 512, 2, 2},
      "Its head (fc) is not the one of resnet18 and was left out: the layers end with the last feature map.");
  row("none", "efficientnet_lite0", {{"_fc.weight", "", {}}, {"_fc.bias", "", {}}}, {1, 1280, 2, 2},
      "net.pth has no head: the layers end with the last feature map.");
}

void ArchitecturesTest::heads() {
  QFETCH(QString, architecture);
  QFETCH(std::vector<Change>, changes);
  QFETCH(Shape, output);
  QFETCH(QString, note);
  const Outcome outcome = assemble_changed(architecture.toStdString(), 12, changes);
  QCOMPARE(to_q(outcome.error), QString());
  QCOMPARE(to_q(outcome.architecture), architecture);
  QCOMPARE(outcome.output_shape, output);
  QCOMPARE(to_list(outcome.notes).join(QStringLiteral("|")), note);
}

void ArchitecturesTest::damaged_checkpoints_data() {
  QTest::addColumn<std::vector<Change>>("changes");
  QTest::addColumn<QString>("complaint");
  const auto row = [](const char* what, const std::vector<Change>& changes, const char* complaint) {
    QTest::newRow(what) << changes << complaint;
  };
  row("missing", {{"layer3.2.conv1.weight", "", {}}},
      "net.pth looks like a resnet50, but its tensor layer3.2.conv1.weight is missing:");
  row("of another shape", {{"layer3.2.conv1.weight", "layer3.2.conv1.weight", {256, 512, 1, 1}}},
      "net.pth looks like a resnet50, but its tensor layer3.2.conv1.weight has the shape (256, 512, 1, 1) where "
      "(256, 1024, 1, 1) is needed:");
  row("one channel", {{"conv1.weight", "conv1.weight", {64, 1, 7, 7}}},
      "but its tensor conv1.weight has the shape (64, 1, 7, 7) where (64, 3, 7, 7) is needed:");
  row("of integers", {{"bn1.weight", "bn1.weight", {}, true}},
      "but its tensor bn1.weight holds numbers of type Long where floating point is needed:");
  row("renamed", {{"layer1.0.bn1.bias", "layer1.0.bn1.beta", {}}},
      "but its tensor layer1.0.bn1.beta has no place in one (and 1 more do not fit):");
}

void ArchitecturesTest::damaged_checkpoints() {
  QFETCH(std::vector<Change>, changes);
  QFETCH(QString, complaint);
  const Outcome outcome = assemble_changed("resnet50", 12, changes);
  QVERIFY2(to_q(outcome.error).contains(complaint), outcome.error.c_str());
}

void ArchitecturesTest::unknown_names_offer_the_nearest() {
  QVERIFY2(to_q(build_error("resnet51"))
               .contains(QStringLiteral("'resnet51'; the nearest names are resnet50, resnet18, resnet34")),
           build_error("resnet51").c_str());
  std::vector<Change> changes; // a network that begins as a VGG16 and has nothing else of it
  for (const char* layer : {"5", "7", "10", "12", "14", "17", "19", "21", "24", "26", "28"})
    changes.push_back({std::string("features.") + layer + ".weight", "", {}});
  const QString error = to_q(assemble_changed("vgg16", 2, changes).error);
  QVERIFY2(error.contains(QStringLiteral("net.pth holds weights of an architecture that is not built in "
                                         "('scalescope-cli layers --list-architectures' lists those that are")) &&
               error.contains(QStringLiteral("TorchScript")),
           qPrintable(error));
}

void ArchitecturesTest::draws_as_documented_data() {
  QTest::addColumn<QString>("archive");
  for (const char* archive : {"scripted", "traced", "half"})
    QTest::newRow(archive) << archive;
}

void ArchitecturesTest::draws_as_documented() {
  QFETCH(QString, archive);
  NEED_PYTHON;
  const auto all = draw((archives_.path() + u'/' + archive + QStringLiteral(".pt")).toStdString(), 5);

  const auto near = [&](const char* name, double standard_deviation) {
    const Drawn drawn = find(all, name);
    // Of 25 600 values and more the mean is known to 0.6 % of the standard deviation, the standard deviation to 0.5 %:
    // five times that.
    return std::abs(drawn.mean) < 0.03 * standard_deviation &&
           std::abs(drawn.standard_deviation / standard_deviation - 1) < 0.025;
  };
  QVERIFY(near("plain.weight", std::sqrt(2.0 / (64 * 25))));
  QVERIFY(near("grouped.weight", std::sqrt(2.0 / (128 * 25 / 4.0))));
  QVERIFY(near("depthwise.weight", std::sqrt(2.0 / (1024 * 25 / 128.0))));
  QVERIFY(near("up.weight", std::sqrt(2.0 / (8 * 9 / 2.0))));
  QVERIFY(near("loose", 0.02));
  QVERIFY(near("linear.weight",
               1 / std::sqrt(3600.0) / std::sqrt(3.0))); // the standard deviation of a uniform distribution
  QVERIFY(find(all, "linear.weight").largest <= 1 / std::sqrt(3600.0) + 1e-5);
  QVERIFY(find(all, "linear.weight").largest > 0.99 / std::sqrt(3600.0));
  QVERIFY(find(all, "plain.weight").largest > 3 * std::sqrt(2.0 / (64 * 25))); // and of a normal one

  const auto constant = [&](const char* name, double value) {
    const Drawn drawn = find(all, name);
    return drawn.smallest == value && drawn.largest == value;
  };
  for (const char* name : {"norm.weight", "batch.weight", "batch.running_var"})
    QVERIFY2(constant(name, 1), name);
  for (const char* name : {"plain.bias", "up.bias", "linear.bias", "norm.bias", "batch.bias", "batch.running_mean"})
    QVERIFY2(constant(name, 0), name);
}

void ArchitecturesTest::draws_inception_cut_at_two_deviations() {
  const auto all = draw("inception_v3", 5);
  for (const char* name : {"Mixed_6b.branch7x7_2.conv.weight", "fc.weight"}) {
    const Drawn drawn = find(all, name);
    QVERIFY(std::abs(drawn.mean) < 0.001);
    // A standard normal cut at 2 has the variance 1 - 4 phi(2) / (2 Phi(2) - 1) = 0.7737.
    QVERIFY2(std::abs(drawn.standard_deviation - 0.1 * std::sqrt(0.7737)) < 0.001, name);
    QVERIFY(drawn.largest <= 0.2 && drawn.largest > 0.199 && drawn.smallest >= -0.2 && drawn.smallest < -0.199);
  }
}

void ArchitecturesTest::a_seed_means_the_same_weights_however_a_network_was_saved() {
  QVERIFY(same_weights("mobilenet_v2", 3, "mobilenet_v2", 3));
  QVERIFY(!same_weights("mobilenet_v2", 3, "mobilenet_v2", 4));
  NEED_PYTHON;
  for (const char* archive : {"/mobilenet_scripted.pt", "/mobilenet_traced.pt"})
    QVERIFY2(same_weights("mobilenet_v2", 3, archives_.path().toStdString() + archive, 3), archive);
}

void ArchitecturesTest::a_frozen_network_cannot_be_drawn() {
  NEED_PYTHON;
  const std::string error = draw_error(archives_.path().toStdString() + "/frozen.pt");
  QVERIFY2(to_q(error).contains(QStringLiteral("without torch.jit.freeze")), error.c_str());
}

QTEST_GUILESS_MAIN(ArchitecturesTest)
#include "architectures_test.moc"
