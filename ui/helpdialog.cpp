// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/helpdialog.h"

#include "ui/shortcuts.h"
#include "ui/theme.h"

#include <QDialogButtonBox>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace bitlens::ui {

namespace {

QString withoutMnemonic(QString text) { return text.remove(QLatin1Char('&')); }

QString introduction()
{
    return HelpDialog::tr(
        "<p>Drop a picture into the window. Two copies of the same generator enlarge it: on the left the original with "
        "32-bit floating-point numbers (<b>FP32</b>), on the right the <b>quantized</b> one, whose layers compute with "
        "the "
        "few bits that the bit plan gives them.</p>"
        "<p>Drag the divider over a place to see what the quantized model makes of it, or hold Space to swap the two. "
        "Choose other widths for weights (W) and activations (A) of a stage: picture, size, time and quality "
        "follow.</p>");
}

QString keyTable()
{
    QString html;
    ActionGroup group{};
    bool first = true;
    for (const ActionInfo &info : actionTable()) {
        if (first || info.group != group) {
            html += first ? QString() : QStringLiteral("</table>");
            html += QStringLiteral("<h3>%1</h3><table cellspacing=\"0\" cellpadding=\"3\" width=\"100%\">")
                        .arg(actionGroupTitle(info.group).toHtmlEscaped());
            group = info.group;
            first = false;
        }
        const QString name = info.text.isEmpty()
                                 ? QString()
                                 : QStringLiteral("<b>%1</b><br>").arg(withoutMnemonic(info.text).toHtmlEscaped());
        html += QStringLiteral("<tr><td width=\"30%\">%1</td><td>%2%3</td></tr>")
                    .arg(shortcutText(info).toHtmlEscaped(), name, info.help.toHtmlEscaped());
    }
    return html + QStringLiteral("</table>");
}

} // namespace

HelpDialog::HelpDialog(QWidget *parent) : QDialog(parent)
{
    setWindowTitle(tr("Help and keys"));
    auto *text = new QTextBrowser(this);
    text->setFrameShape(QFrame::NoFrame);
    text->document()->setDocumentMargin(2 * kGrid);
    text->setAccessibleName(tr("Help"));
    text->setHtml(introduction() + keyTable());
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, kGrid, kGrid);
    layout->addWidget(text);
    layout->addWidget(buttons);
    resize(70 * kGrid, 80 * kGrid);
}

} // namespace bitlens::ui
