// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::score {

/// One array of a MAT file, without its values.
struct MatArray {
    std::string path; ///< "model", "model.rf", "model.rf{2}.upper": cells count from 1, as in MATLAB
    bool isStruct = false;
    bool isCell = false;
    bool isNumeric = false;              ///< real, not sparse
    std::vector<std::size_t> dimensions; ///< two or more; values come column by column

    std::size_t count() const;
};

/// Who listens while a MAT file is read from front to back.
class MatVisitor {
public:
    virtual ~MatVisitor() = default;
    /// Whether to go into this struct or cell, or to decode these numbers. What is not wanted is skipped unread.
    virtual bool wants(const MatArray &array) = 0;
    /// The numbers of a wanted array, whatever type they are stored in.
    virtual void numbers(const MatArray &array, std::vector<double> values) = 0;
    /// After the last part of a wanted struct or cell.
    virtual void finished(const MatArray &array) = 0;
};

/// Reads a MAT file of version 5 (little endian, compressed or not) that may have been made to do harm: every size is
/// checked against what is left of the file, nothing is allocated before its bytes are there, nesting and totals are
/// limited. `name` is the file's name for messages. Polls the job and reports the share of the file that is read.
/// Throws base::Error{UnknownFormat|BrokenFile|TooLarge}, base::Cancelled, and what the visitor throws.
void readMat(std::span<const std::uint8_t> file, const std::string &name, MatVisitor &visitor, const base::Job &job);

} // namespace bitlens::score
