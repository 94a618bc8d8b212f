// The window: scalescope [MODEL] [IMAGES|FOLDER...]

#include "app/manual_formatter.h"
#include "app/messages.h"
#include "app/version.h"
#include "core/base/explain.h"
#include "core/base/file_set.h"
#include "core/base/give_up.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "ui/widgets/theme.h"
#include "ui/window/main_window.h"

#include <CLI/CLI.hpp>
#include <QApplication>
#include <QBuffer>
#include <QTimer>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

namespace {

constexpr int exit_error = 1; // bad input: one sentence says what
constexpr int exit_usage = 2; // wrong usage

struct Options {
  std::vector<std::string> files;
  std::string session;
  std::string screenshot;
  bool demo = false;
  bool time_start = false;
  std::vector<int> size; ///< empty: as the last window, or 1440 x 900
  std::optional<scalescope::ThemeChoice> theme;
};

void add_options(CLI::App& program, Options& options) {
  using scalescope::ThemeChoice;
  auto* files =
      program
          .add_option("FILES", options.files,
                      "A network (.pt, .pt2, .onnx, .pth, .safetensors, or the name of an installed one), then images, "
                      "folders of images or annotated data sets; or a session (.scalescope)")
          ->type_name("");
  auto* session = program.add_option("--session", options.session, "Open a saved session")->type_name("FILE");
  program
      .add_flag(
          "--demo", options.demo,
          "Open the demonstration: three photographs and synthetic scenes with EfficientNet-Lite0, and the curve of "
          "the scenes")
      ->excludes(files)
      ->excludes(session);
  program
      .add_option("--screenshot", options.screenshot,
                  "Save an image of the window when it has finished loading, and exit. If something can't be opened, "
                  "nothing is "
                  "saved and the exit status is 1")
      ->type_name("FILE");
  program.add_option("--size", options.size, "Size of the window in pixels")
      ->delimiter('x')
      ->expected(2)
      ->type_name("WxH");
  program.add_option("--theme", options.theme, "system, light or dark")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ThemeChoice>{
          {"system", ThemeChoice::System}, {"light", ThemeChoice::Light}, {"dark", ThemeChoice::Dark}}))
      ->type_name("NAME");
  program.add_flag("--time-start", options.time_start,
                   "Print \"drawn\" once the window is drawn and responds, and exit");
  program.set_version_flag("--version", [] { return scalescope::version_text("scalescope") + ", Qt " + qVersion(); });
}

int complain(const QString& what) {
  fmt::print(scalescope::message_stream(), "scalescope: {}\n", scalescope::for_terminal(what.toStdString()));
  return exit_error;
}

int save_image(scalescope::MainWindow& window, const std::filesystem::path& file) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  const std::string ending = file.extension().string();
  if (!window.grab().save(&buffer, ending.empty() ? "" : ending.c_str() + 1))
    return complain(QStringLiteral("'%1' is not the name of an image; let it end in .png.")
                        .arg(QString::fromStdString(file.string())));
  try {
    const std::string name = file.filename().string();
    scalescope::FileSet files(file.parent_path(), {name}, window.files_in_use());
    files.write(name, {bytes.constData(), static_cast<std::size_t>(bytes.size())});
    files.commit();
    return 0;
  } catch (const std::exception& e) {
    return complain(QString::fromStdString(scalescope::explain(e)));
  }
}

// The window has settled if it has been idle for a while, because the end of one task may start the next. No image is
// saved if something could not be opened. Questions get no answer.
void take_screenshot(scalescope::MainWindow& window, const std::string& file) {
  struct Watch {
    int quiet = 0;
    QStringList failures;
  };
  const auto watch = std::make_shared<Watch>();
  scalescope::Questions nobody;
  nobody.unsaved = [](const QString& /*text*/) { return scalescope::Questions::Unsaved::Cancel; };
  nobody.session_file = [] { return QString(); };
  nobody.moved_file = [](const QString& /*missing*/) { return QString(); };
  window.set_questions(nobody);
  QObject::connect(&window, &scalescope::MainWindow::failed, [watch](const QString& what) { watch->failures << what; });
  auto* timer = new QTimer(&window);
  QObject::connect(timer, &QTimer::timeout, &window, [&window, file, timer, watch] {
    watch->quiet = window.settled() ? watch->quiet + 1 : 0;
    if (watch->quiet < 8)
      return;
    timer->stop();
    for (const QString& what : watch->failures)
      complain(what);
    QApplication::exit(watch->failures.isEmpty() ? save_image(window, file) : exit_error);
  });
  timer->start(100);
}

/// Prints "drawn" when the window has been drawn and has handled all waiting events.
class DrawnWatch : public QObject {
 public:
  using QObject::QObject;

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::Paint) {
      watched->removeEventFilter(this);
      QTimer::singleShot(0, this, [] {
        std::puts("drawn");
        QApplication::exit(0);
      });
    }
    return QObject::eventFilter(watched, event);
  }
};

int run(int argc, char** argv) {
  CLI::App program("Change an object's size and see how a convolutional network responds", "scalescope");
  program.formatter(std::make_shared<scalescope::ManualFormatter>());
  Options options;
  add_options(program, options);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return program.exit(e) == 0 ? 0 : exit_usage;
  }
  QApplication application(argc, argv); // only after the options, because --help needs no display
  scalescope::keep_libraries_quiet();   // only after QApplication, so that Qt can report a missing display
  QApplication::setApplicationName(QStringLiteral("scalescope"));
  QApplication::setApplicationVersion(QString::fromUtf8(scalescope::scalescope_version()));
  // A screenshot does not depend on the user's settings.
  const scalescope::Preferences preferences =
      options.screenshot.empty() ? scalescope::load_preferences() : scalescope::Preferences();
  scalescope::apply_theme(application, options.theme.value_or(preferences.theme));
  scalescope::MainWindow window(preferences);
  if (options.screenshot.empty())
    window.remember();
  if (!options.size.empty())
    window.resize(options.size[0], options.size[1]);
  window.show();
  if (!options.screenshot.empty())
    take_screenshot(window, options.screenshot);
  QStringList files;
  for (const auto& file : options.files)
    files << QString::fromLocal8Bit(file.c_str());
  if (options.demo)
    window.open_demo();
  else if (!options.session.empty())
    window.open_session(QString::fromLocal8Bit(options.session.c_str()));
  else
    window.open_files(files);
  DrawnWatch watch;
  if (options.time_start)
    window.installEventFilter(&watch);
  return QApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
  const int status = run(argc, argv);
  std::fflush(nullptr);
  if (scalescope::work_was_given_up())
    std::_Exit(status);
  return status;
}
