// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/autosave.h"
#include "app/gui/filecontroller.h"
#include "app/gui/planfiles.h"
#include "app/gui/queuecontroller.h"
#include "app/gui/sessioncontroller.h"
#include "app/gui/sessionfile.h"
#include "app/gui/triedplans.h"
#include "app/gui/tunedfiles.h"
#include "engine/compare/foldercalibration.h"
#include "engine/quant/quantizedmodel.h"
#include "tests/app/gui/desk.h"
#include "ui/plots/scatterplot.h"
#include "ui/triedplanspanel.h"

#include <QClipboard>
#include <QComboBox>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace bitlens;
using app::SessionController;
using test::Desk;

/// What a model was tuned to belongs to the session: it comes back after a crash, in the next start, from a session
/// file, and for the pictures of the queue.
class TestTunedSession : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_model;
    QString m_picture;

    QString path(const QString &name) const { return m_folder.filePath(name); }

    static SessionController *sessionsOf(const Desk &desk) { return desk.window->findChild<SessionController *>(); }

    /// Opens picture and model, and makes it what TuneController::useResult makes it: the same generator, with weights
    /// that no quantization of it would give.
    void openTuned(Desk &desk)
    {
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QVERIFY(test::dropFiles(desk.view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), test::kWaitMilliseconds);
        app::OpenedModel tuned = desk.session->model();
        const base::ThreadPool pool(2);
        const auto calibration = compare::calibrateOn(path("dim.png").toStdString(), tuned.generator, pool, {});
        tuned.plan = quant::BitPlan::fromRules("*=4/6", *tuned.generator);
        auto packed =
            std::make_shared<quant::QuantizedModel>(*quant::quantize(tuned.generator, *tuned.plan, *calibration));
        for (quant::QuantizedLayer &layer : packed->layers) {
            layer.weights.scale[0] *= 1.25F;
            layer.bias[1] += 0.02F;
            layer.identity.reset();
        }
        tuned.packed = packed;
        desk.session->setModel(tuned);
        QVERIFY(test::dropFiles(desk.view, {m_picture}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        QCOMPARE(desk.session->result()->model, desk.session->model().packed);
    }

    /// Drops a session on the window, and waits until it is shown.
    static bool openSession(Desk &desk, const QString &file)
    {
        return QTest::qWaitForWindowExposed(desk.window.get()) && test::dropFiles(desk.view, {file})
               && QTest::qWaitFor([&] { return desk.session->hasInput() && desk.session->isResultCurrent(); },
                                  test::kWaitMilliseconds);
    }

    /// The plan as the user pastes it, and its pixels.
    static image::Image pixelsUnder(Desk &desk, const char *rules)
    {
        QApplication::clipboard()->setText(QString::fromLatin1(rules));
        desk.window->files()->plans()->paste();
        if (!QTest::qWaitFor([&] { return desk.session->isResultCurrent(); }, test::kWaitMilliseconds))
            return {};
        return desk.session->result()->quantized;
    }

    void saveByItself(const Desk &desk) const
    {
        QTRY_VERIFY_WITH_TIMEOUT(!desk.session->model().tunedFile.isEmpty(), test::kWaitMilliseconds);
        auto *autosave = desk.window->findChild<app::Autosave *>();
        QSignalSpy saved(autosave, &app::Autosave::saved);
        autosave->saveNow();
        QTRY_VERIFY_WITH_TIMEOUT(saved.count() > 0, test::kWaitMilliseconds);
    }

    /// The tried plans, in their panel that F10 opens.
    static const ui::ScatterPlot *shownPlot(const Desk &desk)
    {
        desk.window->activateWindow();
        (void)QTest::qWaitForWindowActive(desk.window.get());
        QTest::keyClick(desk.window.get(), Qt::Key_F10);
        const ui::ScatterPlot *plot = desk.window->findChild<ui::TriedPlansPanel *>()->plot();
        (void)QTest::qWaitFor([plot] { return plot->isVisible() && plot->points().size() >= 2; },
                              test::kWaitMilliseconds);
        return plot;
    }
    /// The name that stands beside a point while the mouse is over it.
    static QString hover(const ui::ScatterPlot *plot, qsizetype point)
    {
        auto *canvas = plot->findChild<QWidget *>();
        const QPointF at = plot->positionOf(point);
        QMouseEvent move(QEvent::MouseMove, at, canvas->mapToGlobal(at), Qt::NoButton, {}, {});
        QApplication::sendEvent(canvas, &move);
        return plot->accessibleDescription().section('\n', 0, 0);
    }
    static void click(const ui::ScatterPlot *plot, qsizetype point)
    {
        QTest::mouseClick(plot->findChild<QWidget *>(), Qt::LeftButton, {}, plot->positionOf(point).toPoint());
    }
    /// How many of the four corners around a point that is not the current one are painted: those of a square.
    static int cornersAt(const ui::ScatterPlot *plot, qsizetype point)
    {
        auto *canvas = plot->findChild<QWidget *>();
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(canvas, &leave); // takes the ring and the name away
        QCoreApplication::processEvents();
        const QImage picture = canvas->grab().toImage();
        const double ratio = picture.devicePixelRatio();
        const QColor ground = plot->palette().color(QPalette::Base);
        constexpr double kReach = 3.6; // half of a point of 8 pixels; a circle ends at 2.8 in this direction
        constexpr int kInk = 100;      // of 255 away from the ground: more than the soft edge of a line, or the grid
        int painted = 0;
        for (const QPointF &corner :
             {QPointF(-kReach, -kReach), QPointF(kReach, -kReach), QPointF(-kReach, kReach), QPointF(kReach, kReach)}) {
            const QColor pixel = picture.pixelColor(((plot->positionOf(point) + corner) * ratio).toPoint());
            painted += std::abs(pixel.blue() - ground.blue()) > kInk ? 1 : 0;
        }
        return painted;
    }

    static QStringList keptIn(const QString &folder)
    {
        return QDir(folder).entryList({"tuned-*.safetensors"}, QDir::Files);
    }

    /// A state folder whose last program died while it showed the tuned model; the picture that it showed.
    image::Image crash(const QString &state, const char *rules = nullptr)
    {
        Desk desk(m_folder.path(), nullptr, false, state);
        openTuned(desk);
        const image::Image shown = rules ? pixelsUnder(desk, rules) : desk.session->result()->quantized;
        saveByItself(desk);
        auto *autosave = desk.window->findChild<app::Autosave *>();
        if (!QFile::copy(autosave->path(), state + "/sessions/autosave-9.bitlens"))
            return {};
        desk.window.reset();
        QFile::remove(state + "/sessions/last.bitlens");
        return shown;
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", path("data").toUtf8());
        m_model = test::writeSmallModel(path("small.safetensors"), 2);
        m_picture = test::writeNoise(path("noise.png"), {48, 36}, 5);
        test::writeNoise(path("dim.png"), {40, 30}, 3, 0, 60);
    }

    void init() { QFile::remove(path("settings.ini")); }

    void afterACrashItIsThereToThePixel()
    {
        const QString state = path("crashed");
        // Under another plan as well: that is made of the tuned ranges, and of what its biases are corrected by.
        const image::Image other = crash(state, "*=3/5");
        QVERIFY(!other.isNull());
        Desk desk(m_folder.path(), nullptr, false, state);
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QTest::mouseClick(desk.messageButton("Bring it back"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput() && desk.session->isResultCurrent(), test::kWaitMilliseconds);
        QVERIFY(desk.session->model().isTuned());
        QCOMPARE(desk.session->model().argument, m_model);
        QVERIFY(desk.session->result()->quantized.samePixels(other));
        QCOMPARE(desk.messages->count(), 0);

        const image::Image tuned = pixelsUnder(desk, "*=4/6");
        QCOMPARE(desk.session->result()->model, desk.session->model().packed);
        desk.window.reset();
        Desk fresh(m_folder.path());
        openTuned(fresh);
        QVERIFY(tuned.samePixels(fresh.session->result()->quantized));
        // What the FP32 model gives under this plan is something else, or this would prove nothing.
        QVERIFY(test::dropFiles(fresh.view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(!fresh.session->model().isTuned() && fresh.session->isResultCurrent(),
                                 test::kWaitMilliseconds);
        QVERIFY(!pixelsUnder(fresh, "*=4/6").samePixels(tuned));
    }

    void theNextStartBeginsWithIt()
    {
        const QString state = path("next");
        image::Image tuned;
        {
            Desk desk(m_folder.path(), nullptr, false, state);
            openTuned(desk);
            tuned = desk.session->result()->quantized;
            desk.window->close(); // at once: what is being written is waited for
            QTRY_VERIFY_WITH_TIMEOUT(!desk.window->isVisible(), test::kWaitMilliseconds);
        }
        QCOMPARE(keptIn(state + "/sessions").size(), 1);
        // The first model is opened beside the session; whichever comes first, it stays the tuned one.
        Desk desk(m_folder.path(), nullptr, true, state, true);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->model().isTuned() && desk.session->isResultCurrent(),
                                 test::kWaitMilliseconds);
        QVERIFY(desk.session->result()->quantized.samePixels(tuned));
    }

    void aSavedSessionTakesItAlong()
    {
        const QString before = path("work");
        const QString after = path("elsewhere");
        QVERIFY(QDir().mkpath(before));
        image::Image tuned;
        {
            Desk desk(m_folder.path());
            openTuned(desk);
            tuned = desk.session->result()->quantized;
            QSignalSpy saved(sessionsOf(desk), &SessionController::saved);
            sessionsOf(desk)->save(before + "/work.bitlens");
            sessionsOf(desk)->save(before + "/copy.bitlens");
            QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 2, test::kWaitMilliseconds);
            QVERIFY2(desk.messageTexts().join('\n').contains("beside it the tuned model small-tuned-"),
                     qPrintable(desk.messageTexts().join('\n')));
        }
        QCOMPARE(QDir(before).entryList({"*.safetensors"}, QDir::Files).size(), 1); // of both
        QVERIFY(QDir().rename(before, after));
        {
            Desk desk(m_folder.path());
            QVERIFY(openSession(desk, after + "/work.bitlens"));
            QVERIFY(desk.session->result()->quantized.samePixels(tuned));
            QCOMPARE(desk.messages->count(), 0);
        }
        // Without it: said by name, and the FP32 model under the session's plan.
        const QString kept = QDir(after).entryList({"*.safetensors"}, QDir::Files).first();
        QVERIFY(QFile::rename(after + '/' + kept, path("away")));
        {
            Desk desk(m_folder.path());
            QVERIFY(openSession(desk, after + "/work.bitlens"));
            QVERIFY(!desk.session->model().packed);
            QCOMPARE(desk.session->plan().toRules(*desk.session->model().generator), std::string("*=4/6"));
            const QString texts = desk.messageTexts().join('\n');
            QVERIFY2(texts.contains(kept + " is no longer there"), qPrintable(texts));
        }
        // Broken: likewise, with the reason.
        QFile broken(after + '/' + kept);
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write("not a model");
        broken.close();
        {
            Desk desk(m_folder.path());
            QVERIFY(openSession(desk, after + "/work.bitlens"));
            QVERIFY(!desk.session->model().packed);
            const QString texts = desk.messageTexts().join('\n');
            QVERIFY2(texts.contains("cannot be brought back") && texts.contains(kept), qPrintable(texts));
        }
        // A model that is gone leaves what it was tuned to.
        QVERIFY(QFile::remove(after + '/' + kept) && QFile::rename(path("away"), after + '/' + kept));
        QVERIFY(QFile::rename(m_model, path("hidden")));
        {
            Desk desk(m_folder.path());
            QVERIFY(openSession(desk, after + "/work.bitlens"));
            QVERIFY(desk.session->result()->quantized.samePixels(tuned));
            QVERIFY(desk.messageTexts().join('\n').contains("In place of the missing model"));
        }
        QVERIFY(QFile::rename(path("hidden"), m_model));
    }

    /// The same plan with and without what was learned: two points, told apart, and a click brings either back.
    void triedPlansTellTunedFromUntuned()
    {
        const QString file = path("tried.bitlens");
        {
            Desk desk(m_folder.path());
            openTuned(desk);
            const image::Image tuned = desk.session->result()->quantized;
            QVERIFY(test::dropFiles(desk.view, {m_model}));
            QTRY_VERIFY_WITH_TIMEOUT(!desk.session->model().isTuned() && desk.session->isResultCurrent(),
                                     test::kWaitMilliseconds);
            const image::Image plain = pixelsUnder(desk, "*=4/6");
            QVERIFY(!plain.isNull() && !plain.samePixels(tuned));

            const ui::ScatterPlot *plot = shownPlot(desk);
            QCOMPARE(hover(plot, 0), QStringLiteral("*=4/6, tuned"));
            const qsizetype last = plot->points().size() - 1;
            QCOMPARE(hover(plot, last), QStringLiteral("*=4/6"));
            QVERIFY(plot->points().at(last).current && !plot->points().at(0).current);
            QVERIFY(cornersAt(plot, 0) >= 3); // a square

            click(plot, 0);
            QVERIFY(desk.session->model().isTuned());
            QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
            QVERIFY(desk.session->result()->quantized.samePixels(tuned));
            QTRY_VERIFY(plot->points().at(0).current && !plot->points().at(last).current);
            QVERIFY(cornersAt(plot, last) <= 1); // a circle; a line of the grid may pass
            QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier);
            QVERIFY(!desk.session->model().isTuned());
            QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
            QVERIFY(desk.session->result()->quantized.samePixels(plain));
            QTest::keyClick(desk.window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
            QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
            QVERIFY(desk.session->result()->quantized.samePixels(tuned));
            click(plot, last);
            QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
            QVERIFY(desk.session->result()->quantized.samePixels(plain));

            // The list in the toolbar has it by its name.
            auto *list = desk.window->findChild<QComboBox *>(QStringLiteral("planChooser"));
            QVERIFY(list->findText(QStringLiteral("*=4/6, tuned")) >= 0);
            QSignalSpy saved(sessionsOf(desk), &SessionController::saved);
            sessionsOf(desk)->save(file);
            QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, test::kWaitMilliseconds);
        }
        // A session that was saved without the tuned model knows that there was one, and says that it is gone.
        Desk desk(m_folder.path());
        QVERIFY(openSession(desk, file));
        const image::Image shown = desk.session->result()->quantized;
        const ui::ScatterPlot *plot = shownPlot(desk);
        QCOMPARE(hover(plot, 0), QStringLiteral("*=4/6, tuned"));
        click(plot, 0);
        QVERIFY(!desk.session->model().isTuned());
        QTRY_VERIFY2(desk.messageTexts().join('\n').contains("no longer at hand"),
                     qPrintable(desk.messageTexts().join('\n')));
        QVERIFY(desk.session->result()->quantized.samePixels(shown));
    }

    void whatNobodyNamesGoesAfterADay()
    {
        const QString state = path("old");
        const QString folder = state + "/sessions";
        QVERIFY(!crash(state).isNull());
        QCOMPARE(keptIn(folder).size(), 1);
        const auto age = [&](const QString &name) {
            QFile file(folder + '/' + name);
            return file.open(QIODevice::ReadWrite)
                   && file.setFileTime(QDateTime::currentDateTime().addDays(-2), QFileDevice::FileModificationTime);
        };
        const auto write = [](const QString &file, const QByteArray &text) {
            base::writeFileAtomically(file.toStdString(), text.toStdString());
        };
        const QString named = keptIn(folder).first();
        write(folder + "/tuned-0000000000000000.safetensors", "old");
        write(folder + "/tuned-1111111111111111.safetensors", "young");
        write(folder + "/tuned-2222222222222222.safetensors", "of the queue");
        write(state + "/queue.json", R"({"schema":1,"options":{},"items":[{"input":"/x.png","model":"m",)"
                                     R"("tuned":"/tuned-2222222222222222.safetensors"}]})");
        QVERIFY(age(named) && age("tuned-0000000000000000.safetensors") && age("tuned-2222222222222222.safetensors"));
        {
            Desk desk(m_folder.path(), nullptr, false, state);
            QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        }
        const QStringList left = keptIn(folder);
        QCOMPARE(left.size(), 3);
        QVERIFY(left.contains(named) && !left.contains("tuned-0000000000000000.safetensors"));
    }

    void theQueueGoesOnWithItAfterTheEnd()
    {
        const QString state = path("queue");
        image::Image tuned;
        const QString results = path("results");
        const QString broken = path("broken.png");
        {
            Desk desk(m_folder.path(), nullptr, false, state);
            openTuned(desk);
            tuned = desk.session->result()->quantized;
            auto *queue = desk.window->findChild<app::QueueController *>();
            auto *panel = desk.window->findChild<ui::QueuePanel *>();
            panel->setOptions({.folder = results});
            queue->add({m_picture, test::writeNoise(path("second.png"), {200, 160}, 9)});
            queue->start();
            // Another model meanwhile: what was started stays what it was.
            QVERIFY(test::dropFiles(desk.view, {m_model}));
            QTRY_VERIFY_WITH_TIMEOUT(!desk.session->model().isTuned(), test::kWaitMilliseconds);
            QTRY_VERIFY_WITH_TIMEOUT(panel->model()->countOf(ui::QueueItem::State::Done) == 2, test::kWaitMilliseconds);
        }
        const QString first = QDir(results).filePath(QDir(results).entryList({"noise*"}, QDir::Files).value(0));
        QVERIFY(image::readImage(first.toStdString()).samePixels(tuned));

        // As after a crash in the middle: both wait again, and the window has no model.
        QFile file(state + "/queue.json");
        QVERIFY(file.open(QIODevice::ReadOnly));
        QByteArray json = file.readAll();
        file.close();
        QVERIFY(json.contains("tuned-"));
        json.replace("\"done\"", "\"waiting\"");
        base::writeFileAtomically(file.fileName().toStdString(), json.toStdString());
        QVERIFY(QDir(results).removeRecursively());
        Desk desk(m_folder.path(), nullptr, false, state);
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        auto *panel = desk.window->findChild<ui::QueuePanel *>();
        QTest::mouseClick(desk.messageButton("Continue"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(panel->model()->countOf(ui::QueueItem::State::Done) == 2, test::kWaitMilliseconds);
        QVERIFY(image::readImage(first.toStdString()).samePixels(tuned));
    }
};

QTEST_MAIN(TestTunedSession)
#include "tst_tunedsession.moc"
