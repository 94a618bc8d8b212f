// The borders between rooms, read off the sources: torch and Qt never meet in a file, core's public headers show
// neither.

#include <QDirIterator>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

namespace {

bool is_torch(const QString& header) {
  static const QRegularExpression pattern("^(torch|ATen|c10|caffe2)/");
  return pattern.match(header).hasMatch();
}

bool is_qt(const QString& header) {
  static const QRegularExpression pattern("^(Q[A-Z]|qcustomplot)");
  return pattern.match(header).hasMatch();
}

} // namespace

class LayeringTest : public QObject {
  Q_OBJECT
  QDir root_{QStringLiteral(SCALESCOPE_TESTS "/..")};
  QMap<QString, QString> sources_;      // path in the project -> text
  QMap<QString, QStringList> includes_; // path -> what it includes by itself

  // Everything that a file includes, directly and through headers of the project.
  QSet<QString> all_includes(const QString& file) const {
    QSet<QString> seen;
    QStringList open{file};
    while (!open.isEmpty())
      for (const auto& header : includes_.value(open.takeLast()))
        if (!seen.contains(header)) {
          seen << header;
          open << header;
        }
    return seen;
  }

 private slots:
  void initTestCase() {
    static const QRegularExpression include("^#include [<\"]([^>\"]+)[>\"]", QRegularExpression::MultilineOption);
    for (const char* folder : {"app", "core", "datasets", "tests", "ui"}) {
      QDirIterator files(root_.filePath(folder), {"*.h", "*.cpp"}, QDir::Files, QDirIterator::Subdirectories);
      while (files.hasNext()) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString path = root_.relativeFilePath(file.fileName());
        sources_[path] = QString::fromUtf8(file.readAll());
        for (auto match = include.globalMatch(sources_[path]); match.hasNext();) {
          QString header = match.next().captured(1);
          if (QFileInfo::exists(QFileInfo(file).dir().filePath(header)))
            header = root_.relativeFilePath(QFileInfo(file).dir().filePath(header));
          includes_[path] << header;
        }
      }
    }
    QVERIFY(sources_.size() > 100);
    QVERIFY(all_includes("core/network/network.cpp").contains("torch/script.h")); // found through private headers
  }

  void no_file_sees_torch_and_qt() {
    for (const auto& file : sources_.keys()) {
      const auto all = all_includes(file);
      QVERIFY2(!(std::any_of(all.begin(), all.end(), is_torch) && std::any_of(all.begin(), all.end(), is_qt)),
               qPrintable(file));
    }
  }

  void public_headers_of_core_show_neither() {
    int public_headers = 0;
    for (const auto& file : sources_.keys()) {
      if (!file.startsWith("core/"))
        continue;
      const auto all = all_includes(file);
      QVERIFY2(std::none_of(all.begin(), all.end(), is_qt), qPrintable(file));
      if (!file.endsWith(".h") || file.contains("/detail/"))
        continue;
      ++public_headers;
      QVERIFY2(std::none_of(all.begin(), all.end(), is_torch), qPrintable(file));
    }
    QVERIFY(public_headers > 15);
  }

  // What stands in LIBRARY/detail/ is included from within LIBRARY only; tests may look inside.
  void private_headers_stay_in_their_library() {
    int private_includes = 0;
    for (const auto& file : sources_.keys())
      for (const auto& header : includes_[file])
        if (const auto detail = header.indexOf("/detail/"); detail > 0 && !file.startsWith("tests/")) {
          QVERIFY2(file.startsWith(header.left(detail + 1)), qPrintable(file + " includes " + header));
          ++private_includes;
        }
    QVERIFY(private_includes > 50);
  }

  // What a .cpp defines is declared in the header of its name beside it. Where one header lists many of a kind, each of
  // them has a .cpp of its own: architectures, engines, ONNX's operations, readers of data sets, commands.
  void a_source_has_the_name_of_its_header() {
    const QStringList of_one_list{"app/commands/",
                                  "core/network/detail/architectures/",
                                  "core/network/detail/engines/",
                                  "core/network/detail/onnx/operators_",
                                  "core/network/detail/onnx/translate_",
                                  "datasets/detail/"};
    QSet<QString> without{"app/main.cpp", "app/scalescope.cpp", "core/network/detail/onnx/check_onnx_absent.cpp",
                          "core/network/detail/onnx/run_onnx_absent.cpp"};
    int sources = 0;
    for (const auto& file : sources_.keys()) {
      if (!file.endsWith(".cpp") || file.startsWith("tests/"))
        continue;
      const QString header = file.chopped(4) + ".h";
      if (sources_.contains(header)) {
        QVERIFY2(all_includes(file).contains(header), qPrintable(file));
        ++sources;
      } else {
        QVERIFY2(without.remove(file) ||
                     std::ranges::any_of(of_one_list, [&](const QString& folder) { return file.startsWith(folder); }),
                 qPrintable(file + " has no header of its name"));
      }
    }
    QVERIFY2(without.isEmpty(), qPrintable(without.values().join(", ") + ": no exceptions any more"));
    QVERIFY(sources > 150);
  }

  // What a use case is lives in core/jobs: the command line and the window only fill jobs. Of the libraries that
  // compute, they see the values to be shown, and where a network can be cut; ui/workers alone runs a network.
  void window_and_command_line_compute_nothing() {
    static const QRegularExpression computes("^core/(experiment|features|probe|prune)/");
    const QStringList values{"core/experiment/analysis.h", "core/experiment/fit.h", "core/experiment/permutations.h",
                             "core/experiment/sweep.h",    "core/probe/probe.h",    "core/prune/truncation_point.h"};
    const QStringList calls{
        "draw_folds(", ".predict(", "random_weights_control =", "weight_draws =", "Network::open(", "extract_samples("};
    QSet<QString> seen;
    for (const auto& file : sources_.keys()) {
      if (!file.startsWith("app/") && !file.startsWith("ui/"))
        continue;
      if (file.startsWith("ui/workers/network_worker."))
        continue;
      for (const QString& word : calls)
        QVERIFY2(!sources_[file].contains(word), qPrintable(file + " says " + word));
      for (const QString& header : includes_[file])
        if (computes.match(header).hasMatch()) {
          QVERIFY2(values.contains(header), qPrintable(file + " includes " + header));
          seen.insert(header);
        }
    }
    QCOMPARE(seen, QSet<QString>(values.begin(), values.end())); // none is allowed for nothing
  }

  // Results are values and their files (JSON, CSV), in core/results; core/report only renders them, and writes no JSON.
  // Neither results nor prune know how.
  void only_report_renders() {
    int reports = 0;
    for (const auto& file : sources_.keys())
      for (const auto& header : all_includes(file)) {
        if (file.startsWith("core/prune/") || file.startsWith("core/results/"))
          QVERIFY2(!header.startsWith("core/report/"), qPrintable(file + " sees " + header));
        if (file.startsWith("core/report/")) {
          QVERIFY2(!header.startsWith("nlohmann/"), qPrintable(file + " sees " + header));
          reports += header.startsWith("core/results/");
        }
      }
    QVERIFY(reports > 10);
    QVERIFY(all_includes("core/results/analysis_files.cpp").contains("nlohmann/json.hpp"));
  }

  // The document stands without the window: what is in ui/workspace, and what works for it, sees no widget.
  void the_workspace_sees_no_widget() {
    static const QRegularExpression shown(
        "^(ui/(curve|dialogs|images|layers|maps|stage|widgets|window)/"
        "|QtWidgets|Q(Widget|Dialog|MainWindow|Application|DockWidget|MessageBox|FileDialog|Menu|Label|StatusBar)$)");
    int files = 0;
    for (const auto& file : sources_.keys())
      if (file.startsWith("ui/workspace/") || file.startsWith("ui/workers/")) {
        ++files;
        for (const auto& header : all_includes(file))
          QVERIFY2(!shown.match(header).hasMatch(), qPrintable(file + " sees " + header));
      }
    QVERIFY(files > 30);
    QVERIFY(all_includes("ui/window/main_window.cpp").contains("ui/workspace/workspace.h")); // ... which sees it
  }
};

QTEST_GUILESS_MAIN(LayeringTest)
#include "layering_test.moc"
