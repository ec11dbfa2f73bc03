// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/reader.h"
#include "engine/model/weighttaker.h"

namespace bitlens::model {

std::string Tensor::shapeText() const { return model::shapeText(shape); }

const Tensor *StateDict::find(const std::string &key) const
{
    for (const auto &[name, tensor] : entries)
        if (name == key)
            return &tensor;
    return nullptr;
}

} // namespace bitlens::model
