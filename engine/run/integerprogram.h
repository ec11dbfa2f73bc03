// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/convolution.h"
#include "engine/quant/quantizedmodel.h"

#include <memory>
#include <string>
#include <vector>

namespace bitlens::run {

/// A stored form of one feature map: float32 values (bits == quant::kFloatBits) or the levels of one activation width.
struct MapForm {
    int map = 0;
    int bits = quant::kFloatBits;
    int border = 0;             ///< pixels, what its readers need
    int firstStep = 0;          ///< the step that writes it: 0 is the input, layer i is step i + 1
    int lastStep = 0;           ///< the last step that reads it
    kernel::LevelCoding coding; ///< of levels
    bool isValues() const { return bits == quant::kFloatBits; }
};

/// One layer packed for its kernel. The numbers are indices of map forms.
struct PackedLayer {
    std::shared_ptr<const kernel::Convolution> convolution; ///< shared by programs in which it is the same
    kernel::EpilogueParameters epilogue;
    std::vector<int> inputs;
    std::vector<int> residuals; ///< in the order of the layer's residuals
};

/// A quantized model compiled for the integer kernels: packed weights, and which forms of which feature maps exist
/// when. Independent of the picture's size. Immutable; safe to read from many threads.
class IntegerProgram {
public:
    /// `kernels`: see IntegerRunner::Options. Throws base::Error{InvalidArgument} for an unknown kernel name.
    /// Layers that `previous`, made with the same `kernels`, has packed from the same numbers are taken from it.
    IntegerProgram(quant::QuantizedModelPtr model, const std::string &kernels,
                   const IntegerProgram *previous = nullptr);

    const quant::QuantizedModel &model() const { return *m_model; }
    const model::Generator &generator() const { return *m_model->generator; }
    const std::vector<PackedLayer> &layers() const { return m_layers; }
    const std::vector<MapForm> &forms() const { return m_forms; }
    /// Memory that all packed weights take.
    std::size_t weightBytes() const;
    /// Indices of the forms of one map.
    std::vector<int> formsOf(int map) const;
    /// The form of the last map's values.
    int resultForm() const { return m_resultForm; }
    /// What is done with map 0 to bring it into its forms.
    const kernel::EpilogueParameters &inputEpilogue() const { return m_inputEpilogue; }

private:
    int form(int map, int bits);
    void readForm(int form, int step, int border);
    kernel::ConvolutionSpec specOf(std::size_t layer) const;
    void pack(std::size_t layer, const std::string &kernels, const IntegerProgram *previous);
    std::shared_ptr<const kernel::Convolution> packedConvolution(std::size_t layer, const std::vector<int> &order,
                                                                 const std::string &kernels) const;

    quant::QuantizedModelPtr m_model;
    std::vector<PackedLayer> m_layers;
    std::vector<MapForm> m_forms;
    int m_resultForm = 0;
    kernel::EpilogueParameters m_inputEpilogue;
};

} // namespace bitlens::run
