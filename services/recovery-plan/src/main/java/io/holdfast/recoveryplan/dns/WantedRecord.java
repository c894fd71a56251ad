package io.holdfast.recoveryplan.dns;

import java.util.List;

/** A record set and what a run wants it to say. */
public record WantedRecord(RecordSet set, RecordValues values) {

    /**
     * Whether it says what it should before the run changes it, or has been changed already.
     *
     * @param expect what production's says; none = anything
     */
    public boolean mayReplace(RecordValues now, List<String> expect) {
        return expect.isEmpty() || now.sameValues(new RecordValues(1, expect)) || now.sameValues(values);
    }
}
