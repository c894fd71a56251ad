package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SessionId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/**
 * The bytes of {@code fork}: version 1, step 1, retained 1, session ended 1, from 8, to 8, session 16, at (micros) 8, length 2 and branch,
 * length 2 and lineage.
 */
final class ForkCodec {
    private static final byte VERSION = 1;

    private ForkCodec() {}

    static byte[] encode(Fork fork) {
        byte[] branch = fork.branch().getBytes(StandardCharsets.UTF_8);
        byte[] lineage = fork.lineage().getBytes(StandardCharsets.UTF_8);
        UUID session = fork.session().value();
        return ByteBuffer.allocate(48 + branch.length + lineage.length)
                .put(VERSION)
                .put((byte) fork.step().code())
                .put((byte) (fork.retained() ? 1 : 0))
                .put((byte) (fork.sessionEnded() ? 1 : 0))
                .putLong(fork.from().value())
                .putLong(fork.to().value())
                .putLong(session.getMostSignificantBits())
                .putLong(session.getLeastSignificantBits())
                .putLong(ChronoUnit.MICROS.between(Instant.EPOCH, fork.at()))
                .putShort((short) branch.length)
                .put(branch)
                .putShort((short) lineage.length)
                .put(lineage)
                .array();
    }

    /** @throws HoldfastException {@code JOURNAL_DAMAGED} when the bytes are not a fork */
    static Fork decode(byte[] bytes) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (in.get() != VERSION) {
                throw new IllegalArgumentException("unknown version");
            }
            Fork.Step step = Fork.Step.ofCode(in.get());
            boolean retained = in.get() == 1;
            boolean ended = in.get() == 1;
            Lsn from = Lsn.of(in.getLong());
            Lsn to = Lsn.of(in.getLong());
            SessionId session = new SessionId(new UUID(in.getLong(), in.getLong()));
            Instant at = Instant.EPOCH.plus(in.getLong(), ChronoUnit.MICROS);
            return new Fork(step, text(in), retained, from, to, session, ended, text(in), at);
        } catch (BufferUnderflowException | IllegalArgumentException malformed) {
            throw new HoldfastException(JournalError.JOURNAL_DAMAGED, "the journal's fork cannot be read", malformed);
        }
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
