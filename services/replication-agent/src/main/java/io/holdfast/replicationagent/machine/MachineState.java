package io.holdfast.replicationagent.machine;

import io.holdfast.replicationagent.AgentError;

/**
 * Where a machine is on its way (docs/machines.md). Instants are microseconds of the wall clock. A transition that the table does not have is a defect and throws.
 */
public sealed interface MachineState {
    long sinceMicros();

    /** Ordered; nothing of the guest has run. */
    record Ordered(long sinceMicros) implements MachineState {
        /** To be stored before the guest is let go: from then on it may have written to its disks. */
        public Released release() {
            return new Released(sinceMicros);
        }
    }

    /** The guest may have been let go. */
    record Released(long sinceMicros) implements MachineState {
        public Running runs(long nowMicros) {
            return new Running(nowMicros, 0);
        }
    }

    /** @param readyAtMicros 0 = not every probe has passed yet */
    record Running(long sinceMicros, long readyAtMicros) implements MachineState {
        /** Once and for all: a second time changes nothing. */
        public Running ready(long nowMicros) {
            return readyAtMicros == 0 ? new Running(sinceMicros, nowMicros) : this;
        }
    }

    /** Nothing of it runs, and it is not started again: somebody has to see why. */
    record Failed(long sinceMicros, AgentError code, String message, long readyAtMicros) implements MachineState {}

    /**
     * On its way out, from anywhere.
     *
     * @param before the state that is reported meanwhile
     * @param cutAtMicros when its power is cut
     */
    record Stopping(long sinceMicros, MachineState before, long cutAtMicros) implements MachineState {
        public Stopping {
            if (before instanceof Stopping) {
                throw new IllegalArgumentException("a machine that stops is stopping already");
            }
        }
    }

    default Failed failed(AgentError code, String message, long nowMicros) {
        return switch (this) {
            case Ordered _, Released _ -> new Failed(nowMicros, code, message, 0);
            case Running running -> new Failed(nowMicros, code, message, running.readyAtMicros());
            case Failed _, Stopping _ -> throw new IllegalStateException(this + " cannot fail");
        };
    }

    /** Of two orders to stop the one that cuts the power earlier counts. */
    default Stopping stop(long nowMicros, long graceMicros) {
        long cut = nowMicros + graceMicros;
        return this instanceof Stopping already
                ? new Stopping(already.sinceMicros(), already.before(), Math.min(cut, already.cutAtMicros()))
                : new Stopping(nowMicros, this, cut);
    }

    /** Whether the machine's memory is taken. */
    default boolean holdsMemory() {
        return !(this instanceof Failed) && !(this instanceof Stopping stopping && stopping.before() instanceof Failed);
    }
}
