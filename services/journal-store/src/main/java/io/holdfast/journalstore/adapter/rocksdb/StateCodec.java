package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.AppliedNumbers;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.apply.ApplyState;
import io.holdfast.journalstore.apply.GapReason;
import io.holdfast.journalstore.apply.VolumeSync;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The bytes of {@code state}: version 1; next offset, head, last micros, consistent since, last consistent, checkpoints listed, newest
 * checkpoint's lsn, live bytes added (8 each); count 1 and discard counters 8 each; count 2 and streams (agent 16, epoch 8, seq 8, gap 1, useless
 * epoch 8); count 4 and volumes (index 2, phase 1, base 1, since 8 with -1 = never).
 */
final class StateCodec {
    private static final byte VERSION = 1;
    private static final int STREAM_BYTES = 41;
    private static final int VOLUME_BYTES = 12;

    private StateCodec() {}

    static byte[] encode(ApplyState state) {
        AppliedNumbers numbers = state.numbers();
        Map<AgentId, AppliedStream> streams = state.streams();
        Map<Integer, VolumeSync> volumes = state.volumes();
        ByteBuffer out = ByteBuffer.allocate(1
                + 8 * Long.BYTES
                + 1
                + numbers.discarded.length * Long.BYTES
                + Short.BYTES
                + streams.size() * STREAM_BYTES
                + Integer.BYTES
                + volumes.size() * VOLUME_BYTES);
        out.put(VERSION)
                .putLong(numbers.nextOffset)
                .putLong(numbers.headLsn)
                .putLong(numbers.lastMicros)
                .putLong(numbers.consistentSince)
                .putLong(numbers.lastConsistentLsn)
                .putLong(numbers.checkpointsListed)
                .putLong(numbers.newestCheckpointLsn)
                .putLong(numbers.liveBytesAdded);
        out.put((byte) numbers.discarded.length);
        for (long count : numbers.discarded) {
            out.putLong(count);
        }
        out.putShort((short) streams.size());
        streams.forEach((agent, stream) -> {
            UUID id = agent.value();
            StreamPosition at = stream.position();
            out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
            out.putLong(at.epoch().value()).putLong(at.seq().value());
            switch (stream) {
                case AppliedStream.Following _ -> out.put((byte) 0).putLong(0);
                case AppliedStream.Gapped gap ->
                    out.put((byte) gap.reason().code())
                            .putLong(gap.uselessEpoch().value());
            }
        });
        out.putInt(volumes.size());
        volumes.forEach((index, sync) -> out.putShort((short) (int) index)
                .put((byte) sync.phase().code())
                .put((byte) sync.base().code())
                .putLong(sync.since().map(Lsn::value).orElse(-1L)));
        return out.array();
    }

    /**
     * @param notes as {@link NotesCodec} has them; null = none
     * @throws HoldfastException {@code JOURNAL_DAMAGED} when the bytes are not a state
     */
    static ApplyState decode(byte[] bytes, byte[] notes, Manifest manifest) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (in.get() != VERSION) {
                throw damaged("unknown version", null);
            }
            AppliedNumbers numbers = new AppliedNumbers();
            numbers.nextOffset = in.getLong();
            numbers.headLsn = in.getLong();
            numbers.lastMicros = in.getLong();
            numbers.consistentSince = in.getLong();
            numbers.lastConsistentLsn = in.getLong();
            numbers.checkpointsListed = in.getLong();
            numbers.newestCheckpointLsn = in.getLong();
            numbers.liveBytesAdded = in.getLong();
            int counters = in.get();
            for (int i = 0; i < counters; i++) {
                long count = in.getLong();
                if (i < numbers.discarded.length) {
                    numbers.discarded[i] = count;
                }
            }
            Map<AgentId, AppliedStream> streams = new HashMap<>();
            for (int left = Short.toUnsignedInt(in.getShort()); left > 0; left--) {
                AgentId agent = new AgentId(new UUID(in.getLong(), in.getLong()));
                StreamPosition at = new StreamPosition(new Epoch(in.getLong()), new Seq(in.getLong()));
                int gap = in.get();
                Epoch useless = new Epoch(in.getLong());
                streams.put(
                        agent,
                        gap == 0
                                ? new AppliedStream.Following(at)
                                : new AppliedStream.Gapped(at, GapReason.ofCode(gap), useless));
            }
            Map<Integer, VolumeSync> volumes = new HashMap<>();
            for (int left = in.getInt(); left > 0; left--) {
                int index = Short.toUnsignedInt(in.getShort());
                VolumeSync.Phase phase = VolumeSync.Phase.ofCode(in.get());
                VolumeSync.Base base = VolumeSync.Base.ofCode(in.get());
                long since = in.getLong();
                volumes.put(
                        index, new VolumeSync(phase, base, since < 0 ? Optional.empty() : Optional.of(Lsn.of(since))));
            }
            return new ApplyState(manifest, numbers, streams, volumes, NotesCodec.decode(notes, numbers.nextOffset));
        } catch (BufferUnderflowException | IllegalArgumentException malformed) {
            throw damaged(String.valueOf(malformed.getMessage()), malformed);
        }
    }

    private static HoldfastException damaged(String why, Throwable cause) {
        return new HoldfastException(JournalError.JOURNAL_DAMAGED, "the journal's state cannot be read: " + why, cause);
    }
}
