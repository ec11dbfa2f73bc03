// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "engine/image/pictureset.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;
using image::NamedImage;

/// Pictures that belong together are written together.
class TestPictureSet : public QObject {
    Q_OBJECT

    static image::Image picture(int width, std::uint8_t value)
    {
        image::Image made({width, 5}, 3);
        std::fill_n(made.mutableBytes(), made.byteCount(), value);
        return made;
    }

    static QStringList everythingIn(const QTemporaryDir &folder)
    {
        return QDir(folder.path()).entryList(QDir::AllEntries | QDir::System | QDir::Hidden | QDir::NoDotAndDotDot);
    }

    static std::vector<NamedImage> three(const QTemporaryDir &folder)
    {
        const auto path = [&](const char *name) { return folder.filePath(QLatin1String(name)).toStdString(); };
        return {{path("a.png"), picture(7, 10)}, {path("b.tif"), picture(8, 20)}, {path("c.png"), picture(9, 30)}};
    }

    static std::string refusal(const std::vector<NamedImage> &pictures)
    {
        try {
            image::writeImages(pictures, {});
        } catch (const base::Error &error) {
            return error.what();
        }
        return {};
    }

private slots:
    void allAreWritten()
    {
        const QTemporaryDir folder;
        const auto pictures = three(folder);
        image::writeImages(pictures, {});
        QCOMPARE(everythingIn(folder), (QStringList{"a.png", "b.tif", "c.png"}));
        for (const NamedImage &each : pictures)
            QVERIFY(image::readImage(each.path).samePixels(each.picture));
    }

    void oneThatCannotBeEncodedLeavesNothing()
    {
        const QTemporaryDir folder;
        auto pictures = three(folder);
        pictures[2].picture = {};
        const std::string text = refusal(pictures);
        QVERIFY2(text.find("c.png") != std::string::npos && text.find(".part") == std::string::npos, text.c_str());
        QVERIFY(everythingIn(folder).isEmpty());
        pictures[2] = {folder.filePath("c.xyz").toStdString(), picture(9, 30)};
        QVERIFY(!refusal(pictures).empty());
        QVERIFY(everythingIn(folder).isEmpty());
    }

    void whatIsThereStaysAndNothingElseComes_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("first") << "a.png";
        QTest::newRow("last") << "c.png";
    }
    void whatIsThereStaysAndNothingElseComes()
    {
        QFETCH(QString, name);
        const QTemporaryDir folder;
        QFile there(folder.filePath(name));
        QVERIFY(there.open(QIODevice::WriteOnly) && there.write("mine") == 4);
        there.close();
        const std::string text = refusal(three(folder));
        QVERIFY2(text.find(name.toStdString()) != std::string::npos, text.c_str());
        QCOMPARE(everythingIn(folder), QStringList{name});
        QVERIFY(there.open(QIODevice::ReadOnly));
        QCOMPARE(there.readAll(), QByteArray("mine"));
    }

    /// A name that is taken only once the others have theirs: a link to nothing, which does not exist until then.
    void aNameThatIsTakenAtTheEndTakesTheOthersBack()
    {
        const QTemporaryDir folder;
        QVERIFY(QFile::link(folder.filePath("nowhere"), folder.filePath("c.png")));
        const std::string text = refusal(three(folder));
        QVERIFY2(text.find("c.png") != std::string::npos, text.c_str());
        QCOMPARE(everythingIn(folder), QStringList{"c.png"});
    }

    void aCancelLeavesNothing()
    {
        const QTemporaryDir folder;
        base::CancelToken cancel;
        int steps = 0;
        const base::Job job{cancel, [&](double, const std::string &) {
                                if (++steps == 3)
                                    cancel.cancel();
                            }};
        QVERIFY_EXCEPTION_THROWN(image::writeImages(three(folder), job), base::Cancelled);
        QCOMPARE(steps, 3);
        QVERIFY(everythingIn(folder).isEmpty());
    }

    void twoOfOneNameAreRefused()
    {
        const QTemporaryDir folder;
        auto pictures = three(folder);
        pictures[2].path = pictures[0].path;
        QVERIFY(!refusal(pictures).empty());
        QVERIFY(everythingIn(folder).isEmpty());
    }
};

QTEST_APPLESS_MAIN(TestPictureSet)
#include "tst_pictureset.moc"
