// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "tests/app/gui/desk.h"
#include "tests/app/gui/filedialogs.h"
#include "ui/figuredialog.h"

#include <QDoubleSpinBox>
#include <QFontComboBox>
#include <QPushButton>
#include <QRegularExpression>
#include <QSet>
#include <QSpinBox>
#include <QTemporaryDir>

#include <cmath>

using namespace bitlens;
using test::Desk;
using test::kWaitMilliseconds;

/// The page of a comparison figure, chosen in the dialog of a real window by keys: columns, width, resolution and fonts
/// are those of the preview, and of the files when they are opened again.
class TestFigureDialog : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<Desk> m_desk;
    ui::FigureDialog *m_dialog = nullptr;

    QString path(const QString &name) const { return m_folder.filePath(name); }
    /// The box of the dialog whose value has this unit, or this text at 0.
    template <typename Box>
    Box *box(const QString &suffix, const QString &special = {}) const
    {
        for (Box *candidate : m_dialog->findChildren<Box *>())
            if (candidate->suffix() == suffix && candidate->specialValueText() == special)
                return candidate;
        return nullptr;
    }
    static void type(QAbstractSpinBox *box, const QString &value)
    {
        box->setFocus();
        box->selectAll();
        QTest::keyClicks(box, value);
        QTest::keyClick(box, Qt::Key_Tab);
    }
    const ui::FigureLayout &layout() const { return m_dialog->preview()->drawing().layout; }
    int columnsDrawn() const
    {
        QSet<int> lefts;
        for (const ui::FigureInset &inset : layout().insets)
            lefts.insert(inset.where.left());
        return static_cast<int>(lefts.size());
    }
    void write(const QString &file) const
    {
        for (QPushButton *button : m_dialog->findChildren<QPushButton *>())
            if (button->text().remove('&').startsWith("Export"))
                QTest::mouseClick(button, Qt::LeftButton);
        QVERIFY(test::nameFile(m_desk->window.get(), file));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file) && !m_desk->window->engine()->isWriting(), kWaitMilliseconds);
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", path("data").toUtf8());
        QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        m_desk = std::make_unique<Desk>(m_folder.path());
        m_desk->window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_desk->window.get()));
        QVERIFY(test::dropFiles(m_desk->view, {test::writeSmallModel(path("small.safetensors")),
                                               test::writeNoise(path("noise.png"), {60, 44}, 5)}));
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->isResultCurrent() && !m_desk->window->comparisons()->isBusy(),
                                 kWaitMilliseconds);
        QTest::keyClick(m_desk->window.get(), Qt::Key_E, Qt::ControlModifier);
        m_dialog = m_desk->window->findChild<ui::FigureDialog *>();
        QVERIFY(m_dialog);
        QTRY_VERIFY_WITH_TIMEOUT(!m_dialog->preview()->drawing().image.isNull(), kWaitMilliseconds);
        m_dialog->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_dialog));
    }
    void cleanupTestCase() { m_desk.reset(); }

    void columnsAreThoseThatAreTyped()
    {
        auto *columns = box<QSpinBox>({}, QStringLiteral("Automatic"));
        QVERIFY(columns);
        for (const int wanted : {1, 3}) {
            type(columns, QString::number(wanted));
            QTRY_COMPARE_WITH_TIMEOUT(columnsDrawn(), wanted, kWaitMilliseconds);
        }
    }

    void widthAndResolutionAreThoseOfTheFiles()
    {
        QDoubleSpinBox *width = nullptr;
        for (QDoubleSpinBox *candidate : m_dialog->findChildren<QDoubleSpinBox *>())
            if (candidate->accessibleName() == QStringLiteral("Width of the figure"))
                width = candidate;
        auto *dpi = box<QSpinBox>(QStringLiteral(" dpi"));
        QVERIFY(width && dpi);
        type(width, QLocale().toString(84.0, 'f', 1));
        type(dpi, "200");
        const int pixels = static_cast<int>(std::lround(84.0 / 25.4 * 200.0));
        constexpr int kRounding = 1; // a width is whole pixels
        QTRY_VERIFY_WITH_TIMEOUT(std::abs(layout().size.width() - pixels) <= kRounding, kWaitMilliseconds);
        write(path("sized.png"));
        const QImage written(path("sized.png"));
        QVERIFY(std::abs(written.width() - pixels) <= kRounding);
        QCOMPARE(qRound(written.dotsPerMeterX() * 0.0254), 200);
        QCOMPARE(written.convertToFormat(QImage::Format_RGB32), m_dialog->preview()->drawing().image);
        write(path("sized.svg"));
        const auto svg = base::readFile(path("sized.svg").toStdString());
        const auto found =
            QRegularExpression("<svg width=\"([0-9.]+)mm\"")
                .match(QString::fromUtf8(reinterpret_cast<const char *>(svg.data()), qsizetype(svg.size())));
        QVERIFY(found.hasMatch());
        QVERIFY(std::abs(found.captured(1).toDouble() - 84.0) <= 25.4 / 200.0);
    }

    void fontAndItsSizeAreThoseOfTheText()
    {
        auto *size = box<QDoubleSpinBox>(QStringLiteral(" pt"));
        QVERIFY(size);
        const auto height = [this] { return QFontMetricsF(layout().texts.front().font).height(); };
        const double first = height();
        QVERIFY(m_dialog->settings().fontPoints > 6.0);
        type(size, QLocale().toString(6.0, 'f', 1));
        QTRY_VERIFY_WITH_TIMEOUT(height() < first, kWaitMilliseconds);
        const double small = height();
        type(size, QLocale().toString(12.0, 'f', 1));
        constexpr double kLarger = 1.7; // twice, but for whole pixels
        QTRY_VERIFY2_WITH_TIMEOUT(height() > kLarger * small, qPrintable(QString::number(height() / small)),
                                  kWaitMilliseconds);
        auto *families = m_dialog->findChild<QFontComboBox *>();
        QVERIFY(families);
        if (families->count() < 2)
            QSKIP("only one font is installed");
        const QString before = families->currentFont().family();
        families->setFocus();
        QTest::keyClick(families, families->currentIndex() == 0 ? Qt::Key_Down : Qt::Key_Up);
        const QString family = families->currentFont().family();
        QVERIFY(family != before);
        QTRY_COMPARE_WITH_TIMEOUT(layout().texts.front().font.family(), family, kWaitMilliseconds);
        write(path("font.svg"));
        const auto svg = base::readFile(path("font.svg").toStdString());
        QVERIFY(
            QByteArray(reinterpret_cast<const char *>(svg.data()), qsizetype(svg.size())).contains(family.toUtf8()));
    }
};

QTEST_MAIN(TestFigureDialog)
#include "tst_figuredialog.moc"
