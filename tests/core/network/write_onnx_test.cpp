// ONNX files that are written: each operation and whole networks compute on OpenVINO, and with ONNX Runtime where
// Python has it, what LibTorch computes; names, sizes and metadata are what readers of such files look for.
//
// ONNX Runtime: SCALESCOPE_ONNX_PYTHON names a Python with onnx and onnxruntime.

#include "tests/core/network/write_onnx_torch.h"
#include "tests/support/support.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

using written::BuiltIn;
using written::contents;
using written::Network;

namespace {

// One operation, or a few that belong together, by name. They take N x 6 x side x side.
const std::vector<std::pair<const char*, Network>>& operations() {
  const auto of = [](const char* code) { return Network{.code = code, .channels = 6}; };
  const auto with = [](const char* code, std::vector<std::pair<std::string, std::vector<long>>> weights) {
    return Network{.code = code, .weights = std::move(weights), .channels = 6};
  };
  static const std::vector<std::pair<const char*, Network>> all{
      // Convolutions and linear layers.
      {"conv2d",
       with("return torch.conv2d(x, self.w, self.b, [2, 1], [1, 2], [1, 2], 3)", {{"w", {9, 2, 3, 3}}, {"b", {9}}})},
      {"conv2d_same", with("return torch.conv2d(x, self.w, None, [1, 1], \"same\", [1, 1], 1)", {{"w", {4, 6, 4, 3}}})},
      {"convolution",
       with("return torch._convolution(x, self.w, None, [2, 2], [0, 0], [1, 1], False, [0, 0], 6, False, "
            "False, True, True)",
            {{"w", {6, 1, 3, 3}}})},
      {"conv_transpose2d", with("return torch.conv_transpose2d(x, self.w, self.b, [2, 2], [1, 1], [1, 1], 1, [1, 1])",
                                {{"w", {6, 4, 3, 3}}, {"b", {4}}})},
      {"conv1d", with("return torch.conv1d(x.flatten(2), self.w, None, 2, 1)", {{"w", {5, 6, 3}}})},
      {"linear", with("return torch.linear(x, self.w, self.b)", {{"w", {4, 32}}, {"b", {4}}})},
      {"linear_2d", with("return torch.linear(x.mean([2, 3]), self.w, self.b)", {{"w", {4, 6}}, {"b", {4}}})},
      {"addmm",
       with("return torch.addmm(self.b, x.mean([2, 3]), self.w.t(), beta=0.5, alpha=2.)", {{"w", {4, 6}}, {"b", {4}}})},
      {"matmul", with("return torch.matmul(x, self.w)", {{"w", {32, 5}}})},
      {"bmm", of("y = x.flatten(0, 1)\nreturn torch.bmm(y, y.transpose(1, 2))")},
      {"baddbmm", of("y = x.flatten(0, 1)\nreturn torch.baddbmm(y, y, y, beta=0.5, alpha=0.1)")},
      {"einsum", of("return torch.einsum(\"nchw,ncdw->nhd\", [x, x])")},
      // Norms.
      {"batch_norm",
       with("return torch.batch_norm(x, self.w, self.b, self.m, self.v * self.v + 1., False, 0.1, 1e-3, True)",
            {{"w", {6}}, {"b", {6}}, {"m", {6}}, {"v", {6}}})},
      {"batch_norm_plain",
       with("return torch.batch_norm(x, None, None, self.m, self.m * self.m + 1., False, 0.1, 1e-5, True)",
            {{"m", {6}}})},
      {"layer_norm", with("return torch.layer_norm(x, [32], self.w, self.b, 1e-6, True)", {{"w", {32}}, {"b", {32}}})},
      {"layer_norm_plain", of("return torch.layer_norm(x.permute(0, 2, 3, 1), [32, 6])")},
      {"group_norm", with("return torch.group_norm(x, 3, self.w, self.b, 1e-5, True)", {{"w", {6}}, {"b", {6}}})},
      {"group_norm_plain", of("return torch.group_norm(x, 1)")},
      {"instance_norm", with("return torch.instance_norm(x, self.w, self.b, None, None, True, 0.1, 1e-5, True)",
                             {{"w", {6}}, {"b", {6}}})},
      // Activations.
      {"relu", of("return torch.relu(x)")},
      {"relu6", of("return torch.relu6(x * 4)")},
      {"hardtanh", of("return torch.hardtanh(x, -0.5, 0.7)")},
      {"leaky_relu", of("return torch.leaky_relu(x, 0.2)")},
      {"prelu", with("return torch.prelu(x, self.w)", {{"w", {6}}})},
      {"prelu_one", with("return torch.prelu(x, self.w)", {{"w", {1}}})},
      {"elu", of("return torch.elu(x, 0.7)")},
      {"selu", of("return torch.selu(x)")},
      {"celu", of("return torch.celu(x, 0.6)")},
      {"gelu", of("return torch.gelu(x)")},
      {"gelu_tanh", of("return torch.gelu(x, approximate=\"tanh\")")},
      {"silu", of("return torch.silu(x)")},
      {"mish", of("return torch.mish(x)")},
      {"hardswish", of("return torch.hardswish(x * 3)")},
      {"hardsigmoid", of("return torch.hardsigmoid(x * 3)")},
      {"sigmoid_tanh", of("return torch.sigmoid(x) + torch.tanh(x)")},
      {"softplus", of("return torch.softplus(x * 3, 2.)")},
      {"logsigmoid", of("return torch.log_sigmoid(x)")},
      {"softmax", of("return torch.softmax(x, 1)")},
      {"log_softmax", of("return torch.log_softmax(x, -1)")},
      {"glu", of("return torch.glu(x, 1)")},
      {"softsign_form", of("return x / (x.abs() + 1)")},
      // Pooling.
      {"max_pool2d", of("return torch.max_pool2d(x, [3, 2], [2, 1], [1, 0], [1, 2], False)")},
      {"max_pool2d_ceil", of("return torch.max_pool2d(x, [3, 3], [2, 2], [0, 0], [1, 1], True)")},
      {"avg_pool2d", of("return torch.avg_pool2d(x, [3, 3], [2, 2], [1, 1])")},
      {"avg_pool2d_edges", of("return torch.avg_pool2d(x, [3, 3], [2, 2], [1, 1], False, False)")},
      {"avg_pool2d_ceil", of("return torch.avg_pool2d(x, [3, 3], [2, 2], [1, 1], True, True)")},
      {"avg_pool2d_ceil_plain", of("return torch.avg_pool2d(x, [2, 2], [2, 2], [0, 0], True, True)")},
      {"avg_pool2d_divisor", of("return torch.avg_pool2d(x, [2, 2], [2, 2], [0, 0], False, True, 3)")},
      {"adaptive_avg_1", of("return torch.adaptive_avg_pool2d(x, [1, 1])")},
      {"adaptive_avg_7", of("return torch.adaptive_avg_pool2d(x, [7, 5])")},
      {"adaptive_max_1", of("return torch.adaptive_max_pool2d(x, [1, 1])[0]")},
      // Arithmetic.
      {"add_alpha", of("return torch.add(x, torch.sin(x), alpha=2) - torch.sub(x, 3, alpha=4)")},
      {"rsub", of("return torch.rsub(x, 2., alpha=3)")},
      {"mul_div", of("return x * 2 / 3.5 + x / (x.abs() + 1)")},
      {"div_floor", of("return torch.div(x * 8, 3, rounding_mode=\"floor\")")},
      {"div_trunc", of("return torch.div(x * 8, 3, rounding_mode=\"trunc\")")},
      {"remainder", of("return torch.remainder(x * 8, 3.)")},
      {"pow", of("return torch.pow(x, 2) + torch.pow(x.abs() + 1, 0.5)")},
      {"roots", of("y = x.abs() + 1\nreturn torch.sqrt(y) + torch.rsqrt(y) + torch.reciprocal(y)")},
      {"exponentials",
       of("y = x.abs() + 1\nreturn torch.exp(x) + torch.log(y) + torch.log1p(y) + torch.expm1(x) + torch.log2(y)")},
      {"functions",
       of("return x.abs() - torch.erf(x) + torch.sin(x) * torch.cos(x) + torch.sign(x) + torch.square(x)")},
      {"rounded", of("return torch.floor(x * 4) + torch.ceil(x * 3) + torch.round(x * 5) - torch.neg(x)")},
      {"extremes", of("return torch.maximum(x, x.flip([3])) + torch.minimum(x, -x) + torch.max(x, x * 2)")},
      {"clamp", of("return x.clamp(-0.5, 0.7) + x.clamp_min(0.1) + torch.clamp(x, max=0.2)")},
      {"clamp_tensors",
       with("return torch.minimum(torch.maximum(x, self.a), self.b)", {{"a", {32}}, {"b", {6, 1, 32}}})},
      {"where", of("return torch.where(x > 0.3, x, x * 0.1)")},
      {"masked_fill", of("return x.masked_fill(x.lt(0), -3.)")},
      {"comparisons",
       of("return (x.ge(0.1) & x.le(1.) | x.eq(2.)).float() + torch.logical_not(x.gt(0)).float() + x.ne(0).float()")},
      {"addcmul", of("return torch.addcmul(x, x, x, value=0.5) + torch.addcdiv(x, x, x.abs() + 1)")},
      // Reductions.
      {"mean", of("return x.mean([2, 3], True) + x.mean(1, True)")},
      {"mean_all", of("return x.mean() + x.sum([1, 2])")},
      {"amax", of("return torch.amax(x, [2]) - torch.amin(x, [2])")},
      {"max_dim", of("return torch.max(x, 1)[0] + torch.max(x, 1)[1]")},
      {"argmax", of("return x.flatten(1).argmax(1).float() + x.argmax().float()")},
      {"var", of("return torch.var(x, [2, 3], True, True) + torch.std(x, [1], False, keepdim=True)")},
      {"var_mean", of("v, m = torch.var_mean(x, [2, 3])\nreturn v + m")},
      {"norm", of("return torch.norm(x, 2, [2, 3], True) + torch.norm(x, 1, [1], True)")},
      {"normalize", of("return x / torch.norm(x, 2, [1], True).clamp_min(1e-12).expand_as(x)")},
      {"cumsum", of("return torch.cumsum(x, 2)")},
      {"logsumexp", of("return torch.logsumexp(x, [1])")},
      // Shapes.
      {"cat_stack", of("return torch.stack([torch.cat([x, x * 2], 1), torch.cat([x, x * 3], 1)], 2)")},
      {"split", of("a, b = torch.split(x, [2, 4], 1)\nreturn torch.cat([b, a], 1)")},
      {"chunk", of("a, b = torch.chunk(x, 2, 1)\nreturn a * b")},
      {"chunk_sides", of("a = torch.chunk(x, 2, 3)\nreturn torch.cat([a[1], a[0]], 2)")},
      {"unbind", of("y = x.reshape(x.size(0), 3, 2, -1).permute(1, 0, 2, 3)\nq, k, v = y.unbind(0)\nreturn q * k + v")},
      {"slices", of("return x[:, 1:5:2, 3:, :-2] + x[:, 0:2, :-3, 2:]")},
      {"select", of("return x[:, 2] + x[:, -1] + x.select(1, 0)")},
      {"narrow", of("return torch.narrow(x, 1, 2, 3)")},
      {"index", with("return x[:, [4, 0, 0]] + torch.index_select(x, 1, self.w.argsort()[:3])", {{"w", {6}}})},
      {"index_pairs", of("i = torch.tensor([0, 0])\nreturn x[i, torch.tensor([1, 5])]")},
      {"gather", of("return torch.gather(x, 2, (x > 0).long())")},
      {"expand", with("return torch.cat([self.w.expand(x.size(0), -1, -1), x.flatten(2).transpose(1, 2)], 1)",
                      {{"w", {1, 2, 6}}})},
      {"repeat", of("return x.repeat(1, 2, 1, 3)")},
      {"views", of("n, c, h, w = x.shape\nreturn x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, -1, h, w)")},
      {"flattened", of("return x.flatten(1) * 2")},
      {"flattened_inside", of("return x.flatten(2, 3).unsqueeze(1).squeeze(1).permute(0, 2, 1)")},
      {"turned", of("return x.permute(0, 2, 3, 1).contiguous().transpose(1, 2).clone()")},
      {"roll", of("return torch.roll(x, [3, -2], [2, 3])")},
      {"roll_by_sides", of("s = min(3, x.size(2) - 30)\nreturn torch.roll(x, [-s, s], [2, 3])")},
      {"flip", of("return torch.flip(x, [2, 3])")},
      {"windows", of("n, c, h, w = x.shape\ny = x.view(n, c, h // 4, 4, w // 4, 4)\nreturn y.permute(0, 2, 4, 3, 5, "
                     "1).reshape(-1, 16, c)")},
      {"pad", of("return torch.pad(x, [1, 2, 3, 0], \"constant\", 0.5)")},
      {"pad_reflect", of("return torch.pad(x, [1, 2, 3, 0], \"reflect\")")},
      {"pad_replicate", of("return torch.pad(x, [1, 2, 3, 0], \"replicate\")")},
      {"pad_cropping", of("return torch.constant_pad_nd(x, [-1, 2, 0, -3], 0)")},
      {"pad_same", of("h = x.size(2)\np = max((-(-h // 2) - 1) * 2 + 3 - h, 0)\nreturn torch.constant_pad_nd(x, [p // "
                      "2, p - p // 2, p // 2, p - p // 2], 0)")},
      {"nearest", of("return torch.upsample_nearest2d(x, None, [2., 2.])")},
      {"nearest_size", of("return torch.upsample_nearest2d(x, [50, 17])")},
      {"bilinear", of("return torch.upsample_bilinear2d(x, [50, 17], False)")},
      {"bilinear_corners", of("return torch.upsample_bilinear2d(x, [50, 17], True)")},
      {"bilinear_sides",
       of("return torch.upsample_bilinear2d(torch.max_pool2d(x, [2, 2]), [x.size(2), x.size(3)], False)")},
      {"bicubic", of("return torch.upsample_bicubic2d(x, [50, 17], False)")},
      {"bicubic_corners", of("return torch.upsample_bicubic2d(x, [50, 17], True)")},
      {"pixel_shuffle", of("return torch.pixel_shuffle(torch.cat([x, x], 1)[:, :8], 2)")},
      {"pixel_unshuffle", of("return torch.pixel_unshuffle(x, 4)")},
      {"channel_shuffle", of("return torch.channel_shuffle(x, 3)")},
      {"filled", of("return torch.ones_like(x) + torch.zeros([x.size(0), 6, 1, 1]) + torch.full([x.size(2), 1], 2.5) + "
                    "x.new_zeros(x.size(3))")},
      {"arange", of("return x + torch.arange(x.size(3)).float() + torch.arange(1, 7).view(6, 1, 1)")},
      {"filled_in_place", of("y = torch.zeros_like(x)\ny[:, :, 3:] = 2.\ny[:, 1] = x[:, 0]\nreturn y + x")},
      {"attention",
       of("q = x.flatten(2).transpose(1, 2)\na = torch.softmax(q @ q.transpose(-2, -1) * 0.4, -1)\nreturn a @ q")},
      {"numbers", of("s = int(x.size(2) * 0.5) + x.size(3) % 5\nreturn torch.adaptive_avg_pool2d(x, [1, 1]) * s")},
      {"triangle", of("return torch.tril(x) + torch.triu(x, 2)")},
  };
  return all;
}

Network of_size(Network network, int side) {
  network.only_side = side;
  network.side = side;
  return network;
}

bool takes_any_size(const Network& network) { return contents(written::onnx_of(network)).input[2] == "height"; }

} // namespace

class WriteOnnxTest : public QObject {
  Q_OBJECT

 private slots:
  void computes_the_same_data() {
    QTest::addColumn<int>("place");
    for (std::size_t i = 0; i < operations().size(); ++i)
      QTest::newRow(operations()[i].first) << static_cast<int>(i);
  }

  // Written once for any size and once for 32 x 32, run on other batches and sizes than it was written with.
  void computes_the_same() {
    QFETCH(int, place);
    const Network& network = operations()[static_cast<std::size_t>(place)].second;
    std::optional<double> fixed;
    std::optional<double> free;
    const QString error = error_text([&] {
      fixed = written::difference(of_size(network, 32), 5, 32, 32);
      const bool any_size = takes_any_size(network);
      free = written::difference(network, 1, any_size ? 40 : 32, any_size ? 28 : 32);
    });
    QVERIFY2(error.isEmpty(), qPrintable(error));
    if (!fixed)
      QSKIP("this build has no OpenVINO");
    QVERIFY2(*fixed <= 1e-5 && *free <= 1e-5, qPrintable(QString("%1, %2").arg(*fixed).arg(*free)));
  }

  // The same with ONNX Runtime, and onnx's own checker.
  void satisfies_onnx() {
    const QString python = qEnvironmentVariable("SCALESCOPE_ONNX_PYTHON");
    if (python.isEmpty())
      QSKIP("SCALESCOPE_ONNX_PYTHON does not name a Python with onnx and onnxruntime");
    const QTemporaryDir folder;
    const auto path = to_path(folder.path());
    for (const auto& [name, network] : operations()) {
      written::write(network, path, name,
                     takes_any_size(network) ? std::vector<std::vector<int>>{{1, 32, 32}, {5, 40, 28}}
                                             : std::vector<std::vector<int>>{{1, 32, 32}, {5, 32, 32}});
      written::write(of_size(network, 32), path, std::string(name) + "_32", {{1, 32, 32}, {5, 32, 32}});
    }
    for (const char* architecture : {"resnet18", "resnet50", "mobilenet_v2", "efficientnet_lite0"})
      written::write(BuiltIn{architecture, ""}, path, architecture, {{1, 64, 64}, {5, 96, 64}});
    written::write(BuiltIn{"inception_v3", "", 96}, path, "inception_v3", {{1, 96, 96}, {2, 128, 96}});
    QProcess process;
    process.start(python, {QStringLiteral(SCALESCOPE_TESTS "/reference/onnx_reference.py"), folder.path()});
    QVERIFY(process.waitForFinished(600000));
    const QJsonObject found = QJsonDocument::fromJson(process.readAllStandardOutput()).object();
    QVERIFY2(found.size() == static_cast<int>(2 * operations().size() + 5), qPrintable(process.readAllStandardError()));
    QStringList wrong;
    for (const QString& name : found.keys())
      if (!found[name].isDouble() || !(found[name].toDouble() <= 1e-5))
        wrong << name + ": " + found[name].toVariant().toString();
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
  }

  void writes_networks_data() {
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<QString>("module");
    QTest::addColumn<int>("side");
    QTest::newRow("resnet18") << "resnet18"
                              << "" << 64;
    QTest::newRow("resnet50, pruned") << "resnet50"
                                      << "layer2.3" << 64;
    QTest::newRow("inception_v3, pruned") << "inception_v3"
                                          << "Mixed_6a" << 96;
    QTest::newRow("mobilenet_v2") << "mobilenet_v2"
                                  << "" << 64;
    QTest::newRow("vgg16") << "vgg16"
                           << "" << 64;
    QTest::newRow("swin_t, pruned") << "swin_t" // it shifts by what it computes from the image's size
                                    << "features.3.0" << 96;
  }

  void writes_networks() {
    QFETCH(QString, architecture);
    QFETCH(QString, module);
    QFETCH(int, side);
    const auto off =
        written::difference(BuiltIn{architecture.toStdString(), module.toStdString(), side}, 3, side + 32, side);
    if (!off)
      QSKIP("this build has no OpenVINO");
    QVERIFY2(*off <= 1e-5, qPrintable(QString::number(*off)));
  }

  void names_what_it_writes() {
    const auto found = contents(written::onnx_of(BuiltIn{"resnet18", "layer1.1"}));
    QCOMPARE(found.ir_version, 8);
    QCOMPARE(found.operator_set, 18);
    QCOMPARE(found.producer, std::string("ScaleScope"));
    QCOMPARE(found.input, (std::vector<std::string>{"batch", "3", "height", "width"}));
    QCOMPARE(found.output_names, std::vector<std::string>{"output"});
    QCOMPARE(found.output, (std::vector<std::string>{"batch", "64", "", ""}));
    // As torch.onnx.export names them.
    const std::vector<std::string> nodes{"/conv1/Conv", "/bn1/BatchNormalization", "/relu/Relu", "/maxpool/MaxPool",
                                         "/layer1/layer1.0/conv1/Conv"};
    for (std::size_t i = 0; i < nodes.size(); ++i)
      QCOMPARE(found.nodes.at(i), nodes[i]);
    QVERIFY(std::ranges::find(found.nodes, "/layer1/layer1.1/Add") != found.nodes.end());
    // The weights of what is left, and nothing else: 5 convolutions, 5 norms.
    QCOMPARE(static_cast<int>(found.weights.size()), 5 + 5 * 4);
    for (const char* name : {"conv1.weight", "bn1.running_var", "layer1.1.conv2.weight"})
      QVERIFY2(std::ranges::find(found.weights, name) != found.weights.end(), name);
  }

  void holds_the_provenance() {
    QCOMPARE(contents(written::onnx_of(operations()[0].second)).provenance, std::string(R"({"source": "a test"})"));
  }

  // A weight that the network turns around is the weight under its name.
  void keeps_turned_weights() {
    const auto found = contents(written::onnx_of(Network{
        .code = "return torch.addmm(self.b, x.mean([2, 3]), self.w.t())", .weights = {{"w", {4, 3}}, {"b", {4}}}}));
    QVERIFY(std::ranges::find(found.weights, "w") != found.weights.end());
    QVERIFY(std::ranges::find(found.kinds, "Transpose") != found.kinds.end());
  }

  // Sizes that stay are constants, and so is a shape with one open side.
  void folds_sizes() {
    const Network network{.code = "return x.view(x.size(0), x.size(1) * x.size(2), x.size(3)).sum([1]) / x.size(2)"};
    const auto fixed = contents(written::onnx_of(of_size(network, 32)));
    QCOMPARE(fixed.kinds, (std::vector<std::string>{"Reshape", "ReduceSum", "Div"}));
    QCOMPARE(fixed.input, (std::vector<std::string>{"batch", "3", "32", "32"}));
    QCOMPARE(fixed.output, (std::vector<std::string>{"batch", "32"}));
    const auto free = contents(written::onnx_of(network));
    QVERIFY(std::ranges::find(free.kinds, "Shape") != free.kinds.end());
    QCOMPARE(free.output, (std::vector<std::string>{"batch", "width"}));
  }

  void keeps_limits() {
    const Network network{.code = "return torch.relu(x)", .most_images = 1};
    QCOMPARE(contents(written::onnx_of(network)).input[0], std::string("1"));
    // A network that takes one size only, though nothing says so.
    const auto found = contents(written::onnx_of(Network{.code = "return x.view(x.size(0), 3, 1024) * 2"}));
    QCOMPARE(found.input[2], std::string("32"));
  }

  // A padding that is 0 for even sides only is not left out.
  void does_not_fold_by_chance() {
    const Network network{.code = "p = x.size(2) % 2\nreturn torch.constant_pad_nd(x, [0, 0, 0, p], 0)"};
    const auto off = written::difference(network, 2, 33, 32);
    if (!off)
      QSKIP("this build has no OpenVINO");
    QCOMPARE(*off, 0.0);
  }

  void names_what_it_cannot_write() {
    const QString one = error_text([] { (void)written::onnx_of(Network{.code = "return torch.cdist(x, x)"}); });
    qInfo("%s", qPrintable(one));
    QVERIFY(one.contains("cdist in the network itself"));
    const QString two = error_text([] {
      (void)written::onnx_of(Network{.code = "y = torch.sort(torch.sort(x)[0])[0]\nreturn torch.cdist(y, y)"});
    });
    qInfo("%s", qPrintable(two));
    QVERIFY(two.contains("sort in the network itself (first of 2 times)") && two.contains("cdist"));
    const QString why = error_text([] { (void)written::onnx_of(Network{.code = "return torch.norm(x, 3, [1])"}); });
    qInfo("%s", qPrintable(why));
    QVERIFY(why.contains("norm (of an order other than 1 and 2)"));
    const QString branch =
        error_text([] { (void)written::onnx_of(Network{.code = "if bool(x.mean() > 0):\n  x = x * 2\nreturn x"}); });
    qInfo("%s", qPrintable(branch));
    QVERIFY(branch.contains("branch that is decided at run time"));
    const QString size =
        error_text([] { (void)written::onnx_of(Network{.code = "return x.view(-1, 3, 1024)", .side = 20}); });
    qInfo("%s", qPrintable(size));
    QVERIFY(size.contains("20 x 20"));
  }
};

QTEST_GUILESS_MAIN(WriteOnnxTest)
#include "write_onnx_test.moc"
