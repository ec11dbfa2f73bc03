// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/blame.h"

#include "engine/base/error.h"
#include "engine/compare/reportjson.h"
#include "engine/run/partialrunner.h"
#include "engine/run/runner.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitlens::compare {

namespace {

constexpr double kLevels = 255.0;

/// Samples of a region in 8-bit levels, clamped as the picture is, not rounded.
using Samples = std::vector<double>;

Samples samplesOf(const image::Planes &picture, const image::Rect &region)
{
    const image::Planes part = picture.cropped(region);
    Samples samples(part.count());
    std::transform(part.data(), part.data() + part.count(), samples.begin(),
                   [](float value) { return kLevels * static_cast<double>(std::clamp(value, 0.0F, 1.0F)); });
    return samples;
}

Samples difference(Samples a, const Samples &b)
{
    std::transform(a.begin(), a.end(), b.begin(), a.begin(), std::minus<>());
    return a;
}

double product(const Samples &a, const Samples &b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

double rootMeanSquare(const Samples &samples)
{
    return std::sqrt(product(samples, samples) / static_cast<double>(samples.size()));
}

/// `length` of the range [from, from + size) around its middle.
void shorten(int &from, int &size, int length)
{
    if (size <= length)
        return;
    from += (size - length) / 2;
    size = length;
}

/// The part of the input that is run, and the region in its result.
struct Crop {
    image::Rect input;
    image::Rect region; ///< output pixels of the crop's result
    image::Rect where;  ///< the same in the whole output
};

Crop cropFor(const BlameRequest &request)
{
    const model::Generator &generator = *request.model->generator;
    const int scale = generator.scale;
    const image::Rect whole{0, 0, request.input.width() * scale, request.input.height() * scale};
    Crop crop;
    crop.where = request.region.intersected(whole);
    if (crop.where.isEmpty())
        throw base::Error(base::ErrorCode::InvalidArgument, request.inputName,
                          "the region lies outside the enlarged picture of " + std::to_string(whole.width) + " x "
                              + std::to_string(whole.height) + " pixels");
    shorten(crop.where.x, crop.where.width, kLargestBlamedSide * scale);
    shorten(crop.where.y, crop.where.height, kLargestBlamedSide * scale);

    const int context = std::min(generator.receptiveRadius(), kBlameContext);
    const int unshuffle = generator.inputUnshuffle;
    const auto grow = [&](int from, int size, int picture, int &begin, int &length) {
        begin = std::max(0, from / scale - context);
        begin -= begin % unshuffle; // as the network sees the whole picture
        length = std::min(picture, (from + size - 1) / scale + 1 + context) - begin;
    };
    grow(crop.where.x, crop.where.width, request.input.width(), crop.input.x, crop.input.width);
    grow(crop.where.y, crop.where.height, request.input.height(), crop.input.y, crop.input.height);
    crop.region = {crop.where.x - crop.input.x * scale, crop.where.y - crop.input.y * scale, crop.where.width,
                   crop.where.height};
    return crop;
}

/// Multiply-accumulates of a pass from each layer to the end.
std::vector<double> costsFrom(const model::Generator &generator)
{
    std::vector<double> costs(generator.layers.size() + 1, 0.0);
    for (std::size_t i = generator.layers.size(); i-- > 0;)
        costs[i] = costs[i + 1] + run::layerMacs(generator, i, {1, 1});
    return costs;
}

/// A stage's quantized layers.
struct StageLayers {
    std::size_t stage = 0;
    std::vector<std::size_t> layers;
    double ownError = 0.0;
};

std::vector<StageLayers> quantizedStages(const quant::QuantizedModel &model)
{
    std::vector<StageLayers> stages;
    for (std::size_t s = 0; s < model.generator->stages.size(); ++s) {
        const model::Stage &stage = model.generator->stages[s];
        StageLayers found{s, {}, 0.0};
        for (int i = stage.firstLayer; i < stage.firstLayer + stage.layerCount; ++i)
            if (!model.layers[static_cast<std::size_t>(i)].bits.isFloat())
                found.layers.push_back(static_cast<std::size_t>(i));
        if (!found.layers.empty())
            stages.push_back(std::move(found));
    }
    return stages;
}

/// Runs parts of the model on the crop and says what they do to the region.
class Measurement {
public:
    Measurement(const BlameRequest &request, const Crop &crop, int threads, const base::CancelToken &cancel)
        : m_model(*request.model), m_region(crop.region), m_cancel(cancel), m_runner(request.model->generator, threads)
    {
        m_runner.setPicture(image::toPlanes(request.input.cropped(crop.input)), cancel);
        m_fp32 = samplesOf(m_runner.fp32(), m_region);
    }

    void measureWhole(const std::vector<std::size_t> &quantized) { m_error = errorOf(quantized); }
    double wholeError() const { return rootMeanSquare(m_error); }

    BlameEntry entry(std::size_t stage, const std::vector<std::size_t> &layers)
    {
        const Samples own = errorOf(layers);
        const double energy = product(m_error, m_error);
        const bool single = layers.size() == 1;
        const model::Generator &generator = *m_model.generator;
        BlameEntry entry;
        entry.stage = stage;
        entry.layer = single ? static_cast<int>(layers.front()) : -1;
        entry.path = single ? generator.layers[layers.front()].path : generator.stages[stage].name;
        entry.layers = static_cast<int>(layers.size());
        entry.bits = m_model.layers[layers.front()].bits;
        entry.ownError = rootMeanSquare(own);
        entry.part = energy > 0.0 ? product(own, m_error) / energy : 0.0;
        return entry;
    }

private:
    Samples errorOf(const std::vector<std::size_t> &layers)
    {
        return difference(samplesOf(m_runner.run(m_model, layers, m_cancel), m_region), m_fp32);
    }

    const quant::QuantizedModel &m_model;
    image::Rect m_region;
    base::CancelToken m_cancel;
    run::PartialRunner m_runner;
    Samples m_fp32;
    Samples m_error;
};

void validate(const BlameRequest &request)
{
    if (request.input.isNull() || !request.model || !request.model->generator)
        throw base::Error(base::ErrorCode::InvalidArgument, request.inputName,
                          "blame needs a picture and a quantized model");
}

Blame measure(const BlameRequest &request, int threads, const base::Job &job, const BlameFunction &onEntry)
{
    const quant::QuantizedModel &model = *request.model;
    const model::Generator &generator = *model.generator;
    const Crop crop = cropFor(request);
    std::vector<StageLayers> stages = quantizedStages(model);
    Blame result;
    result.region = crop.where;
    if (stages.empty())
        return result; // nothing is quantized: no error, nobody to blame

    const std::vector<double> costs = costsFrom(generator);
    double total = 2.0 * costs.front();
    std::vector<std::size_t> all;
    for (const StageLayers &stage : stages) {
        total += costs[stage.layers.front()];
        all.insert(all.end(), stage.layers.begin(), stage.layers.end());
        if (stage.layers.size() > 1)
            for (const std::size_t layer : stage.layers)
                total += costs[layer];
    }
    double done = 0.0;
    const auto report = [&](double cost, const std::string &what) {
        job.report(std::min(1.0, done / total), what);
        done += cost;
    };

    report(2.0 * costs.front(), "FP32 and quantized around the region");
    Measurement measurement(request, crop, threads, job.cancel);
    measurement.measureWhole(all);
    result.error = measurement.wholeError();
    const auto found = [&](const BlameEntry &entry) {
        if (entry.layer >= 0)
            result.layers.push_back(entry);
        if (onEntry)
            onEntry(entry, result.error);
    };
    for (StageLayers &stage : stages) {
        report(costs[stage.layers.front()], generator.stages[stage.stage].name + " alone");
        const BlameEntry entry = measurement.entry(stage.stage, stage.layers);
        stage.ownError = entry.ownError;
        found(entry);
    }
    // What matters most is known first.
    std::stable_sort(stages.begin(), stages.end(),
                     [](const StageLayers &a, const StageLayers &b) { return a.ownError > b.ownError; });
    for (const StageLayers &stage : stages) {
        if (stage.layers.size() < 2)
            continue;
        for (const std::size_t layer : stage.layers) {
            report(costs[layer], generator.layers[layer].path + " alone");
            found(measurement.entry(stage.stage, {layer}));
        }
    }
    std::stable_sort(result.layers.begin(), result.layers.end(),
                     [](const BlameEntry &a, const BlameEntry &b) { return a.ownError > b.ownError; });
    for (const BlameEntry &entry : result.layers)
        result.explained += entry.part;
    job.report(1.0, "done");
    return result;
}

} // namespace

std::string Blame::toJson(const BlameRequest &request) const
{
    const model::Generator &generator = *request.model->generator;
    Json json;
    json["schema"] = kJsonSchema;
    json["input"] = request.inputName;
    json["model"] = generator.name;
    json["plan"] = request.model->plan.toRules(generator);
    json["region"] = {region.x, region.y, region.width, region.height};
    json["error_levels"] = error;
    json["explained"] = layers.empty() ? Json(nullptr) : Json(explained);
    json["layers"] = Json::array();
    for (const BlameEntry &entry : layers)
        json["layers"].push_back({{"stage", generator.stages[entry.stage].name},
                                  {"layer", entry.path},
                                  {"weight_bits", entry.bits.weight},
                                  {"activation_bits", entry.bits.activation},
                                  {"error_levels", entry.ownError},
                                  {"part", entry.part}});
    return json.dump(2);
}

Blame blame(const BlameRequest &request, const base::ThreadPool &pool, const base::Job &job,
            const BlameFunction &onEntry)
{
    validate(request);
    try {
        return measure(request, pool.threads(), job, onEntry);
    } catch (...) {
        throw base::currentExceptionAsError(request.inputName);
    }
}

} // namespace bitlens::compare
