// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/activationscontroller.h"
#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/filecontroller.h"
#include "tests/app/gui/desk.h"
#include "ui/actions.h"

#include <QAction>
#include <QClipboard>
#include <QFileDialog>
#include <QSettings>
#include <QTemporaryDir>

using namespace bitlens;
using compare::Side;
using test::Desk;
using test::kWaitMilliseconds;

/// What belongs together is opened together, in whatever order it comes.
class TestOpenFiles : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_model;
    QString m_picture;
    QString m_plan;
    quant::BitPlan m_planOfFile;

    /// The first model of the next window.
    void rememberModel() const
    {
        Desk desk(m_folder.path());
        QVERIFY(test::dropFiles(desk.view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        desk.window->close();
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        m_model = test::writeSmallModel(m_folder.filePath("small.safetensors"));
        m_picture = test::writeNoise(m_folder.filePath("noise.png"), {48, 36}, 5);
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        m_planOfFile = quant::BitPlan::fromRules("*=5/7,tail=8/12", *generator);
        m_plan = m_folder.filePath("plan.json");
        base::writeFileAtomically(m_plan.toStdString(), m_planOfFile.toJson(*generator));
    }

    void init() { QFile::remove(m_folder.filePath("settings.ini")); }

    /// `bitlens plan.json picture.png`: the window opens its first model by itself, after the files were named.
    void aPlanWaitsForTheFirstModel()
    {
        rememberModel();
        Desk desk(m_folder.path(), nullptr, true);
        desk.window->openPaths({m_plan, m_picture});
        QVERIFY(!desk.session->hasModel());
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), kWaitMilliseconds);
        QVERIFY(desk.session->plan() == m_planOfFile);
        QCOMPARE(desk.messageTexts(), QStringList());
    }

    void aPlanIsForTheModelThatCameWithIt()
    {
        Desk desk(m_folder.path());
        QVERIFY(test::dropFiles(desk.view, {test::writeSmallModel(m_folder.filePath("other.safetensors"), 2)}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        QVERIFY(test::dropFiles(desk.view, {m_plan, m_model}));
        QTRY_COMPARE_WITH_TIMEOUT(desk.session->model().argument, m_model, kWaitMilliseconds);
        QTRY_VERIFY(desk.session->plan() == m_planOfFile);
        QCOMPARE(desk.messageTexts(), QStringList());
    }

    void aPlanOfABrokenModelIsNotUsed()
    {
        const QString broken = m_folder.filePath("broken.safetensors");
        base::writeFileAtomically(broken.toStdString(), std::string("nonsense"));
        Desk desk(m_folder.path());
        QVERIFY(test::dropFiles(desk.view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), kWaitMilliseconds);
        const quant::BitPlan before = desk.session->plan();
        QVERIFY(test::dropFiles(desk.view, {m_plan, broken}));
        QTRY_COMPARE_WITH_TIMEOUT(desk.messages->count(), 2, kWaitMilliseconds);
        QVERIFY(desk.session->plan() == before);
        QVERIFY2(desk.messageTexts().join('\n').contains("plan.json is not used"),
                 qPrintable(desk.messageTexts().join('\n')));
    }

    void withoutAModelToComeAPlanSaysSo()
    {
        qputenv("BITLENS_RESOURCE_DIR", m_folder.filePath("nothing comes with it").toUtf8());
        Desk desk(m_folder.path(), nullptr, true);
        desk.window->openPaths({m_plan});
        QTRY_VERIFY_WITH_TIMEOUT(desk.messageTexts().join('\n').contains("Open a model first"), kWaitMilliseconds);
        qunsetenv("BITLENS_RESOURCE_DIR");
    }

    /// Browsers give an address beside the pixels.
    void picturesWithAnAddressAreOpened_data()
    {
        QTest::addColumn<QString>("way");
        for (const char *way : {"view", "window", "clipboard"})
            QTest::newRow(way) << QString(way);
    }
    void picturesWithAnAddressAreOpened()
    {
        QFETCH(QString, way);
        QImage picture(12, 9, QImage::Format_RGB32);
        picture.fill(QColor(200, 30, 60));
        auto data = std::make_unique<QMimeData>();
        data->setUrls({QUrl("https://example.org/picture.webp")});
        data->setImageData(picture);
        Desk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        if (way == "clipboard") {
            QApplication::clipboard()->setMimeData(data.release());
            desk.window->files()->paste();
        } else {
            QWidget *target = way == "view" ? static_cast<QWidget *>(desk.view) : desk.window.get();
            QVERIFY(test::dropData(target, *data));
        }
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), kWaitMilliseconds);
        QCOMPARE(desk.session->input().picture.width(), 12);
        QCOMPARE(desk.messageTexts(), QStringList());
    }

    /// File managers give a preview beside the file.
    void filesGoBeforeTheirPreview()
    {
        QImage preview(12, 9, QImage::Format_RGB32);
        preview.fill(Qt::red);
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(m_picture)});
        data.setImageData(preview);
        Desk desk(m_folder.path());
        QVERIFY(test::dropData(desk.view, data));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasInput(), kWaitMilliseconds);
        QCOMPARE(desk.session->input().path, m_picture);
    }

    void noInputIsWrittenOver()
    {
        Desk desk(m_folder.path());
        QVERIFY(test::dropFiles(desk.view, {m_model, m_picture}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), kWaitMilliseconds);
        const auto model = base::readFile(m_model.toStdString());
        const auto picture = base::readFile(m_picture.toStdString());
        desk.window->findChild<ui::Actions *>()->action(ui::ActionId::SavePlan)->trigger();
        auto *dialog = desk.window->findChild<QFileDialog *>();
        QVERIFY(dialog);
        emit dialog->fileSelected(m_model);
        dialog->close();
        QTRY_COMPARE(desk.messages->count(), 1);
        auto *activations = desk.window->findChild<app::ActivationsController *>();
        activations->saveNumbers(m_picture);
        activations->savePicture(m_picture);
        QVERIFY(desk.messageTexts().join('\n').contains("not overwritten"));
        QVERIFY(base::readFile(m_model.toStdString()) == model);
        QVERIFY(base::readFile(m_picture.toStdString()) == picture);
    }

    /// While another plan is asked for, the picture on the screen and its name are those of the last one.
    void aResultIsSavedUnderItsOwnName()
    {
        Desk desk(m_folder.path());
        QVERIFY(test::dropFiles(desk.view, {m_model, m_picture}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), kWaitMilliseconds);
        const QString name = desk.window->files()->proposedName(Side::Quantized);
        const compare::Result before = *desk.session->result();
        desk.window->files()->showSaveDialog(Side::Quantized);
        auto *dialog = desk.window->findChild<QFileDialog *>();
        QVERIFY(dialog);
        desk.session->editPlan(m_planOfFile, "another plan");
        QVERIFY(!desk.session->isResultCurrent());
        QCOMPARE(desk.window->files()->proposedName(Side::Quantized), name);
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), kWaitMilliseconds);
        QVERIFY(desk.window->files()->proposedName(Side::Quantized) != name);
        const QString path = m_folder.filePath(name);
        emit dialog->fileSelected(path);
        dialog->close();
        QTRY_VERIFY_WITH_TIMEOUT(!desk.window->engine()->isWriting(), kWaitMilliseconds);
        const image::Image saved = image::readImage(path.toStdString());
        QVERIFY(saved.samePixels(before.quantized));
        QVERIFY(!saved.samePixels(desk.session->result()->quantized)); // or this could not fail
    }
};

QTEST_MAIN(TestOpenFiles)
#include "tst_openfiles.moc"
