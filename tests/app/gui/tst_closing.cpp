// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/exportcontroller.h"
#include "app/gui/figurecontroller.h"
#include "app/gui/filecontroller.h"
#include "app/gui/sessioncontroller.h"
#include "tests/app/gui/desk.h"

#include <QTemporaryDir>

using namespace bitlens;
using app::EngineThread;
using compare::Side;
using test::Desk;
using test::kWaitMilliseconds;

/// A window that is closed while files are being written: it ends after them, or comes back with the reason.
class TestClosing : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_model;
    QString m_picture;

    /// A window that shows a complete result.
    std::unique_ptr<Desk> openDesk() const
    {
        auto desk = std::make_unique<Desk>(m_folder.path());
        if (!QTest::qWaitForWindowExposed(desk->window.get()) || !test::dropFiles(desk->view, {m_model, m_picture}))
            return nullptr;
        const bool isThere = QTest::qWaitFor([&] { return desk->session->isResultCurrent(); }, kWaitMilliseconds);
        return isThere ? std::move(desk) : nullptr;
    }

    using Write = void (*)(Desk &desk, const QString &path);

    static void addWrites()
    {
        QTest::addColumn<int>("index");
        for (int i = 0; i < int(writes().size()); ++i)
            QTest::newRow(writes()[i].first) << i;
    }

    static QList<std::pair<const char *, Write>> writes()
    {
        return {
            {"a result.png",
             [](Desk &desk, const QString &path) { desk.window->files()->save(Side::Quantized, path); }},
            {"session.bitlens",
             [](Desk &desk, const QString &path) { desk.window->findChild<app::SessionController *>()->save(path); }},
            {"figure.png",
             [](Desk &desk, const QString &path) { desk.window->findChild<app::FigureController *>()->writeTo(path); }},
            {"numbers.json",
             [](Desk &desk, const QString &path) {
                 desk.window->findChild<app::ExportController *>()->exportNumbers(path);
             }},
        };
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        QApplication::setQuitOnLastWindowClosed(false);
        m_model = test::writeSmallModel(m_folder.filePath("small.safetensors"));
        m_picture = test::writeNoise(m_folder.filePath("noise.png"), {64, 48}, 5);
    }

    void whatIsBeingWrittenIsWritten_data() { addWrites(); }
    void whatIsBeingWrittenIsWritten()
    {
        QFETCH(int, index);
        const auto desk = openDesk();
        QVERIFY(desk);
        const QString path = m_folder.filePath(QLatin1String(writes()[index].first));
        writes()[index].second(*desk, path);
        QVERIFY(desk->window->engine()->isWriting());
        desk->window->close();
        QVERIFY(!desk->window->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(!desk->window->engine()->isWriting(), kWaitMilliseconds);
        QVERIFY(QFileInfo(path).size() > 0);
        QVERIFY(!desk->window->isVisible());
    }

    void aFailureBringsTheWindowBack_data() { addWrites(); }
    void aFailureBringsTheWindowBack()
    {
        QFETCH(int, index);
        const auto desk = openDesk();
        QVERIFY(desk);
        const QString path = m_folder.filePath(QStringLiteral("no such folder/") + writes()[index].first);
        writes()[index].second(*desk, path);
        desk->window->close();
        QVERIFY(!desk->window->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(desk->window->isVisible(), kWaitMilliseconds);
        QTRY_VERIFY(desk->messageTexts().join('\n').contains(QStringLiteral("no such folder")));
        // It is as good as before.
        desk->window->files()->save(Side::Fp32, m_folder.filePath("after.png"));
        QTRY_VERIFY_WITH_TIMEOUT(!desk->window->engine()->isWriting(), kWaitMilliseconds);
        QVERIFY(desk->window->isVisible());
        QVERIFY(QFile::remove(m_folder.filePath("after.png")));
        desk->window->close();
        QVERIFY(!desk->window->isVisible());
    }
};

QTEST_MAIN(TestClosing)
#include "tst_closing.moc"
