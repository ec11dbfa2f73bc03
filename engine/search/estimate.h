// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/quant/calibration.h"
#include "engine/search/measure.h"
#include "engine/search/sensitivity.h"
#include "engine/search/workshare.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace bitlens::search {

struct EstimateRequest {
    model::GeneratorPtr generator;
    std::shared_ptr<const quant::Calibration> calibration;
    std::vector<image::Planes> pictures; ///< crops of one size, see probePictures: each is a sample
    int probes = 2;                      ///< random-sign vectors per picture
    std::uint64_t seed = 1;
    WorkShare share = {}; ///< of the pictures, among processes that were given the same request
    /// Every product between channels counts: the plain estimator, right on average, which needs many probes.
    bool allProducts = false;
    /// What an interrupted estimate of the same request has left: it goes on from there. Of other probes or another
    /// model it is ignored.
    EstimateProgress start = {};
};

/// Called after each round of pictures, on the calling thread.
using EstimateProgressFunction = std::function<void(const EstimateProgress &progress)>;

/// Estimates the sensitivity of every layer at every width of its weights (activations FP32) and of its activations
/// (weights FP32), all at once: for a random-sign vector v over the picture's luma, one backward pass of v·y gives the
/// gradients g of every layer's weights and input, and the mean of (g · Δ(b))² over v estimates the squared error that
/// the perturbation Δ(b) of rounding to b bits causes in the picture (Hutchinson's estimator of |J Δ|²; to first order
/// in Δ).
///
/// The square is taken for each channel of an input on its own, and these are added: rounding errors of different
/// channels have next to nothing in common, so that the products between them mostly add noise. One vector is a sample
/// per channel this way, not one in all, and few probes suffice. For weights, whose errors meet the same inputs,
/// products between output channels count half (tests/bench/sensitivity_cost has the figures).
///
/// Entries come in the order of layers, and for each layer weights before activations, by width. `onFound` is called
/// with preliminary values of all of them after each round of pictures and finally with those that are returned. The
/// same request gives the same result up to float order of summation; one process that goes on from `start` gives the
/// bits that it would have given without the interruption, and at once where nothing is missing. Throws base::Error,
/// base::Cancelled.
std::vector<Sensitivity> estimateSensitivity(const EstimateRequest &request, const base::ThreadPool &pool,
                                             const base::Job &job, const SensitivityFunction &onFound = {},
                                             const EstimateProgressFunction &onProgress = {});

/// Squared errors of different layers, and of weights and activations of one, add up as long as they are small: the
/// error of `bits` on a layer from entries of weights alone and activations alone. Missing when one is not there.
std::optional<double> combinedError(const SensitivityReport &report, int layer, quant::LayerBits bits);

} // namespace bitlens::search
