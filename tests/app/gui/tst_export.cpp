// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/filecontroller.h"
#include "app/gui/mainwindow.h"
#include "app/gui/resources.h"
#include "app/gui/session.h"
#include "engine/base/file.h"
#include "engine/compare/bundle.h"
#include "engine/compare/replay.h"
#include "engine/image/codec.h"
#include "engine/model/generatorjson.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "ui/actions.h"
#include "ui/figure/figurepreview.h"
#include "ui/figuredialog.h"
#include "ui/format.h"
#include "ui/imageconvert.h"
#include "ui/messagebar.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QListWidget>
#include <QMenuBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <nlohmann/json.hpp>

using namespace bitlens;
using app::CompareController;
using app::MainWindow;

namespace {

constexpr int kWaitMilliseconds = 60000; // a bound for hangs, not a measurement

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

template <typename Widget>
Widget *visibleChild(QWidget *parent)
{
    for (Widget *child : parent->findChildren<Widget *>())
        if (child->isVisible())
            return child;
    return nullptr;
}

QPushButton *button(QWidget *parent, const QString &text)
{
    for (QPushButton *child : parent->findChildren<QPushButton *>())
        if (child->text().remove('&') == text)
            return child;
    return nullptr;
}

QListWidget *listNamed(QWidget *parent, const QString &name)
{
    for (QListWidget *child : parent->findChildren<QListWidget *>())
        if (child->accessibleName() == name)
            return child;
    return nullptr;
}

} // namespace

/// The menu Export in a real window, driven by keys and mouse; what was written is opened again.
class TestExport : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ui::Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    ui::CompareView *m_view = nullptr;
    app::Session *m_session = nullptr;

    void press(QKeyCombination keys)
    {
        m_window->activateWindow();
        QTRY_VERIFY(m_window->isActiveWindow());
        QTest::keyClick(m_window.get(), keys.key(), keys.keyboardModifiers());
    }

    /// Answers the file dialog that is open.
    void chooseFile(const QString &path)
    {
        QFileDialog *dialog = nullptr;
        QTRY_VERIFY((dialog = visibleChild<QFileDialog>(m_window.get())) != nullptr);
        emit dialog->fileSelected(path); // what Qt's own dialog does is Qt's to test
        dialog->close();
        QTRY_VERIFY(visibleChild<QFileDialog>(m_window.get()) == nullptr);
    }

    QString path(const QString &name) const { return m_folder.filePath(name); }

    ui::FigureDialog *openDialog()
    {
        press(Qt::CTRL | Qt::Key_E);
        auto *dialog = visibleChild<ui::FigureDialog>(m_window.get());
        if (dialog)
            [&] { QTRY_VERIFY_WITH_TIMEOUT(!dialog->preview()->drawing().image.isNull(), kWaitMilliseconds); }();
        return dialog;
    }

    /// Waits for the drawing of the newest choices.
    static void waitForDrawing(ui::FigureDialog *dialog, const std::function<bool()> &shown)
    {
        Q_UNUSED(dialog);
        QTRY_VERIFY_WITH_TIMEOUT(shown(), kWaitMilliseconds);
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", path("data").toUtf8());
        QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        m_theme = std::make_unique<ui::Theme>(qApp);
        const QString model = path("small.safetensors");
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 8});
        base::writeFileAtomically(model.toStdString(), model::exportGenerator(*generator));
        MainWindow::Options options;
        options.theme = m_theme.get();
        options.settingsFile = path("settings.ini");
        options.threads = 2;
        options.openFirstModel = false;
        m_window = std::make_unique<MainWindow>(options);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_view = m_window->findChild<ui::CompareView *>();
        m_session = m_window->session();
        for (const char *name : {"Comparison &figure…", "&Bundle…"})
            for (const QAction *action : m_window->actions())
                if (action->text() == QString::fromUtf8(name))
                    QVERIFY(!action->isEnabled());
        m_window->openModel(model);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->hasModel(), kWaitMilliseconds);
        QSignalSpy finished(m_window->comparisons(), &CompareController::finished);
        m_window->openSample();
        QTRY_VERIFY_WITH_TIMEOUT(finished.count() >= 1 && m_session->referenceFits(), kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->comparisons()->isBusy(), kWaitMilliseconds);
        QDir().mkdir(path("out"));
    }

    void theFigureIsComposedByMouseAndWritten()
    {
        ui::FigureDialog *dialog = openDialog();
        QVERIFY(dialog);
        QVERIFY(!dialog->isModal());
        ui::FigurePreview *preview = dialog->preview();
        const image::Size size = m_session->outputSize();
        QVERIFY(preview->drawing().picture == size);
        QCOMPARE(preview->drawing().regions.size(), std::size_t{1});

        // Drag over a part of the whole picture.
        const QRectF whole = preview->boxOf({0, 0, size.width, size.height});
        QVERIFY(whole.width() > 50.0);
        const QPoint from = (whole.topLeft() + QPointF(whole.width() * 0.25, whole.height() * 0.25)).toPoint();
        const QPoint to = (whole.topLeft() + QPointF(whole.width() * 0.45, whole.height() * 0.5)).toPoint();
        QTest::mousePress(preview, Qt::LeftButton, {}, from);
        QTest::mouseMove(preview, (from + to) / 2);
        QTest::mouseMove(preview, to);
        QTest::mouseRelease(preview, Qt::LeftButton, {}, to);
        const auto regions = dialog->settings().regions;
        QCOMPARE(regions.size(), std::size_t{1});
        // A pixel of the screen is several of the picture.
        const double step = size.width / whole.width() + 1.0;
        QVERIFY(std::abs(regions[0].x - size.width * 0.25) <= 2.0 * step);
        QVERIFY(std::abs(regions[0].width - size.width * 0.2) <= 2.0 * step);
        waitForDrawing(dialog, [&] { return preview->drawing().regions == regions; });

        // A second one, taken away again by a click on its box and Delete.
        QTest::mousePress(preview, Qt::LeftButton, {}, whole.bottomRight().toPoint() - QPoint(30, 30));
        QTest::mouseMove(preview, whole.bottomRight().toPoint() - QPoint(15, 20));
        QTest::mouseRelease(preview, Qt::LeftButton, {}, whole.bottomRight().toPoint() - QPoint(5, 5));
        QCOMPARE(dialog->settings().regions.size(), std::size_t{2});
        waitForDrawing(dialog, [&] { return preview->drawing().regions.size() == 2; });
        QTest::mouseClick(preview, Qt::LeftButton, {},
                          preview->boxOf(preview->drawing().regions[1]).center().toPoint());
        QTest::keyClick(preview, Qt::Key_Delete);
        QCOMPARE(dialog->settings().regions.size(), std::size_t{1});
        waitForDrawing(dialog, [&] { return preview->drawing().regions.size() == 1; });

        // What was chosen is written: the file is the preview.
        QTest::mouseClick(button(dialog, "Export…"), Qt::LeftButton);
        chooseFile(path("out/figure.png"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/figure.png")), kWaitMilliseconds);
        QTRY_VERIFY_WITH_TIMEOUT(button(dialog, "Close") != nullptr, kWaitMilliseconds);
        const QImage written(path("out/figure.png"));
        QCOMPARE(written.convertToFormat(QImage::Format_RGB32), preview->drawing().image);
        for (const ui::FigureInset &inset : preview->drawing().layout.insets)
            if (inset.picture == 1)
                QCOMPARE(written.pixelColor(inset.where.topLeft()),
                         ui::toQImage(m_session->result()->fp32).pixelColor(regions[0].x, regions[0].y));

        for (const char *name : {"out/figure.svg", "out/figure.pdf"}) {
            QTest::mouseClick(button(dialog, "Export…"), Qt::LeftButton);
            chooseFile(path(name));
            QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path(name)), kWaitMilliseconds);
            QTRY_VERIFY_WITH_TIMEOUT(button(dialog, "Close") != nullptr, kWaitMilliseconds);
        }
        QVERIFY(bytesOf(path("out/figure.svg")).contains(">FP32<") || bytesOf(path("out/figure.svg")).contains("FP32"));
        QVERIFY(bytesOf(path("out/figure.pdf")).startsWith("%PDF"));
        QTest::keyClick(dialog, Qt::Key_Escape);
    }

    void choicesChangeThePreviewAndAreRemembered()
    {
        ui::FigureDialog *dialog = openDialog();
        QVERIFY(dialog);
        ui::FigurePreview *preview = dialog->preview();
        QListWidget *pictures = listNamed(dialog, "Pictures in the figure");
        QVERIFY(pictures);
        const auto differences = pictures->findItems("Difference", Qt::MatchExactly);
        QCOMPARE(differences.size(), 1);
        const std::size_t before = preview->drawing().layout.insets.size();
        const Qt::CheckState was = differences.first()->checkState();
        pictures->setCurrentItem(differences.first());
        QTest::keyClick(pictures, Qt::Key_Space);
        QVERIFY(differences.first()->checkState() != was);
        waitForDrawing(dialog, [&] { return preview->drawing().layout.insets.size() != before; });
        // The unit changes, the width does not.
        QComboBox *unit = nullptr;
        for (QComboBox *box : dialog->findChildren<QComboBox *>())
            if (box->findText("px") >= 0)
                unit = box;
        QVERIFY(unit);
        const int pixels = preview->drawing().layout.size.width();
        unit->setFocus();
        QTest::keyClick(unit, Qt::Key_Down);
        QCOMPARE(dialog->settings().unit, ui::FigureUnit::Pixels);
        QCOMPARE(qRound(dialog->settings().width), pixels);
        const ui::FigureSettings chosen = dialog->settings();
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(visibleChild<ui::FigureDialog>(m_window.get()) == nullptr);
        dialog = openDialog();
        QVERIFY(dialog);
        QVERIFY(dialog->settings() == chosen);
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(visibleChild<ui::FigureDialog>(m_window.get()) == nullptr);
    }

    /// The place of the figure tells what went wrong, in place of what is awaited no more.
    void aFigureThatCannotBeDrawnSaysSoInItsPlace()
    {
        const compare::Result whole = *m_session->result();
        compare::Result half = whole;
        half.fp32 = {};
        m_session->setResult(half);
        press(Qt::CTRL | Qt::Key_E);
        auto *dialog = visibleChild<ui::FigureDialog>(m_window.get());
        QVERIFY(dialog);
        ui::FigurePreview *place = dialog->preview();
        const auto framed = [place] {
            const QImage seen = place->grab().toImage();
            const QRgb frame = ui::tone(ui::Tone::Warning, place->palette()).rgb();
            int pixels = 0;
            for (int y = 0; y < seen.height(); ++y)
                for (int x = 0; x < seen.width(); ++x)
                    pixels += seen.pixel(x, y) == frame ? 1 : 0;
            return pixels > 100; // a box around a sentence
        };
        QVERIFY(!framed()); // it is being drawn
        QTRY_VERIFY_WITH_TIMEOUT(place->error().contains("both sides"), kWaitMilliseconds);
        QVERIFY(framed());
        QCOMPARE(place->accessibleDescription(), place->error());
        if (const QString pictures = qEnvironmentVariable("BITLENS_TEST_PICTURES"); !pictures.isEmpty())
            QVERIFY(dialog->grab().save(pictures + "/figure_error.png"));
        m_session->setResult(whole);
        QTRY_VERIFY_WITH_TIMEOUT(!place->drawing().image.isNull(), kWaitMilliseconds);
        QVERIFY(place->error().isEmpty() && !framed());
        // Also above a drawing that is older than the choices.
        m_session->setResult(half);
        QTRY_VERIFY_WITH_TIMEOUT(!place->error().isEmpty() && framed(), kWaitMilliseconds);
        if (const QString pictures = qEnvironmentVariable("BITLENS_TEST_PICTURES"); !pictures.isEmpty())
            QVERIFY(dialog->grab().save(pictures + "/figure_error_old.png"));
        m_session->setResult(whole);
        QTRY_VERIFY_WITH_TIMEOUT(place->error().isEmpty(), kWaitMilliseconds);
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(visibleChild<ui::FigureDialog>(m_window.get()) == nullptr);
    }

    void severalPlansComeIntoOneFigure()
    {
        ui::FigureDialog *dialog = openDialog();
        QVERIFY(dialog);
        QTest::mouseClick(button(dialog, "Keep this"), Qt::LeftButton);
        const auto plan = quant::planFromArgument("*=3/6", *m_session->model().generator);
        const auto before = m_session->plan();
        m_session->editPlan(plan, "three");
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isResultCurrent() && !m_window->comparisons()->isBusy(), kWaitMilliseconds);
        QListWidget *plans = listNamed(dialog, "Plans in the figure");
        QVERIFY(plans);
        QTRY_COMPARE(plans->count(), 2);
        waitForDrawing(dialog, [&] {
            return std::count_if(preview(dialog).layout.swatchColours.begin(),
                                 preview(dialog).layout.swatchColours.end(),
                                 [](const QColor &colour) { return colour == ui::kQuantizedColor; })
                   == 2;
        });
        plans->setCurrentRow(0); // the kept one, before the window's
        QTest::mouseClick(button(plans->parentWidget(), "Remove"), Qt::LeftButton);
        QTRY_COMPARE(plans->count(), 1);
        QTest::keyClick(dialog, Qt::Key_Escape);
        m_session->editPlan(before, "back");
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isResultCurrent() && !m_window->comparisons()->isBusy(), kWaitMilliseconds);
    }

    void theViewIsWrittenAsItStands()
    {
        const QImage seen = m_view->grab().toImage().convertToFormat(QImage::Format_RGB888);
        press(Qt::CTRL | Qt::SHIFT | Qt::Key_E);
        chooseFile(path("out/view.png"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/view.png")), kWaitMilliseconds);
        const QImage written(path("out/view.png"));
        QCOMPARE(written.size(), seen.size());
        const QPoint corner(seen.width() / 4, seen.height() / 2);
        QCOMPARE(written.pixelColor(corner), seen.pixelColor(corner));
    }

    void cropsArePixelsOfTheResults()
    {
        m_view->showActualSize();
        m_view->setZoom(4.0);
        const QRect part = m_view->visibleRegion();
        press(Qt::CTRL | Qt::ALT | Qt::Key_C);
        chooseFile(path("out/crop.png"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/crop_hr.png")), kWaitMilliseconds);
        const image::Rect rect = image::Rect{part.x(), part.y(), part.width(), part.height()}.intersected(
            {0, 0, m_session->outputSize().width, m_session->outputSize().height});
        QVERIFY(rect.width < m_session->outputSize().width);
        const auto &result = *m_session->result();
        const auto crop = [&](const char *name) { return image::readImage(path(name).toStdString()); };
        QVERIFY(crop("out/crop_fp32.png").samePixels(result.fp32.cropped(rect)));
        QVERIFY(crop("out/crop_multi.png").samePixels(result.quantized.cropped(rect)));
        QVERIFY(crop("out/crop_hr.png").samePixels(m_session->reference().picture.cropped(rect)));
        // Not over files that are there.
        const QByteArray before = bytesOf(path("out/crop_fp32.png"));
        m_view->fit();
        press(Qt::CTRL | Qt::ALT | Qt::Key_C);
        chooseFile(path("out/crop.png"));
        QTRY_VERIFY_WITH_TIMEOUT(isTold("already"), kWaitMilliseconds);
        QCOMPARE(bytesOf(path("out/crop_fp32.png")), before);
    }

    /// All of them or none: a name that turns out to be taken takes back those that were written.
    void cropsAreWrittenTogether()
    {
        QVERIFY(QDir().mkpath(path("together")));
        QVERIFY(QFile::link(path("nowhere"), path("together/part_hr.png")));
        press(Qt::CTRL | Qt::ALT | Qt::Key_C);
        chooseFile(path("together/part.png"));
        QTRY_VERIFY_WITH_TIMEOUT(isTold("part_hr.png"), kWaitMilliseconds);
        const QDir::Filters all = QDir::AllEntries | QDir::System | QDir::Hidden | QDir::NoDotAndDotDot;
        QCOMPARE(QDir(path("together")).entryList(all), QStringList{"part_hr.png"});
    }

    void theSelectedRegionIsWhatIsCropped()
    {
        m_view->fit();
        m_view->setSelectedRegion({24, 16, 120, 96});
        press(Qt::CTRL | Qt::ALT | Qt::Key_C);
        QFileDialog *dialog = nullptr;
        QTRY_VERIFY((dialog = visibleChild<QFileDialog>(m_window.get())) != nullptr);
        QVERIFY2(dialog->windowTitle().contains("selected region"), qPrintable(dialog->windowTitle()));
        chooseFile(path("out/region.png"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/region_hr.png")), kWaitMilliseconds);
        const image::Image crop = image::readImage(path("out/region_fp32.png").toStdString());
        QVERIFY(crop.samePixels(m_session->result()->fp32.cropped({24, 16, 120, 96})));
        m_view->setSelectedRegion({});
    }

    void numbersOfTheSelectedRegionAreThoseOfTheReadouts()
    {
        const auto shown = [this](const char *name) {
            return m_window->findChild<QLabel *>(QLatin1String(name))->text();
        };
        m_view->setSelectedRegion({24, 16, 240, 208});
        QTRY_VERIFY_WITH_TIMEOUT(shown("region.title").contains("24, 16"), kWaitMilliseconds);
        for (const char *name : {"out/region.json", "out/region.csv"}) {
            press(Qt::CTRL | Qt::ALT | Qt::Key_N);
            chooseFile(path(name));
            QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path(name)), kWaitMilliseconds);
        }
        const auto json = nlohmann::json::parse(bytesOf(path("out/region.json")).toStdString())["region"];
        QCOMPARE(json["x"].get<int>(), 24);
        QCOMPARE(json["height"].get<int>(), 208);
        const double psnr = json["quantized"]["psnr_fp32"];
        QCOMPARE(ui::formatDecibels(psnr), shown("region.psnrFp32.quantized"));
        QCOMPARE(ui::formatSsim(json["quantized"]["ssim_fp32"]), shown("region.ssimFp32.quantized"));
        QCOMPARE(ui::formatIndex(json["fp32"]["niqe"]), shown("region.niqe.fp32"));
        QVERIFY(json["fp32"]["psnr_hr"].is_number()); // the sample has its original
        QVERIFY(psnr != *m_session->result()->report.quantized.psnrFp32.value);
        const QString csv = QString::fromUtf8(bytesOf(path("out/region.csv")));
        const QStringList rows = csv.split("\r\n").filter("region_psnr_fp32,dB,");
        QCOMPARE(rows.size(), 1);
        QCOMPARE(rows.first().section(',', 3, 3).toDouble(), psnr);
        m_view->setSelectedRegion({});
        press(Qt::CTRL | Qt::ALT | Qt::Key_N);
        chooseFile(path("out/whole.json"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/whole.json")), kWaitMilliseconds);
        QVERIFY(!bytesOf(path("out/whole.json")).contains("\"region\""));
    }

    void theNumbersAreOfTheChosenKind()
    {
        m_window->findChild<ui::Actions *>()->action(ui::ActionId::ExportNumbers)->trigger();
        QFileDialog *dialog = nullptr;
        QTRY_VERIFY((dialog = visibleChild<QFileDialog>(m_window.get())) != nullptr);
        QVERIFY2(dialog->selectedFiles().first().endsWith("_numbers.csv"), qPrintable(dialog->selectedFiles().first()));
        emit dialog->filterSelected(dialog->nameFilters().at(1)); // as choosing it in the list does
        QVERIFY2(dialog->selectedFiles().first().endsWith("_numbers.json"),
                 qPrintable(dialog->selectedFiles().first()));
        dialog->close();
        QTRY_VERIFY(visibleChild<QFileDialog>(m_window.get()) == nullptr);
    }

    void theFlipIsAnAnimation()
    {
        press(Qt::CTRL | Qt::ALT | Qt::Key_A);
        chooseFile(path("out/flip.png"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/flip.png")), kWaitMilliseconds);
        const QByteArray bytes = bytesOf(path("out/flip.png"));
        QVERIFY(bytes.contains("acTL") && bytes.contains("fdAT"));
        const QImage first = QImage::fromData(bytes);
        QCOMPARE(first.width(), m_session->outputSize().width);
        QCOMPARE(first.pixelColor(20, 20), ui::toQImage(m_session->result()->fp32).pixelColor(20, 20));
    }

    void numbersAreThoseOfTheReport()
    {
        press(Qt::CTRL | Qt::ALT | Qt::Key_N);
        chooseFile(path("out/numbers.json"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/numbers.json")), kWaitMilliseconds);
        const auto json = nlohmann::json::parse(bytesOf(path("out/numbers.json")).toStdString());
        const compare::Report &report = m_session->result()->report;
        QCOMPARE(json["quantized"]["bytes"].get<std::size_t>(), report.quantized.bytes);
        QCOMPARE(json["quantized"]["psnr_fp32"].get<double>(), *report.quantized.psnrFp32.value);
        press(Qt::CTRL | Qt::ALT | Qt::Key_N);
        chooseFile(path("out/numbers.csv"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/numbers.csv")), kWaitMilliseconds);
        const QString csv = QString::fromUtf8(bytesOf(path("out/numbers.csv")));
        QVERIFY(csv.startsWith("readout,unit,fp32,quantized,difference\r\n"));
        QVERIFY2(csv.contains(QString("bytes,B,%1,%2,").arg(report.fp32.bytes).arg(report.quantized.bytes)),
                 qPrintable(csv));
        // What nobody measured is not there; after a measurement it is, with its layers.
        QVERIFY(!json.contains("latency") && !csv.contains("latency"));
        QTest::mouseClick(m_window->findChild<QAbstractButton *>("measureLatency"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->findChild<QLabel *>("latency.fp32")->isVisible(), kWaitMilliseconds);
        press(Qt::CTRL | Qt::ALT | Qt::Key_N);
        chooseFile(path("out/latency.json"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/latency.json")), kWaitMilliseconds);
        const auto latency = nlohmann::json::parse(bytesOf(path("out/latency.json")).toStdString())["latency"];
        const double median = latency["quantized"]["median_s"];
        QVERIFY(median > 0.0);
        QCOMPARE(latency["layers"].size(), m_session->model().generator->layers.size());
        press(Qt::CTRL | Qt::ALT | Qt::Key_N);
        chooseFile(path("out/latency.csv"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/latency.csv")), kWaitMilliseconds);
        const QStringList rows = QString::fromUtf8(bytesOf(path("out/latency.csv"))).split("\r\n");
        const QStringList medians = rows.filter("latency_median,s,");
        QCOMPARE(medians.size(), 1);
        QCOMPARE(medians.first().section(',', 3, 3).toDouble(), median);
        QCOMPARE(rows.filter("layer_seconds/").size(), static_cast<qsizetype>(latency["layers"].size()));
    }

    void aBundleReplaysToTheSamePixels()
    {
        press(Qt::CTRL | Qt::ALT | Qt::Key_B);
        chooseFile(path("out/bundle.zip"));
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(path("out/bundle.zip")), kWaitMilliseconds);
        const compare::Bundle bundle = compare::readBundle(path("out/bundle.zip").toStdString(), {});
        const base::ThreadPool pool(2);
        compare::Comparison comparison(pool);
        const compare::Replay replay = compare::replayBundle(bundle, bundle.versions, comparison, {});
        QVERIFY2(replay.isIdentical(), replay.differences.empty() ? "" : replay.differences[0].c_str());
        QVERIFY(replay.result.quantized.samePixels(m_session->result()->quantized));
    }

    void nothingIsWrittenOverTheModel()
    {
        const QString model = m_session->model().argument;
        const QByteArray before = bytesOf(model);
        press(Qt::CTRL | Qt::ALT | Qt::Key_N);
        QFileDialog *dialog = nullptr;
        QTRY_VERIFY((dialog = visibleChild<QFileDialog>(m_window.get())) != nullptr);
        chooseFile(model);
        QTRY_VERIFY_WITH_TIMEOUT(isTold("not overwritten"), kWaitMilliseconds);
        QCOMPARE(bytesOf(model), before);
    }

    void cleanupTestCase() { m_window.reset(); }

private:
    /// A message says this. Their number tells nothing: others close by themselves meanwhile.
    bool isTold(const char *words) const
    {
        for (const QLabel *label : m_window->findChild<ui::MessageBar *>()->findChildren<QLabel *>())
            if (label->text().contains(QLatin1String(words)))
                return true;
        return false;
    }

    static const ui::FigureDrawing &preview(ui::FigureDialog *dialog) { return dialog->preview()->drawing(); }
};

QTEST_MAIN(TestExport)
#include "tst_export.moc"
