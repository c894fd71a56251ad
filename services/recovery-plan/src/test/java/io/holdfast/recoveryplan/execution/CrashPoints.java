package io.holdfast.recoveryplan.execution;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts the places where the process can die, and dies at one of them. Fault model: everything in memory is lost at once, what was
 * committed and what other parts were told stays.
 */
final class CrashPoints {
    /** The process is gone. An {@link Error}, so that no handler of failures takes it for one. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed(String where) {
            super("killed at " + where);
        }
    }

    private final int dieAt;
    private final List<String> reached = new ArrayList<>();
    private boolean died;

    /** @param dieAt index of the place to die at, from 0; a number beyond all of them for none */
    CrashPoints(int dieAt) {
        this.dieAt = dieAt;
    }

    void reach(String where) {
        if (died) {
            return;
        }
        reached.add(where);
        if (reached.size() - 1 == dieAt) {
            died = true;
            throw new Killed(where);
        }
    }

    boolean died() {
        return died;
    }

    /** The places in the order in which they were reached, until the death. */
    List<String> reached() {
        return reached;
    }
}
