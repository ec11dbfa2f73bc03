// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/registry.h"

#include "engine/base/error.h"
#include "engine/kernel/floatreferenceconvolution.h"
#include "engine/kernel/referenceconvolution.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

namespace bitlens::kernel {

namespace {

bool always(const base::CpuFeatures &) { return true; }

template <typename Kernel>
std::unique_ptr<const Convolution> make(const ConvolutionSpec &spec)
{
    return std::make_unique<const Kernel>(spec);
}

constexpr std::array kKernels{
    KernelEntry{"reference", always, [](const ConvolutionSpec &spec) { return !spec.isFloat(); },
                make<ReferenceConvolution>},
    KernelEntry{"float-reference", always, [](const ConvolutionSpec &spec) { return spec.isFloat(); },
                make<FloatReferenceConvolution>},
};

bool isReference(const KernelEntry &entry) { return std::strstr(entry.name, kReferenceKernels) != nullptr; }

} // namespace

std::span<const KernelEntry> kernels() { return kKernels; }

std::unique_ptr<const Convolution> packConvolution(const ConvolutionSpec &spec, const std::string &wish)
{
    const base::CpuFeatures cpu = base::cpuFeatures();
    const bool plain = wish == kReferenceKernels;
    const bool one = !wish.empty() && !plain;
    const auto usable = [&](const KernelEntry &entry) { return entry.isAvailable(cpu) && entry.suits(spec); };
    if (one) {
        const auto named = std::find_if(kKernels.begin(), kKernels.end(),
                                        [&](const KernelEntry &entry) { return wish == entry.name; });
        if (named == kKernels.end())
            throw base::Error(base::ErrorCode::InvalidArgument, {}, fmt::format("there is no kernel \"{}\"", wish));
        if (usable(*named))
            return named->pack(spec);
    }
    const auto first = std::find_if(kKernels.begin(), kKernels.end(), [&](const KernelEntry &entry) {
        return usable(entry) && (!plain || isReference(entry));
    });
    return first->pack(spec);
}

} // namespace bitlens::kernel
