package io.holdfast.replicationrouter.stream;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;

/**
 * Where one stream stands in one session: the only batch that may come next.
 *
 * <pre>
 *             first batch of an epoch, seq 1            seq is the expected one
 *   Fresh ──────────────────────────────► Following ◄──────────┐
 *     │                                    │  ▲  └─────────────┘
 *     │ starts inside an epoch             │  │ new epoch, seq 1
 *     └────────────► Broken ◄──────────────┘  │
 *                       │      any other seq  │
 *                       └─────────────────────┘
 * </pre>
 *
 * <p>Why a gap resets the stream and does not end the session: within a session the agent itself said where each stream goes
 * on and gRPC delivers in order, so a seq that is skipped was skipped by the agent. What it has left out cannot be trusted to
 * be in its ring any more; only a new epoch, which compares the volumes, proves the replica again. The agent's other
 * groups are untouched. Nothing of the broken epoch is taken afterwards, so no gap ever reaches Kafka.
 */
public sealed interface StreamCursor {
    /** Judges a batch of records {@code first} to {@code last} of {@code epoch}. */
    Step offer(Epoch epoch, Seq first, Seq last);

    /** The newest epoch that the session has seen of the stream; {@link Epoch#NONE} before the first. */
    Epoch epoch();

    /** The stream was not named in Hello: it has to begin with a new epoch. */
    record Fresh() implements StreamCursor {
        @Override
        public Step offer(Epoch epoch, Seq first, Seq last) {
            return begin(epoch, first, last);
        }

        @Override
        public Epoch epoch() {
            return Epoch.NONE;
        }
    }

    /** Everything before {@code next} was taken in this session or an earlier one. */
    record Following(Epoch epoch, Seq next) implements StreamCursor {
        @Override
        public Step offer(Epoch offered, Seq first, Seq last) {
            if (epoch.isAfter(offered)) {
                return new Step.Drop(DropReason.STALE_EPOCH);
            }
            if (offered.isAfter(epoch)) {
                return begin(offered, first, last);
            }
            return first.equals(next)
                    ? new Step.Forward(new Following(epoch, last.next()))
                    : new Step.Reset(new Broken(epoch));
        }
    }

    /** Continuity of {@code epoch} is lost and the agent was told; only a later epoch is taken. */
    record Broken(Epoch epoch) implements StreamCursor {
        @Override
        public Step offer(Epoch offered, Seq first, Seq last) {
            return offered.isAfter(epoch) ? begin(offered, first, last) : new Step.Drop(DropReason.AWAITING_NEW_EPOCH);
        }
    }

    private static Step begin(Epoch epoch, Seq first, Seq last) {
        return first.equals(Seq.FIRST)
                ? new Step.Forward(new Following(epoch, last.next()))
                : new Step.Reset(new Broken(epoch));
    }

    /** What becomes of an offered batch. */
    sealed interface Step {
        /** To Kafka; the cursor moves behind the batch. */
        record Forward(StreamCursor.Following cursor) implements Step {}

        /** Not taken and not acknowledged; the cursor stays. */
        record Drop(DropReason reason) implements Step {}

        /** Not taken; the agent is told to begin a new epoch. */
        record Reset(StreamCursor.Broken cursor) implements Step {}
    }

    /** Why a batch is left out without telling the agent. */
    enum DropReason {
        /** The stream has moved on to a later epoch. */
        STALE_EPOCH,
        /** A reset is under way; these batches were sent before the agent saw it. */
        AWAITING_NEW_EPOCH
    }
}
