package io.holdfast.kernel.error;

/**
 * A stable name for one kind of failure. Scripts match on it, so a code is never renamed and never reused.
 *
 * <p>Each feature keeps its codes in an enum of its own that implements this interface; the enum constant's name is
 * the code, prefixed with the part it belongs to ({@code JOURNAL_NOT_FOUND}).
 */
public interface ErrorCode {
    /** The code as it appears in replies, events and logs: upper case with underscores. */
    String name();

    Blame blame();
}
