// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/session.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QSignalSpy>
#include <QTest>

using namespace bitlens;
using app::OpenedImage;
using app::OpenedModel;
using app::Session;

namespace {

OpenedModel smallModel(int blocks = 1)
{
    test::SrganShape shape;
    shape.blocks = blocks;
    shape.channels = 8;
    return {test::syntheticGenerator(shape), "small.safetensors", "/models/small.safetensors", {}};
}

OpenedImage picture(int width, int height) { return {image::Image({width, height}, 3), "a.png", "/pictures/a.png"}; }

quant::BitPlan withLayer(quant::BitPlan plan, std::size_t layer, quant::LayerBits bits)
{
    plan.set(layer, bits);
    return plan;
}

} // namespace

/// The document: what belongs together goes together, plan edits can be undone.
class TestSession : public QObject {
    Q_OBJECT

private slots:
    void beginsEmpty()
    {
        const Session session;
        QVERIFY(!session.hasInput());
        QVERIFY(!session.hasModel());
        QVERIFY(session.planName().isEmpty());
        QVERIFY(!session.result());
    }

    void newInputDropsReferenceAndResult()
    {
        Session session;
        session.setModel(smallModel());
        session.setInput(picture(10, 8));
        session.setReference(picture(40, 32));
        QVERIFY(session.referenceFits());
        session.setResult({});
        QSignalSpy inputs(&session, &Session::inputChanged);
        session.setInput(picture(12, 8));
        QCOMPARE(inputs.count(), 1);
        QVERIFY(!session.hasReference());
        QVERIFY(!session.result());
        QCOMPARE(session.outputSize().width, 48);
        QCOMPARE(session.outputSize().height, 32);
    }

    void referenceOfAnotherSizeDoesNotFit()
    {
        Session session;
        session.setModel(smallModel());
        session.setInput(picture(10, 8));
        session.setReference(picture(39, 32));
        QVERIFY(session.hasReference());
        QVERIFY(!session.referenceFits());
    }

    void aModelBringsTheDefaultPlanAndKeepsTheChosenPreset()
    {
        Session session;
        session.setModel(smallModel());
        QCOMPARE(session.planName(), QString(quant::kDefaultPreset));
        session.editPlan(quant::presetPlan("w4", *session.model().generator), "preset w4");
        QCOMPARE(session.planName(), "w4");
        session.setModel(smallModel(2));
        QCOMPARE(session.planName(), "w4");
        QCOMPARE(session.plan().size(), session.model().generator->layers.size());
        QVERIFY(!session.undoStack()->canUndo()); // edits of another generator
    }

    void aModelsOwnPlanWins()
    {
        Session session;
        OpenedModel model = smallModel();
        model.plan = quant::BitPlan(model.generator->layers.size(), {3, 5});
        session.setModel(model);
        QCOMPARE(session.plan().at(0).weight, 3);
        QCOMPARE(session.planName(), "custom");
    }

    void editsAreUndoneAndRedone()
    {
        Session session;
        session.setModel(smallModel());
        const quant::BitPlan first = session.plan();
        const quant::BitPlan second = withLayer(first, 0, {4, 8});
        const quant::BitPlan third = withLayer(second, 1, {16, 16});
        QSignalSpy changes(&session, &Session::planChanged);
        session.editPlan(second, "W of head to 4 bits");
        session.editPlan(second, "nothing new");
        session.editPlan(third, "W of block to 16 bits");
        QCOMPARE(changes.count(), 2);
        QCOMPARE(session.undoStack()->undoText(), "W of block to 16 bits");
        session.undoStack()->undo();
        QVERIFY(session.plan() == second);
        session.undoStack()->undo();
        QVERIFY(session.plan() == first);
        QVERIFY(!session.undoStack()->canUndo());
        session.undoStack()->redo();
        QVERIFY(session.plan() == second);
        session.editPlan(third, "another way");
        QVERIFY(!session.undoStack()->canRedo());
        QCOMPARE(changes.count(), 6);
    }

    void plansOfOtherGeneratorsAreNoEdits()
    {
        Session session;
        session.setModel(smallModel());
        const quant::BitPlan before = session.plan();
        session.editPlan(quant::BitPlan(before.size() + 1, {8, 8}), "wrong size");
        QVERIFY(session.plan() == before);
        Session empty;
        empty.editPlan(quant::BitPlan(1, {8, 8}), "no model");
        QCOMPARE(empty.plan().size(), std::size_t(0));
    }
};

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
