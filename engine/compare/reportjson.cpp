// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/reportjson.h"

#include <cmath>

namespace bitlens::compare {

namespace {

Json optionalJson(const std::optional<double> &number) { return number ? Json(*number) : Json(nullptr); }

Json sizeJson(image::Size size) { return {{"width", size.width}, {"height", size.height}}; }

} // namespace

Json metricJson(const Metric &metric)
{
    return metric.value && std::isfinite(*metric.value) ? Json(*metric.value) : Json(nullptr);
}

Json sideJson(const SideReport &report, Side side)
{
    Json json;
    json["seconds"] = report.seconds > 0.0 ? Json(report.seconds) : Json(nullptr);
    json["bytes"] = report.bytes > 0 ? Json(report.bytes) : Json(nullptr);
    json["backend"] = report.backend.empty() ? Json(nullptr) : Json(report.backend);
    json["psnr_hr"] = metricJson(report.psnrHr);
    json["ssim_hr"] = metricJson(report.ssimHr);
    json["niqe"] = metricJson(report.niqe);
    json["ma"] = metricJson(report.ma);
    json["pi"] = metricJson(report.pi);
    if (side == Side::Quantized) {
        json["psnr_fp32"] = metricJson(report.psnrFp32);
        json["ssim_fp32"] = metricJson(report.ssimFp32);
        const bool measured = report.psnrFp32.value.has_value();
        json["identical"] = measured ? Json(std::isinf(*report.psnrFp32.value)) : Json(nullptr);
    }
    return json;
}

Json reportJson(const Report &report)
{
    Json json;
    json["schema"] = kJsonSchema;
    json["input"] = report.input;
    json["model"] = report.model;
    json["plan"] = report.plan;
    json["input_size"] = sizeJson(report.inputSize);
    json["output_size"] = sizeJson(report.outputSize);
    json["fp32"] = sideJson(report.fp32, Side::Fp32);
    json["quantized"] = sideJson(report.quantized, Side::Quantized);
    json["size_change"] = optionalJson(report.sizeChange());
    json["time_change"] = optionalJson(report.timeChange());
    return json;
}

} // namespace bitlens::compare
