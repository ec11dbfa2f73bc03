// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/measure.h"

#include "engine/base/error.h"
#include "engine/score/niqe.h"
#include "engine/score/pi.h"
#include "engine/search/perturbednetwork.h"
#include "engine/search/probepictures.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
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

void requireNiqeSize(const MeasureRequest &request)
{
    const int side = niqeProbeSide(*request.generator);
    for (const image::Planes &picture : request.pictures)
        if (std::min(picture.width(), picture.height()) < side)
            throw base::Error(
                base::ErrorCode::InvalidArgument, {},
                fmt::format("NIQE needs pictures and crops of at least {0}x{0} pixels, these have {1}x{2}", side,
                            picture.width(), picture.height()));
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

/// Of each picture: NIQE, and PI where there is a model.
std::vector<score::PerceptualScores> scoresOf(const std::vector<image::Planes> &pictures,
                                              const score::MaModelPtr &maModel, const base::ThreadPool &pool,
                                              const base::CancelToken &cancel)
{
    std::vector<score::PerceptualScores> scores;
    for (const image::Planes &picture : pictures) {
        const image::Image rounded = image::fromPlanes(picture);
        if (maModel)
            scores.push_back(score::perceptualScores(rounded, maModel, pool, {cancel, {}}));
        else
            scores.push_back({score::niqe(rounded, pool, {cancel, {}}), {}, {}});
    }
    return scores;
}

using ScoreMember = score::Metric score::PerceptualScores::*;

/// Mean over the pictures that have it on both sides; missing when none has.
std::optional<double> meanChange(const std::vector<score::PerceptualScores> &now,
                                 const std::vector<score::PerceptualScores> &before, ScoreMember member)
{
    double sum = 0.0;
    int count = 0;
    for (std::size_t i = 0; i < now.size() && i < before.size(); ++i)
        if ((now[i].*member).value && (before[i].*member).value) {
            sum += *(now[i].*member).value - *(before[i].*member).value;
            ++count;
        }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
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

/// Answers questions, those of other processes with their help.
class Measurer {
public:
    Measurer(const MeasureRequest &request, const base::ThreadPool &pool, const base::CancelToken &cancel)
        : m_request(request),
          m_pool(pool),
          m_cancel(cancel),
          m_network(request.generator, request.calibration, request.pictures, pool.threads(), cancel),
          m_originals(request.niqe ? originalScores() : std::vector<score::PerceptualScores>())
    {
    }

    /// At most one question for each process; the answers are the same on all. Throws base::Cancelled on all when one
    /// of them is interrupted.
    std::vector<Sensitivity> answers(std::span<const Question> round)
    {
        std::vector<double> numbers(round.size() * kNumbers, 0.0);
        const auto own = static_cast<std::size_t>(m_request.share.part);
        bool isCancelled = m_cancel.isCancelled();
        if (own < round.size() && !isCancelled) {
            try {
                answer(round[own], numbers.data() + own * kNumbers);
            } catch (const base::Cancelled &) {
                isCancelled = true;
            }
        }
        m_request.share.exchange(numbers, isCancelled);
        std::vector<Sensitivity> entries;
        for (std::size_t i = 0; i < round.size(); ++i) {
            const double *of = numbers.data() + i * kNumbers;
            const auto change = [of](std::size_t at) {
                return of[at] > 0.0 ? std::optional(of[at + 1]) : std::nullopt;
            };
            entries.push_back(
                {round[i].target, round[i].bits, of[0], change(kNiqeAt), Method::Measured, change(kPiAt)});
        }
        return entries;
    }

private:
    /// Of an answer: squared error, whether there is a change of NIQE, and that change; likewise of PI.
    static constexpr std::size_t kNumbers = 5;
    static constexpr std::size_t kNiqeAt = 1;
    static constexpr std::size_t kPiAt = 3;

    std::vector<score::PerceptualScores> originalScores() const
    {
        std::vector<score::PerceptualScores> scores =
            scoresOf(m_network.originals(), m_request.maModel, m_pool, m_cancel);
        const auto hasNiqe = [](const score::PerceptualScores &of) { return of.niqe.value.has_value(); };
        if (std::none_of(scores.begin(), scores.end(), hasNiqe))
            throw base::Error(base::ErrorCode::InvalidArgument, {},
                              "NIQE cannot be measured on these crops: " + scores.front().niqe.reason);
        return scores;
    }

    void answer(const Question &question, double *numbers)
    {
        numbers[0] = m_network.squaredError(layersOf(*m_request.generator, question.target), question.bits, m_cancel);
        if (m_originals.empty())
            return;
        const std::vector<score::PerceptualScores> scores =
            scoresOf(m_network.perturbed(), m_request.maModel, m_pool, m_cancel);
        const auto put = [&](std::size_t at, ScoreMember member) {
            if (const auto change = meanChange(scores, m_originals, member)) {
                numbers[at] = 1.0;
                numbers[at + 1] = *change;
            }
        };
        put(kNiqeAt, &score::PerceptualScores::niqe);
        put(kPiAt, &score::PerceptualScores::pi);
    }

    const MeasureRequest &m_request;
    const base::ThreadPool &m_pool;
    const base::CancelToken &m_cancel;
    PerturbedNetwork m_network;
    std::vector<score::PerceptualScores> m_originals; ///< empty: not asked for
};

} // namespace

std::vector<Sensitivity> measureSensitivity(const MeasureRequest &request, const base::ThreadPool &pool,
                                            const base::Job &job, const SensitivityFunction &onFound)
{
    const std::vector<Question> questions = questionsOf(request);
    if (request.niqe)
        requireNiqeSize(request);
    std::vector<Sensitivity> found;
    std::vector<Question> open;
    for (const Question &question : questions) {
        const auto known = std::find_if(request.known.begin(), request.known.end(), [&](const Sensitivity &entry) {
            return entry.method == Method::Measured && entry.target == question.target && entry.bits == question.bits
                   && (!request.niqe || (entry.niqeChange && (!request.maModel || entry.piChange)));
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
    Measurer measurer(request, pool, job.cancel);
    const auto parts = static_cast<std::size_t>(request.share.parts);
    for (std::size_t first = 0; first < open.size(); first += parts) {
        const std::span<const Question> round = std::span(open).subspan(first, std::min(parts, open.size() - first));
        job.report(static_cast<double>(found.size()) / static_cast<double>(questions.size()),
                   nameOf(*request.generator, round.front().target));
        for (const Sensitivity &entry : measurer.answers(round)) {
            found.push_back(entry);
            if (onFound)
                onFound(entry);
        }
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
