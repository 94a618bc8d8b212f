// Transformers: attention of newer versions of PyTorch, the order of the tokens, what of them becomes features, weights
// of attention and their rollout. All numbers are PyTorch's: make_transformers.py wrote the archives; it can write
// larger ones of timm into the folder SCALESCOPE_TRANSFORMERS.

#include "core/features/layer_maps.h"
#include "core/network/class_derivatives.h"
#include "core/network/network.h"
#include "core/network/truncate.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>

using namespace scalescope;

namespace {

const QString archives = QStringLiteral(SCALESCOPE_TESTS "/support/transformers");

Network opened(const QString& file, bool openvino = false, Tokens tokens = Tokens::Mean) {
  ModelSource source = source_of(file);
  source.tokens = tokens;
  return Network::open(source, on(openvino, file.startsWith(archives) ? 24 : 0));
}

Network small(const char* name, Tokens tokens = Tokens::Mean) {
  return opened(archives + "/" + name + ".pt2", false, tokens);
}

Network in_windows(const QString& file, bool openvino) {
  return Network::open(source_of(QStringLiteral(SCALESCOPE_TESTS "/support/windows/") + file), on(openvino, 40));
}

// Both images' features, image after image.
std::vector<float> expected_features(const QJsonObject& block, Tokens tokens) {
  const auto first = numbers_of(block["class"].toArray());
  const auto mean = numbers_of(block[tokens == Tokens::All ? "all" : "mean"].toArray());
  if (tokens == Tokens::Class)
    return first;
  if (tokens != Tokens::Both)
    return mean;
  std::vector<float> both;
  const auto width = static_cast<std::ptrdiff_t>(first.size() / 2);
  for (std::ptrdiff_t image = 0; image < 2; ++image) {
    both.insert(both.end(), first.begin() + image * width, first.begin() + (image + 1) * width);
    both.insert(both.end(), mean.begin() + image * width, mean.begin() + (image + 1) * width);
  }
  return both;
}

std::vector<const Layer*> attention_of(const Network& network) {
  std::vector<const Layer*> layers;
  for (const Layer& layer : network.info().layers)
    if (layer.attention)
      layers.push_back(&layer);
  return layers;
}

} // namespace

class TokensTest : public QObject {
  Q_OBJECT

  void add_archives() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QJsonObject>("expected");
    QTest::addColumn<bool>("openvino");
    for (const QString& folder : {archives, qEnvironmentVariable("SCALESCOPE_TRANSFORMERS")}) {
      const QJsonObject networks = QJsonDocument::fromJson(read_all(folder + "/reference.json")).object();
      for (const QString& name : networks.keys())
        for (const char* ending : {".pt2", ".pt"})
          for (const bool openvino : {false, true})
            if (const QString file = folder + "/" + name + ending; QFile::exists(file))
              QTest::addRow("%s%s on %s", qPrintable(name), ending, openvino ? "OpenVINO" : "LibTorch")
                  << file << networks[name].toObject() << openvino;
    }
  }

 private slots:
  void agrees_with_pytorch_data() { add_archives(); }

  // The output, and the features of each block for each choice of tokens.
  void agrees_with_pytorch() {
    QFETCH(QString, file);
    QFETCH(QJsonObject, expected);
    QFETCH(bool, openvino);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    const int side = expected["side"].toInt();
    const auto images = noise(2, side);
    const Network network = opened(file, openvino);
    const auto output = network.run(network.plan({""}, Reduction::Maps), images, 2, side, side);
    const double worst = off(output[0].values, numbers_of(expected["output"].toArray()));
    QVERIFY2(worst <= 1e-4, qPrintable(QString("the output differs by %1").arg(worst)));
    const QJsonObject blocks = expected["blocks"].toObject();
    if (blocks.isEmpty())
      return;
    std::vector<std::string> names;
    for (int i = 0; i < blocks.size(); ++i)
      names.push_back("blocks." + std::to_string(i));
    for (const std::string& name : names)
      QVERIFY2(network.layer(name).block, name.c_str());
    const TokenForm form = network.layer("blocks.0").tokens;
    QCOMPARE(form.first, expected["first"].toInt());
    for (const Tokens tokens : {Tokens::Mean, Tokens::Class, Tokens::Both, Tokens::All}) {
      if (!form.class_token && (tokens == Tokens::Class || tokens == Tokens::Both))
        continue;
      const Network chosen = opened(file, openvino, tokens);
      const auto features = chosen.run(chosen.plan(names, Reduction::Pooled), images, 2, side, side);
      for (std::size_t i = 0; i < names.size(); ++i) {
        const auto wanted = expected_features(blocks[QString::fromStdString(names[i])].toObject(), tokens);
        QCOMPARE(static_cast<int>(wanted.size()), 2 * chosen.layer(names[i]).features(tokens));
        const double apart = off(features[i].values, wanted);
        QVERIFY2(apart <= 1e-4, qPrintable(QString("%1 differs by %2").arg(names[i].c_str()).arg(apart)));
      }
    }
  }

  void attention_is_that_of_pytorch_data() { add_archives(); }

  void attention_is_that_of_pytorch() {
    QFETCH(QString, file);
    QFETCH(QJsonObject, expected);
    QFETCH(bool, openvino);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    const QJsonArray weights = expected["attention"].toArray();
    if (weights.isEmpty())
      return;
    const Network network = opened(file, openvino);
    const auto layers = attention_of(network);
    QCOMPARE(static_cast<qsizetype>(layers.size()), weights.size() + 1);
    const int side = expected["side"].toInt();
    std::vector<std::string> names;
    for (const Layer* layer : layers)
      names.push_back(layer->name);
    QVERIFY(names[0] == "blocks.0.attn.attention" || names[0] == "blocks.0.self_attention.attention");
    QCOMPARE(names.back(), std::string("attention rollout"));
    const auto seen = network.run(network.plan(names, Reduction::Maps), noise(2, side), 2, side, side);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto wanted = numbers_of(
          (i + 1 < names.size() ? weights[static_cast<qsizetype>(i)] : QJsonValue(expected["rollout"])).toArray());
      const std::vector<float> ours(seen[i].values.begin(),
                                    seen[i].values.begin() + static_cast<std::ptrdiff_t>(wanted.size()));
      const double worst = off(ours, wanted);
      QVERIFY2(worst <= 1e-4, qPrintable(QString("%1 differs by %2").arg(names[i].c_str()).arg(worst)));
    }
  }

  void the_order_of_tokens_is_known_data() {
    QTest::addColumn<int>("first");
    QTest::addColumn<bool>("class_token");
    QTest::newRow("plain") << 1 << true;
    QTest::newRow("registers") << 5 << true;
    QTest::newRow("only_registers") << 3 << false;
    QTest::newRow("patches") << 0 << false;
    QTest::newRow("registers_behind") << 3 << true;
    QTest::newRow("torchvision") << 1 << true;
  }

  void the_order_of_tokens_is_known() {
    QFETCH(int, first);
    QFETCH(bool, class_token);
    const Network network = small(QTest::currentDataTag());
    QCOMPARE(network.info().blocks, (std::vector<std::string>{"blocks.0", "blocks.1", "blocks.2", "norm"}));
    const TokenForm form = network.layer("blocks.1").tokens;
    QCOMPARE(form.first, first);
    QCOMPARE(form.class_token, class_token);
    QCOMPARE(form.rows, 3);
    QCOMPARE(form.columns, 4);
    QVERIFY2(!notes_of(network).contains("tokens"), qPrintable(notes_of(network)));
  }

  void a_class_token_is_asked_for_where_there_is_none() {
    const QString said = error_text([] { (void)small("only_registers", Tokens::Both); });
    QVERIFY2(said.contains("only_registers.pt2 has no class token") && said.contains("--tokens mean"),
             qPrintable(said));
  }

  // The attention of a class token (or the mean over the patches) to the patches, head by head.
  void maps_show_patches_in_their_places() {
    for (const char* name : {"registers", "only_registers"}) {
      const Network network = small(name);
      const std::string block = "blocks.0";
      const std::string attention = "blocks.0.attn.attention";
      const auto images = noise(1, 24);
      const auto seen = network.run(network.plan({block, attention}, Reduction::Maps), images, 1, 24, 24);
      const Layer& layer = network.layer(block);
      const int first = layer.tokens.first;
      const LayerMaps maps = to_maps(layer, Tokens::Mean, layer.shape, seen[0].values);
      QCOMPARE(maps.height, 3);
      QCOMPARE(maps.width, 4);
      for (int channel = 0; channel < 12; ++channel)
        for (int patch = 0; patch < 12; ++patch)
          QCOMPARE(maps.values[static_cast<std::size_t>(12 * channel + patch)],
                   seen[0].values[static_cast<std::size_t>(12 * (first + patch) + channel)]);
      const Layer& weights = network.layer(attention);
      const LayerMaps heads = to_maps(weights, Tokens::Mean, weights.shape, seen[1].values);
      QCOMPARE(heads.channels, 3);
      QCOMPARE(heads.height, 3);
      QCOMPARE(heads.width, 4);
      const int all = first + 12;
      for (int head = 0; head < 3; ++head)
        for (int patch = 0; patch < 12; ++patch) {
          double mean = 0;
          for (int query = 0; query < 12; ++query)
            mean += seen[1].values[static_cast<std::size_t>((head * all + first + query) * all + first + patch)] / 12.0;
          const double of_class = seen[1].values[static_cast<std::size_t>(head * all * all + first + patch)];
          const double ours = heads.values[static_cast<std::size_t>(12 * head + patch)];
          QVERIFY(std::abs(ours - (weights.tokens.class_token ? of_class : mean)) < 1e-6);
        }
    }
  }

  // What the window reads of an image is what a plan pools.
  void features_of_maps_are_those_of_plans() {
    for (const Tokens tokens : {Tokens::Mean, Tokens::Class, Tokens::Both, Tokens::All}) {
      const Network network = small("registers", tokens);
      const auto images = noise(1, 24);
      const auto maps = network.run(network.plan({"blocks.2"}, Reduction::Maps), images, 1, 24, 24);
      const auto pooled = network.run(network.plan({"blocks.2"}, Reduction::Pooled), images, 1, 24, 24);
      const Layer& layer = network.layer("blocks.2");
      QVERIFY(off(to_maps(layer, tokens, layer.shape, maps[0].values).pooled, pooled[0].values) < 1e-5);
    }
  }

  void patches_attend_as_in_pytorch_data() {
    QTest::addColumn<bool>("class_token");
    QTest::newRow("registers") << true;
    QTest::newRow("only_registers") << false;
  }

  // What a patch attends to is its row of the weights.
  void patches_attend_as_in_pytorch() {
    QFETCH(bool, class_token);
    const QJsonObject expected =
        QJsonDocument::fromJson(read_all(archives + "/reference.json")).object()[QTest::currentDataTag()].toObject();
    const Network network = small(QTest::currentDataTag());
    const Layer& layer = network.layer("blocks.1.attn.attention");
    const auto seen = network.run(network.plan({layer.name}, Reduction::Maps), noise(2, 24), 2, 24, 24);
    const auto wanted = numbers_of(expected["attention"].toArray()[1].toArray()); // of the first image
    const LayerMaps maps = to_maps(layer, Tokens::Mean, layer.shape, std::span(seen[0].values).first(wanted.size()));
    QVERIFY(maps.attention);
    QCOMPARE(maps.attention->has_class_token(), class_token);
    QVERIFY(maps.attention->has_places());
    const int first = expected["first"].toInt();
    const int all = first + 12;
    const std::vector<float> of_patch = maps.attention->of_patch(2, 1); // the tenth of 3 x 4
    QCOMPARE(of_patch.size(), std::size_t{3 * 12});
    for (int head = 0; head < 3; ++head)
      for (int key = 0; key < 12; ++key)
        QVERIFY(std::abs(of_patch[static_cast<std::size_t>(12 * head + key)] -
                         wanted[static_cast<std::size_t>((head * all + first + 9) * all + first + key)]) < 1e-5);
  }

  void attention_in_windows_is_that_of_pytorch_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("openvino");
    for (const char* file : {"timm.pt2", "timm.pt", "torchvision.pt2", "torchvision.pt"})
      for (const bool openvino : {false, true})
        QTest::addRow("%s on %s", file, openvino ? "OpenVINO" : "LibTorch") << file << openvino;
  }

  // Shifted and padded windows, put back into the map: make_windows.py does it with timm's window_partition.
  void attention_in_windows_is_that_of_pytorch() {
    QFETCH(QString, file);
    QFETCH(bool, openvino);
    if (openvino && no_openvino())
      QSKIP("this build has no OpenVINO");
    const QJsonArray expected = QJsonDocument::fromJson(read_all(SCALESCOPE_TESTS "/support/windows/reference.json"))
                                    .object()[file.section('.', 0, 0)]
                                    .toArray();
    const Network network = in_windows(file, openvino);
    const auto layers = attention_of(network);
    QCOMPARE(static_cast<qsizetype>(layers.size()), expected.size()); // no rollout: windows have no common tokens
    std::vector<std::string> names;
    for (const Layer* layer : layers)
      names.push_back(layer->name);
    QCOMPARE(names[0], file.startsWith("timm") ? std::string("layers.0.blocks.0.attn.attention")
                                               : std::string("features.1.0.attn.attention"));
    const auto seen = network.run(network.plan(names, Reduction::Maps), noise(1, 40), 1, 40, 40);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const QJsonObject wanted = expected[static_cast<qsizetype>(i)].toObject();
      QVERIFY(layers[i]->windows);
      QCOMPARE(layers[i]->shape, (std::vector<std::int64_t>{wanted["heads"].toInt(), 16, 16}));
      const LayerMaps maps =
          to_maps(*layers[i], Tokens::Mean, {seen[i].shape.begin() + 1, seen[i].shape.end()}, seen[i].values);
      QCOMPARE(maps.channels, wanted["heads"].toInt());
      QCOMPARE(maps.height, wanted["side"].toInt());
      QCOMPARE(maps.width, wanted["side"].toInt());
      const double worst = off(maps.values, numbers_of(wanted["image"].toArray()));
      QVERIFY2(worst <= 1e-4, qPrintable(QString("%1 differs by %2").arg(names[i].c_str()).arg(worst)));
      for (const QJsonValue& one : wanted["patches"].toArray()) {
        const double patch_off =
            off(maps.attention->of_patch(one["row"].toInt(), one["column"].toInt()), numbers_of(one["map"].toArray()));
        QVERIFY2(patch_off <= 1e-4, qPrintable(QString("%1 differs by %2").arg(names[i].c_str()).arg(patch_off)));
      }
    }
  }

  // Rows that say nothing of a map are not shown as one.
  void windows_that_make_no_map_are_refused() {
    Layer layer;
    layer.name = "attn.attention";
    layer.attention = layer.windows = true;
    const std::vector<std::int64_t> shape{2, 4, 2}; // two windows of two positions, one head
    const std::vector<float> weights{.5, .5, .5, .5};
    const auto maps_of = [&](std::vector<float> first, std::vector<float> second) {
      std::vector<float> values = weights;
      values.insert(values.end(), first.begin(), first.end());
      values.insert(values.end(), weights.begin(), weights.end());
      values.insert(values.end(), second.begin(), second.end());
      return to_maps(layer, Tokens::Mean, shape, values);
    };
    QCOMPARE(maps_of({1, 1, 1, 2}, {2, 2, 1, 2}).height, 2);
    QCOMPARE(maps_of({1, 1, 1, 2}, {1, 0, 3, 0}).width, 3);
    const QString said = error_text([&] { (void)maps_of({1, 1, 1, 2}, {1, 2, 1, 2}); });
    QVERIFY2(said.contains("windows of 'attn.attention' do not make up a map"), qPrintable(said));
  }

  void attention_is_looked_at_but_not_analysed() {
    const Network network = small("plain");
    QVERIFY(!network.layer("blocks.0.attn.attention").has_features());
    const QString said = error_text([&] { (void)network.plan({"blocks.0.attn.attention"}, Reduction::Pooled); });
    QVERIFY2(said.contains("'blocks.0.attn.attention' is weights of attention"), qPrintable(said));
  }

  // Other features have other places in the cache.
  void tokens_are_part_of_the_identity() {
    QVERIFY(small("plain").identity() != small("plain", Tokens::Class).identity());
    QVERIFY(small("plain").identity() != small("plain", Tokens::All).identity());
  }

  // The layers inside of a block can be read.
  void layers_inside_of_blocks_can_be_read() {
    for (const char* inner : {"blocks.1.attn", "blocks.1.attn.proj", "blocks.1.mlp.act", "blocks.1.mlp.fc1"})
      QVERIFY2(small("registers").layer(inner).tokens.known(), inner);
    for (const char* inner : {"blocks.1.self_attention", "blocks.1.mlp.1"})
      QVERIFY2(small("torchvision").layer(inner).tokens.known(), inner);
  }

  // A pruned network returns the features that were analysed.
  void a_pruned_network_pools_the_same_tokens() {
    const auto images = noise(2, 24);
    for (const Tokens tokens : {Tokens::Mean, Tokens::Class, Tokens::Both, Tokens::All}) {
      const Network network = opened(archives + "/plain.pt", false, tokens);
      const auto features = network.run(network.plan({"blocks.1"}, Reduction::Pooled), images, 2, 24, 24);
      const Truncation cut{network.layer("blocks.1"), Reduction::Pooled, tokens, {}};
      ModelSource source;
      source.file = "pruned.pt";
      source.archive = std::make_shared<const std::string>(truncated_archive(network.info().source, cut, {}));
      RunOptions options;
      options.engine = Engine::LibTorch;
      options.input_size = 24;
      const Network pruned = Network::open(source, options);
      const auto returned = pruned.run(pruned.plan({""}, Reduction::Maps), images, 2, 24, 24);
      QVERIFY(off(returned[0].values, features[0].values) < 1e-5);
    }
  }

  // The derivative by a feature is that of a small change of it.
  void derivatives_are_by_the_chosen_tokens() {
    const auto images = noise(1, 24);
    const auto mean_of = [&](Tokens tokens) {
      const Network network = opened(archives + "/plain.pt2", false, tokens);
      const ClassDifferentiator differentiator(network, {"blocks.2"}, "cpu");
      return differentiator.run(images, 1, 24, 0).layers[0];
    };
    const auto by_class = mean_of(Tokens::Class);
    const auto by_patches = mean_of(Tokens::Mean);
    const auto by_all = mean_of(Tokens::All);
    // Behind the last block only the class token leads to the output.
    QVERIFY(off(by_class, by_all) < 1e-5);
    for (const float value : by_patches)
      QCOMPARE(value, 0.F);
    const QString said = error_text([&] { (void)mean_of(Tokens::Both); });
    QVERIFY2(said.contains("--tokens class or --tokens mean"), qPrintable(said));
  }
};

QTEST_GUILESS_MAIN(TokensTest)
#include "tokens_test.moc"
