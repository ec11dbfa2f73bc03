// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/codec.h"
#include "tests/app/cli/programrunner.h"
#include "tests/engine/compare/testpictures.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QRegularExpression>
#include <QTest>

using namespace bitlens;

/// Figures and bundles of the real program.
class TestCliBundle : public QObject {
    Q_OBJECT

    test::ProgramRunner m_runner;
    QString m_input = m_runner.path("input.png");

    QStringList compare(const QStringList &more) const
    {
        return QStringList{"compare", m_input, "--model", m_runner.model(), "--threads", "2"} + more;
    }

    QByteArray bytesOf(const QString &name) const
    {
        QFile file(m_runner.path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private slots:
    void initTestCase() { image::writeImage(test::patternPicture({40, 30}), m_input.toStdString()); }

    void figuresByExtension()
    {
        for (const char *name : {"figure.png", "figure.pdf", "figure.svg"}) {
            const auto result = m_runner.run(compare({"--figure", m_runner.path(name), "--figure-plan", "*=3/6",
                                                      "--figure-pixels", "900", "--figure-region", "10,20,30,40"}));
            QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        }
        QCOMPARE(QImage(m_runner.path("figure.png")).width(), 900);
        QVERIFY(bytesOf("figure.pdf").startsWith("%PDF"));
        const QString svg = QString::fromUtf8(bytesOf("figure.svg")).remove(QRegularExpression("<[^>]*>")).simplified();
        for (const char *words : {"FP32", "*=3/6", "multi", "30 × 40 pixels at (10, 20)"})
            QVERIFY2(svg.contains(QString::fromUtf8(words)), words);
    }

    void wrongFigureOptionsAreUsage_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::newRow("no region") << QStringList{"--figure-region", "here"};
        QTest::newRow("an empty region") << QStringList{"--figure-region", "1,2,0,5"};
        QTest::newRow("no plan") << QStringList{"--figure-plan", "nonsense"};
        QTest::newRow("too wide") << QStringList{"--figure-pixels", "1000000"};
    }
    void wrongFigureOptionsAreUsage()
    {
        QFETCH(QStringList, options);
        const auto result = m_runner.run(compare(QStringList{"--figure", m_runner.path("wrong.png")} + options));
        QCOMPARE(result.exitCode, 2);
        QVERIFY2(result.messages.contains(options.first()), qPrintable(result.messages));
        QVERIFY(!QFile::exists(m_runner.path("wrong.png")));
    }

    void aBundleReplays_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("folder") << "bundle";
        QTest::newRow("archive") << "bundle.zip";
    }
    void aBundleReplays()
    {
        QFETCH(QString, name);
        auto result = m_runner.run(compare({"--bundle", m_runner.path(name)}));
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        // Neither the picture nor the model is needed any more.
        QVERIFY(QFile::rename(m_input, m_input + ".away"));
        result = m_runner.run({"replay", m_runner.path(name)});
        const auto json = m_runner.run({"replay", m_runner.path(name), "--json"});
        QVERIFY(QFile::rename(m_input + ".away", m_input));
        QVERIFY2(result.exitCode == 0, qPrintable(result.output + result.messages));
        QVERIFY2(result.output.startsWith("identical: "), qPrintable(result.output));
        QCOMPARE(json.exitCode, 0);
        QCOMPARE(json.json()["identical"].get<bool>(), true);
    }

    void whatDiffersIsSaid()
    {
        auto result = m_runner.run(compare({"--bundle", m_runner.path("other")}));
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QImage input(m_input);
        input.setPixelColor(3, 4, QColor(1, 2, 3));
        QVERIFY(input.save(m_runner.path("changed.png")));
        result = m_runner.run({"replay", m_runner.path("other"), "--image", m_runner.path("changed.png")});
        QCOMPARE(result.exitCode, 1);
        for (const char *words :
             {"different:", "input: the picture is not the one", "FP32: ", "pixels differ, by at most"})
            QVERIFY2(result.output.contains(words), qPrintable(result.output));
        result = m_runner.run({"replay", m_runner.path("absent.zip")});
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.messages.contains("absent.zip"), qPrintable(result.messages));
        // What is there is not replaced by a folder.
        result = m_runner.run(compare({"--bundle", m_runner.path("other")}));
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.messages.contains("choose another one"), qPrintable(result.messages));
    }
};

QTEST_GUILESS_MAIN(TestCliBundle)
#include "tst_clibundle.moc"
