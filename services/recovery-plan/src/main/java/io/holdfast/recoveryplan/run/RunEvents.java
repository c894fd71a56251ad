package io.holdfast.recoveryplan.run;

/** Tells others that a run has come to another state. */
public interface RunEvents {
    /** Called in the transaction that stores the new state: it becomes known if and only if that commits. */
    void stateChanged(Run run);
}
