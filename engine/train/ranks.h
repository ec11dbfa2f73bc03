// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace at {
class Tensor;
}

namespace bitlens::train {

/// The processes that share one piece of work, on one machine or on several: how many there are, which of them this one
/// is, and where they meet.
struct RankOptions {
    int count = 1;
    int rank = 0;                   ///< from 0; rank 0 waits for the others at host:port
    std::string host = "127.0.0.1"; ///< of rank 0, as the others reach it
    int port = 29500;
    int timeoutSeconds = 900; ///< to wait for a rank before it counts as lost: at the start, and at every exchange

    /// Takes "HOST:PORT" ("[::1]:29500" for IPv6 addresses). Throws base::Error{InvalidArgument}.
    void setRendezvous(const std::string &text);
    /// Throws base::Error{InvalidArgument} when rank, count or port are out of range.
    void validate() const;

    /// What torchrun and others say in WORLD_SIZE, RANK, MASTER_ADDR and MASTER_PORT; one process alone where
    /// WORLD_SIZE is not set. Throws base::Error{InvalidArgument} naming the variable that makes no sense.
    static RankOptions fromEnvironment();
};

/// Another rank is gone, or did not answer in time.
class RankLost : public base::Error {
public:
    explicit RankLost(const std::string &detail) : base::Error(base::ErrorCode::Internal, {}, detail) {}
};

/// Exchanges numbers with the other ranks, by LibTorch's c10d with Gloo over TCP. Every rank must make the same calls
/// in the same order with tensors of the same sizes. Every call throws RankLost when a rank is lost or did
/// not answer in time; nothing can be exchanged after that. With one rank all calls return at once. Not thread-safe.
class Ranks {
public:
    /// One process alone.
    Ranks();
    /// Meets the others; returns when all are there. Throws base::Error{Internal} naming the address and how many came,
    /// or base::Cancelled while waiting.
    explicit Ranks(const RankOptions &options, const base::Job &job = {});
    ~Ranks();

    int count() const;
    int rank() const;
    bool isFirst() const { return rank() == 0; }

    /// Replaces float32 tensors by their sums over all ranks: the same bits on each. Tensors may be on any device.
    void sum(const std::vector<at::Tensor> &tensors) const;
    /// The same for numbers.
    void sum(std::vector<double> &values) const;
    /// Parts of equal size, joined along dimension 0 in the order of the ranks.
    at::Tensor gathered(const at::Tensor &part) const;
    /// What gathered() gives, with this rank's part in its place so that gradients flow to it.
    at::Tensor joined(const at::Tensor &part) const;
    /// True on all ranks when `value` is on any.
    bool any(bool value) const;
    /// Gives all ranks what rank 0 has.
    void broadcast(std::vector<std::uint8_t> &bytes) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::train
