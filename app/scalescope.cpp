// The window: scalescope [MODEL] [IMAGES|FOLDER...]

#include "ui/main_window.h"
#include "ui/theme.h"

#include <CLI/CLI.hpp>
#include <QApplication>
#include <QImage>
#include <QTimer>

#include <cstdio>
#include <filesystem>
#include <map>

namespace {

constexpr int exit_error = 1; // bad input: one sentence says what
constexpr int exit_usage = 2; // wrong usage

struct Options {
  std::vector<std::string> files;
  std::string screenshot;
  std::vector<int> size{1440, 900};
  scalescope::ThemeChoice theme = scalescope::ThemeChoice::System;
};

void add_options(CLI::App& program, Options& options) {
  using scalescope::ThemeChoice;
  program.add_option("FILES", options.files,
                     "A network (.pt, .pth, .safetensors, or the name of an installed one), then pictures, folders of "
                     "pictures or annotated data sets");
  program.add_option("--screenshot", options.screenshot, "Save a picture of the window once it has settled, and exit")
      ->type_name("FILE");
  program.add_option("--size", options.size, "Of the window in pixels")->delimiter('x')->expected(2)->type_name("WxH");
  program.add_option("--theme", options.theme, "system, light or dark")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ThemeChoice>{
          {"system", ThemeChoice::System}, {"light", ThemeChoice::Light}, {"dark", ThemeChoice::Dark}}))
      ->type_name("NAME");
  program.set_version_flag("--version", "scalescope " SCALESCOPE_VERSION);
}

// The first file that is a network's, or the name of an installed one, is the network; the rest are images.
void open(scalescope::MainWindow& window, const std::vector<std::string>& files) {
  QStringList images;
  bool network = false;
  for (const auto& file : files) {
    const std::string extension = std::filesystem::path(file).extension();
    const bool is_network = extension == ".pt" || extension == ".pth" || extension == ".safetensors" ||
                            (!std::filesystem::exists(file) && !scalescope::find_installed_model(file).empty());
    if (is_network && !network) {
      window.open_network(QString::fromStdString(file));
      network = true;
    } else {
      images << QString::fromStdString(file);
    }
  }
  if (!images.isEmpty())
    window.open_images(images);
}

// Settled is what has been so for a while: one thing done may start the next.
void take_screenshot(scalescope::MainWindow& window, const std::string& file) {
  auto* timer = new QTimer(&window);
  auto* quiet = new int(0);
  QObject::connect(timer, &QTimer::timeout, &window, [&window, file, timer, quiet] {
    *quiet = window.settled() ? *quiet + 1 : 0;
    if (*quiet < 8)
      return;
    timer->stop();
    delete quiet;
    if (window.grab().save(QString::fromStdString(file)))
      QApplication::exit(0);
    else {
      std::fprintf(stderr, "scalescope: %s can't be written; name a .png file in a folder that you may write to.\n",
                   file.c_str());
      QApplication::exit(exit_error);
    }
  });
  timer->start(100);
}

} // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("scalescope"));
  CLI::App program("Change an object's size and see a convolutional network answer.", "scalescope");
  Options options;
  add_options(program, options);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return program.exit(e) == 0 ? 0 : exit_usage;
  }
  scalescope::apply_theme(application, options.theme);
  scalescope::MainWindow window;
  window.resize(options.size[0], options.size[1]);
  window.show();
  open(window, options.files);
  if (!options.screenshot.empty())
    take_screenshot(window, options.screenshot);
  return QApplication::exec();
}
