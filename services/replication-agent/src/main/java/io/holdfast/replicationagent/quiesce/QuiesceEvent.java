package io.holdfast.replicationagent.quiesce;

/** What moves an order on (docs/app-consistent.md, "States of one order"). */
sealed interface QuiesceEvent {
    record AllPrepared() implements QuiesceEvent {}

    record AllFrozen() implements QuiesceEvent {}

    record GuestFailed(FreezeFailure failure) implements QuiesceEvent {}

    record ThawOrdered() implements QuiesceEvent {}

    record LimitReached() implements QuiesceEvent {}

    record SessionLost() implements QuiesceEvent {}

    /** @param letGo a guest was not frozen any more when it was asked to thaw */
    record AllThawed(boolean letGo) implements QuiesceEvent {}
}
