// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/support/weightwriters.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;
using namespace bitlens::test;

namespace {

enum class Container { Zip, Legacy };

Bytes contained(Container container, const Bytes &object, const std::vector<RawStorage> &storages = {})
{
    return container == Container::Zip ? torchZipBytes(object, storages) : torchLegacyBytes(object, storages);
}

Bytes contained(Container container, const model::StateDict &state, const TorchOptions &options = {})
{
    return container == Container::Zip ? torchZipBytes(state, options) : torchLegacyBytes(state, options);
}

/// {"a": tensor of `shape` and `stride` at `offset` in a storage that says it has `elements`}
Bytes stridedTensor(const std::vector<std::int64_t> &shape, const std::vector<std::int64_t> &strides,
                    std::int64_t offset, std::int64_t elements)
{
    PickleWriter writer;
    writer.raw("}").text("a").global("torch._utils", "_rebuild_tensor_v2").raw("((");
    writer.text("storage").global("torch", "FloatStorage").text("0").text("cpu").integer(elements).raw("tQ");
    writer.integer(offset).raw("(");
    for (const std::int64_t size : shape)
        writer.integer(size);
    writer.raw("t(");
    for (const std::int64_t stride : strides)
        writer.integer(stride);
    writer.raw("t\x89").emptyOrderedDict().raw("tRs");
    return writer.pickle();
}

RawStorage countingStorage(int count)
{
    std::vector<float> values;
    for (int i = 0; i < count; ++i)
        values.push_back(static_cast<float>(i));
    return {"0", storageBytes(values, "FloatStorage"), 4};
}

} // namespace

Q_DECLARE_METATYPE(Container)

/// Both containers of torch.save hold the same pickle and must read alike.
class TestTorch : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string write(const Bytes &bytes) { return writeTestFile(m_folder.path().toStdString(), "file.pth", bytes); }

    void containers()
    {
        QTest::addColumn<Container>("container");
        QTest::newRow("zip") << Container::Zip;
        QTest::newRow("legacy") << Container::Legacy;
    }

private slots:
    void tensorsReadBack_data() { containers(); }
    void tensorsReadBack()
    {
        QFETCH(Container, container);
        const model::StateDict state = syntheticState(SrganShape{.batchNorm = true});
        const model::StateDict read = model::readStateDict(write(contained(container, state)));
        QCOMPARE(read.entries.size(), state.entries.size());
        for (std::size_t i = 0; i < state.entries.size(); ++i) {
            QCOMPARE(read.entries[i].first, state.entries[i].first);
            QVERIFY(read.entries[i].second.shape == state.entries[i].second.shape);
            QVERIFY(sameBits(read.entries[i].second.values, state.entries[i].second.values));
        }
    }

    void wrappersAndPrefixesAreTakenOff_data()
    {
        QTest::addColumn<Container>("container");
        QTest::addColumn<QStringList>("wrappers");
        QTest::addColumn<QString>("prefix");
        for (const auto &[name, container] :
             {std::pair("zip", Container::Zip), std::pair("legacy", Container::Legacy)}) {
            for (const char *wrapper : {"params", "params_ema", "state_dict", "generator", "model"})
                QTest::addRow("%s %s", name, wrapper) << container << QStringList{wrapper} << "";
            QTest::addRow("%s nested", name) << container << QStringList{"model", "state_dict"} << "module.";
            QTest::addRow("%s compiled", name) << container << QStringList{} << "_orig_mod.module.";
        }
    }
    void wrappersAndPrefixesAreTakenOff()
    {
        QFETCH(Container, container);
        QFETCH(QStringList, wrappers);
        QFETCH(QString, prefix);
        TorchOptions options;
        for (const QString &wrapper : wrappers)
            options.wrappers.push_back(wrapper.toStdString());
        options.prefix = prefix.toStdString();
        const auto generator = model::readGenerator(write(contained(container, syntheticState(SrvggShape{}), options)));
        QCOMPARE(generatorDifference(*generator, *syntheticGenerator(SrvggShape{})), QString());
        QCOMPARE(generator->name, "file.pth");
    }

    void averagedWeightsArePreferred()
    {
        PickleWriter writer;
        writer.raw("}").text("params").raw("}").text("a").tensor({1}, "0", "FloatStorage", 1).raw("ss");
        writer.text("params_ema").raw("}").text("a").tensor({1}, "1", "FloatStorage", 1).raw("ss");
        const std::vector<RawStorage> storages{{"0", storageBytes({1.0F}, "FloatStorage")},
                                               {"1", storageBytes({2.0F}, "FloatStorage")}};
        const auto state = model::readStateDict(write(torchZipBytes(writer.pickle(), storages)));
        QCOMPARE(state.find("a")->values.at(0), 2.0F);
    }

    void storageTypesAreConverted_data()
    {
        QTest::addColumn<Container>("container");
        QTest::addColumn<QString>("storageClass");
        QTest::addColumn<int>("storage");
        for (const Container container : {Container::Zip, Container::Legacy}) {
            const char *const name = container == Container::Zip ? "zip" : "legacy";
            QTest::addRow("%s half", name) << container << "HalfStorage" << int(model::WeightStorage::Float16);
            QTest::addRow("%s brain", name) << container << "BFloat16Storage" << int(model::WeightStorage::BFloat16);
            QTest::addRow("%s double", name) << container << "DoubleStorage" << int(model::WeightStorage::Float64);
        }
    }
    void storageTypesAreConverted()
    {
        QFETCH(Container, container);
        QFETCH(QString, storageClass);
        QFETCH(int, storage);
        model::StateDict state = syntheticState(SrvggShape{});
        for (auto &entry : state.entries)
            for (float &value : entry.second.values)
                value = std::round(value * 64.0F) / 64.0F; // exact in all of them
        TorchOptions options;
        options.storageClass = storageClass.toStdString();
        const auto path = write(contained(container, state, options));
        const auto read = model::readStateDict(path);
        for (std::size_t i = 0; i < state.entries.size(); ++i)
            QVERIFY(sameBits(read.entries[i].second.values, state.entries[i].second.values));
        QCOMPARE(int(model::readGenerator(path)->storage), storage);
    }

    void stridedViewsAreRead_data() { containers(); }
    void stridedViewsAreRead()
    {
        QFETCH(Container, container);
        // The transpose of rows 1 and 2 of a 3x4 matrix of 0, 1, 2, …
        const auto path = write(contained(container, stridedTensor({4, 2}, {1, 4}, 4, 12), {countingStorage(12)}));
        const auto state = model::readStateDict(path);
        QCOMPARE(state.find("a")->values, (std::vector<float>{4, 8, 5, 9, 6, 10, 7, 11}));
    }

    void viewsOutsideTheirStorageAreRefused_data()
    {
        QTest::addColumn<QList<qint64>>("shape");
        QTest::addColumn<QList<qint64>>("strides");
        QTest::addColumn<qint64>("offset");
        QTest::addColumn<qint64>("elements");
        const qint64 huge = qint64(1) << 62;
        QTest::newRow("one too many") << QList<qint64>{13} << QList<qint64>{1} << qint64(0) << qint64(12);
        QTest::newRow("offset") << QList<qint64>{12} << QList<qint64>{1} << qint64(1) << qint64(12);
        QTest::newRow("offset beyond") << QList<qint64>{1} << QList<qint64>{1} << huge << qint64(12);
        QTest::newRow("stride") << QList<qint64>{2} << QList<qint64>{12} << qint64(0) << qint64(12);
        QTest::newRow("huge stride") << QList<qint64>{3} << QList<qint64>{huge} << qint64(0) << qint64(12);
        QTest::newRow("huge shape") << QList<qint64>{huge, 4} << QList<qint64>{0, 0} << qint64(0) << qint64(12);
        QTest::newRow("repeated") << QList<qint64>{1000000} << QList<qint64>{0} << qint64(0) << qint64(12);
        QTest::newRow("storage size") << QList<qint64>{1} << QList<qint64>{1} << qint64(0) << qint64(13);
        QTest::newRow("huge storage") << QList<qint64>{1} << QList<qint64>{1} << qint64(0) << huge;
        QTest::newRow("negative") << QList<qint64>{-1} << QList<qint64>{1} << qint64(0) << qint64(12);
    }
    void viewsOutsideTheirStorageAreRefused()
    {
        QFETCH(QList<qint64>, shape);
        QFETCH(QList<qint64>, strides);
        QFETCH(qint64, offset);
        QFETCH(qint64, elements);
        const Bytes object =
            stridedTensor({shape.begin(), shape.end()}, {strides.begin(), strides.end()}, offset, elements);
        for (const Container container : {Container::Zip, Container::Legacy}) {
            const auto path = write(contained(container, object, {countingStorage(12)}));
            const auto error = errorOf([&] { model::readStateDict(path); });
            QVERIFY(error);
            QCOMPARE(error->code(), base::ErrorCode::BrokenFile);
            QCOMPARE(error->file(), path);
        }
    }

    void manyViewsOfOneStorageCannotFillTheMemory()
    {
        PickleWriter writer;
        writer.raw("}(");
        for (int i = 0; i < 100; ++i)
            writer.text("t" + std::to_string(i)).tensor({100000}, "0", "FloatStorage", 100000);
        writer.raw("u");
        const auto path = write(torchZipBytes(writer.pickle(), {countingStorage(100000)}));
        const auto error = errorOf([&] { model::readStateDict(path); });
        QVERIFY(error && QString(error->what()).contains("larger than the file"));
    }

    void nothingIsExecuted_data() { containers(); }
    void nothingIsExecuted()
    {
        QFETCH(Container, container);
        const QString marker = m_folder.filePath("executed");
        for (const char *module : {"os", "posix", "subprocess", "builtins"}) {
            PickleWriter writer;
            writer.global(module, "system").text("touch '" + marker.toStdString() + "'").raw("\x85R");
            const auto path = write(contained(container, writer.pickle()));
            const auto error = errorOf([&] { model::readStateDict(path); });
            QVERIFY(error);
            QCOMPARE(error->code(), base::ErrorCode::BrokenFile);
            QVERIFY2(QString(error->what()).contains(QString(module) + ".system"), error->what());
            QVERIFY(!QFile::exists(marker));
        }
    }

    void bareAndDamagedPicklesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("pickle");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *name, const QByteArray &pickle, const char *expected) {
            QTest::newRow(name) << pickle << expected;
        };
        row("empty stack", ".", "not there");
        row("no stop", "}", "cut short");
        row("reduce", "R.", "not there");
        row("mark only", "(.", "not there");
        row("tuple without mark", "t.", "did not begin");
        row("memo", "h\x07.", "before it is set");
        row("text length", "X\xff\xff\xff\x7f.", "cut short");
        row("setitem on a list", "]NNs.", "dictionary of the wrong type");
        row("odd items", "}(Nu.", "without a value");
        row("opcode", "\x93.", "opcode 0x93");
        row("string opcode", "S'x'\n.", "opcode 0x53");
        row("protocol", "\x80\x04N.", "protocol");
        row("levels", QByteArray(65, '(') + ".", "levels");
        row("long integer", QByteArray("\x8a\x09", 2) + QByteArray(9, 'x') + ".", "64 bits");
        row("persistent id", ")Q.", "persistent id");
        row("no tensors", "}.", "no state dict");
        row("a number", "K\x01.", "no state dict");
        row("called storage", "ctorch\nFloatStorage\n)R.", "storage type is called");
        row("endless name", "c" + QByteArray(300, 'a') + "\nb\n.", "without an end");
    }
    void bareAndDamagedPicklesAreRefused()
    {
        QFETCH(QByteArray, pickle);
        QFETCH(QString, expected);
        const Bytes object(pickle.begin(), pickle.end());
        const auto error = errorOf([&] { model::readStateDict(write(torchZipBytes(object, {}))); });
        QVERIFY(error);
        QVERIFY2(QString(error->what()).contains(expected), error->what());
        const auto bare = errorOf([&] { model::readStateDict(write(object)); });
        QCOMPARE(bare->code(), base::ErrorCode::UnknownFormat);
    }

    void memoryOfAPickleIsBounded()
    {
        // A million empty dictionaries would take a hundred times the file.
        const Bytes object = PickleWriter().raw(std::string(900'000, '}')).pickle();
        const auto error = errorOf([&] { model::readStateDict(write(torchZipBytes(object, {}))); });
        QVERIFY(error && QString(error->what()).contains("more values than"));
    }

    void valuesThatReferToThemselvesEnd()
    {
        // a = {}; a["params"] = a; a["model"] = a
        PickleWriter writer;
        writer.raw("}q").raw(std::string_view("\0", 1)).text("params").raw(std::string_view("h\0s", 3));
        writer.text("model").raw(std::string_view("h\0s", 3));
        QVERIFY(errorOf([&] { model::readStateDict(write(torchZipBytes(writer.pickle(), {}))); }));
    }

    void python2DictionariesAreRead()
    {
        PickleWriter writer;
        writer.global("collections", "OrderedDict").raw("](").raw("](").text("a").tensor({1}, "0", "FloatStorage", 1);
        writer.raw("ee\x85R");
        const auto path = write(torchLegacyBytes(writer.pickle(), {{"0", storageBytes({5.0F}, "FloatStorage")}}));
        QCOMPARE(model::readStateDict(path).find("a")->values.at(0), 5.0F);
    }

    void damagedContainersAreRefused()
    {
        const model::StateDict state = syntheticState(SrvggShape{});
        for (const Container container : {Container::Zip, Container::Legacy}) {
            const Bytes good = contained(container, state);
            for (std::size_t keep = 16; keep < good.size(); keep += good.size() / 40 + 1) {
                const auto path = write(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(keep)));
                const auto error = errorOf([&] { model::readStateDict(path); });
                QVERIFY2(error && error->code() == base::ErrorCode::BrokenFile, qPrintable(QString::number(keep)));
            }
        }
        Bytes longer = torchLegacyBytes(state);
        longer.push_back(0);
        QVERIFY(QString(errorOf([&] { model::readStateDict(write(longer)); })->what()).contains("1 bytes after"));
        Bytes flipped = torchZipBytes(state);
        flipped[flipped.size() / 2] ^= 1U;
        QVERIFY(QString(errorOf([&] { model::readStateDict(write(flipped)); })->what()).contains("checksum"));
    }

    void otherZipArchivesAreRefusedByReason()
    {
        const auto refusal = [&](const std::vector<std::pair<std::string, Bytes>> &entries) {
            return QString(errorOf([&] { model::readStateDict(write(storedZipBytes(entries))); })->what());
        };
        QVERIFY(refusal({{"word/document.xml", {1}}}).contains("not one of torch.save"));
        QVERIFY(refusal({{"m/data.pkl", {1}}, {"m/constants.pkl", {1}}}).contains("TorchScript"));
        QVERIFY(refusal({{"m/data.pkl", {1}}, {"m/byteorder", {'b', 'i', 'g'}}}).contains("little-endian"));
        QVERIFY(refusal({{"m/data.pkl", {1}}, {"m/data.pkl", {1}}}).contains("twice"));
        Bytes deflated = storedZipBytes({{"m/data.pkl", {1}}});
        deflated[deflated.size() - 22 - 46 - 10 + 10] = 8; // method in the directory
        QVERIFY(QString(errorOf([&] { model::readStateDict(write(deflated)); })->what()).contains("compressed"));
    }
};

QTEST_APPLESS_MAIN(TestTorch)
#include "tst_torch.moc"
