// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/ui/uifixtures.h"
#include "ui/actions.h"
#include "ui/bitplanpanel.h"
#include "ui/helpdialog.h"
#include "ui/icons.h"
#include "ui/imageconvert.h"
#include "ui/messagebar.h"
#include "ui/readoutspanel.h"
#include "ui/statuspanel.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"

#include <QDir>
#include <QDockWidget>
#include <QGridLayout>
#include <QLabel>
#include <QMainWindow>
#include <QMenuBar>
#include <QPainter>
#include <QTest>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

using namespace bitlens;
using namespace bitlens::ui;

/// Renders the widgets to PNG files in the folder BITLENS_SCREENSHOTS, to be looked at; skipped without it.
class GalleryTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void window_data();
    void window();
    void icons_data();
    void icons();

private:
    void save(QWidget &widget, const QString &name) const;

    QString m_folder;
    Theme *m_theme = nullptr;
};

namespace {

/// A drawn stand-in for a photo: soft shapes, fine lines, text.
QImage picture(QSize size, int levels)
{
    QImage image(size, QImage::Format_RGB32);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    QLinearGradient sky(0, 0, 0, size.height());
    sky.setColorAt(0, QColor(94, 132, 170));
    sky.setColorAt(0.6, QColor(214, 190, 150));
    sky.setColorAt(1, QColor(82, 92, 70));
    painter.fillRect(image.rect(), sky);
    for (int i = 0; i < 60; ++i) {
        painter.setPen(QPen(QColor(40 + i * 2, 60 + i, 50, 160), 1 + i % 4));
        painter.drawLine(QPointF(i * size.width() / 60.0, size.height()),
                         QPointF(i * size.width() / 50.0 - 80, size.height() * 0.45 + (i * 37) % 90));
    }
    painter.setBrush(QColor(236, 214, 160));
    painter.setPen(Qt::NoPen);
    painter.drawEllipse(QPointF(size.width() * 0.68, size.height() * 0.3), size.height() * 0.09, size.height() * 0.09);
    painter.end();
    if (levels > 0) {
        for (int y = 0; y < image.height(); ++y) {
            auto *line = reinterpret_cast<QRgb *>(image.scanLine(y));
            const auto coarse = [levels](int value) { return value / levels * levels + levels / 2; };
            for (int x = 0; x < image.width(); ++x)
                line[x] = qRgb(coarse(qRed(line[x])), coarse(qGreen(line[x])), coarse(qBlue(line[x])));
        }
    }
    return image.convertToFormat(QImage::Format_RGB888);
}

} // namespace

void GalleryTest::initTestCase()
{
    m_folder = qEnvironmentVariable("BITLENS_SCREENSHOTS");
    if (m_folder.isEmpty())
        QSKIP("BITLENS_SCREENSHOTS names no folder");
    QVERIFY(QDir().mkpath(m_folder));
    m_theme = new Theme(qApp);
}

void GalleryTest::save(QWidget &widget, const QString &name) const
{
    QTest::qWait(150);
    const QString scale = widget.devicePixelRatioF() > 1.0 ? QStringLiteral("-2x") : QString();
    QVERIFY(widget.grab().save(QDir(m_folder).filePath(name + scale + QStringLiteral(".png"))));
}

void GalleryTest::window_data()
{
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void GalleryTest::window()
{
    QFETCH(bool, dark);
    const QString suffix = dark ? QStringLiteral("-dark") : QStringLiteral("-light");
    m_theme->setAppearance(dark ? Appearance::Dark : Appearance::Light);

    QMainWindow window;
    Actions actions(&window);
    actions.fillMenuBar(window.menuBar());
    auto *toolBar = window.addToolBar(QStringLiteral("tools"));
    toolBar->setMovable(false);
    toolBar->setIconSize({20, 20});
    for (const ActionId id :
         {ActionId::OpenFile, ActionId::SaveQuantized, ActionId::Undo, ActionId::Redo, ActionId::ViewSplit,
          ActionId::ViewSideBySide, ActionId::ViewDifference, ActionId::ViewFlip, ActionId::Fit, ActionId::ActualSize})
        toolBar->addAction(actions.action(id));
    auto *central = new QWidget(&window);
    auto *messages = new MessageBar(central);
    auto *view = new CompareView(central);
    auto *column = new QVBoxLayout(central);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(messages);
    column->addWidget(view, 1);
    auto *status = new StatusPanel(central);
    status->setThreads(2);
    status->setKernels(QStringLiteral("AVX2"));
    column->addWidget(status);
    window.setCentralWidget(central);
    auto *plan = new BitPlanPanel;
    auto *readouts = new ReadoutsPanel;
    const auto dock = [&](QWidget *panel, const QString &title, Qt::DockWidgetArea area) {
        auto *widget = new QDockWidget(title, &window);
        widget->setFeatures(QDockWidget::DockWidgetMovable);
        widget->setWidget(panel);
        window.addDockWidget(area, widget);
    };
    dock(plan, QStringLiteral("Bit plan"), Qt::LeftDockWidgetArea);
    dock(readouts, QStringLiteral("Readouts"), Qt::RightDockWidgetArea);
    window.resize(1440, 900);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    save(window, QStringLiteral("window-empty") + suffix);

    plan->setGenerator(test::srganOutline());
    plan->tree()->expandToDepth(1);
    view->setCanvasSize({1804, 1200});
    view->setBackground(fromQImage(picture({451, 300}, 0)));
    status->setProgress(0.4, QStringLiteral("Quantized, tile 3 of 12"));
    view->updatePart(compare::Side::Fp32, {0, 0, 1804, 1200}, fromQImage(picture({1804, 1200}, 0)));
    view->setUpdating(compare::Side::Quantized, true);
    readouts->setRecomputing(compare::Side::Quantized, true);
    save(window, QStringLiteral("window-half") + suffix);

    view->updatePart(compare::Side::Quantized, {0, 0, 1804, 1200}, fromQImage(picture({1804, 1200}, 12)));
    view->setUpdating(compare::Side::Quantized, false);
    view->setSideDetail(compare::Side::Quantized, QStringLiteral("multi"));
    readouts->setReport(test::exampleReport());
    readouts->setReferenceAvailable(true);
    status->setIdle(QStringLiteral("Done in 1.4 s"));
    messages->postError(
        QStringLiteral("4x_WTP_descreenton.pth: this is an OmniSR model, an architecture that Bitlens does not run."));
    messages->post({MessageBar::Severity::Warning, QStringLiteral("photo.tif has 96 megapixels."),
                    QStringLiteral("Open anyway"), 0});
    messages->postInfo(QStringLiteral("Saved as chelsea-x4.png."));
    view->setFocus();
    QTest::mouseMove(view, {300, 300});
    save(window, QStringLiteral("window") + suffix);

    messages->dismissAll();
    plan->tree()->setFocus(Qt::TabFocusReason);
    view->setMode(CompareView::Mode::SideBySide);
    save(window, QStringLiteral("window-side") + suffix);
    view->setMode(CompareView::Mode::Difference);
    save(window, QStringLiteral("window-difference") + suffix);
    view->setMode(CompareView::Mode::Split);
    view->setSplitOrientation(Qt::Vertical);
    view->setZoom(6.0);
    save(window, QStringLiteral("window-zoom") + suffix);

    HelpDialog help;
    help.show();
    save(help, QStringLiteral("help") + suffix);
}

void GalleryTest::icons_data() { window_data(); }

void GalleryTest::icons()
{
    QFETCH(bool, dark);
    m_theme->setAppearance(dark ? Appearance::Dark : Appearance::Light);
    QWidget sheet;
    auto *grid = new QGridLayout(&sheet);
    int place = 0;
    for (int i = 1; i <= static_cast<int>(Icon::Collapse); ++i, ++place) {
        auto *button = new QToolButton(&sheet);
        button->setIcon(icon(static_cast<Icon>(i)));
        button->setIconSize({24, 24});
        grid->addWidget(button, place / 11, place % 11);
    }
    for (const int size : {16, 32, 64, 128}) {
        auto *label = new QLabel(&sheet);
        label->setPixmap(applicationIcon().pixmap(size));
        grid->addWidget(label, 4, size == 16 ? 0 : size == 32 ? 1 : size == 64 ? 2 : 5, 1, size / 32 + 1);
    }
    for (const int size : {16, 24, 32, 48, 64, 128, 256})
        QVERIFY(
            applicationIcon().pixmap(size).save(QDir(m_folder).filePath(QStringLiteral("bitlens-%1.png").arg(size))));
    sheet.show();
    save(sheet, dark ? QStringLiteral("icons-dark") : QStringLiteral("icons-light"));
}

QTEST_MAIN(GalleryTest)
#include "tst_gallery.moc"
