// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/score/mamodelfile.h"
#include "tests/engine/score/matfilewriter.h"

#include <QTemporaryDir>
#include <QTest>

#include <random>

using namespace bitlens;
using namespace bitlens::score;
using bitlens::base::Error;
using bitlens::base::ErrorCode;
using bitlens::test::MatStyle;
using bitlens::test::RawModel;

namespace {

MaFeatures randomFeatures(std::mt19937 &engine)
{
    MaFeatures features;
    const auto fill = [&](auto &values) {
        for (double &value : values)
            value = static_cast<double>(engine()) / 4294967296.0;
    };
    fill(features.block);
    fill(features.wavelet);
    fill(features.singular);
    return features;
}

double expected(const RawModel &model, const MaFeatures &features)
{
    return model.linear[0] + model.linear[1] * model.forests[0].predict(features.block)
           + model.linear[2] * model.forests[1].predict(features.wavelet)
           + model.linear[3] * model.forests[2].predict(features.singular);
}

} // namespace

class TestMaModelFile : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string path(const char *name) const { return m_folder.filePath(name).toStdString(); }

    /// The error that reading these bytes ends in; Internal when they were read.
    static ErrorCode failureOf(std::span<const std::uint8_t> bytes)
    {
        try {
            readMaModel(bytes, "x.mat", {});
            return ErrorCode::Internal;
        } catch (const Error &error) {
            if (error.file() != "x.mat" || error.detail().empty())
                qFatal("the error does not name the file and the reason");
            return error.code();
        }
    }

private slots:
    void readsWhatLibmatioWrites_data()
    {
        QTest::addColumn<int>("trees");
        QTest::addColumn<int>("nodes");
        QTest::addColumn<bool>("compressed");
        QTest::addColumn<bool>("column");
        QTest::newRow("small, compressed") << 7 << 31 << true << false;
        QTest::newRow("small, plain") << 7 << 31 << false << true;
        QTest::newRow("large, compressed") << 300 << 801 << true << true;
        QTest::newRow("large, plain") << 300 << 801 << false << false;
    }

    void readsWhatLibmatioWrites()
    {
        QFETCH(int, trees);
        QFETCH(int, nodes);
        QFETCH(bool, compressed);
        QFETCH(bool, column);
        const RawModel raw = RawModel::random(static_cast<std::size_t>(trees), static_cast<std::size_t>(nodes), 11);
        MatStyle style;
        style.compressed = compressed;
        style.column = column;
        test::writeModel(raw, path("model.mat"), style);
        double last = 0.0;
        base::Job job;
        job.progress = [&](double fraction, const std::string &) {
            if (fraction < last)
                qFatal("progress runs backwards");
            last = fraction;
        };
        const MaModelPtr model = readMaModel(path("model.mat"), job);
        QVERIFY(last > 0.9);
        const MaModelPtr again = maModelFromCache(maCacheFromModel(*model, "here"), "here");
        std::mt19937 engine(5);
        for (int i = 0; i < 50; ++i) {
            const MaFeatures features = randomFeatures(engine);
            // The same sums in the same order: the same bits.
            QVERIFY(model->score(features) == expected(raw, features));
            QVERIFY(again->score(features) == model->score(features));
        }
    }

    void largeValuesOfSmallTypesAreRead()
    {
        // A forest whose every tree is one leaf: MATLAB and libmatio store such matrices in the short form.
        const RawModel raw = RawModel::random(1, 1, 3);
        test::writeModel(raw, path("leaf.mat"));
        std::mt19937 engine(5);
        const MaFeatures features = randomFeatures(engine);
        QVERIFY(readMaModel(path("leaf.mat"), {})->score(features) == expected(raw, features));
    }

    void missingPartsAreNamed_data()
    {
        QTest::addColumn<QString>("omit");
        QTest::addColumn<QString>("variable");
        for (const char *field : {"lDau", "rDau", "upper", "avnode", "mbest"})
            QTest::newRow(field) << field << "model";
        QTest::newRow("another variable") << ""
                                          << "other";
    }

    void missingPartsAreNamed()
    {
        QFETCH(QString, omit);
        QFETCH(QString, variable);
        MatStyle style;
        style.omit = omit.toStdString();
        style.variable = variable.toStdString();
        test::writeModel(RawModel::random(3, 15, 1), path("broken.mat"), style);
        try {
            readMaModel(path("broken.mat"), {});
            QFAIL("read a model without all its parts");
        } catch (const Error &error) {
            QCOMPARE(error.code(), ErrorCode::BrokenFile);
            QVERIFY(QString::fromStdString(error.what()).contains("broken.mat"));
        }
    }

    void brokenTreesAreRefused_data()
    {
        QTest::addColumn<int>("fault");
        QTest::newRow("circle") << 0;
        QTest::newRow("child beyond the end") << 1;
        QTest::newRow("negative child") << 2;
        QTest::newRow("feature too large") << 3;
        QTest::newRow("no feature") << 4;
        QTest::newRow("only a left child") << 5;
        QTest::newRow("threshold is not a number") << 6;
    }

    void brokenTreesAreRefused()
    {
        QFETCH(int, fault);
        RawModel raw = RawModel::random(3, 15, 1);
        test::RawForest &forest = raw.forests[1];
        if (fault == 0)
            forest.left[forest.left[0] - 1] = 1;
        else if (fault == 1)
            forest.right[0] = static_cast<std::int32_t>(forest.nodes) + 1;
        else if (fault == 2)
            forest.left[0] = -5;
        else if (fault == 3)
            forest.feature[0] = 46;
        else if (fault == 4)
            forest.feature[0] = 0;
        else if (fault == 5)
            forest.right[0] = 0;
        else
            forest.threshold[0] = std::numeric_limits<double>::quiet_NaN();
        test::writeModel(raw, path("fault.mat"));
        QCOMPARE(failureOf(base::readFile(path("fault.mat"))), ErrorCode::BrokenFile);
    }

    void otherFilesAreNotTheModel()
    {
        const std::string text =
            "not a MAT file at all, but long enough to hold a header of one hundred and twenty eight "
            "bytes, if one counts every single letter of it, which nobody does";
        QCOMPARE(failureOf({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()}),
                 ErrorCode::UnknownFormat);
        QCOMPARE(failureOf({}), ErrorCode::UnknownFormat);
        std::string seven = "MATLAB 7.3 MAT-file, Platform: GLNXA64";
        seven.resize(600, ' ');
        QCOMPARE(failureOf({reinterpret_cast<const std::uint8_t *>(seven.data()), seven.size()}),
                 ErrorCode::UnknownFormat);
        try {
            readMaModel(path("absent.mat"), {});
            QFAIL("read an absent file");
        } catch (const Error &error) {
            QCOMPARE(error.code(), ErrorCode::NotFound);
        }
    }

    void truncatedFilesAreRefused_data()
    {
        QTest::addColumn<bool>("compressed");
        QTest::newRow("compressed") << true;
        QTest::newRow("plain") << false;
    }

    void truncatedFilesAreRefused()
    {
        QFETCH(bool, compressed);
        MatStyle style;
        style.compressed = compressed;
        test::writeModel(RawModel::random(5, 31, 1), path("whole.mat"), style);
        const auto bytes = base::readFile(path("whole.mat"));
        for (std::size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / 97)
            QVERIFY(failureOf(std::span(bytes).first(length)) != ErrorCode::Internal);
    }

    /// Nothing that a file holds may crash the reader: it ends in a model or in an error. Run under ASan and UBSan.
    void mutatedFilesEndInAModelOrAnError_data() { truncatedFilesAreRefused_data(); }

    void mutatedFilesEndInAModelOrAnError()
    {
        QFETCH(bool, compressed);
        MatStyle style;
        style.compressed = compressed;
        test::writeModel(RawModel::random(4, 15, 1), path("seed.mat"), style);
        const auto original = base::readFile(path("seed.mat"));
        std::mt19937 engine(compressed ? 1 : 2);
        int refused = 0;
        constexpr int kMutations = 500;
        for (int i = 0; i < kMutations; ++i) {
            auto bytes = original;
            const int changes = 1 + static_cast<int>(engine() % 4);
            for (int k = 0; k < changes; ++k) {
                // Half of the changes hit the structure at the beginning of the file.
                const std::size_t range = engine() % 2 ? bytes.size() : std::min<std::size_t>(bytes.size(), 700);
                const std::uint8_t values[] = {0, 1, 0x7F, 0x80, 0xFF, static_cast<std::uint8_t>(engine())};
                bytes[engine() % range] = values[engine() % std::size(values)];
            }
            if (engine() % 8 == 0)
                bytes.resize(engine() % bytes.size());
            if (failureOf(bytes) != ErrorCode::Internal)
                ++refused;
        }
        QVERIFY(refused > kMutations / 10);
    }

    void cachesAreCheckedToTheLastBit()
    {
        test::writeModel(RawModel::random(2, 7, 1), path("tiny.mat"));
        const MaModelPtr model = readMaModel(path("tiny.mat"), {});
        const auto cache = maCacheFromModel(*model, "here");
        QVERIFY_EXCEPTION_THROWN(maModelFromCache(cache, "there"), Error);
        for (std::size_t i = 0; i < cache.size(); ++i) {
            auto damaged = cache;
            damaged[i] ^= 0x10;
            QVERIFY_EXCEPTION_THROWN(maModelFromCache(damaged, "here"), Error);
            QVERIFY_EXCEPTION_THROWN(maModelFromCache(std::span(cache).first(i), "here"), Error);
        }
    }

    void cancelsWhileReading()
    {
        test::writeModel(RawModel::random(300, 801, 1), path("big.mat"));
        base::Job job;
        job.progress = [&](double, const std::string &) { job.cancel.cancel(); };
        QVERIFY_EXCEPTION_THROWN(readMaModel(path("big.mat"), job), base::Cancelled);
    }

    void blobIdsAreGits()
    {
        // `git hash-object` of an empty file and of "hello\n".
        QCOMPARE(gitBlobId({}), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        const std::string hello = "hello\n";
        QCOMPARE(gitBlobId({reinterpret_cast<const std::uint8_t *>(hello.data()), hello.size()}),
                 "ce013625030ba8dba906f756967f9e9ca394464a");
    }
};

QTEST_APPLESS_MAIN(TestMaModelFile)
#include "tst_mamodelfile.moc"
