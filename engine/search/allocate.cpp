// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/allocate.h"

#include "engine/base/error.h"
#include "engine/quant/bitpacking.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/search/planitems.h"
#include "engine/search/planmeter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bitlens::search {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
/// Activations are narrowed for speed until the predicted loss has risen by so much: 0.2 dB.
constexpr double kTrimShare = 0.047;
/// A single measurement corrects a layer's predicted loss by at most so much either way: beyond, it is not that layer's
/// doing alone.
constexpr double kLargestCorrection = 4.0;
/// How often a limit is tightened because the measured plan missed it.
constexpr int kTightenings = 6;
/// The share of progress that the front takes.
constexpr double kFrontShare = 0.6;

quant::LayerBits widest(const AllocationRequest &request)
{
    return {*std::max_element(request.weightBits.begin(), request.weightBits.end()),
            *std::max_element(request.activationBits.begin(), request.activationBits.end())};
}

class Allocator {
public:
    Allocator(const AllocationRequest &request, const base::ThreadPool &pool, const base::Job &job,
              const AllocatedPlanFunction &onPlan)
        : m_request(request),
          m_job(job),
          m_onPlan(onPlan),
          m_meter(request.generator, request.calibration, request.pictures, pool, job.cancel),
          m_items(request, fixedBytes())
    {
    }

    Allocation run();

private:
    double fixedBytes() const
    {
        constexpr int kBits = 8;
        const std::size_t layers = m_request.generator->layers.size();
        std::size_t weights = 0;
        for (const model::ConvLayer &layer : m_request.generator->layers)
            weights += quant::packedSize(layer.weightCount(), kBits);
        return static_cast<double>(m_meter.bytes(quant::BitPlan(layers, {kBits, kBits})) - weights);
    }

    AllocatedPlan measured(const Selection &selection, AllocatedPlan::Role role);
    std::vector<AllocatedPlan> front(Objective cost, AllocatedPlan::Role role, const base::Job &job);
    AllocatedPlan choose(const base::Job &job);
    std::optional<Selection> select(const Limits &limits) const;
    Limits limits() const;
    Objective objective() const;
    bool keepsBudget(const AllocatedPlan &plan) const;
    /// Of two plans that keep the budget (or of two that do not), the better.
    bool isBetter(const AllocatedPlan &plan, const AllocatedPlan &than) const;
    void correctLargest(const AllocatedPlan &plan, int &repairs);
    [[noreturn]] void refuse(const AllocatedPlan &nearest) const;

    const AllocationRequest &m_request;
    const base::Job &m_job;
    const AllocatedPlanFunction &m_onPlan;
    PlanMeter m_meter;
    PlanItems m_items;
};

AllocatedPlan Allocator::measured(const Selection &selection, AllocatedPlan::Role role)
{
    m_job.cancel.throwIfCancelled();
    AllocatedPlan plan;
    plan.plan = m_items.planOf(selection);
    plan.role = role;
    plan.bytes = m_meter.bytes(plan.plan);
    const Choice total = totalOf(m_items.items(), selection);
    if (m_request.times)
        plan.seconds = total.seconds;
    plan.predictedError = total.loss;
    plan.squaredError = m_meter.squaredError(plan.plan, m_job.cancel);
    return plan;
}

std::vector<AllocatedPlan> Allocator::front(Objective cost, AllocatedPlan::Role role, const base::Job &job)
{
    std::vector<Selection> selections = convexFront(m_items.items(), cost, m_request.frontPoints);
    std::vector<AllocatedPlan> plans;
    for (std::size_t i = 0; i < selections.size(); ++i) {
        job.report(static_cast<double>(i) / static_cast<double>(selections.size()),
                   fmt::format("front of {}, plan {} of {}", cost == Objective::Bytes ? "size" : "time", i + 1,
                               selections.size()));
        const Selection selection =
            cost == Objective::Bytes ? m_items.trimmed(selections[i], kTrimShare) : selections[i];
        AllocatedPlan plan = measured(selection, role);
        // Where prediction and measurement disagree, a point may come out behind its smaller neighbour: not a front.
        if (!plans.empty() && plan.squaredError >= plans.back().squaredError)
            continue;
        plans.push_back(plan);
        if (m_onPlan)
            m_onPlan(plan);
    }
    return plans;
}

Limits Allocator::limits() const
{
    Limits limits;
    if (m_request.budget.bytes)
        limits.bytes = static_cast<double>(*m_request.budget.bytes) - m_items.fixedBytes();
    if (m_request.budget.seconds)
        limits.seconds = *m_request.budget.seconds;
    if (m_request.budget.psnrFp32)
        limits.loss = std::pow(10.0, -*m_request.budget.psnrFp32 / 10.0);
    return limits;
}

Objective Allocator::objective() const
{
    if (!m_request.budget.psnrFp32)
        return Objective::Loss;
    if (!m_request.budget.bytes)
        return Objective::Bytes;
    return Objective::Seconds;
}

std::optional<Selection> Allocator::select(const Limits &limits) const
{
    std::optional<Selection> selection = selectWithin(m_items.items(), objective(), limits);
    // Where time counts already, nothing is given away for it.
    if (selection && !m_request.budget.seconds && objective() != Objective::Seconds)
        selection = m_items.trimmed(*selection, kTrimShare);
    return selection;
}

bool Allocator::keepsBudget(const AllocatedPlan &plan) const
{
    const Budget &budget = m_request.budget;
    const Limits wanted = limits();
    return (!budget.bytes || plan.bytes <= *budget.bytes)
           && (!budget.seconds || plan.seconds.value_or(0.0) <= *budget.seconds * (1.0 + 1.0e-9))
           && (!budget.psnrFp32 || plan.squaredError <= wanted.loss);
}

bool Allocator::isBetter(const AllocatedPlan &plan, const AllocatedPlan &than) const
{
    const bool keeps = keepsBudget(plan);
    if (keeps != keepsBudget(than))
        return keeps;
    if (!keeps || objective() == Objective::Loss)
        return plan.squaredError < than.squaredError;
    if (objective() == Objective::Seconds)
        return plan.seconds.value_or(0.0) < than.seconds.value_or(0.0);
    return plan.bytes < than.bytes;
}

void Allocator::refuse(const AllocatedPlan &nearest) const
{
    const auto psnr = nearest.psnrFp32();
    throw base::Error(
        base::ErrorCode::InvalidArgument, {},
        fmt::format("no plan of the allowed widths keeps the budget; the nearest has {} bytes{} and {} to "
                    "FP32",
                    nearest.bytes, nearest.seconds ? fmt::format(", {:.4f} s", *nearest.seconds) : std::string(),
                    psnr ? fmt::format("{:.2f} dB", *psnr) : std::string("no difference")));
}

/// Lifts the layers that should matter most to the widest choice, one at a time; what that gains is what they cost.
void Allocator::correctLargest(const AllocatedPlan &plan, int &repairs)
{
    const std::size_t layers = plan.plan.size();
    const quant::LayerBits wide = widest(m_request);
    std::vector<std::size_t> order(layers);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto lossOf = [&](std::size_t layer) {
        const PlanItems::Parts parts = m_items.partsOf(layer, plan.plan.at(layer));
        return parts.weight + parts.activation;
    };
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lossOf(a) > lossOf(b); });
    const int tried = std::min<int>((repairs + 1) / 2, static_cast<int>(layers));
    for (int i = 0; i < tried; ++i, --repairs) {
        const std::size_t layer = order[static_cast<std::size_t>(i)];
        const PlanItems::Parts before = m_items.partsOf(layer, plan.plan.at(layer));
        const PlanItems::Parts after = m_items.partsOf(layer, wide);
        const double predicted = before.weight + before.activation - after.weight - after.activation;
        if (plan.plan.at(layer) == wide || !(predicted > 0.0))
            continue;
        quant::BitPlan lifted = plan.plan;
        lifted.set(layer, wide);
        // One number for two parts: what was not foreseen is the larger one's doing.
        const bool isWeights = before.weight - after.weight > before.activation - after.activation;
        const double larger = isWeights ? before.weight - after.weight : before.activation - after.activation;
        const double gained = plan.squaredError - m_meter.squaredError(lifted, m_job.cancel);
        const double factor =
            std::clamp((gained - (predicted - larger)) / larger, 1.0 / kLargestCorrection, kLargestCorrection);
        m_items.correct(layer, isWeights ? factor : 1.0, isWeights ? 1.0 : factor);
    }
}

AllocatedPlan Allocator::choose(const base::Job &job)
{
    Limits allowed = limits();
    std::optional<AllocatedPlan> best;
    std::optional<AllocatedPlan> newest;
    const auto consider = [&](const Selection &selection) {
        AllocatedPlan plan = measured(selection, AllocatedPlan::Role::Chosen);
        newest = plan;
        if (!best || isBetter(plan, *best))
            best = plan;
        return plan;
    };
    // Measured and predicted differ: limits are moved until the measured plan is just within them.
    const auto solve = [&]() {
        for (int i = 0; i < kTightenings; ++i) {
            const std::optional<Selection> selection = select(allowed);
            if (!selection)
                return;
            const AllocatedPlan plan = consider(*selection);
            const Budget &budget = m_request.budget;
            bool isMoved = false;
            if (budget.bytes && plan.bytes > *budget.bytes) {
                allowed.bytes -= static_cast<double>(plan.bytes - *budget.bytes);
                isMoved = true;
            }
            if (budget.psnrFp32) {
                const double ratio = limits().loss / plan.squaredError;
                if (ratio < 1.0 || ratio > 1.0 + kTrimShare) {
                    allowed.loss *= ratio < 1.0 ? ratio * (1.0 - kTrimShare / 2.0) : std::sqrt(ratio);
                    isMoved = true;
                }
            }
            if (!isMoved)
                return;
        }
    };
    job.report(0.0, "choosing a plan");
    solve();
    if (!best) {
        // What comes nearest: the smallest, or the best where loss is limited.
        Limits none;
        consider(*selectWithin(m_items.items(),
                               m_request.budget.psnrFp32  ? Objective::Loss
                               : m_request.budget.seconds ? Objective::Seconds
                                                          : Objective::Bytes,
                               none));
        if (!keepsBudget(*best))
            refuse(*best);
    }
    for (int repairs = m_request.repairs; repairs > 0;) {
        job.report(1.0 - static_cast<double>(repairs) / (m_request.repairs + 1), "repairing by measurement");
        // From the newest plan on, which the corrections so far led to, even where an older one is better still.
        const quant::BitPlan before = newest->plan;
        correctLargest(*newest, repairs);
        solve();
        --repairs;
        if (newest->plan == before)
            break;
    }
    if (!keepsBudget(*best))
        refuse(*best);
    best->predictedError = totalOf(m_items.items(), m_items.selectionOf(best->plan)).loss;
    return *best;
}

Allocation Allocator::run()
{
    const Budget &budget = m_request.budget;
    if (!budget.bytes && !budget.seconds && !budget.psnrFp32)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "an allocation needs a budget of size, time or loss");
    if (budget.seconds && !m_request.times)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "a budget of time needs measured kernel times");
    Allocation allocation;
    allocation.generator = m_request.generator;
    allocation.floatBytes = quant::floatBytes(*m_request.generator);
    if (m_request.times)
        allocation.timedSize = m_request.times->inputSize();
    allocation.chosen = choose(m_job.part(0.0, 1.0 - kFrontShare));
    if (m_onPlan)
        m_onPlan(allocation.chosen);
    if (m_request.frontPoints == 0)
        return allocation;
    const double middle = 1.0 - kFrontShare / 2.0;
    allocation.front = front(Objective::Bytes, AllocatedPlan::Role::Bytes, m_job.part(1.0 - kFrontShare, middle));
    if (m_request.times) {
        const auto timed = front(Objective::Seconds, AllocatedPlan::Role::Seconds, m_job.part(middle, 1.0));
        allocation.front.insert(allocation.front.end(), timed.begin(), timed.end());
    }
    m_job.report(1.0, "done");
    return allocation;
}

const char *roleName(AllocatedPlan::Role role)
{
    return role == AllocatedPlan::Role::Bytes ? "bytes" : role == AllocatedPlan::Role::Seconds ? "seconds" : "chosen";
}

Json planJson(const AllocatedPlan &plan, const model::Generator &generator)
{
    const auto orNull = [](const std::optional<double> &value) { return value ? Json(*value) : Json(nullptr); };
    Json json;
    json["plan"] = plan.plan.toRules(generator);
    json["bytes"] = plan.bytes;
    json["seconds"] = orNull(plan.seconds);
    json["psnr_fp32"] = orNull(plan.psnrFp32());
    json["predicted_psnr_fp32"] = orNull(decibels(plan.predictedError));
    json["front"] = roleName(plan.role);
    return json;
}

} // namespace

std::string Allocation::toJson() const
{
    Json json;
    json["schema"] = kSchema;
    json["model"] = generator->name;
    json["size"] = {{"width", timedSize.width}, {"height", timedSize.height}};
    json["fp32_bytes"] = floatBytes;
    json["front"] = Json::array();
    for (const AllocatedPlan &plan : front)
        json["front"].push_back(planJson(plan, *generator));
    json["chosen"] = planJson(chosen, *generator);
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::string Allocation::toCsv() const
{
    std::string csv = "front,bytes,seconds,psnr_fp32,plan\n";
    const auto add = [&](const AllocatedPlan &plan) {
        const auto psnr = plan.psnrFp32();
        csv += fmt::format("{},{},{},{},\"{}\"\n", roleName(plan.role), plan.bytes,
                           plan.seconds ? fmt::format("{:.6f}", *plan.seconds) : "",
                           psnr ? fmt::format("{:.3f}", *psnr) : "", plan.plan.toRules(*generator));
    };
    std::for_each(front.begin(), front.end(), add);
    add(chosen);
    return csv;
}

Allocation allocateBits(const AllocationRequest &request, const base::ThreadPool &pool, const base::Job &job,
                        const AllocatedPlanFunction &onPlan)
{
    return Allocator(request, pool, job, onPlan).run();
}

} // namespace bitlens::search
