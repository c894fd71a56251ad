package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** A code of an agent or a router, passed on as it is. */
public record ForeignCode(String name, Blame blame) implements ErrorCode {
    /** Of the router: the agent was away until the order expired. */
    public static final String EXPIRED = "COMMAND_EXPIRED";

    /** Of a refused order: only one that nobody delivered in time is worth another attempt. */
    public static ForeignCode ofRefusal(String code) {
        return new ForeignCode(named(code), EXPIRED.equals(code) ? Blame.UNAVAILABLE : Blame.CONFLICT);
    }

    /** Of a machine that failed: it is never started a second time. */
    public static ForeignCode ofFailure(String code) {
        return new ForeignCode(named(code), Blame.CONFLICT);
    }

    private static String named(String code) {
        return code.matches("[A-Z][A-Z0-9_]{0,63}") ? code : "MACHINE_FAILED";
    }
}
