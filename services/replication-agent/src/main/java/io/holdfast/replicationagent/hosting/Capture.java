package io.holdfast.replicationagent.hosting;

import java.util.Objects;

/** How an agent learns of a machine's writes (architecture, section 3, capture modes). */
public sealed interface Capture {
    Capture INLINE = new Inline();

    /** The machine's disks are exports of this agent. */
    record Inline() implements Capture {}

    /** A running machine whose writes are copied to this agent or noted for it. */
    sealed interface Live extends Capture {
        /** Path of the monitor socket of the machine's QEMU, as given. */
        String qmpSocket();
    }

    /** The running machine mirrors every write to this agent. */
    record Tap(String qmpSocket) implements Live {
        public Tap {
            Objects.requireNonNull(qmpSocket, "qmpSocket");
        }
    }

    /**
     * The running machine notes where it wrote, and this agent asks from time to time.
     *
     * @param intervalMs from one poll to the next
     */
    record Interval(String qmpSocket, int intervalMs) implements Live {
        public Interval {
            Objects.requireNonNull(qmpSocket, "qmpSocket");
        }
    }
}
