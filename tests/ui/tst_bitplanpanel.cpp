// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/ui/uifixtures.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/bitwidthdelegate.h"
#include "ui/elidedlabel.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QTreeView>
#include <QWheelEvent>

using namespace bitlens;
using namespace bitlens::ui;

class BitPlanPanelTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void startsWithTheDefaultPreset();
    void sliderIsDraggedByTheMouse();
    void escapeGivesADragUp();
    void previewsAreThrottled();
    void sliderIsClicked();
    void keysStepAndType();
    void tabGoesFromWeightsToActivations();
    void wheelNeedsFocus();
    void presetsAndReset();
    void resetGoesToWhatItBeganWith();
    void theMenuSetsBothWidthsInOneEdit();
    void undoSetsThePlanSilently();
    void longRulesEndWithAnEllipsis();
    void widthIsDrawnOnTheSlider();
    void mixedParentsHaveTwoHandlesAndTracksTellSensitivity();
    void theCurrentRowIsTheSelectedLayer();
    void onlyTheCurrentRowQuantized();
    void detailsOfTheCurrentRow();

private:
    QModelIndex cell(const char *path, int column) const
    {
        return m_panel->model()->indexOfPath(QLatin1String(path)).siblingAtColumn(column);
    }
    QPoint stop(const QModelIndex &index, int bits) const
    {
        return BitWidthDelegate::stopOf(m_panel->tree()->visualRect(index), bits,
                                        index.data(BitPlanModel::ChoicesRole).value<QList<int>>());
    }
    QWidget *viewport() const { return m_panel->tree()->viewport(); }
    void wheel(const QModelIndex &index, int delta) const
    {
        const QPoint position = m_panel->tree()->visualRect(index).center();
        QWheelEvent event(position, viewport()->mapToGlobal(position), {}, {0, delta}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(viewport(), &event);
    }

    std::unique_ptr<BitPlanPanel> m_panel;
};

void BitPlanPanelTest::init()
{
    m_panel = std::make_unique<BitPlanPanel>();
    m_panel->resize(m_panel->sizeHint());
    m_panel->setGenerator(test::srganOutline());
    m_panel->show();
    m_panel->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_panel.get()));
}

void BitPlanPanelTest::startsWithTheDefaultPreset()
{
    QCOMPARE(m_panel->planName(), QString::fromLatin1(quant::kDefaultPreset));
    QVERIFY(m_panel->plan() == quant::presetPlan(quant::kDefaultPreset, *m_panel->model()->generator()));
    QVERIFY(!m_panel->findChild<QLabel *>(QStringLiteral("planText"))->text().isEmpty());
    QSignalSpy edits(m_panel.get(), &BitPlanPanel::planEdited);
    m_panel->setGenerator(nullptr);
    QCOMPARE(m_panel->plan().size(), std::size_t(0));
    QVERIFY(!m_panel->findChild<QComboBox *>(QStringLiteral("presets"))->isEnabled());
    QCOMPARE(edits.count(), 0);
}

void BitPlanPanelTest::sliderIsDraggedByTheMouse()
{
    QSignalSpy edits(m_panel.get(), &BitPlanPanel::planEdited);
    QSignalSpy previews(m_panel.get(), &BitPlanPanel::planPreviewed);
    const QModelIndex body = cell("body", BitPlanModel::WeightColumn);
    QTest::mousePress(viewport(), Qt::LeftButton, {}, stop(body, 8));
    QTest::mouseMove(viewport(), stop(body, 6));
    QTest::mouseMove(viewport(), stop(body, 4));
    QCOMPARE(body.data().toInt(), 4); // the number follows at once
    QCOMPARE(edits.count(), 0);
    QVERIFY(previews.count() >= 1);
    QTest::mouseRelease(viewport(), Qt::LeftButton, {}, stop(body, 4));
    QCOMPARE(edits.count(), 1);
    QCOMPARE(edits.first().at(1).toString(), QStringLiteral("W of body to 4 bits"));
    QCOMPARE(edits.first().at(0).value<quant::BitPlan>().at(5).weight, 4);
    QCOMPARE(m_panel->plan().at(5).weight, 4);
    QCOMPARE(m_panel->planName(), QStringLiteral("custom"));
}

void BitPlanPanelTest::escapeGivesADragUp()
{
    const quant::BitPlan before = m_panel->plan();
    QSignalSpy edits(m_panel.get(), &BitPlanPanel::planEdited);
    QSignalSpy previews(m_panel.get(), &BitPlanPanel::planPreviewed);
    const QModelIndex tail = cell("tail", BitPlanModel::ActivationColumn);
    QTest::mousePress(viewport(), Qt::LeftButton, {}, stop(tail, 4));
    QVERIFY(m_panel->plan() != before);
    QTest::keyClick(m_panel->tree(), Qt::Key_Escape);
    QVERIFY(m_panel->plan() == before);
    QTest::mouseRelease(viewport(), Qt::LeftButton, {}, stop(tail, 4));
    QCOMPARE(edits.count(), 0);
    QVERIFY(previews.last().at(0).value<quant::BitPlan>() == before);
}

void BitPlanPanelTest::previewsAreThrottled()
{
    QSignalSpy previews(m_panel.get(), &BitPlanPanel::planPreviewed);
    const QModelIndex body = cell("body", BitPlanModel::WeightColumn);
    QTest::mousePress(viewport(), Qt::LeftButton, {}, stop(body, 2));
    for (const int bits : {3, 4, 5, 6, 7, 8, 10, 12})
        QTest::mouseMove(viewport(), stop(body, bits));
    QVERIFY2(previews.count() < 5, qPrintable(QString::number(previews.count())));
    QTRY_COMPARE(previews.last().at(0).value<quant::BitPlan>().at(5).weight, 12); // the last one is not lost
    QTest::mouseRelease(viewport(), Qt::LeftButton, {}, stop(body, 12));
}

void BitPlanPanelTest::sliderIsClicked()
{
    QSignalSpy edits(m_panel.get(), &BitPlanPanel::planEdited);
    const QModelIndex up = cell("up1", BitPlanModel::ActivationColumn);
    for (const int bits : {4, 16, 32, 8}) {
        QTest::mouseClick(viewport(), Qt::LeftButton, {}, stop(up, bits));
        QCOMPARE(up.data(Qt::EditRole).toInt(), bits);
    }
    QCOMPARE(edits.count(), 4);
    QTest::mouseClick(viewport(), Qt::RightButton, {}, stop(up, 4));
    QCOMPARE(edits.count(), 4);
}

void BitPlanPanelTest::keysStepAndType()
{
    m_panel->setPlan(quant::presetPlan("int8", *m_panel->model()->generator())); // 8 bits everywhere
    const QModelIndex head = cell("head", BitPlanModel::WeightColumn);
    QTreeView *tree = m_panel->tree();
    tree->setFocus(Qt::TabFocusReason);
    QCOMPARE(tree->currentIndex(), head); // the keyboard lands on a slider
    QSignalSpy edits(m_panel.get(), &BitPlanPanel::planEdited);
    const auto bits = [&] { return head.data(Qt::EditRole).toInt(); };
    QCOMPARE(bits(), 8);
    QTest::keyClick(tree, Qt::Key_Right);
    QCOMPARE(bits(), 10);
    QTest::keyClick(tree, Qt::Key_Left);
    QTest::keyClick(tree, Qt::Key_Left);
    QCOMPARE(bits(), 7);
    QTest::keyClick(tree, Qt::Key_End);
    QCOMPARE(bits(), 32);
    QTest::keyClick(tree, Qt::Key_Right); // there is no more
    QCOMPARE(bits(), 32);
    QTest::keyClick(tree, Qt::Key_Home);
    QCOMPARE(bits(), 2);
    QTest::keyClick(tree, Qt::Key_1);
    QCOMPARE(bits(), 2); // the start of 10, 12, 14 and 16
    QTest::keyClick(tree, Qt::Key_2);
    QCOMPARE(bits(), 12);
    QTest::keyClick(tree, Qt::Key_8);
    QCOMPARE(bits(), 8);
    QTest::keyClick(tree, Qt::Key_9); // not a width
    QCOMPARE(bits(), 8);
    QVERIFY(edits.count() >= 6);
    QTest::keyClick(tree, Qt::Key_Down);
    QCOMPARE(tree->currentIndex().data(BitPlanModel::PathRole).toString(), QStringLiteral("body"));
    QTest::keyClick(tree, Qt::Key_Right);
    QCOMPARE(m_panel->plan().at(1).weight, 10);
    QCOMPARE(m_panel->plan().at(10).weight, 10);
}

void BitPlanPanelTest::tabGoesFromWeightsToActivations()
{
    QTreeView *tree = m_panel->tree();
    tree->setFocus(Qt::TabFocusReason);
    QTest::keyClick(tree, Qt::Key_Tab);
    QCOMPARE(tree->currentIndex().column(), int(BitPlanModel::ActivationColumn));
    QVERIFY(tree->hasFocus());
    QTest::keyClick(tree, Qt::Key_Backtab);
    QCOMPARE(tree->currentIndex().column(), int(BitPlanModel::WeightColumn));
    QTest::keyClick(tree, Qt::Key_Backtab);
    QVERIFY(!tree->hasFocus());
}

void BitPlanPanelTest::wheelNeedsFocus()
{
    m_panel->setPlan(quant::presetPlan("int8", *m_panel->model()->generator())); // 8 bits everywhere
    const QModelIndex head = cell("head", BitPlanModel::WeightColumn);
    const QModelIndex tail = cell("tail", BitPlanModel::WeightColumn);
    m_panel->findChild<QComboBox *>(QStringLiteral("presets"))->setFocus();
    wheel(head, 120);
    QCOMPARE(head.data().toInt(), 8);
    m_panel->tree()->setFocus(Qt::TabFocusReason);
    wheel(tail, 120); // has the view's focus, but not the slider's
    QCOMPARE(tail.data().toInt(), 8);
    wheel(head, 120);
    QCOMPARE(head.data().toInt(), 10);
    wheel(head, -60);
    wheel(head, -60); // two halves of a notch
    QCOMPARE(head.data().toInt(), 8);
}

void BitPlanPanelTest::presetsAndReset()
{
    auto *presets = m_panel->findChild<QComboBox *>(QStringLiteral("presets"));
    auto *reset = m_panel->findChild<QToolButton *>(QStringLiteral("resetPlan"));
    QCOMPARE(presets->count(), static_cast<int>(quant::presets().size()));
    QVERIFY(!reset->isEnabled());
    QSignalSpy edits(m_panel.get(), &BitPlanPanel::planEdited);
    presets->setFocus();
    const QString other = presets->itemText(presets->currentIndex() == 0 ? 1 : 0);
    m_panel->applyPreset(other);
    QCOMPARE(presets->currentText(), other);
    QCOMPARE(m_panel->planName(), other);
    const quant::BitPlan chosen = m_panel->plan();
    const qsizetype editsOfPreset = edits.count();
    QTest::mouseClick(viewport(), Qt::LeftButton, {}, stop(cell("head", BitPlanModel::WeightColumn), 3));
    QCOMPARE(presets->currentIndex(), -1);
    QVERIFY(reset->isEnabled());
    QTest::mouseClick(reset, Qt::LeftButton);
    QVERIFY(m_panel->plan() == chosen);
    QCOMPARE(presets->currentText(), other);
    QCOMPARE(edits.count(), editsOfPreset + 2);
}

void BitPlanPanelTest::resetGoesToWhatItBeganWith()
{
    auto *reset = m_panel->findChild<QToolButton *>(QStringLiteral("resetPlan"));
    const model::Generator &generator = *m_panel->model()->generator();
    const quant::BitPlan kept = quant::presetPlan("w4", generator);
    QVERIFY(kept != m_panel->plan());
    m_panel->beginWith(kept); // a second model under the preset that was in use
    QVERIFY(!reset->isEnabled());
    m_panel->setPlan(quant::BitPlan(kept.size(), {3, 5}));
    QTest::mouseClick(reset, Qt::LeftButton);
    QVERIFY(m_panel->plan() == kept);
    m_panel->beginWith(quant::BitPlan(kept.size(), {3, 5})); // nobody's preset
    QTest::mouseClick(reset, Qt::LeftButton);
    QCOMPARE(m_panel->planName(), QString::fromLatin1(quant::kDefaultPreset));
}

void BitPlanPanelTest::theMenuSetsBothWidthsInOneEdit()
{
    QSignalSpy edits(m_panel.get(), &BitPlanPanel::planEdited);
    const QModelIndex body = cell("body", BitPlanModel::NameColumn);
    const auto choose = [&](const char *text) {
        emit m_panel->tree()->customContextMenuRequested(m_panel->tree()->visualRect(body).center());
        QMenu *menu = nullptr;
        for (QMenu *open : m_panel->findChildren<QMenu *>())
            menu = open->isVisible() ? open : menu;
        QVERIFY(menu);
        for (QAction *action : menu->actions())
            if (action->text().contains(QLatin1String(text)))
                menu->setActiveAction(action);
        QVERIFY(menu->activeAction());
        QTest::keyClick(menu, Qt::Key_Return);
    };
    const quant::LayerBits outside = m_panel->plan().at(0);
    choose("FP32");
    QCOMPARE(edits.count(), 1);
    QVERIFY(edits.last().at(0).value<quant::BitPlan>().at(1).isFloat());
    QVERIFY(m_panel->plan().at(1).isFloat());
    QVERIFY(m_panel->plan().at(0) == outside);
    choose("W8 A8");
    QCOMPARE(edits.count(), 2);
    QVERIFY(m_panel->plan().at(1) == (quant::LayerBits{8, 8}));
    choose("W8 A8"); // as it is
    QCOMPARE(edits.count(), 2);
}

void BitPlanPanelTest::undoSetsThePlanSilently()
{
    QSignalSpy edits(m_panel.get(), &BitPlanPanel::planEdited);
    m_panel->setPlan(quant::BitPlan(m_panel->plan().size(), {3, 5}));
    QCOMPARE(edits.count(), 0);
    QCOMPARE(m_panel->planName(), QStringLiteral("custom"));
    QVERIFY(m_panel->findChild<QLabel *>(QStringLiteral("planText"))->text().contains(QStringLiteral("3/5")));
}

void BitPlanPanelTest::longRulesEndWithAnEllipsis()
{
    const auto *label = m_panel->findChild<ElidedLabel *>(QStringLiteral("planText"));
    const auto lines = [label] { return label->linesIn(label->size()); };
    m_panel->setPlan(quant::BitPlan(m_panel->plan().size(), {3, 5}));
    QCOMPARE(lines(), QStringList{label->text()});
    quant::BitPlan plan = m_panel->plan();
    for (std::size_t layer = 0; layer < plan.size(); ++layer)
        plan.set(layer, {layer % 2 == 0 ? 4 : 6, layer % 3 == 0 ? 8 : 12});
    m_panel->setPlan(plan);
    QCOMPARE(lines().size(), 3);
    QVERIFY2(lines().last().endsWith(QChar(0x2026)), qPrintable(lines().join('\n')));
    for (const QString &line : lines())
        QVERIFY2(label->fontMetrics().horizontalAdvance(line) <= label->width(), qPrintable(line));
    QVERIFY(label->text().startsWith(lines().first()) && !label->text().contains(QChar(0x2026)));
    QCOMPARE(label->toolTip(), label->text());
    // What is drawn is those lines and nothing else.
    const QImage shown = m_panel->findChild<QLabel *>(QStringLiteral("planText"))->grab().toImage();
    const auto hasInk = [&shown](int y) {
        for (int x = 0; x < shown.width(); ++x)
            if (shown.pixel(x, y) != shown.pixel(0, 0))
                return true;
        return false;
    };
    const int spacing = label->fontMetrics().lineSpacing();
    for (int line = 0; line < 3; ++line) {
        bool any = false;
        for (int y = line * spacing; y < (line + 1) * spacing; ++y)
            any = any || hasInk(y);
        QVERIFY2(any, qPrintable(QString::number(line)));
    }
}

void BitPlanPanelTest::widthIsDrawnOnTheSlider()
{
    // The longest range has its room.
    const QRect room = BitWidthDelegate::numberOf(QRect(0, 0, 100, 24));
    QVERIFY(QFontMetrics(numberFont(TextSize::Small)).horizontalAdvance(QStringLiteral("10–16")) <= room.width());
    const QModelIndex head = cell("head", BitPlanModel::WeightColumn);
    const auto inkAt = [&](int bits) { return viewport()->grab().toImage().pixelColor(stop(head, bits)); };
    const QColor handleAt8 = inkAt(8);
    QVERIFY(inkAt(16) != handleAt8);
    m_panel->model()->setData(head, 16);
    QCOMPARE(inkAt(16), handleAt8);
}

void BitPlanPanelTest::mixedParentsHaveTwoHandlesAndTracksTellSensitivity()
{
    m_panel->setPlan(quant::presetPlan("int8", *m_panel->model()->generator())); // 8 bits everywhere
    const QModelIndex body = cell("body", BitPlanModel::WeightColumn);
    const auto shownAt = [&](int bits) { return viewport()->grab().toImage().pixelColor(stop(body, bits)); };
    const QColor handle = shownAt(8);
    const QColor track = shownAt(14);
    QVERIFY(handle != track);
    m_panel->model()->setData(cell("body/block1/conv1", BitPlanModel::WeightColumn), 4);
    m_panel->model()->setData(cell("body/block2/conv1", BitPlanModel::WeightColumn), 12);
    const QColor hollow = m_panel->palette().color(QPalette::Window);
    QCOMPARE(shownAt(4), hollow); // a ring at each end
    QCOMPARE(shownAt(12), hollow);
    QCOMPARE(shownAt(8), handle); // filled in between
    QCOMPARE(shownAt(14), track);
    // What one layer below loses is on the track of its stage.
    QList<BitPlanModel::Severity> severities(static_cast<qsizetype>(m_panel->plan().size()), {0.0, 0.0});
    severities[1].weight = 1.0;
    m_panel->model()->setSeverities(severities);
    QCOMPARE(shownAt(14), kQuantizedColor);
    m_panel->model()->setSeverities({});
    QCOMPARE(shownAt(14), track);
}

void BitPlanPanelTest::theCurrentRowIsTheSelectedLayer()
{
    QSignalSpy selected(m_panel.get(), &BitPlanPanel::layerSelected);
    QTest::mouseClick(viewport(), Qt::LeftButton, {}, m_panel->tree()->visualRect(cell("body", 0)).center());
    QCOMPARE(selected.count(), 1);
    QCOMPARE(m_panel->selectedLayer(), 1); // the first of the stage
    m_panel->selectLayer(4);
    QCOMPARE(selected.last().at(0).toInt(), 4);
    QCOMPARE(m_panel->tree()->currentIndex().data(BitPlanModel::LayerRole).toInt(), 4);
    QVERIFY(m_panel->tree()->isExpanded(m_panel->tree()->currentIndex().parent()));
    const auto count = selected.count();
    m_panel->tree()->setFocus();
    QTest::keyClick(m_panel->tree(), Qt::Key_Tab); // from W to A of the same layer
    QCOMPARE(selected.count(), count);
    m_panel->setGenerator(nullptr);
    QCOMPARE(m_panel->selectedLayer(), -1);
}

void BitPlanPanelTest::onlyTheCurrentRowQuantized()
{
    QSignalSpy edits(m_panel.get(), &BitPlanPanel::planEdited);
    m_panel->quantizeOnlyCurrent(); // nothing is selected
    QCOMPARE(edits.count(), 0);
    m_panel->model()->setData(cell("tail", BitPlanModel::WeightColumn), 4);
    m_panel->selectPath(QStringLiteral("tail"));
    edits.clear();
    m_panel->quantizeOnlyCurrent();
    QCOMPARE(edits.count(), 1);
    QVERIFY(edits.at(0).at(1).toString().contains(QStringLiteral("tail")));
    const quant::BitPlan &plan = m_panel->plan();
    for (std::size_t i = 0; i + 1 < plan.size(); ++i)
        QVERIFY(plan.at(i).isFloat());
    QCOMPARE(plan.at(plan.size() - 1).weight, 4);
    m_panel->selectPath(QStringLiteral("head")); // in FP32 by now
    m_panel->quantizeOnlyCurrent();
    QCOMPARE(m_panel->plan().at(0), (quant::LayerBits{8, 8}));
}

void BitPlanPanelTest::detailsOfTheCurrentRow()
{
    const auto text = [this](const char *name) {
        return m_panel->findChild<QLabel *>(QLatin1String(name))->text().replace(QChar(0x00A0), QLatin1Char(' '));
    };
    using Arithmetic = LayerDetail::Arithmetic;
    std::vector<LayerDetail> details(m_panel->plan().size(),
                                     {"winograd-f43-avx2", Arithmetic::Integer, 1000, 0.05, 0, 0});
    details[1] = {"float-avx2", Arithmetic::Float, 4000, 0.2, 0.004, 0.4};
    m_panel->setLayerDetails(details);
    QCOMPARE(text("layerBadge"), QString());
    m_panel->selectPath(QStringLiteral("head"));
    QCOMPARE(text("layerBadge"), QStringLiteral("integer"));
    QCOMPARE(text("layerKernel"), QStringLiteral("winograd-f43-avx2"));
    QVERIFY(!text("layerShares").contains("time"));
    m_panel->selectPath(QStringLiteral("body/block1")); // both of its layers
    QCOMPARE(text("layerBadge"), QStringLiteral("float + integer"));
    QVERIFY2(text("layerShares").contains("size 25 % (5.00 kB)"), qPrintable(text("layerShares")));
    QVERIFY(text("layerShares").contains("time 40 %"));
}

QTEST_MAIN(BitPlanPanelTest)
#include "tst_bitplanpanel.moc"
