#include "ui/window/shortcut_overview.h"

#include "ui/widgets/theme.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QScrollArea>
#include <QVBoxLayout>

#include <vector>

namespace scalescope {
namespace {

struct Line {
  QString keys;
  QString what;
};

QString plain(QString text) { return text.remove('&').remove(QStringLiteral("…")); }

void add_section(QString& html, const QString& title, const std::vector<Line>& lines) {
  if (lines.empty())
    return;
  html += QStringLiteral("<tr><td colspan='2' style='padding-top:10px'><b>%1</b></td></tr>").arg(title.toHtmlEscaped());
  for (const Line& line : lines)
    html += QStringLiteral("<tr><td style='padding-right:24px; white-space:nowrap; color:%1'>%2</td><td>%3</td></tr>")
                .arg(theme().accent.name(), line.keys.toHtmlEscaped(), line.what.toHtmlEscaped());
}

std::vector<Line> lines_of(const QMenu& menu) {
  std::vector<Line> lines;
  for (const QAction* action : menu.actions()) {
    if (action->menu() != nullptr)
      for (const Line& line : lines_of(*action->menu()))
        lines.push_back(line);
    else if (!action->shortcut().isEmpty())
      lines.push_back({action->shortcut().toString(QKeySequence::NativeText), plain(action->text())});
  }
  return lines;
}

} // namespace

ShortcutOverview::ShortcutOverview(const QWidget& window, QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Keyboard and mouse"));
  QString html = QStringLiteral("<table cellspacing='2'>");
  const auto* bar = window.findChild<QMenuBar*>();
  for (const QAction* action : bar->actions())
    if (action->menu() != nullptr)
      add_section(html, plain(action->text()), lines_of(*action->menu()));
  add_section(html, tr("The image"),
              {{tr("Drag a corner, wheel, + -"), tr("change the object's scale")},
               {tr("Drag inside, arrow keys"), tr("move the object")},
               {tr("Drag on an image without an object"), tr("draw the object's box")},
               {tr("Hold Space"), tr("see the unchanged image")}});
  add_section(html, tr("Feature maps"),
              {{tr("Click, arrow keys"), tr("choose a channel")},
               {tr("[ and ], Ctrl or Alt with ↑ ↓"), tr("previous and next layer")},
               {tr("Ctrl with the wheel, + -"), tr("larger and smaller tiles")}});
  add_section(html, tr("The curve"),
              {{tr("Click a point, ← →"), tr("choose its layer")},
               {tr("Wheel, drag"), tr("zoom and move")},
               {tr("Double click"), tr("show all of it")}});
  html += QStringLiteral("</table>");

  auto* text = new QLabel(html);
  text->setTextFormat(Qt::RichText);
  text->setMargin(12);
  text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  auto* scrolled = new QScrollArea;
  scrolled->setWidget(text);
  scrolled->setFrameShape(QFrame::NoFrame);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* column = new QVBoxLayout(this);
  column->addWidget(scrolled, 1);
  column->addWidget(buttons);
  resize(text->sizeHint().width() + 60, 640);
}

} // namespace scalescope
