// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queuetask.h"

#include "app/gui/modelopening.h"
#include "app/gui/queuehold.h"
#include "engine/base/error.h"
#include "engine/image/codec.h"

#include <QDir>
#include <QFileInfo>
#include <QSet>

#include <filesystem>
#include <utility>

namespace bitlens::app {

namespace {

/// Makes a folder, and takes it away again unless something was put into it.
class ResultFolder {
public:
    explicit ResultFolder(const std::filesystem::path &path) : m_path(path)
    {
        std::error_code error;
        m_made = std::filesystem::create_directories(path, error);
        if (error)
            throw base::Error(base::ErrorCode::NotWritable, path.string(),
                              "the folder cannot be made: " + error.message());
    }
    ~ResultFolder()
    {
        std::error_code error;
        if (m_made && std::filesystem::is_empty(m_path, error) && !error)
            std::filesystem::remove(m_path, error);
    }
    ResultFolder(const ResultFolder &) = delete;
    ResultFolder &operator=(const ResultFolder &) = delete;

private:
    std::filesystem::path m_path;
    bool m_made = false;
};

OpenedModel modelOf(const QueueRecipe &recipe)
{
    if (recipe.tuned.isEmpty())
        return openModel(recipe.model);
    OpenedModel opened = openTunedModel(recipe.model, recipe.tuned);
    // A picture that is made otherwise than it was asked for is worse than none.
    if (!opened.warning.isEmpty())
        throw base::Error(base::ErrorCode::NotReadable, recipe.tuned.toStdString(), opened.warning.toStdString());
    return opened;
}

} // namespace

QStringList picturesOf(const QString &path)
{
    if (!QFileInfo(path).isDir())
        return {QFileInfo(path).absoluteFilePath()};
    const QDir folder(path);
    QStringList pictures;
    for (const QString &name : folder.entryList(QDir::Files | QDir::Readable, QDir::Name))
        if (image::looksLikeImage(name.toStdString()))
            pictures << folder.absoluteFilePath(name);
    return pictures;
}

compare::OutputNaming queueNaming(const ui::QueueOptions &options, const OpenedModel &model, const QString &plan)
{
    compare::OutputNaming naming;
    if (!options.pattern.isEmpty())
        naming.pattern = options.pattern.toStdString();
    if (model.generator)
        naming.scale = model.generator->scale;
    naming.model = QFileInfo(model.name).completeBaseName().toStdString();
    naming.plan = plan.toLower().toStdString();
    naming.extension = options.format.toStdString();
    return naming;
}

QString queueOutput(const ui::QueueItem &item, const QList<ui::QueueItem> &items, const QString &chosenFolder,
                    const compare::OutputNaming &naming)
{
    QSet<QString> taken;
    for (const ui::QueueItem &other : items)
        if (other.id != item.id && !other.output.isEmpty())
            taken.insert(other.output);
    const QString folder = chosenFolder.isEmpty()
                               ? QFileInfo(item.input).absoluteDir().filePath(QStringLiteral("enlarged"))
                               : chosenFolder;
    // Of several inputs of one name the k-th gets the k-th name.
    for (std::size_t k = 1;; ++k) {
        const std::vector<std::string> same(k, item.input.toStdString());
        const auto names = compare::outputNames(same, folder.toStdString(), naming);
        const QString output = QString::fromStdString(names.back().output);
        if (!taken.contains(output))
            return output;
    }
}

EngineTask queueTask(QueueWork work)
{
    EngineTask task;
    task.lane = Lane::Queue;
    task.file = QString::fromStdString(work.request.files.input);
    task.background = true;
    task.work = [work = std::move(work)](TaskContext &context, const base::Job &job) mutable -> RequestQueue::Delivery {
        const auto onHeld = [&](bool held) { context.publish([onHeld = work.onHeld, held] { onHeld(held); }); };
        const base::Job held{job.cancel, [&](double fraction, const std::string &what) {
                                 job.report(fraction, what);
                                 work.hold->wait(job.cancel, onHeld);
                             }};
        held.report(0.0, "opening");
        const OpenedModel model = work.model ? *work.model : modelOf(work.recipe);
        compare::UpscaleRequest &request = work.request;
        request.generator = model.generator;
        request.packed = model.packed;
        const quant::LayerBits fp32{quant::kFloatBits, quant::kFloatBits};
        request.plan = work.recipe.plan.isEmpty() ? quant::BitPlan(model.generator->layers.size(), fp32)
                                                  : quant::BitPlan::fromJson(work.recipe.plan.toStdString(),
                                                                             *model.generator, "the queue's bit plan");
        const ResultFolder folder(std::filesystem::path(request.files.output).parent_path());
        const compare::UpscaleResult result = compare::upscaleFile(context.comparison, request, held);
        return [onDone = work.onDone, model, result] { onDone(model, result); };
    };
    return task;
}

EngineTask queueSizesTask(const QList<ui::QueueItem> &items,
                          std::function<void(const QHash<quint64, double> &pixels)> onDone)
{
    EngineTask task;
    task.lane = Lane::Files;
    task.background = true;
    task.work = [items, onDone = std::move(onDone)](TaskContext &, const base::Job &job) -> RequestQueue::Delivery {
        QHash<quint64, double> pixels;
        for (const ui::QueueItem &item : items) {
            job.cancel.throwIfCancelled();
            try {
                pixels.insert(item.id,
                              static_cast<double>(image::readImageInfo(item.input.toStdString()).size.pixels()));
            } catch (const base::Error &) {
                continue;
            }
        }
        return [onDone, pixels] { onDone(pixels); };
    };
    return task;
}

} // namespace bitlens::app
