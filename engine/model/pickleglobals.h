// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/elements.h"

#include <optional>
#include <string_view>

namespace bitlens::model {

/// What a GLOBAL may name.
enum class PickleGlobal {
    OrderedDict,
    RebuildTensor,
    RebuildTensorV2,
    RebuildParameter,
    FloatStorage,
    HalfStorage,
    BFloat16Storage,
    DoubleStorage,
    LongStorage,
    IntStorage,
};

/// The whole whitelist; nothing for any other name.
std::optional<PickleGlobal> findPickleGlobal(std::string_view module, std::string_view name);

/// Element type of a storage class; nothing for globals that are no storage.
std::optional<ElementType> storageElementType(PickleGlobal global);

} // namespace bitlens::model
