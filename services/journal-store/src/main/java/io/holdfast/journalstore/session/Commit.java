package io.holdfast.journalstore.session;

import io.holdfast.journalstore.journal.Fork;
import io.holdfast.kernel.Lsn;
import java.util.Optional;

/**
 * How far the commit of a recovery session is (docs/commit-protocol.md). Always derived from what is durable, so that a restart shows the
 * same.
 */
public sealed interface Commit {
    /** The name that the later history gets. */
    String branch();

    /** Whether there is no way back. */
    boolean isFinal();

    /** Asked for, and durable as an order; nothing of the journal has changed. */
    record Ordered(String branch) implements Commit {
        @Override
        public boolean isFinal() {
            return false;
        }
    }

    /** The lineages have parted; the replica images are brought from {@code image} to {@code to}. */
    record Promoting(String branch, Lsn image, Lsn to) implements Commit {
        @Override
        public boolean isFinal() {
            return true;
        }
    }

    /** The images are at the session's point; {@code leftBytes} of its overlays are not in them yet. */
    record Merging(String branch, long leftBytes) implements Commit {
        @Override
        public boolean isFinal() {
            return true;
        }
    }

    /** The images are the volumes; the session still serves them. */
    record Done(String branch) implements Commit {
        @Override
        public boolean isFinal() {
            return true;
        }
    }

    /**
     * @param ordered name of the branch in the order, if there is one
     * @param fork the journal's, if this session made it
     */
    static Optional<Commit> of(Optional<String> ordered, Optional<Fork> fork, Lsn image, long overlayBytes) {
        if (fork.isEmpty()) {
            return ordered.map(Ordered::new);
        }
        Fork now = fork.get();
        return Optional.of(
                switch (now.step()) {
                    case PROMOTING -> new Promoting(now.branch(), image, now.from());
                    case MERGING -> new Merging(now.branch(), overlayBytes);
                    case COMMITTED -> new Done(now.branch());
                });
    }
}
