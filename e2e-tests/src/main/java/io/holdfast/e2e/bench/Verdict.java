package io.holdfast.e2e.bench;

/** What came of a row. */
enum Verdict {
    MET,
    MISSED,
    /** There is no budget for it. */
    REPORTED,
    /** The measurement itself failed; the row says why. */
    NOT_MEASURED;

    static Verdict of(boolean met) {
        return met ? MET : MISSED;
    }
}
