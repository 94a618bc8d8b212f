#pragma once

#include <QString>

#include <string>
#include <vector>

class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;
class QWidget;

namespace scalescope {

/// The fields that dialogs are made of.
[[nodiscard]] QSpinBox* number_field(int low, int high, int value, const QString& tip);
[[nodiscard]] QLineEdit* text_field(const QString& text, const QString& tip);
/// "blocks", "all" or names: what a field for layers says, blocks where it says nothing.
[[nodiscard]] std::vector<std::string> layer_names(const QLineEdit& field);
/// Adds a row of two: such a row has no buddy of its own, so its label gets the field.
void add_row_of_two(QFormLayout& form, const QString& label, QWidget* field, QWidget* beside);

/// Shows what a dialog has to say, an error in its colour.
void say_in(QLabel& label, const QString& text, bool is_error = false);

} // namespace scalescope
