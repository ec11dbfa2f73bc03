// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/measure.h"

#include "engine/base/error.h"
#include "engine/score/niqe.h"
#include "engine/search/perturbednetwork.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace bitlens::search {

namespace {

using quant::kFloatBits;

struct Question {
    Target target;
    quant::LayerBits bits;
};

void requireWidths(quant::LayerBits bits)
{
    if (!quant::isWeightBits(bits.weight) || !quant::isActivationBits(bits.activation))
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("{}/{} are not widths of weights and activations", bits.weight, bits.activation));
}

std::vector<Question> questionsOf(const MeasureRequest &request)
{
    std::vector<Target> targets = allTargets(*request.generator, request.byStage);
    std::reverse(targets.begin(), targets.end());
    std::vector<Question> questions;
    for (const quant::LayerBits bits : request.bits) {
        requireWidths(bits);
        if (bits.weight == kFloatBits && bits.activation == kFloatBits)
            continue;
        for (const Target &target : targets)
            questions.push_back({target, bits});
    }
    return questions;
}

std::string nameOf(const model::Generator &generator, const Target &target)
{
    return target.isStage() ? generator.stages[static_cast<std::size_t>(target.stage)].name
                            : generator.layers[static_cast<std::size_t>(target.layer)].path;
}

/// Mean NIQE; nothing where the crops are too small for it.
std::optional<double> niqeOf(const std::vector<image::Planes> &pictures, const base::ThreadPool &pool,
                             const base::CancelToken &cancel)
{
    double sum = 0.0;
    for (const image::Planes &picture : pictures) {
        const score::Metric niqe = score::niqe(image::fromPlanes(picture), pool, {cancel, {}});
        if (!niqe.value)
            return std::nullopt;
        sum += *niqe.value;
    }
    return sum / static_cast<double>(pictures.size());
}

quant::LayerBits parsePair(std::string_view item)
{
    const auto refuse = [item]() {
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("\"{}\": expected a width like 8, or weights/activations like 4/8, 4/fp32 or "
                                      "fp32/8",
                                      item));
    };
    const auto number = [&](std::string_view text) {
        if (text == "fp32")
            return kFloatBits;
        int value = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        if (read.ec != std::errc() || read.ptr != text.data() + text.size())
            refuse();
        return value;
    };
    const std::size_t slash = item.find('/');
    const quant::LayerBits bits = slash == std::string_view::npos
                                      ? quant::LayerBits{number(item), number(item)}
                                      : quant::LayerBits{number(item.substr(0, slash)), number(item.substr(slash + 1))};
    if (!quant::isWeightBits(bits.weight) || !quant::isActivationBits(bits.activation)
        || (bits.weight == kFloatBits && bits.activation == kFloatBits))
        refuse();
    return bits;
}

} // namespace

std::vector<Sensitivity> measureSensitivity(const MeasureRequest &request, const base::ThreadPool &pool,
                                            const base::Job &job, const SensitivityFunction &onFound)
{
    const std::vector<Question> questions = questionsOf(request);
    std::vector<Sensitivity> found;
    std::vector<Question> open;
    for (const Question &question : questions) {
        const auto known = std::find_if(request.known.begin(), request.known.end(), [&](const Sensitivity &entry) {
            return entry.method == Method::Measured && entry.target == question.target && entry.bits == question.bits
                   && (!request.niqe || entry.niqeChange);
        });
        if (known == request.known.end())
            open.push_back(question);
        else
            found.push_back(*known);
    }
    if (onFound)
        for (const Sensitivity &entry : found)
            onFound(entry);
    if (open.empty())
        return found;

    job.report(0.0, "FP32");
    PerturbedNetwork network(request.generator, request.calibration, request.pictures, pool.threads(), job.cancel);
    const std::optional<double> originalNiqe =
        request.niqe ? niqeOf(network.originals(), pool, job.cancel) : std::nullopt;
    for (std::size_t i = 0; i < open.size(); ++i) {
        const auto &[target, bits] = open[i];
        job.cancel.throwIfCancelled();
        job.report(static_cast<double>(found.size()) / static_cast<double>(questions.size()),
                   nameOf(*request.generator, target));
        Sensitivity entry{target, bits, 0.0, std::nullopt, Method::Measured};
        entry.squaredError = network.squaredError(layersOf(*request.generator, target), bits, job.cancel);
        if (originalNiqe)
            if (const auto niqe = niqeOf(network.perturbed(), pool, job.cancel))
                entry.niqeChange = *niqe - *originalNiqe;
        found.push_back(entry);
        if (onFound)
            onFound(entry);
    }
    job.report(1.0, "done");
    return found;
}

std::vector<quant::LayerBits> parseBits(const std::string &text)
{
    std::vector<quant::LayerBits> bits;
    std::string_view rest = text;
    while (true) {
        const std::size_t comma = rest.find(',');
        const quant::LayerBits pair = parsePair(rest.substr(0, comma));
        if (std::find(bits.begin(), bits.end(), pair) == bits.end())
            bits.push_back(pair);
        if (comma == std::string_view::npos)
            return bits;
        rest.remove_prefix(comma + 1);
    }
}

std::vector<quant::LayerBits> defaultBits()
{
    return {{8, 8}, {kFloatBits, 8}, {8, kFloatBits}, {kFloatBits, 4}, {4, kFloatBits}};
}

} // namespace bitlens::search
