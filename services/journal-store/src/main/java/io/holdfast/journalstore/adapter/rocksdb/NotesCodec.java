package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.ApplyNotes;
import io.holdfast.journalstore.apply.BehindCommit;
import io.holdfast.journalstore.apply.FirstSync;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.AgentId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The bytes of {@code notes}: version 1, next offset 8; 1 when there is a commit: to 8, missed 1, count 4 and whole volumes (index 2, size 8), count 2 and streams
 * (agent 16, epoch 8, seq 8); count 4 and first syncs (index 2, agent 16, epoch 8, seq 8).
 *
 * <p>The offset is that of the state in the same batch. A version that does not know this key leaves it behind when it applies: then they differ, and nothing is known.
 */
final class NotesCodec {
    private static final byte VERSION = 1;
    private static final int STREAM_BYTES = 32;

    private NotesCodec() {}

    static byte[] encode(ApplyNotes notes, long nextOffset) {
        int bytes = 1 + Long.BYTES + 1 + Integer.BYTES + notes.firstSyncs().size() * (Short.BYTES + STREAM_BYTES);
        bytes += notes.behind()
                .map(commit -> Long.BYTES
                        + 1
                        + Integer.BYTES
                        + commit.whole().size() * (Short.BYTES + Long.BYTES)
                        + Short.BYTES
                        + commit.passed().size() * STREAM_BYTES)
                .orElse(0);
        ByteBuffer out = ByteBuffer.allocate(bytes).put(VERSION).putLong(nextOffset);
        out.put((byte) (notes.behind().isPresent() ? 1 : 0));
        notes.behind().ifPresent(commit -> put(out, commit));
        out.putInt(notes.firstSyncs().size());
        notes.firstSyncs().forEach((index, first) -> {
            out.putShort((short) (int) index);
            put(out, first.agent(), first.started());
        });
        return out.array();
    }

    private static void put(ByteBuffer out, BehindCommit commit) {
        out.putLong(commit.to().value()).put((byte) (commit.missed() ? 1 : 0));
        out.putInt(commit.whole().size());
        commit.whole()
                .forEach((index, size) -> out.putShort((short) (int) index).putLong(size));
        out.putShort((short) commit.passed().size());
        commit.passed().forEach((agent, at) -> put(out, agent, at));
    }

    private static void put(ByteBuffer out, AgentId agent, StreamPosition at) {
        UUID id = agent.value();
        out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        out.putLong(at.epoch().value()).putLong(at.seq().value());
    }

    /**
     * @param bytes null = there are none
     * @param nextOffset of the state that was stored with them
     * @return nothing when they are missing, of another offset or version, or cannot be read: nothing is known then, which is always right
     */
    static ApplyNotes decode(byte[] bytes, long nextOffset) {
        if (bytes == null) {
            return ApplyNotes.NONE;
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (in.get() != VERSION || in.getLong() != nextOffset) {
                return ApplyNotes.NONE;
            }
            Optional<BehindCommit> behind = in.get() == 1 ? Optional.of(commit(in)) : Optional.empty();
            Map<Integer, FirstSync> firstSyncs = new HashMap<>();
            for (int left = in.getInt(); left > 0; left--) {
                int index = Short.toUnsignedInt(in.getShort());
                firstSyncs.put(index, new FirstSync(agent(in), position(in)));
            }
            return in.hasRemaining() ? ApplyNotes.NONE : new ApplyNotes(behind, firstSyncs);
        } catch (BufferUnderflowException | IllegalArgumentException malformed) {
            return ApplyNotes.NONE;
        }
    }

    private static BehindCommit commit(ByteBuffer in) {
        Lsn to = Lsn.of(in.getLong());
        boolean missed = in.get() != 0;
        Map<Integer, Long> whole = new HashMap<>();
        for (int left = in.getInt(); left > 0; left--) {
            whole.put(Short.toUnsignedInt(in.getShort()), in.getLong());
        }
        Map<AgentId, StreamPosition> passed = new HashMap<>();
        for (int left = Short.toUnsignedInt(in.getShort()); left > 0; left--) {
            passed.put(agent(in), position(in));
        }
        return new BehindCommit(to, whole, passed, missed);
    }

    private static AgentId agent(ByteBuffer in) {
        return new AgentId(new UUID(in.getLong(), in.getLong()));
    }

    private static StreamPosition position(ByteBuffer in) {
        return new StreamPosition(new Epoch(in.getLong()), new Seq(in.getLong()));
    }
}
