package io.holdfast.recoveryplan.preflight;

import io.holdfast.recoveryplan.run.ChosenCheckpoint;

/** What a preflight saw of a journal. */
public sealed interface JournalCondition {

    /** @param newest the newest checkpoint */
    record Recoverable(ChosenCheckpoint newest) implements JournalCondition {}

    record Empty() implements JournalCondition {}

    record Missing() implements JournalCondition {}

    /** @param reason a sentence */
    record Unreachable(String reason) implements JournalCondition {}
}
