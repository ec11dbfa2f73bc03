// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/resources.h"
#include "engine/compare/picturescores.h"
#include "tests/app/gui/desk.h"
#include "ui/format.h"
#include "ui/readoutspanel.h"

#include <QAction>
#include <QCheckBox>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace bitlens;
using test::Desk;
using test::kWaitMilliseconds;

/// A region chosen on the picture, by mouse and keyboard in the real window, and its scores in the readouts.
class TestRegionScores : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<Desk> m_desk;
    QString m_modelFile;

    ui::CompareView *view() const { return m_desk->view; }
    QLabel *label(const char *name) const { return m_desk->window->findChild<QLabel *>(QLatin1String(name)); }
    QString readout(const char *name) const { return label(name) ? label(name)->text() : QString("no such readout"); }
    bool isSettled() const
    {
        return m_desk->session->isResultCurrent() && !m_desk->window->comparisons()->isBusy()
               && m_desk->window->engine()->openCount() == 0;
    }
    static QString titleOf(const QRect &region)
    {
        return QStringLiteral("Region %1\u00A0\u00D7\u00A0%2 at %3, %4")
            .arg(region.width())
            .arg(region.height())
            .arg(region.x())
            .arg(region.y());
    }
    /// The output pixel under a position of the view, as the view itself names it.
    QPoint pixelAt(const QPoint &position) const
    {
        QSignalSpy hovered(view(), &ui::CompareView::pixelHovered);
        for (const QPoint &at : {position + QPoint(40, 40), position}) {
            const QPointF local(at);
            QMouseEvent move(QEvent::MouseMove, local, view()->mapToGlobal(local), Qt::NoButton, {}, {});
            QApplication::sendEvent(view(), &move);
        }
        return hovered.isEmpty() ? QPoint(-1, -1) : hovered.constLast().constFirst().toPoint();
    }
    QRect drag(const QPoint &from, const QPoint &to) const
    {
        const QPoint first = pixelAt(from);
        const QPoint last = pixelAt(to);
        QTest::mousePress(view(), Qt::LeftButton, {}, from);
        QTest::mouseMove(view(), (from + to) / 2);
        QTest::mouseMove(view(), to);
        QTest::mouseRelease(view(), Qt::LeftButton, {}, to);
        return {first, last};
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) const { QTest::keyClick(view(), key, modifiers); }
    compare::PictureScoreReport scoresOf(const QRect &region) const
    {
        const compare::Result &result = *m_desk->session->result();
        compare::PictureScores scores;
        const base::ThreadPool pool(1);
        return scores.score({result.fp32, result.quantized,
                             image::Rect{region.x(), region.y(), region.width(), region.height()}, 4, nullptr},
                            pool, {});
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        m_modelFile = m_folder.filePath("small.safetensors");
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        base::writeFileAtomically(m_modelFile.toStdString(), model::exportGenerator(*generator));
        m_desk = std::make_unique<Desk>(m_folder.path());
        m_desk->window->resize(1440, 900);
        m_desk->window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_desk->window.get()));
        m_desk->window->openModel(m_modelFile);
        m_desk->window->openPaths({app::sampleInputPath()});
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->session->result() && isSettled(), kWaitMilliseconds);
    }
    void init()
    {
        view()->setSelectedRegion({});
        view()->setSelecting(false);
        QVERIFY(!label("region.title")->isVisible());
    }
    void cleanupTestCase() { m_desk.reset(); }

    void aDraggedRectangleIsScoredAndLabelled()
    {
        QTest::keyClick(m_desk->window.get(), Qt::Key_I, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(view()->isSelecting());
        const QPoint middle = view()->rect().center();
        const QRect visible = view()->visibleRegion();
        const QRect expected = drag(middle - QPoint(280, 180), middle + QPoint(160, 150));
        QVERIFY(!expected.isEmpty());
        QCOMPARE(view()->selectedRegion(), expected);
        QCOMPARE(view()->visibleRegion(), visible); // the picture did not move
        QVERIFY(m_desk->window->findChild<QCheckBox *>("regionScores")->isChecked());
        QTRY_COMPARE_WITH_TIMEOUT(readout("region.title"), titleOf(expected), kWaitMilliseconds);
        const compare::PictureScoreReport scores = scoresOf(expected);
        QVERIFY(scores.fp32.niqe.value && scores.quantized.niqe.value);
        QCOMPARE(readout("region.niqe.fp32"), QString::number(*scores.fp32.niqe.value, 'f', 2));
        QCOMPARE(readout("region.niqe.quantized"), QString::number(*scores.quantized.niqe.value, 'f', 2));
        QVERIFY(!readout("region.niqe.change").isEmpty());
        QCOMPARE(readout("region.psnrFp32.quantized"), ui::formatDecibels(*scores.psnrFp32.value));
        QVERIFY(readout("region.niqe.fp32") != readout("niqe.fp32")); // the whole picture keeps its own
        const QString folder = qEnvironmentVariable("BITLENS_SCREENSHOTS");
        if (!folder.isEmpty())
            QVERIFY(m_desk->window->grab().save(folder + "/region.png"));
    }

    void tooSmallSaysWhy()
    {
        view()->setSelectedRegion({40, 32, 120, 96});
        QTRY_COMPARE_WITH_TIMEOUT(readout("region.title"), titleOf({40, 32, 120, 96}), kWaitMilliseconds);
        QCOMPARE(readout("region.niqe.fp32"), QStringLiteral("n/a"));
        QCOMPARE(readout("region.niqe.quantized"), QStringLiteral("n/a"));
        QVERIFY2(label("region.niqe.fp32")->toolTip().contains("too small"),
                 qPrintable(label("region.niqe.fp32")->toolTip()));
        QCOMPARE(readout("region.pi.fp32"), QStringLiteral("n/a"));
        QVERIFY(readout("region.psnrFp32.quantized").contains("dB")); // PSNR asks for no size
    }

    void theKeyboardMovesResizesAndTakesItAway()
    {
        QTest::keyClick(m_desk->window.get(), Qt::Key_I, Qt::ControlModifier | Qt::ShiftModifier);
        key(Qt::Key_Return); // the middle of what is visible
        const QRect first = view()->selectedRegion();
        QVERIFY(first.isValid() && view()->visibleRegion().contains(first));
        key(Qt::Key_Right);
        key(Qt::Key_Down, Qt::ControlModifier);
        QCOMPARE(view()->selectedRegion(), first.translated(1, 10));
        key(Qt::Key_Left, Qt::ShiftModifier);
        key(Qt::Key_Up, Qt::ShiftModifier | Qt::ControlModifier);
        const QRect resized(first.topLeft() + QPoint(1, 10), first.size() - QSize(1, 10));
        QCOMPARE(view()->selectedRegion(), resized);
        QTRY_COMPARE_WITH_TIMEOUT(readout("region.title"), titleOf(resized), kWaitMilliseconds);
        key(Qt::Key_Escape);
        QVERIFY(view()->selectedRegion().isEmpty() && view()->isSelecting());
        QVERIFY(!label("region.title")->isVisible());
        key(Qt::Key_Escape);
        QVERIFY(!view()->isSelecting());
    }

    void insideADragMovesAndAClickElsewhereClears()
    {
        view()->setSelecting(true);
        const QPoint middle = view()->rect().center();
        const QRect drawn = drag(middle - QPoint(120, 120), middle + QPoint(120, 120));
        QCOMPARE(view()->selectedRegion(), drawn);
        const QPoint inside = middle + QPoint(60, 40); // not on the divider
        const QRect way = drag(inside, inside + QPoint(-30, 20));
        const QRect moved = drawn.translated(way.bottomRight() - way.topLeft());
        QVERIFY(moved != drawn);
        QCOMPARE(view()->selectedRegion(), moved);
        // Escape in the middle of a drag gives it up.
        QTest::mousePress(view(), Qt::LeftButton, {}, inside);
        QTest::mouseMove(view(), inside + QPoint(50, 50));
        key(Qt::Key_Escape);
        QTest::mouseRelease(view(), Qt::LeftButton, {}, inside + QPoint(50, 50));
        QCOMPARE(view()->selectedRegion(), moved);
        QTest::mouseClick(view(), Qt::LeftButton, {}, middle - QPoint(200, 200));
        QVERIFY(view()->selectedRegion().isEmpty());
    }

    void blameAndSelectionExcludeEachOther()
    {
        view()->setSelectedRegion({8, 8, 60, 40});
        QTest::keyClick(m_desk->window.get(), Qt::Key_I, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(view()->isSelecting() && !view()->isPicking());
        QTest::keyClick(m_desk->window.get(), Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(!view()->isSelecting() && view()->isPicking());
        QSignalSpy picked(view(), &ui::CompareView::regionPicked);
        key(Qt::Key_Return); // the region at hand
        QCOMPARE(picked.count(), 1);
        QCOMPARE(picked.constFirst().constFirst().toRect(), QRect(8, 8, 60, 40));
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        QTest::keyClick(m_desk->window.get(), Qt::Key_I, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(view()->isSelecting() && !view()->isPicking());
    }

    void anotherPictureForgetsIt()
    {
        view()->setSelectedRegion({8, 8, 300, 240});
        QTRY_COMPARE_WITH_TIMEOUT(readout("region.title"), titleOf({8, 8, 300, 240}), kWaitMilliseconds);
        const QString other = m_folder.filePath("other.png");
        image::writeImage(image::Image({60, 50}, 3), other.toStdString());
        m_desk->window->openPaths({other});
        QTRY_VERIFY_WITH_TIMEOUT(view()->selectedRegion().isEmpty(), kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        QVERIFY(!label("region.title")->isVisible());
    }
};

QTEST_MAIN(TestRegionScores)
#include "tst_regionscores.moc"
