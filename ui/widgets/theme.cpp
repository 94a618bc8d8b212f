#include "ui/widgets/theme.h"

#include <QApplication>
#include <QPainter>
#include <QProxyStyle>
#include <QStyleFactory>
#include <QStyleOption>

namespace scalescope {
namespace {

Theme make(bool dark) {
  if (dark)
    return {true, "#1e1f22", "#26272b", "#1a1b1e", "#3a3c42", "#e6e7e9", "#9a9ca3", "#4ea1ff", "#ffb547", "#ff6b6b"};
  return {false, "#eceef1", "#f8f9fa", "#ffffff", "#cfd3d9", "#1d1f23", "#646a73", "#1668c7", "#b86a00", "#c62828"};
}

Theme current = make(true);

// Fusion outlines the fields of check boxes, and fills pressed buttons, in a darker colour, which is not seen on a dark
// ground.
class OutlinedStyle : public QProxyStyle {
 public:
  OutlinedStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

  // The icons of buttons are dark, too.
  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                QStyleHintReturn* data) const override {
    return hint == SH_DialogButtonBox_ButtonsHaveIcons ? 0 : QProxyStyle::styleHint(hint, option, widget, data);
  }

  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override {
    QProxyStyle::drawPrimitive(element, option, painter, widget);
    if (element == PE_PanelButtonTool && option->state.testFlag(State_On)) {
      painter->fillRect(option->rect, current.accent);
      painter->fillRect(option->rect.adjusted(1, 1, -1, -1), current.line);
    }
    if (!current.dark || (element != PE_IndicatorCheckBox && element != PE_IndicatorItemViewItemCheck))
      return;
    painter->save();
    painter->setPen(option->state.testFlag(State_Enabled) ? current.dim : current.line);
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5));
    painter->restore();
  }
};

} // namespace

QPalette Theme::palette() const {
  QPalette p;
  p.setColor(QPalette::Window, panel);
  p.setColor(QPalette::WindowText, text);
  p.setColor(QPalette::Base, field);
  p.setColor(QPalette::AlternateBase, panel);
  p.setColor(QPalette::Text, text);
  p.setColor(QPalette::PlaceholderText, dim);
  p.setColor(QPalette::Button, panel);
  p.setColor(QPalette::ButtonText, text);
  p.setColor(QPalette::ToolTipBase, panel);
  p.setColor(QPalette::ToolTipText, text);
  p.setColor(QPalette::Highlight, accent);
  p.setColor(QPalette::HighlightedText, dark ? QColor("#0b1a2b") : QColor("#ffffff"));
  p.setColor(QPalette::Link, accent);
  p.setColor(QPalette::Mid, line);
  p.setColor(QPalette::Dark, line);
  p.setColor(QPalette::Light, panel.lighter(110));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    p.setColor(QPalette::Disabled, role, dark ? QColor("#65676e") : QColor("#a0a5ac"));
  p.setColor(QPalette::Disabled, QPalette::Highlight, line);
  return p;
}

const Theme& theme() { return current; }

void apply_theme(QApplication& application, ThemeChoice choice) {
  static const bool system_is_dark = QApplication::palette().color(QPalette::Window).lightness() < 128;
  current = make(choice == ThemeChoice::Dark || (choice == ThemeChoice::System && system_is_dark));
  QApplication::setStyle(new OutlinedStyle);
  QApplication::setPalette(current.palette());
  const QString sheet = QStringLiteral(R"(
    QToolTip { color: %1; background: %2; border: 1px solid %3; padding: 3px; }
    QSplitter::handle, QMainWindow::separator { background: %3; width: 1px; height: 1px; }
    QDockWidget { font-weight: 600; }
    QToolBar { border: none; border-bottom: 1px solid %3; padding: 5px 8px; spacing: 6px; }
    QToolBar QToolButton { border: 1px solid %3; border-radius: 4px; padding: 4px 12px; background: %2; }
    QToolBar QToolButton:hover { border-color: %4; }
    QToolBar QToolButton:pressed, QToolBar QToolButton:checked { background: %3; }
    QToolBar QToolButton:disabled { color: %6; }
    QToolBar QToolButton[primary="true"]:enabled { background: %4; border-color: %4; color: %5; }
    QToolButton[popupMode="2"] { border: 1px solid transparent; border-radius: 4px; padding: 3px 18px 3px 6px; }
    QToolButton[popupMode="2"]:hover { border-color: %3; }
    QToolButton[popupMode="2"]::menu-indicator { subcontrol-origin: padding; subcontrol-position: right center; right: 4px; }
    QStatusBar { border-top: 1px solid %3; }
    QStatusBar::item { border: none; }
    QStatusBar QLabel { padding: 0 6px; }
  )");
  application.setStyleSheet(sheet.arg(current.text.name(), current.panel.name(), current.line.name(),
                                      current.accent.name(), current.palette().color(QPalette::HighlightedText).name(),
                                      current.palette().color(QPalette::Disabled, QPalette::ButtonText).name()));
}

} // namespace scalescope
