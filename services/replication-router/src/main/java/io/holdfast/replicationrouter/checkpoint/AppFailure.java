package io.holdfast.replicationrouter.checkpoint;

/** Why a checkpoint that was asked for as APP is CRASH: a stable code, from the agent or one of these, and a sentence. */
public record AppFailure(String code, String message) {
    static final String FREEZE_TIMED_OUT = "FREEZE_TIMED_OUT";
    static final String FREEZE_EXPIRED = "FREEZE_EXPIRED";
    static final String THAW_UNCONFIRMED = "THAW_UNCONFIRMED";
}
