// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/filecontroller.h"
#include "app/gui/mainwindow.h"
#include "app/gui/resources.h"
#include "app/gui/session.h"
#include "app/gui/triedplans.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/model/generatorjson.h"
#include "engine/score/mamodelstore.h"
#include "tests/engine/score/matfilewriter.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "ui/activationspanel.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/messagebar.h"
#include "ui/plots/histogramplot.h"
#include "ui/plots/scatterplot.h"
#include "ui/readoutspanel.h"
#include "ui/theme.h"
#include "ui/triedplanspanel.h"
#include "ui/views/compareview.h"

#include <QAbstractButton>
#include <QCheckBox>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>
#include <QUndoStack>

using namespace bitlens;
using app::CompareController;
using app::MainWindow;
using app::Session;

namespace {

constexpr int kWaitMilliseconds = 60000; // a bound for hangs, not a measurement

} // namespace

/// Scores, costs, activations and tried plans in the real window, by mouse and keyboard.
class TestInsight : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    QString m_modelFile;
    QString m_maFile;

    Session *session() const { return m_window->session(); }
    ui::ReadoutsPanel *readouts() const { return m_window->findChild<ui::ReadoutsPanel *>(); }
    ui::BitPlanPanel *plan() const { return m_window->findChild<ui::BitPlanPanel *>(); }
    ui::ActivationsPanel *activations() const { return m_window->findChild<ui::ActivationsPanel *>(); }
    ui::TriedPlansPanel *tried() const { return m_window->findChild<ui::TriedPlansPanel *>(); }
    QLabel *label(const char *name) const { return m_window->findChild<QLabel *>(QLatin1String(name)); }
    QString readout(const char *name) const { return label(name) ? label(name)->text() : QString("no such readout"); }
    bool isSettled() const
    {
        return session()->isResultCurrent() && !m_window->comparisons()->isBusy()
               && m_window->engine()->openCount() == 0;
    }
    QString messages() const
    {
        QStringList texts;
        for (const QLabel *text : m_window->findChild<ui::MessageBar *>()->findChildren<QLabel *>())
            texts << text->text();
        return texts.join('\n');
    }

    void openWindow()
    {
        MainWindow::Options options;
        options.theme = m_theme.get();
        options.settingsFile = m_folder.path() + "/settings.ini";
        options.threads = 2;
        options.openFirstModel = false;
        m_window = std::make_unique<MainWindow>(options);
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get())); // keys go to the active window
    }
    void openPicture()
    {
        m_window->openModel(m_modelFile);
        m_window->openPaths({app::sampleInputPath()});
        QTRY_VERIFY_WITH_TIMEOUT(session()->result() && isSettled(), kWaitMilliseconds);
    }
    void selectLayer(const QString &path)
    {
        QTreeView *tree = plan()->tree();
        const QModelIndex index = plan()->model()->indexOfPath(path);
        QVERIFY2(index.isValid(), qPrintable(path));
        for (QModelIndex above = index.parent(); above.isValid(); above = above.parent())
            tree->expand(above);
        tree->scrollTo(index);
        QTest::mouseClick(tree->viewport(), Qt::LeftButton, {}, tree->visualRect(index).center());
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        m_theme = std::make_unique<ui::Theme>(qApp);
        m_modelFile = m_folder.filePath("small.safetensors");
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        base::writeFileAtomically(m_modelFile.toStdString(), model::exportGenerator(*generator));
        m_maFile = m_folder.filePath("model.mat");
        test::writeModel(test::RawModel::random(10, 31, 1), m_maFile.toStdString());
        QVERIFY2(!app::sampleInputPath().isEmpty(), "the sample is not where the program looks for it");
    }
    void init()
    {
        QDir(m_folder.filePath("data")).removeRecursively();
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        QFile::remove(m_folder.filePath("settings.ini"));
        openWindow();
    }
    void cleanup() { m_window.reset(); }

    void withoutTheMaModelNiqeIsThereAndAButtonHelps()
    {
        openPicture();
        QVERIFY(session()->result()->report.quantized.niqe.value.has_value());
        QVERIFY(readout("niqe.quantized") != "n/a");
        QCOMPARE(readout("ma.quantized"), QStringLiteral("n/a"));
        QCOMPARE(label("pi.fp32")->toolTip(), QStringLiteral("Ma model not installed"));
        auto *install = m_window->findChild<QAbstractButton *>("installMa");
        QVERIFY(install && install->isVisible());
        QVERIFY(install->toolTip().contains("model.mat"));
    }

    void installingTheModelBringsMaAndPi()
    {
        openPicture();
        QAction *action = nullptr;
        for (QAction *candidate : m_window->actions())
            if (candidate->text().contains("Install Ma"))
                action = candidate;
        QVERIFY(action);
        action->trigger();
        auto *dialog = m_window->findChild<QFileDialog *>();
        QVERIFY(dialog);
        emit dialog->fileSelected(m_maFile);
        dialog->close();
        QTRY_VERIFY_WITH_TIMEOUT(session()->result()->report.quantized.pi.value.has_value(), kWaitMilliseconds);
        const compare::Report &report = session()->result()->report;
        QTRY_COMPARE(readout("pi.fp32"), QString::number(*report.fp32.pi.value, 'f', 2).replace('-', QChar(0x2212)));
        QVERIFY(!readout("ma.change").isEmpty());
        QVERIFY(!m_window->findChild<QAbstractButton *>("installMa")->isVisible());
        QVERIFY(!score::findMaModel().empty());
        QVERIFY(QFile::exists(m_folder.filePath("data/ma/forests.cache")));

        // The next start finds it by itself.
        openWindow();
        openPicture();
        QTRY_VERIFY_WITH_TIMEOUT(session()->result()->report.quantized.pi.value.has_value(), kWaitMilliseconds);
        // Tried plans know the change of PI.
        QTRY_VERIFY(session()->triedPlans()->plans().constFirst().piChange.has_value());
    }

    void aWrongOrTruncatedModelFileIsRefusedByName()
    {
        openPicture();
        const QString broken = m_folder.filePath("broken.mat");
        const std::vector<std::uint8_t> bytes = base::readFile(m_maFile.toStdString());
        base::writeFileAtomically(broken.toStdString(), std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + 300));
        for (QAction *candidate : m_window->actions())
            if (candidate->text().contains("Install Ma"))
                candidate->trigger();
        auto *dialog = m_window->findChild<QFileDialog *>();
        QVERIFY(dialog);
        emit dialog->fileSelected(broken);
        dialog->close();
        QTRY_VERIFY_WITH_TIMEOUT(messages().contains("broken.mat"), kWaitMilliseconds);
        QVERIFY2(messages().contains("was not installed"), qPrintable(messages()));
        QVERIFY(score::findMaModel().empty());
        QCOMPARE(readout("ma.quantized"), QStringLiteral("n/a"));
    }

    void theVisiblePartIsScoredAndLabelled()
    {
        openPicture();
        auto *box = m_window->findChild<QCheckBox *>("regionScores");
        QVERIFY(box && box->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_I, Qt::ControlModifier);
        QVERIFY(box->isChecked());
        QTRY_VERIFY_WITH_TIMEOUT(readout("region.psnrFp32.quantized").contains("dB"), kWaitMilliseconds);
        const QString whole = readout("region.title");
        QVERIFY2(whole.contains("at 0, 0"), qPrintable(whole));
        QTRY_COMPARE(readout("region.niqe.fp32"), readout("niqe.fp32")); // all of it is visible
        auto *view = m_window->findChild<ui::CompareView *>();
        for (int i = 0; i < 6; ++i)
            view->zoomIn();
        QTRY_VERIFY_WITH_TIMEOUT(readout("region.title") != whole, kWaitMilliseconds);
        const QRect visible = view->visibleRegion();
        QVERIFY(readout("region.title").contains(QString::number(visible.width())));
        QTest::keyClick(m_window.get(), Qt::Key_I, Qt::ControlModifier);
        QVERIFY(!label("region.title")->isVisible());
    }

    void aDraggedRangeReachesThePictureAndUndoTakesItBack()
    {
        openPicture();
        QTest::keyClick(m_window.get(), Qt::Key_F6);
        QVERIFY(activations()->isVisible());
        selectLayer("tail");
        QTRY_VERIFY_WITH_TIMEOUT(label("activationsLayer")->text().startsWith("tail"), kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        const compare::Result before = *session()->result();
        ui::HistogramPlot *plot = activations()->plot();
        QVERIFY(plot->markers().has_value());
        const double high = plot->markers()->high;
        auto *canvas = plot->findChild<QWidget *>();
        const int y = plot->height() / 3;
        const QPoint from(static_cast<int>(std::lround(plot->pixelOf(high))), y);
        const QPoint to(static_cast<int>(std::lround(plot->pixelOf(high / 4.0))), y);
        QTest::mousePress(canvas, Qt::LeftButton, {}, from);
        QTest::mouseMove(canvas, (from + to) / 2);
        QTest::mouseMove(canvas, to);
        QTest::mouseRelease(canvas, Qt::LeftButton, {}, to);
        QCOMPARE(session()->chosenRanges().size(), std::size_t(1));
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        const compare::Result cut = *session()->result();
        QVERIFY(!cut.quantized.samePixels(before.quantized));
        QVERIFY(cut.fp32.samePixels(before.fp32));
        QVERIFY(*cut.report.quantized.psnrFp32.value < *before.report.quantized.psnrFp32.value);
        QTRY_VERIFY(m_window->findChild<QToolButton *>("rangeReset")->isEnabled());
        QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(session()->chosenRanges().empty());
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        QVERIFY(session()->result()->quantized.samePixels(before.quantized));
        QTRY_COMPARE(activations()->plot()->markers()->high, high);
    }

    void activationsFollowTheSelectedLayerAndAreSaved()
    {
        openPicture();
        QTest::keyClick(m_window.get(), Qt::Key_F6);
        selectLayer("body/block1/conv1");
        QTRY_COMPARE_WITH_TIMEOUT(label("activationsLayer")->text(), QStringLiteral("body/block1/conv1"),
                                  kWaitMilliseconds);
        for (const char *ending : {"png", "svg", "pdf", "bmp"}) {
            const QString path = m_folder.filePath(QStringLiteral("plot.") + QLatin1String(ending));
            emit activations()->pictureExportRequested();
            auto *dialog = m_window->findChild<QFileDialog *>();
            QVERIFY(dialog);
            emit dialog->fileSelected(path);
            delete dialog;
            QCOMPARE(QFile::exists(path), qstrcmp(ending, "bmp") != 0);
        }
        QVERIFY(messages().contains("plot.bmp"));
        QFile svg(m_folder.filePath("plot.svg"));
        QVERIFY(svg.open(QIODevice::ReadOnly));
        QVERIFY(svg.readAll().contains("<text")); // letters, not outlines
        QCOMPARE(QImage(m_folder.filePath("plot.png")).size(), QSize(2400, 1000));
        emit activations()->numbersExportRequested();
        auto *dialog = m_window->findChild<QFileDialog *>();
        emit dialog->fileSelected(m_folder.filePath("plot.csv"));
        delete dialog;
        QFile csv(m_folder.filePath("plot.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QCOMPARE(QString::fromUtf8(csv.readAll()), activations()->csv());
    }

    void aTriedPlanComesBackByAClick()
    {
        openPicture();
        const quant::BitPlan first = session()->plan();
        QTest::keyClick(m_window.get(), Qt::Key_F10);
        QVERIFY(tried()->isVisible());
        plan()->applyPreset("w4");
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        QCOMPARE(session()->triedPlans()->rowCount(), 2);
        QTRY_COMPARE(tried()->plot()->points().size(), 2);
        QVERIFY(!tried()->plot()->points().at(0).current && tried()->plot()->points().at(1).current);
        const QPoint at = tried()->plot()->positionOf(0).toPoint();
        QTest::mouseClick(tried()->plot()->findChild<QWidget *>(), Qt::LeftButton, {}, at);
        QVERIFY(session()->plan() == first);
        QVERIFY(tried()->plot()->points().at(0).current);
        QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(session()->plan() != first);
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
    }

    void onlyOneLayerAndItsDetails()
    {
        openPicture();
        selectLayer("up2");
        QTRY_VERIFY(!label("layerKernel")->text().isEmpty());
        QCOMPARE(label("layerBadge")->text(), QStringLiteral("integer"));
        QVERIFY2(label("layerShares")->text().contains("%"), qPrintable(label("layerShares")->text()));
        const quant::BitPlan before = session()->plan();
        QTest::keyClick(m_window.get(), Qt::Key_L, Qt::ControlModifier);
        int quantized = 0;
        for (std::size_t i = 0; i < session()->plan().size(); ++i)
            quantized += session()->plan().at(i).isFloat() ? 0 : 1;
        QCOMPARE(quantized, 1);
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        selectLayer("tail");
        QTRY_COMPARE(label("layerBadge")->text(), QStringLiteral("float"));
        QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(session()->plan() == before);
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
    }

    /// Renders the window to PNG files in the folder BITLENS_SCREENSHOTS, to be looked at.
    void pictures_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }
    void pictures()
    {
        const QString folder = qEnvironmentVariable("BITLENS_SCREENSHOTS");
        if (folder.isEmpty())
            QSKIP("BITLENS_SCREENSHOTS names no folder");
        QFETCH(bool, dark);
        m_theme->setAppearance(dark ? ui::Appearance::Dark : ui::Appearance::Light);
        const QString trained = qEnvironmentVariable("BITLENS_SHARED") + "/data/weights/srgan5_leftthomas_x4.pth";
        if (QFile::exists(trained))
            m_modelFile = trained;
        m_window->resize(1440, 900);
        score::installMaModel(m_maFile.toStdString(), {}); // random forests: a picture of the layout, not of scores
        openWindow();
        m_window->resize(1440, 900);
        openPicture();
        QTest::keyClick(m_window.get(), Qt::Key_F6);
        QTest::keyClick(m_window.get(), Qt::Key_F10);
        for (const char *preset : {"int8", "w4", "multi"}) {
            plan()->applyPreset(QLatin1String(preset));
            QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        }
        selectLayer("up2");
        QTest::keyClick(m_window.get(), Qt::Key_I, Qt::ControlModifier);
        QTest::mouseClick(m_window->findChild<QAbstractButton *>("measureLatency"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(label("latency.fp32")->isVisible() && isSettled(), kWaitMilliseconds);
        const QString name = folder + "/insight-" + QTest::currentDataTag();
        QVERIFY(m_window->grab().save(name + ".png"));
        activations()->setPage(ui::ActivationsPanel::Page::Error);
        QTest::mouseMove(tried()->plot()->findChild<QWidget *>(), QPoint(1, 1));
        QTest::mouseMove(tried()->plot()->findChild<QWidget *>(), tried()->plot()->positionOf(0).toPoint());
        QTRY_VERIFY(tried()->plot()->highlighted() >= 0);
        QTest::qWait(0);
        QVERIFY(m_window->grab().save(name + "-error.png"));
        m_theme->setAppearance(ui::Appearance::Light);
    }

    void latencyIsMeasuredOnRequest()
    {
        openPicture();
        auto *measure = m_window->findChild<QAbstractButton *>("measureLatency");
        QVERIFY(measure->isVisible() && !label("latency.fp32")->isVisible());
        QTest::mouseClick(measure, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(label("latency.fp32")->isVisible(), kWaitMilliseconds);
        QVERIFY(!readout("latency.quantized").isEmpty() && !readout("latency.change").isEmpty());
        QVERIFY(readout("latencySpread.fp32").startsWith(QChar(0x00B1)));
        QVERIFY(m_window->findChild<QWidget *>("timeShares")->isVisible());
        selectLayer("up2");
        QTRY_VERIFY2(label("layerShares")->text().contains("time"), qPrintable(label("layerShares")->text()));
        // Another plan has not been measured yet: the numbers stay where they are, dimmed.
        const QString median = readout("latency.quantized");
        const auto strength = [&] {
            return label("latency.quantized")->palette().color(QPalette::WindowText).alphaF();
        };
        QCOMPARE(strength(), 1.0F);
        const quant::BitPlan measured = m_window->session()->plan();
        plan()->applyPreset("w4");
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        QTRY_VERIFY(strength() < 1.0F);
        QVERIFY(label("latency.fp32")->isVisible());
        QCOMPARE(readout("latency.quantized"), median);
        QVERIFY(m_window->findChild<QWidget *>("timeShares")->isVisible());
        // Back at the plan that was measured, they are its own.
        m_window->session()->editPlan(measured, "back");
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), kWaitMilliseconds);
        QTRY_COMPARE(strength(), 1.0F);
        // Stopped by the same button, by Escape, or by an edit: nothing is shown and nothing is left running.
        QTest::mouseClick(measure, Qt::LeftButton);
        QTest::mouseClick(measure, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->engine()->openCount() == 0, kWaitMilliseconds);
        QVERIFY(measure->text().contains("Measure"));
    }
};

QTEST_MAIN(TestInsight)
#include "tst_insight.moc"
