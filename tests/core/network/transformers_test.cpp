// Vision transformers by name and from config.json, against timm, torchvision and transformers. Their current versions
// are in the Python that SCALESCOPE_TIMM_PYTHON names; what asks it skips without.

#include "core/network/network.h"
#include "tests/core/network/transformers_torch.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QCryptographicHash>
#include <QProcess>
#include <QTest>

using namespace scalescope;

static QStringList to_list(const std::vector<std::string>& strings) {
  QStringList list;
  for (const std::string& s : strings)
    list << QString::fromStdString(s);
  return list;
}

class TransformersTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

 private slots:
  void tensors_are_those_of_python_data();
  void tensors_are_those_of_python();
  void every_transformer_is_in_the_table();
  void computes_what_python_does_data();
  void computes_what_python_does();
  void config_json_data();
  void config_json();
  void without_a_head();
  void sizes_that_a_network_does_not_take();
  void same_layers_under_two_names();
  void older_checkpoints_hold_what_is_computed();
};

static QStringList digests() {
  return QString::fromUtf8(read_all(QStringLiteral(SCALESCOPE_TESTS "/reference/transformers_digests.txt")))
      .split(u'\n', Qt::SkipEmptyParts);
}

void TransformersTest::tensors_are_those_of_python_data() {
  QTest::addColumn<int>("count");
  QTest::addColumn<QString>("digest");
  for (const QString& line : digests()) {
    const QStringList parts = line.split(u' ');
    QCOMPARE(parts.size(), 4);
    QTest::newRow(qPrintable(parts[0])) << parts[1].toInt() << parts[3];
  }
}

void TransformersTest::tensors_are_those_of_python() {
  QFETCH(int, count);
  QFETCH(QString, digest);
  const QStringList lines = to_list(tensors_of(QTest::currentDataTag()));
  QCOMPARE(lines.size(), count);
  QCryptographicHash hash(QCryptographicHash::Sha256);
  for (const QString& line : lines)
    hash.addData(line.toUtf8() + '\n');
  QCOMPARE(QString::fromUtf8(hash.result().toHex()), digest);
}

void TransformersTest::every_transformer_is_in_the_table() {
  QStringList known;
  for (const QString& line : digests())
    known << line.section(u' ', 0, 0);
  QStringList built_in = to_list(transformer_names());
  known.sort();
  built_in.sort();
  QCOMPARE(built_in, known);
}

void TransformersTest::computes_what_python_does_data() {
  QTest::addColumn<QString>("kind");
  QTest::addColumn<QString>("name");
  QTest::addColumn<QString>("arguments");
  QTest::addColumn<int>("classes");
  QTest::addColumn<int>("side");
  QTest::addColumn<bool>("openvino");
  const auto row = [](const char* what, const char* kind, const QString& name, const QString& arguments, int classes,
                      int side) {
    for (const bool openvino : {false, true})
      QTest::addRow("%s, %d pixels, %s", what, side, openvino ? "OpenVINO" : "LibTorch")
          << kind << name << arguments << classes << side << openvino;
  };
  const auto timm = [&](const char* name, const char* arguments, int side) {
    row(name, "timm", QString::fromUtf8(name), QString::fromUtf8(arguments), 7, side);
  };
  timm("vit_tiny_patch16_224", "{}", 224);
  timm("vit_tiny_patch16_224", R"({"depth": 2})", 384);
  timm("vit_tiny_patch16_224", R"({"depth": 2})", 160);
  row("UNI", "timm", "vit_tiny_patch16_224", R"({"depth": 2, "init_values": 1e-5, "dynamic_img_size": true})", 3, 224);
  row("like UNI2", "timm", "vit_tiny_patch16_224",
      R"({"depth": 2, "img_size": 112, "patch_size": 14, "reg_tokens": 8, "init_values": 1e-5, "no_embed_class": true,)"
      R"( "mlp_layer": "SwiGLUPacked", "act_layer": "silu", "mlp_ratio": 5.33334})",
      3, 126);
  row("GELU in a GLU", "timm", "vit_tiny_patch16_224", R"({"depth": 1, "img_size": 64, "mlp_layer": "SwiGLUPacked"})",
      3, 64);
  row("mean of patches", "timm", "vit_tiny_patch16_224",
      R"({"depth": 2, "img_size": 64, "global_pool": "avg", "class_token": false, "qk_norm": true, "qkv_bias": false})",
      3, 64);
  row("CLIP's", "timm", "vit_base_patch16_clip_224", R"({"depth": 1, "embed_dim": 96, "num_heads": 6})", 3, 224);
  timm("vit_small_patch14_reg4_dinov2", R"({"depth": 2, "img_size": 112})", 112);
  timm("vit_giant_patch14_dinov2", R"({"depth": 1, "img_size": 56, "embed_dim": 96, "num_heads": 6})", 70);
  timm("deit_tiny_distilled_patch16_224", R"({"depth": 2})", 240);
  timm("deit3_small_patch16_224", R"({"depth": 2})", 256);
  timm("swin_tiny_patch4_window7_224", "{}", 224);
  timm("swin_tiny_patch4_window7_224", R"({"depths": [2, 2], "num_heads": [3, 6]})", 100);
  timm("swin_base_patch4_window12_384", R"({"depths": [2, 2], "num_heads": [4, 8], "img_size": 192})", 200);
  row("vit_b_32", "torchvision", "vit_b_32", "{}", 7, 224);
  row("vit_b_32", "torchvision", "vit_b_32", "{}", 7, 288);
  row("swin_t", "torchvision", "swin_t", "{}", 7, 224);
  row("swin_t", "torchvision", "swin_t", "{}", 7, 150);
  row("swin_v2_t", "torchvision", "swin_v2_t", "{}", 7, 256);
  const auto config = [&](const char* model, const char* numbers, int side) {
    row(model, "transformers", QString(), QStringLiteral(R"({"architectures": ["%1"], %2})").arg(model, numbers), 5,
        side);
  };
  const char* const vit = R"("model_type": "vit", "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,)"
                          R"( "intermediate_size": 96, "image_size": 64, "patch_size": 8)";
  config("ViTForImageClassification", vit, 64);
  config("ViTForImageClassification", vit, 96);
  config("ViTModel", vit, 64);
  const QByteArray deit = QByteArray(vit).replace("\"vit\"", "\"deit\"");
  config("DeiTForImageClassification", deit.constData(), 64);
  config("DeiTForImageClassificationWithTeacher", deit.constData(), 64);
  const char* const dino = R"("model_type": "dinov2", "hidden_size": 48, "num_hidden_layers": 2,)"
                           R"( "num_attention_heads": 4, "image_size": 56, "patch_size": 14)";
  config("Dinov2ForImageClassification", dino, 98);
  config("Dinov2Model", dino, 60);
  const QByteArray registers =
      QByteArray(dino).replace("\"dinov2\"", "\"dinov2_with_registers\"") + R"(, "use_swiglu_ffn": true)";
  config("Dinov2WithRegistersForImageClassification", registers.constData(), 98);
  const char* const swin = R"("model_type": "swin", "image_size": 112, "embed_dim": 24, "depths": [2, 2],)"
                           R"( "num_heads": [2, 4], "window_size": 7)";
  config("SwinForImageClassification", swin, 112);
  config("SwinModel", swin, 130);
  config("ConvNextForImageClassification",
         R"("model_type": "convnext", "hidden_sizes": [16, 32, 64], "depths": [2, 2, 1], "num_stages": 3)", 64);
  config("ResNetForImageClassification",
         R"("model_type": "resnet", "embedding_size": 8, "hidden_sizes": [16, 32], "depths": [2, 2])", 64);
  config("ResNetModel",
         R"("model_type": "resnet", "embedding_size": 8, "hidden_sizes": [16, 32], "depths": [2, 2],)"
         R"( "layer_type": "basic", "downsample_in_first_stage": true)",
         65);
}

void TransformersTest::computes_what_python_does() {
  QFETCH(QString, kind);
  QFETCH(QString, name);
  QFETCH(QString, arguments);
  QFETCH(int, classes);
  QFETCH(int, side);
  QFETCH(bool, openvino);
  const QString python = qEnvironmentVariable("SCALESCOPE_TIMM_PYTHON");
  if (python.isEmpty())
    QSKIP("SCALESCOPE_TIMM_PYTHON does not name a Python with current torch, timm and transformers");
  if (openvino && !has_openvino())
    QSKIP("OpenVINO is not there");
  // Both engines compare with the same file.
  const QString file = folder_.filePath(QString::fromUtf8(
      QCryptographicHash::hash((kind + name + arguments + QString::number(side)).toUtf8(), QCryptographicHash::Md5)
          .toHex()));
  if (!QFile::exists(file)) {
    QProcess script;
    script.setProcessChannelMode(QProcess::MergedChannels);
    script.start(python,
                 {QStringLiteral(SCALESCOPE_TESTS "/reference/transformers_reference.py"), QStringLiteral("network"),
                  kind, name, arguments, QString::number(classes), QString::number(side), file});
    QVERIFY(script.waitForFinished(-1));
    QVERIFY2(script.exitCode() == 0, script.readAll().right(2000).constData());
  }
  const TransformerComparison result = compare_transformer(file.toStdString(), openvino);
  QCOMPARE(QString::fromStdString(result.error), QString());
  QCOMPARE(to_list(result.keys), QStringList());
  QCOMPARE(to_list(result.absent), QStringList());
  QCOMPARE(to_list(result.unlike), QStringList());
  QVERIFY2(result.compared > 10, qPrintable(QString::number(result.compared)));
}

void TransformersTest::config_json_data() {
  QTest::addColumn<QString>("architecture");
  QTest::addColumn<QString>("json");
  QTest::addColumn<QString>("complaint");
  const auto row = [](const char* what, const char* architecture, const char* json, const char* complaint) {
    QTest::newRow(what) << architecture << json << complaint;
  };
  const char* const vit = "vit_tiny_patch16_224";
  row("nothing", vit, "null", "");
  row("training", vit, R"({"drop_rate": 0.1, "num_classes": 0, "dynamic_img_size": true, "fc_norm": null})", "");
  row("unknown", vit, R"({"rope": true})", "sets rope to true, and ScaleScope does not know what this changes");
  row("of another kind", vit, R"({"depth": "12"})", "sets depth to \"12\", where ScaleScope knows only whole numbers");
  row("huge", vit, R"({"depth": 1000000000})", "whole numbers from 1 to 256");
  row("beyond 64 bits", vit, R"({"embed_dim": 18446744073709551615})", "whole numbers from 1 to 16384");
  row("negative", vit, R"({"reg_tokens": -1})", "whole numbers from 0 to 1024");
  row("not whole", vit, R"({"num_heads": 2.5})", "whole numbers");
  row("oblong", vit, R"({"img_size": [224, 256]})", "sets img_size to [224,256], where ScaleScope knows only squares");
  row("square", vit, R"({"img_size": [448, 448]})", "");
  row("patches do not fit", vit, R"({"img_size": 225})", "sets img_size to 225, which is not a multiple of the patch");
  row("heads do not fit", vit, R"({"num_heads": 5})", "sets num_heads to 5, which does not divide embed_dim, 192");
  row("pooling", vit, R"({"global_pool": "map"})",
      "sets global_pool to \"map\", where ScaleScope knows only \"token\"");
  row("no class token", vit, R"({"class_token": false})", "sets class_token to false, but global_pool to \"token\"");
  row("activation", vit, R"({"act_layer": "relu"})",
      "sets act_layer to \"relu\", where ScaleScope knows only \"gelu\" and \"silu\"");
  row("control characters", vit, R"({"\u001b[2J": 1})", "sets \\x1b[2J to 1");
  row("not an object", vit, "[1]", "holds [1] where the settings of a network are needed");
  row("unknown to timm", "vit_enormous", "{}", "names the architecture 'vit_enormous', which is not built in");
  row("takes none", "resnet18", R"({"output_stride": 8})", "sets output_stride to 8");
  row("stages", "swin_tiny_patch4_window7_224", R"({"depths": [2, 2]})",
      "sets depths for 2 stages, but num_heads for 4");
  row("list", "swin_tiny_patch4_window7_224", R"({"depths": [2, "2"]})", "sets depths to [2,\"2\"]");
  row("heads of a stage", "swin_tiny_patch4_window7_224", R"({"num_heads": [3, 5, 12, 24]})",
      "sets num_heads of stage 2 to 5, which does not divide its 192 channels");
  row("transformers'", "", R"({"model_type": "vit"})", "");
  row("unknown to us", "", R"({"model_type": "clip"})",
      "is of the model_type 'clip', where ScaleScope knows convnext, deit");
  row("no type", "", "{}", "is of the model_type ''");
  row("another task", "", R"({"model_type": "vit", "architectures": ["ViTForMaskedImageModeling"]})",
      "is of a ViTForMaskedImageModeling, where ScaleScope knows ViTModel and ViTForImageClassification");
  row("channels", "", R"({"model_type": "vit", "num_channels": 4})",
      "sets num_channels to 4, where ScaleScope knows only 3");
  row("patches", "", R"({"model_type": "dinov2", "image_size": 100})",
      "sets image_size to 100, which is not a multiple");
  row("eps", "", R"({"model_type": "vit", "layer_norm_eps": -1})", "numbers from 0 to 1");
  row("activation of transformers", "", R"({"model_type": "convnext", "hidden_act": "relu"})", "only \"gelu\"");
  row("lengths", "", R"({"model_type": "resnet", "depths": [1]})", "sets depths for 1 stages, but hidden_sizes for 4");
}

void TransformersTest::config_json() {
  QFETCH(QString, architecture);
  QFETCH(QString, json);
  QFETCH(QString, complaint);
  const QString said = QString::fromStdString(config_error(architecture.toStdString(), json.toStdString()));
  QVERIFY2(complaint.isEmpty() ? said.isEmpty() : said.startsWith(complaint) || said.contains(complaint),
           qPrintable(said));
  QCOMPARE(said.isEmpty(), complaint.isEmpty());
  QVERIFY2(said.isEmpty() || said.endsWith(u'.'), qPrintable(said));
}

void TransformersTest::without_a_head() {
  const std::string two = R"({"depth": 2})";
  QCOMPARE(headless_shape("vit_tiny_patch16_224", two, 224), (std::vector<long>{1, 197, 192}));
  QCOMPARE(headless_shape("vit_tiny_patch16_224", R"({"depth": 2, "global_pool": "avg"})", 224),
           (std::vector<long>{1, 192})); // the norm behind the pooling is not of the head
  QCOMPARE(headless_shape("swin_tiny_patch4_window7_224", "{}", 224), (std::vector<long>{1, 7, 7, 768}));
  QCOMPARE(headless_shape("", R"({"model_type": "deit", "num_hidden_layers": 1})", 224),
           (std::vector<long>{1, 198, 768}));
}

void TransformersTest::sizes_that_a_network_does_not_take() {
  const auto opened = [](const char* architecture, int side) {
    ModelSource source;
    source.architecture = architecture;
    source.random_weights = true;
    RunOptions options;
    options.input_size = side;
    options.engine = Engine::LibTorch;
    return QString::fromStdString([&]() -> std::string {
      try {
        return std::to_string(Network::open(source, options).info().input_size);
      } catch (const std::exception& error) {
        return error.what();
      }
    }());
  };
  QCOMPARE(opened("timm/vit_tiny_patch16_224", 0), QStringLiteral("224"));
  QCOMPARE(opened("timm/vit_tiny_patch16_224", 64), QStringLiteral("64"));
  QCOMPARE(
      opened("timm/vit_tiny_patch16_224", 230),
      QStringLiteral("timm/vit_tiny_patch16_224 takes no images of 230 x 230 pixels, only sides that are multiples "
                     "of 16; use --input-size 224 or 240."));
  const QString small = opened("timm/swin_tiny_patch4_window7_224", 128);
  QVERIFY2(small.endsWith(QStringLiteral("use --input-size 196.")), qPrintable(small));
}

void TransformersTest::same_layers_under_two_names() {
  QCOMPARE(taken_for("timm/deit_tiny_patch16_224"), std::string("timm/vit_tiny_patch16_224"));
  QCOMPARE(taken_for("timm/deit_tiny_distilled_patch16_224"), std::string("timm/deit_tiny_distilled_patch16_224"));
  ModelSource source;
  source.file = to_path(folder_.filePath(QStringLiteral("tiny.safetensors")));
  write_transformer("timm/deit_tiny_patch16_224", {}, source.file.string());
  QCOMPARE(Network::open(source).info().architecture, std::string("timm/vit_tiny_patch16_224"));
  source.architecture = "timm/deit_tiny_patch16_224";
  const Network named = Network::open(source);
  QCOMPARE(named.info().architecture, source.architecture);
  QCOMPARE(named.info().preprocessing.value_or(Preprocessing{}).name, std::string("torch"));
}

void TransformersTest::older_checkpoints_hold_what_is_computed() {
  ModelSource source;
  source.file = to_path(folder_.filePath(QStringLiteral("swin.safetensors")));
  write_transformer("timm/swin_tiny_patch4_window7_224",
                    {"layers.0.blocks.0.attn.relative_position_index", "layers.0.blocks.1.attn_mask"},
                    source.file.string());
  QCOMPARE(Network::open(source).info().architecture, std::string("timm/swin_tiny_patch4_window7_224"));
  source.file = to_path(folder_.filePath(QStringLiteral("swin_t.safetensors")));
  write_transformer("swin_t", {}, source.file.string()); // has the index as a buffer of integers
  const Network network = Network::open(source);
  QCOMPARE(network.info().architecture, std::string("swin_t"));
  QCOMPARE(network.info().notes, std::vector<std::string>());
}

QTEST_GUILESS_MAIN(TransformersTest)
#include "transformers_test.moc"
