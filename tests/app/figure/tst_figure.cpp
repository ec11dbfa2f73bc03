// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/figure/figurefile.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/pictureerror.h"
#include "engine/image/codec.h"
#include "engine/image/nearest.h"
#include "figurefixtures.h"
#include "ui/figure/figurepainter.h"
#include "ui/imageconvert.h"

#include <QDir>
#include <QImage>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include <cmath>
#include <cstring>

using namespace bitlens;
using ui::FigureColumn;
using ui::FigureContent;
using ui::FigureLayout;
using ui::FigureSettings;

namespace {

/// Positions are whole pixels of the figure: half of one on each side.
constexpr double kSizeTolerancePixels = 1.0;
/// PDF pages are whole points (1/72 inch) in Qt's page layout.
constexpr double kPageTolerancePoints = 1.0;

const QColor kFp32(0x00, 0x72, 0xB2);
const QColor kQuantized(0xD5, 0x5E, 0x00);

bool contains(const QImage &figure, const QColor &colour)
{
    for (int y = 0; y < figure.height(); ++y)
        for (int x = 0; x < figure.width(); ++x)
            if (figure.pixelColor(x, y) == colour)
                return true;
    return false;
}

QByteArray bytesOf(const std::vector<std::uint8_t> &bytes)
{
    return {reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}

/// The part of a picture that an inset shows.
QImage cropOf(const FigureContent &content, const ui::FigureInset &inset)
{
    return ui::toQImage(content.pictures[inset.picture].image.cropped(content.regions[inset.region]))
        .convertToFormat(QImage::Format_RGB888);
}

/// How many figure pixels of an inset differ from the crop's pixel that they are to show.
int wrongPixels(const QImage &figure, const ui::FigureInset &inset, const QImage &crop)
{
    int wrong = 0;
    for (int y = 0; y < inset.where.height(); ++y)
        for (int x = 0; x < inset.where.width(); ++x)
            if (figure.pixel(inset.where.x() + x, inset.where.y() + y)
                != crop.pixel(x / inset.factor, y / inset.factor))
                ++wrong;
    return wrong;
}

/// The text of an SVG's text elements, and its embedded pictures.
struct SvgFile {
    QStringList texts;
    QList<QImage> pictures;
    QString width;
    bool wellFormed = false;

    explicit SvgFile(const QByteArray &bytes)
    {
        QXmlStreamReader xml(bytes);
        while (!xml.atEnd()) {
            if (xml.readNext() != QXmlStreamReader::StartElement)
                continue;
            if (xml.name() == QLatin1String("svg"))
                width = xml.attributes().value("width").toString();
            if (xml.name() == QLatin1String("image")) {
                QString data;
                for (const QXmlStreamAttribute &attribute : xml.attributes())
                    if (attribute.name() == QLatin1String("href"))
                        data = attribute.value().toString();
                pictures << QImage::fromData(QByteArray::fromBase64(data.section(',', 1).toLatin1()));
            }
            if (xml.name() == QLatin1String("text"))
                texts << xml.readElementText(QXmlStreamReader::IncludeChildElements).trimmed();
        }
        wellFormed = !xml.hasError();
    }
};

bool anyIs(const QList<QImage> &pictures, const QImage &wanted)
{
    return std::any_of(pictures.begin(), pictures.end(),
                       [&](const QImage &picture) { return picture.convertToFormat(QImage::Format_RGB888) == wanted; });
}

QString outputOf(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(program, arguments);
    return process.waitForFinished() && process.exitCode() == 0 ? QString::fromUtf8(process.readAllStandardOutput())
                                                                : QString();
}

} // namespace

class TestFigure : public QObject {
    Q_OBJECT

private slots:
    void showsPanelsInTheIdentityColours_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("deep");
        QTest::newRow("usual") << 120 << 80 << 3 << false;
        QTest::newRow("tiny") << 6 << 6 << 3 << false;
        QTest::newRow("wide") << 300 << 10 << 3 << false;
        QTest::newRow("tall") << 10 << 200 << 3 << false;
        QTest::newRow("gray") << 60 << 60 << 1 << false;
        QTest::newRow("alpha") << 60 << 60 << 4 << false;
        QTest::newRow("16 bit") << 60 << 60 << 3 << true;
        QTest::newRow("large") << 500 << 300 << 3 << false;
    }

    void showsPanelsInTheIdentityColours()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, channels);
        QFETCH(bool, deep);
        figure::Source source =
            test::makeFigureSource({width, height}, channels, deep ? image::SampleType::U16 : image::SampleType::U8);
        source.reference = source.fp32;
        figure::Maker maker(source);
        for (const ui::FigureOverview overview :
             {ui::FigureOverview::Beside, ui::FigureOverview::Above, ui::FigureOverview::None}) {
            FigureSettings settings;
            settings.overview = overview;
            settings.pictures = {FigureColumn::LowResolution, FigureColumn::Bicubic,   FigureColumn::Fp32,
                                 FigureColumn::Quantized,     FigureColumn::Reference, FigureColumn::Difference};
            const FigureContent content = maker.content(settings);
            QCOMPARE(content.pictures.size(), std::size_t{6});
            const FigureLayout layout = ui::layoutFigure(content, settings);
            const QImage figure = ui::figureImage(content, layout);
            QCOMPARE(figure.width(), ui::figureWidthPixels(settings));
            QVERIFY(contains(figure, kFp32));
            QVERIFY(contains(figure, kQuantized));
            const QRect inside = QRect({}, layout.size).adjusted(2, 2, -2, -2);
            for (const ui::FigureInset &inset : layout.insets)
                QVERIFY(inside.contains(inset.where));
            QVERIFY(layout.overview.isEmpty() == (overview == ui::FigureOverview::None));
            QVERIFY(layout.overview.isEmpty() || inside.contains(layout.overview));
            for (std::size_t i = 0; i < layout.insets.size(); ++i)
                for (std::size_t k = 0; k < i; ++k)
                    QVERIFY(!layout.insets[i].where.intersects(layout.insets[k].where));
            // Margins on all sides.
            for (int x = 0; x < figure.width(); ++x)
                QCOMPARE(figure.pixelColor(x, 1), QColor(Qt::white));
        }
    }

    void insetsOfThePngAreExactCrops_data()
    {
        QTest::addColumn<double>("width");
        QTest::addColumn<int>("dpi");
        QTest::addColumn<int>("columns");
        QTest::addColumn<int>("zoom");
        QTest::addColumn<int>("regions");
        QTest::newRow("page, 300 dpi") << 174.0 << 300 << 0 << 0 << 1;
        QTest::newRow("column, 600 dpi") << 84.0 << 600 << 2 << 4 << 2;
        QTest::newRow("screen") << 150.0 << 96 << 0 << 2 << 3;
        QTest::newRow("one to one") << 200.0 << 150 << 3 << 1 << 1;
    }

    void insetsOfThePngAreExactCrops()
    {
        QFETCH(double, width);
        QFETCH(int, dpi);
        QFETCH(int, columns);
        QFETCH(int, zoom);
        QFETCH(int, regions);
        figure::Source source = test::makeFigureSource({120, 90});
        source.reference = source.fp32;
        figure::Maker maker(source);
        FigureSettings settings;
        settings.width = width;
        settings.dpi = dpi;
        settings.columns = columns;
        settings.zoom = zoom;
        settings.automaticRegions = regions;
        const FigureContent content = maker.content(settings);
        const FigureLayout layout = ui::layoutFigure(content, settings);
        const QImage figure = QImage::fromData(bytesOf(figure::figureBytes(content, settings, "png")));
        QVERIFY(std::abs(figure.width() - width / 25.4 * dpi) <= kSizeTolerancePixels);
        QCOMPARE(int(std::lround(figure.dotsPerMeterX() * 0.0254)), dpi);
        QCOMPARE(layout.insets.size(), content.pictures.size() * content.regions.size());
        QVERIFY(!layout.insets.empty());
        for (const ui::FigureInset &inset : layout.insets) {
            QVERIFY(inset.factor >= 1);
            if (zoom > 0)
                QCOMPARE(inset.factor, zoom);
            QCOMPARE(wrongPixels(figure, inset, cropOf(content, inset)), 0);
        }
        // A crop one pixel aside is noticed.
        FigureContent shifted = content;
        shifted.regions[0].x += shifted.regions[0].x > 0 ? -1 : 1;
        QVERIFY(wrongPixels(figure, layout.insets[1], cropOf(shifted, layout.insets[1])) > 0);
    }

    void thePreviewIsWhatIsWritten()
    {
        figure::Maker maker(test::makeFigureSource({100, 70}));
        const FigureSettings settings;
        const FigureContent content = maker.content(settings);
        const QImage preview = ui::figureImage(content, ui::layoutFigure(content, settings));
        const QTemporaryDir folder;
        const QString path = folder.filePath("figure.png");
        figure::writeFigure(content, settings, path.toStdString(), {}, {});
        QCOMPARE(QImage(path).convertToFormat(QImage::Format_RGB32), preview);
    }

    void svgHoldsTextAndExactCrops()
    {
        figure::Source source = test::makeFigureSource({120, 90});
        source.reference = source.fp32;
        figure::Maker maker(source);
        FigureSettings settings;
        settings.automaticRegions = 2;
        settings.caption.text = "Ünïcode <words> & signs.";
        source.report.input = "/a<b>&/pattern.png";
        const FigureContent content = maker.content(settings);
        const SvgFile file(bytesOf(figure::figureBytes(content, settings, "svg")));
        QVERIFY(file.wellFormed);
        const QString all = file.texts.join(' ');
        for (const char *words :
             {"pattern.png", "LR (nearest)", "FP32", "int8", "HR", "42.0", "*=8/8", "Ünïcode <words> & signs."})
            QVERIFY2(all.contains(QString::fromUtf8(words)), qPrintable(QString::fromUtf8(words) + " not in " + all));
        for (const ui::FigureInset &inset : ui::layoutFigure(content, settings).insets)
            QVERIFY(anyIs(file.pictures, cropOf(content, inset)));
        QCOMPARE(file.pictures.size(), qsizetype(content.pictures.size() * content.regions.size() + 1));
        QVERIFY2(file.width.endsWith("mm"), qPrintable(file.width));
        const double pixel = 25.4 / settings.dpi;
        QVERIFY2(std::abs(file.width.chopped(2).toDouble() - settings.width) <= pixel, qPrintable(file.width));
    }

    void pdfHoldsTextAndExactCrops()
    {
        for (const char *program : {"pdftotext", "pdfinfo", "pdfimages"})
            if (QStandardPaths::findExecutable(program).isEmpty())
                QSKIP("poppler-utils is not installed");
        figure::Source source = test::makeFigureSource({120, 90});
        figure::Maker maker(source);
        FigureSettings settings;
        settings.width = 84.0;
        const FigureContent content = maker.content(settings);
        const QTemporaryDir folder;
        const QString path = folder.filePath("figure.pdf");
        figure::writeFigure(content, settings, path.toStdString(), {}, {});
        const QString text = outputOf("pdftotext", {"-layout", path, "-"}).simplified();
        for (const char *words : {"pattern.png", "LR (nearest)", "FP32", "int8", "42.0", "*=8/8"})
            QVERIFY2(text.contains(words), qPrintable(QString(words) + " not in " + text));

        const auto size =
            QRegularExpression("Page size:\\s+([0-9.]+) x ([0-9.]+) pts").match(outputOf("pdfinfo", {path}));
        QVERIFY(size.hasMatch());
        const FigureLayout layout = ui::layoutFigure(content, settings);
        QVERIFY(std::abs(size.captured(1).toDouble() - layout.size.width() * 72.0 / settings.dpi)
                <= kPageTolerancePoints);
        QVERIFY(std::abs(size.captured(2).toDouble() - layout.size.height() * 72.0 / settings.dpi)
                <= kPageTolerancePoints);

        outputOf("pdfimages", {"-png", path, folder.filePath("picture")});
        QList<QImage> pictures;
        for (const QString &name : QDir(folder.path()).entryList({"picture-*.png"}))
            pictures << QImage(folder.filePath(name));
        for (const ui::FigureInset &inset : layout.insets)
            QVERIFY(anyIs(pictures, cropOf(content, inset)));
    }

    void defaultRegionsAreTheWorst()
    {
        const figure::Source source = test::makeFigureSource({120, 90});
        figure::Maker maker(source);
        FigureSettings settings;
        const FigureContent content = maker.content(settings);
        QCOMPARE(content.regions.size(), std::size_t{1});
        const image::Rect region = content.regions[0];
        QVERIFY(compare::worstRegion(source.fp32, source.plans[0].picture, {region.width, region.height}) == region);
        // The second one lies where the first leaves something over.
        const auto regions = figure::worstRegions(source.fp32, source.plans[0].picture, {4, 4}, 2);
        QCOMPARE(regions.size(), std::size_t{2});
        QVERIFY(regions[0].intersected(regions[1]).isEmpty());
        // Drawn regions take their place, cut to the picture; those outside are dropped.
        settings.regions = {{470, 350, 100, 100}, {10, 20, 40, 30}, {900, 900, 5, 5}};
        const FigureContent drawn = maker.content(settings);
        QCOMPARE(drawn.regions.size(), std::size_t{2});
        QVERIFY((drawn.regions[0] == image::Rect{470, 350, 10, 10}));
        QVERIFY((drawn.regions[1] == image::Rect{10, 20, 40, 30}));
    }

    void equalPicturesStillGiveAFigure()
    {
        figure::Source source = test::makeFigureSource({40, 30});
        source.plans[0].picture = source.fp32;
        figure::Maker maker(source);
        FigureSettings settings;
        settings.automaticRegions = 3;
        const FigureContent content = maker.content(settings);
        QVERIFY(!content.regions.empty());
        QVERIFY(!ui::figureImage(content, ui::layoutFigure(content, settings)).isNull());
    }

    void severalPlansStandBesideEachOther()
    {
        figure::Source source = test::makeFigureSource({60, 40});
        source.plans.push_back({"w4", "*=4/8", source.fp32, {}});
        figure::Maker maker(source);
        const FigureSettings settings;
        const FigureContent content = maker.content(settings);
        QStringList labels;
        for (const ui::FigurePicture &picture : content.pictures)
            labels << picture.label;
        QCOMPARE(labels, (QStringList{"LR (nearest)", "FP32", "int8", "w4"}));
        QVERIFY(content.caption.contains("*=8/8") && content.caption.contains("*=4/8"));
    }

    void manyRulesAreSummedUpByStages()
    {
        figure::Source source = test::makeFigureSource({60, 40});
        std::string rules = "*=10/12,head=fp32/fp32,body=7/12";
        for (int block = 1; block <= 30; ++block)
            rules += ",body/block" + std::to_string(block) + "/conv2=" + (block == 9 ? "12/8" : "8/12");
        source.plans.push_back({"multi", rules, source.fp32, {}});
        const QString caption = figure::Maker(source).content({}).caption;
        QVERIFY2(caption.contains("head 32/32, body 7–12/8–12, elsewhere 10/12."), qPrintable(caption));
        QVERIFY(!caption.contains("block9"));
    }

    void captionSaysWhatIsAskedFor()
    {
        figure::Maker maker(test::makeFigureSource({60, 40}));
        FigureSettings settings;
        settings.caption = {false, false, "Mine."};
        const FigureContent content = maker.content(settings);
        QVERIFY(content.caption.startsWith("Mine."));
        QVERIFY(!content.caption.contains("*=8/8") && !content.caption.contains("42.0"));
        QVERIFY(content.pictures[1].notes.isEmpty());
    }

    void aPixelOfTheFigureIsAPixelOfThePicture()
    {
        figure::Maker maker(test::makeFigureSource({120, 90}));
        FigureSettings settings;
        settings.regions = {{100, 60, 40, 40}};
        const FigureContent content = maker.content(settings);
        const FigureLayout layout = ui::layoutFigure(content, settings);
        const image::Size size{480, 360};
        QCOMPARE(layout.pictureAt(layout.overview.topLeft(), size), QPoint(0, 0));
        QCOMPARE(layout.pictureAt(layout.overview.bottomRight(), size), QPoint(479, 359));
        QCOMPARE(layout.pictureAt({-10.0, -10.0}, size), QPoint(0, 0));
        const QRectF box = layout.inOverview(content.regions[0], size);
        QCOMPARE(layout.pictureAt(box.topLeft() + QPointF(0.01, 0.01), size), QPoint(100, 60));
        QCOMPARE(layout.pictureAt(box.bottomRight() - QPointF(0.01, 0.01), size), QPoint(139, 99));
    }

    void nothingIsWrittenOverAnInput()
    {
        figure::Maker maker(test::makeFigureSource({20, 20}));
        const FigureSettings settings;
        const FigureContent content = maker.content(settings);
        const QTemporaryDir folder;
        for (const char *name : {"input.png", "input.svg", "input.pdf", "input.jpg"}) {
            const std::string path = folder.filePath(name).toStdString();
            base::writeFileAtomically(path, std::string("precious"));
            const std::vector<std::string> inputs{path};
            try {
                figure::writeFigure(content, settings, path, inputs, {});
                QFAIL("written over an input");
            } catch (const base::Error &error) {
                QCOMPARE(error.code(), base::ErrorCode::InvalidArgument);
                QCOMPARE(error.file(), path);
            }
            QCOMPARE(base::readFile(path).size(), std::strlen("precious"));
        }
    }

    void otherPictureFormatsWorkToo()
    {
        figure::Maker maker(test::makeFigureSource({20, 20}));
        FigureSettings settings;
        settings.unit = ui::FigureUnit::Pixels;
        settings.width = 640;
        const FigureContent content = maker.content(settings);
        const QTemporaryDir folder;
        const std::string path = folder.filePath("figure.webp").toStdString();
        figure::writeFigure(content, settings, path, {}, {});
        QCOMPARE(image::readImage(path).width(), 640);
        QVERIFY_EXCEPTION_THROWN(
            figure::writeFigure(content, settings, folder.filePath("figure.txt").toStdString(), {}, {}), base::Error);
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden), QStringList{"figure.webp"});
    }

    void aCancelledFigureLeavesWhatWasThere()
    {
        figure::Maker maker(test::makeFigureSource({20, 20}));
        const FigureSettings settings;
        const FigureContent content = maker.content(settings);
        const QTemporaryDir folder;
        const std::string path = folder.filePath("figure.png").toStdString();
        base::writeFileAtomically(path, std::string("before"));
        const base::Job job;
        job.cancel.cancel();
        QVERIFY_EXCEPTION_THROWN(figure::writeFigure(content, settings, path, {}, job), base::Cancelled);
        QCOMPARE(base::readFile(path).size(), std::strlen("before"));
    }
};

QTEST_MAIN(TestFigure)
#include "tst_figure.moc"
