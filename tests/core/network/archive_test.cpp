// Archives that a stranger might send (tests/archives, made by make_archives.py): refused with a sentence before
// anything of them runs, or opened without harm.

#include "core/base/text.h"
#include "core/network/detail/loading/script_source.h"
#include "core/network/detail/loading/unreadable.h"
#include "core/network/network.h"
#include "tests/support/network_support.h"
#include "tests/support/support.h"

#include <QTest>

using namespace scalescope;

namespace {

std::filesystem::path archive(const QString& name) {
  return QStringLiteral(SCALESCOPE_TESTS "/support/archives/%1.pt").arg(name).toStdString();
}

QString opening(const std::filesystem::path& file) {
  ModelSource source;
  source.file = file;
  RunOptions options;
  options.input_size = 32;
  return error_text([&] { (void)Network::open(source, options); });
}

QString refusal(const std::string& code) {
  try {
    check_script_source(code, "code/x.py");
  } catch (const Unreadable& e) {
    return QString::fromUtf8(e.what());
  }
  return {};
}

} // namespace

class ArchiveTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;

 private slots:
  void initTestCase() { QVERIFY(QDir::setCurrent(folder_.path())); } // where they would write

  void refused_before_it_runs_data() {
    QTest::addColumn<QString>("words");
    QTest::newRow("saves") << "uses aten::save in __torch__.Saves.forward";
    QTest::newRow("reads") << "uses aten::from_file in __torch__.Reads.forward";
    QTest::newRow("uncalled") << "uses aten::save in __torch__.Uncalled.clean_up";
    QTest::newRow("saves_while_loading") << "runs its own code (__setstate__) while it is loaded";
    QTest::newRow("default_reads") << "computes the default value of an argument";
    QTest::newRow("constant_reads") << "computes something outside of all functions";
    QTest::newRow("custom_class") << "uses a custom class with";
    QTest::newRow("unknown_operation")
        << "does not have: torchvision::nms (2 times, first in the class 'Plain'); export it with torch.export";
    QTest::newRow("brackets") << "nested too deeply";
    QTest::newRow("nested_values") << "nests what it holds too deeply";
    QTest::newRow("offset_far_below") << "a tensor lies outside its storage";
    QTest::newRow("offset_near") << "reaches beyond its storage";
    QTest::newRow("offset_beyond") << "reaches beyond its storage";
    QTest::newRow("offset_far_beyond") << "reaches beyond its storage";
    QTest::newRow("storage_too_large") << "has fewer bytes than its tensors need";
    QTest::newRow("high_place") << "contains too much besides its tensors";
    QTest::newRow("capitals") << "spelt with other capitals";
    QTest::newRow("built") << "reaches beyond its storage";
    QTest::newRow("cast") << "uses prim::unchecked_cast in __torch__.Plain.forward";
    QTest::newRow("alias") << "uses aten::_reshape_alias in __torch__.Plain.forward";
    QTest::newRow("blank_in_class") << "asks for __torch__. torch.classes";
    QTest::newRow("type_in_comment") << "that torch.jit.save did not write";
    QTest::newRow("deep_type") << "holds a list of a type that is not read";
    QTest::newRow("shared_pairs") << "holds too much of it";
    QTest::newRow("not_finite") << "1 of the 108 numbers in its tensor conv.weight are not finite";
  }

  void refused_before_it_runs() {
    QFETCH(QString, words);
    const QString said = opening(archive(QTest::currentDataTag()));
    QVERIFY2(said.contains(words) && said.contains(QTest::currentDataTag()), qPrintable(said));
    QVERIFY2(!said.contains("INTERNAL ASSERT") && !said.contains("report a bug") && !said.contains('\n'),
             qPrintable(said));
    QVERIFY2(QDir(folder_.path()).isEmpty(), "it has written a file");
  }

  void opens_what_is_harmless() {
    for (const char* name : {"plain", "prints"})
      QCOMPARE(opening(archive(name)), QString());
  }

  // A file of which bytes are missing or others stand there is refused, or opens; nothing else.
  void survives_damage() {
    const QByteArray whole = read_all(QString::fromStdString(archive("plain").string()));
    const QString file = folder_.filePath("damaged.pt");
    int refused = 0;
    for (int i = 0; i < whole.size(); i += 17) {
      for (const bool cut : {false, true}) {
        QByteArray damaged = cut ? whole.left(i) : whole;
        if (!cut)
          damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(damaged) == damaged.size());
        out.close();
        const QString said = opening(file.toStdString());
        refused += said.isEmpty() ? 0 : 1;
        QVERIFY2(!said.contains("INTERNAL ASSERT") && !said.contains('\n'), qPrintable(said));
      }
    }
    QVERIFY(refused > whole.size() / 17); // every cut file, at least
    QVERIFY(QFile::remove(file));
  }

  // What would run while LibTorch loads an archive, in all the places where it could stand; and what torch.jit.save
  // really writes there.
  void code_that_runs_while_loading_data() {
    QTest::addColumn<QString>("code");
    QTest::addColumn<bool>("good");
    const auto add = [](const char* name, const char* code, bool good) { QTest::newRow(name) << code << good; };
    add("constants", "class A(Module):\n  n : Final[Tuple[int, int]] = (0, -1)\n  s : Final[str] = \"f(x)\"\n", true);
    add("annotations", "class A(Module):\n  __annotations__[\"w\"] = Tensor\n  w : Tensor\n", true);
    add("defaults",
        "def f(x: Tensor, y: float=-0.5, z: Tuple[int, int]=(1, 2), s: str='a(b)') -> Tensor:\n  return x\n", true);
    add("body", "def f(x: Tensor) -> Tensor:\n  y : Tensor = torch.relu(x)\n  return (x).add(y, )\n", true);
    add("nested body",
        "class A(Module):\n  def f(self, x: Tensor) -> Tensor:\n    if True:\n      y = torch.relu(x)\n"
        "    else:\n      y = x\n    return y\n  n : int\n",
        true);
    add("call in a default", "def f(x: Tensor, y: int=len([1])) -> Tensor:\n  return x\n", false);
    add("call in a later line of a default", "def f(x: Tensor,\n      y: int=torch.g(\n)) -> Tensor:\n  return x\n",
        false);
    add("method in a default", "def f(x: Tensor, y: int=[1].index(1)) -> Tensor:\n  return x\n", false);
    add("call in a constant", "class A(Module):\n  n : Final[int] = torch.f()\n", false);
    add("call in a named tuple", "class A(NamedTuple):\n  x : int = f(1)\n", false);
    add("call behind a function", "class A(Module):\n  def f(self) -> int:\n    return 1\n  n : int = f(1)\n", false);
    add("call outside", "x = f(1)\n", false);
    add("state", "class A(Module):\n  def __setstate__(self, s: int) -> None:\n    pass\n", false);
    add("numbers",
        "class A(Module):\n  eps : Final[float] = 1.0000000000000001e-05\n  n : Final[List[int]] = [-1, 2]\n", true);
    add("division", "def f(x: Tensor, y: int=1 % 0) -> Tensor:\n  return x\n", false);
    add("a long text", "class A(Module):\n  s : Final[str] = \"a\" * 10000000000\n", false);
    add("a list that is made", "class A(Module):\n  s : Final[List[int]] = [i for i in [1, 2]]\n", false);
    add("type in a comment", "def f(x):\n  #  type: (Tensor) -> Tensor\n  return x\n", false);
    add("comment", "# written by hand\ndef f(x: Tensor) -> Tensor:\n  return x # as it is\n", true);
    add("class in a line", "class A(Module): n : int = f(1)\n", false);
    add("joined lines", "class A(Module):\n  n : int = f \\\n (1)\n", false);
    add("tabulator", "class A(Module):\n\tn : int = 1\n", false);
    add("open bracket", "class A(Module):\n  n : int = (1\n", false);
    add("open text", "class A(Module):\n  n : str = \"a\n", false);
  }

  void code_that_runs_while_loading() {
    QFETCH(QString, code);
    QFETCH(bool, good);
    const QString said = refusal(code.toStdString());
    QVERIFY2(said.isEmpty() == good, qPrintable(said));
    if (!good)
      QVERIFY2(said.contains("x.py"), qPrintable(said));
  }

  void code_that_is_nested_too_deeply() {
    std::string signs = "def f(x: int) -> int:\n  return ";
    QVERIFY(refusal(signs + std::string(150, '(') + "x" + std::string(150, ')') + "\n").isEmpty());
    QVERIFY(refusal(signs + std::string(5000, '(') + "x" + std::string(5000, ')') + "\n").contains("too deeply"));
    QVERIFY(refusal(signs + std::string(5000, '-') + "x\n").contains("too deeply"));
    std::string blocks = "def f(x: int) -> int:\n";
    for (std::size_t i = 1; i < 500; ++i)
      blocks += std::string(2 * i, ' ') + "if x:\n";
    QVERIFY(refusal(blocks + std::string(1000, ' ') + "pass\n").contains("too deeply"));
  }
};

QTEST_GUILESS_MAIN(ArchiveTest)
#include "archive_test.moc"
