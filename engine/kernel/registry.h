// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cpu.h"
#include "engine/kernel/convolution.h"

#include <memory>
#include <span>
#include <string>

namespace bitlens::kernel {

/// One kernel: when it may be used, and how a layer is packed for it.
struct KernelEntry {
    const char *name;
    /// The processor can run it.
    bool (*isAvailable)(const base::CpuFeatures &cpu);
    /// It computes this layer exactly: kernel size, kind, and the overflow proof from the actual weights and ranges.
    bool (*suits)(const ConvolutionSpec &spec);
    std::unique_ptr<const Convolution> (*pack)(const ConvolutionSpec &spec);
};

/// All kernels of this build, fastest first; the reference kernels, which suit every layer, are last.
std::span<const KernelEntry> kernels();

/// The kernels of a family name that a caller may ask for: everything this processor runs, or only plain ones.
inline constexpr const char *kReferenceKernels = "reference";

/// Packs a layer for the first kernel that this processor runs and that suits it. `wish`: "" for all kernels,
/// kReferenceKernels for the plain ones, or one kernel's name, which is taken where it suits (else the choice is free).
/// Throws base::Error{InvalidArgument} for an unknown name.
std::unique_ptr<const Convolution> packConvolution(const ConvolutionSpec &spec, const std::string &wish = {});

} // namespace bitlens::kernel
