package io.holdfast.replicationagent.quiesce;

import java.util.Optional;

/** What runs in one guest before its file systems are frozen and after they are thawed. */
public record GuestHooks(Optional<Hook> before, Optional<Hook> after) {
    public static final GuestHooks NONE = new GuestHooks(Optional.empty(), Optional.empty());
}
