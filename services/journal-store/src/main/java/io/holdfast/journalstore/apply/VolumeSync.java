package io.holdfast.journalstore.apply;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.change.SyncKind;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether a volume's replica equals its source, and if not, which syncs can make it so.
 *
 * <p>A limited sync (DELTA, BITMAP) sends only what the agent knows to differ. It is right only on top of a replica that was whole,
 * and an INITIAL sync of an older agent leaves zeroes out, which is right only on top of nothing. On any other base both would end in a replica that
 * claims to be in sync and is not, so they are not accepted; a FULL sync always is.
 *
 * <p>Whole is whole for the stream that made it so: an agent that gets a volume, or gets it back, knows nothing of what another wrote meanwhile.
 *
 * <pre>
 *  base      may start            after a gap in the stream, or under another agent
 *  NOTHING   INITIAL, FULL        NOTHING: what was missed was never stored either
 *  PARTIAL   FULL                 PARTIAL
 *  WHOLE     DELTA, BITMAP, FULL  PARTIAL
 * </pre>
 *
 * @param since head at the first completed sync: earlier points do not have the volume; empty = never in sync
 */
public record VolumeSync(Phase phase, Base base, Optional<Lsn> since) {
    /** What the volume's stream said last about it. The code is part of the journal's format. */
    public enum Phase {
        /** A new epoch began, or the stream has a gap; no sync has started since. */
        OUT(0),
        SYNCING(2),
        IN_SYNC(1);

        private final int code;

        Phase(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** @throws IllegalArgumentException for a code this version does not know */
        public static Phase ofCode(int code) {
            for (Phase phase : values()) {
                if (phase.code == code) {
                    return phase;
                }
            }
            throw new IllegalArgumentException("unknown phase " + code);
        }
    }

    /** What a sync would build on. The code is part of the journal's format. */
    public enum Base {
        /** Nothing was ever stored: the volume reads as zeroes, or as its seed. */
        NOTHING(0),
        /** A whole sync has not completed, or something was lost since. */
        PARTIAL(1),
        /** Was equal to the source, and every change since then is here or is going to be sent. */
        WHOLE(2);

        private final int code;

        Base(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** @throws IllegalArgumentException for a code this version does not know */
        public static Base ofCode(int code) {
            for (Base base : values()) {
                if (base.code == code) {
                    return base;
                }
            }
            throw new IllegalArgumentException("unknown base " + code);
        }
    }

    public static final VolumeSync NEVER = new VolumeSync(Phase.OUT, Base.NOTHING, Optional.empty());

    public VolumeSync {
        Objects.requireNonNull(phase, "phase");
        Objects.requireNonNull(base, "base");
        Objects.requireNonNull(since, "since");
    }

    public boolean inSync() {
        return phase == Phase.IN_SYNC;
    }

    /** Whether a sync of this kind ends in a replica that equals the source. */
    boolean accepts(SyncKind kind) {
        return switch (kind) {
            case INITIAL -> base == Base.NOTHING;
            case FULL -> true;
            case DELTA, BITMAP -> base == Base.WHOLE;
        };
    }

    VolumeSync started(SyncKind kind) {
        return switch (kind) {
            case INITIAL, FULL -> new VolumeSync(Phase.SYNCING, Base.PARTIAL, since);
            case DELTA, BITMAP -> new VolumeSync(Phase.SYNCING, base, since);
        };
    }

    VolumeSync completed(Lsn head) {
        return new VolumeSync(Phase.IN_SYNC, Base.WHOLE, since.or(() -> Optional.of(head)));
    }

    /** A new epoch began: the agent syncs again, and knows what may differ. */
    VolumeSync left() {
        return new VolumeSync(Phase.OUT, base, since);
    }

    /** Another agent's stream carries the volume from now on: what that one believes of the replica may be older than what this one wrote. */
    VolumeSync handedOver() {
        return new VolumeSync(phase, base == Base.NOTHING ? Base.NOTHING : Base.PARTIAL, since);
    }

    /** Something of the stream is missing: nobody knows any more what may differ. */
    VolumeSync lost() {
        return new VolumeSync(Phase.OUT, base == Base.NOTHING ? Base.NOTHING : Base.PARTIAL, since);
    }
}
