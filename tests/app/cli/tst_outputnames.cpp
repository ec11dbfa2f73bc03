// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/outputnames.h"

#include "app/cli/command.h"

#include "engine/base/error.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;

class TestOutputNames : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

    std::string path(const QString &name) const { return m_folder.filePath(name).toStdString(); }

private slots:
    void aFileForOneInput()
    {
        const cli::OutputPlace place({"/a/photo.jpg"}, path("out.png"));
        const std::vector<compare::OutputName> names = place.names({.scale = 4});
        QCOMPARE(names.size(), std::size_t{1});
        QCOMPARE(names[0].output, path("out.png"));
    }

    void aFolderForSeveral()
    {
        const cli::OutputPlace place({"/a/photo.jpg", "/b/photo.png", "/b/x.y.tif"}, path("results"));
        const std::vector<compare::OutputName> names = place.names({.scale = 2});
        QCOMPARE(names[0].output, path("results/photo_x2.png"));
        QCOMPARE(names[1].output, path("results/photo-2_x2.png"));
        QCOMPARE(names[2].output, path("results/x.y_x2.png"));
    }

    void anExistingFolderForOne()
    {
        const cli::OutputPlace place({"/a/photo.jpg"}, m_folder.path().toStdString());
        QCOMPARE(place.names({.scale = 4})[0].output, path("photo_x4.png"));
    }

    void foldersStandForTheirImages()
    {
        QDir(m_folder.path()).mkpath("in");
        for (const char *name : {"in/b.png", "in/a.jpg", "in/notes.txt"}) {
            QFile file(m_folder.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        const cli::OutputPlace place({path("in")}, path("out"));
        QCOMPARE(place.inputs().size(), std::size_t{2});
        QCOMPARE(place.names({.scale = 4})[0].output, path("out/a_x4.png"));
    }

    void aMadeFolderGoesWhenNothingCameOfIt()
    {
        {
            cli::OutputPlace place({"/a/photo.jpg"}, path("made/"));
            place.prepare();
            QVERIFY(QDir(m_folder.filePath("made")).exists());
        }
        QVERIFY(!QDir(m_folder.filePath("made")).exists());
        {
            cli::OutputPlace place({"/a/photo.jpg"}, path("made/"));
            place.prepare();
            QFile file(m_folder.filePath("made/result.png"));
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        QVERIFY(QFile::exists(m_folder.filePath("made/result.png")));
    }

    void patterns_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("expected");
        QTest::newRow("usual") << "{name}_x{scale}"
                               << "photo_x4.png";
        QTest::newRow("all") << "{model}-{plan}-{name}@{scale}"
                             << "srgan-__8_8_up2_8_12-photo@4.png";
        QTest::newRow("twice") << "{name}{name}"
                               << "photophoto.png";
        QTest::newRow("with the extension") << "{name}.png"
                                            << "photo.png";
        QTest::newRow("no placeholder") << "result"
                                        << "result.png";
    }
    void patterns()
    {
        QFETCH(QString, pattern);
        QFETCH(QString, expected);
        const compare::OutputNaming naming{
            .pattern = pattern.toStdString(), .scale = 4, .model = "srgan", .plan = "*=8/8,up2=8/12"};
        QCOMPARE(compare::outputNames({"/a/photo.jpg"}, "/out", naming)[0].output, "/out/" + expected.toStdString());
    }

    void aPatternFillsInNothingThatANameHolds()
    {
        const compare::OutputNaming naming{.pattern = "{name}_{plan}", .plan = "{name}/../x"};
        QCOMPARE(compare::outputNames({"/a/{plan}.jpg"}, "/out", naming)[0].output,
                 std::string("/out/{plan}__name__.._x.png"));
    }

    void wrongPatternsAreRefused_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("reason");
        QTest::newRow("empty") << "  "
                               << "a name is needed";
        QTest::newRow("another folder") << "../{name}"
                                        << "stay in their folder";
        QTest::newRow("a folder below") << "{plan}/{name}"
                                        << "stay in their folder";
        QTest::newRow("absolute") << "/tmp/{name}"
                                  << "stay in their folder";
        QTest::newRow("hidden") << ".{name}"
                                << "hidden";
        QTest::newRow("unknown") << "{name}_{size}"
                                 << "{name}, {scale}, {model} and {plan}";
        QTest::newRow("half a brace") << "{name}_{scale"
                                      << "{name}, {scale}, {model} and {plan}";
        QTest::newRow("two lines") << "{name}\n"
                                   << "control characters";
        QTest::newRow("one name for two") << "{plan}_{scale}"
                                          << "put {name} into it";
    }
    void wrongPatternsAreRefused()
    {
        QFETCH(QString, pattern);
        QFETCH(QString, reason);
        const compare::OutputNaming naming{.pattern = pattern.toStdString(), .plan = "int8"};
        try {
            (void)compare::outputNames({"/a/one.jpg", "/a/two.jpg"}, "/out", naming);
            QFAIL("it was taken");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::InvalidArgument);
            QVERIFY2(QString(error.what()).contains(reason), error.what());
        }
    }

    void refusals()
    {
        QVERIFY_EXCEPTION_THROWN(cli::OutputPlace({"/a.png"}, path("out.gif")), cli::UsageError);
        QVERIFY_EXCEPTION_THROWN(cli::OutputPlace({"/a.png"}, "/nonexistent/out.png"), base::Error);
        QFile file(m_folder.filePath("file.png"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY_EXCEPTION_THROWN(cli::OutputPlace({"/a.png", "/b.png"}, path("file.png")), cli::UsageError);
    }
};

QTEST_GUILESS_MAIN(TestOutputNames)
#include "tst_outputnames.moc"
