package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointKind;
import io.holdfast.journalstore.journal.CheckpointMarks;
import io.holdfast.journalstore.journal.CheckpointMarks.Evidence;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The bytes of a checkpoint: {@code version 1, kind 1, flags 1, lsn 8, cut at 8, id 16, name}, then what the flags say there is, in the order of
 * the flags: digest 32; verified and suspect (at 8, text each); app failure (code, message). A text is {@code length 2, UTF-8}. Version 1 knew the
 * flag HELD alone.
 */
final class CheckpointCodec {
    private static final byte VERSION = 2;
    private static final int HELD = 1;
    private static final int DIGEST = 2;
    private static final int VERIFIED = 4;
    private static final int SUSPECT = 8;
    private static final int APP_FAILURE = 16;

    private CheckpointCodec() {}

    static byte[] encode(Checkpoint checkpoint) {
        CheckpointMarks marks = checkpoint.marks();
        int flags = (marks.held() ? HELD : 0)
                | (checkpoint.digest().isPresent() ? DIGEST : 0)
                | (marks.verified().isPresent() ? VERIFIED : 0)
                | (marks.suspect().isPresent() ? SUSPECT : 0)
                | (checkpoint.appFailure().isPresent() ? APP_FAILURE : 0);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            UUID id = checkpoint.id().value();
            out.writeByte(VERSION);
            out.writeByte(checkpoint.kind().code());
            out.writeByte(flags);
            out.writeLong(checkpoint.lsn().value());
            out.writeLong(checkpoint.cutAtMicros());
            out.writeLong(id.getMostSignificantBits());
            out.writeLong(id.getLeastSignificantBits());
            text(out, checkpoint.name());
            if (checkpoint.digest().isPresent()) {
                out.write(checkpoint.digest().get().bytes());
            }
            evidence(out, marks.verified());
            evidence(out, marks.suspect());
            if (checkpoint.appFailure().isPresent()) {
                text(out, checkpoint.appFailure().get().code());
                text(out, checkpoint.appFailure().get().message());
            }
        } catch (IOException memoryDoesNotFail) {
            throw new UncheckedIOException(memoryDoesNotFail);
        }
        return bytes.toByteArray();
    }

    private static void evidence(DataOutputStream out, Optional<Evidence> evidence) throws IOException {
        if (evidence.isPresent()) {
            out.writeLong(evidence.get().atMicros());
            text(out, evidence.get().text());
        }
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    /** @throws HoldfastException {@code JOURNAL_DAMAGED} when the bytes are not a checkpoint */
    static Checkpoint decode(long ordinal, byte[] bytes) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            int version = in.get();
            if (version < 1 || version > VERSION) {
                throw new IllegalArgumentException("unknown version");
            }
            CheckpointKind kind = CheckpointKind.ofCode(in.get());
            int flags = in.get() & (version == 1 ? HELD : 0xFF);
            Lsn lsn = Lsn.of(in.getLong());
            long cutAt = in.getLong();
            CheckpointId id = new CheckpointId(new UUID(in.getLong(), in.getLong()));
            String name = text(in);
            Optional<Digest> digest = (flags & DIGEST) == 0 ? Optional.empty() : Optional.of(digest(in));
            CheckpointMarks marks = new CheckpointMarks(
                    (flags & HELD) != 0, evidence(in, flags, VERIFIED), evidence(in, flags, SUSPECT));
            Optional<Checkpoint.AppFailure> appFailure = (flags & APP_FAILURE) == 0
                    ? Optional.empty()
                    : Optional.of(new Checkpoint.AppFailure(text(in), text(in)));
            return new Checkpoint(ordinal, id, kind, name, lsn, cutAt, digest, marks, appFailure);
        } catch (BufferUnderflowException | IllegalArgumentException malformed) {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED, "checkpoint number %d cannot be read".formatted(ordinal), malformed);
        }
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Digest digest(ByteBuffer in) {
        byte[] bytes = new byte[Digest.BYTES];
        in.get(bytes);
        return Digest.of(bytes);
    }

    private static Optional<Evidence> evidence(ByteBuffer in, int flags, int flag) {
        return (flags & flag) == 0 ? Optional.empty() : Optional.of(new Evidence(in.getLong(), text(in)));
    }
}
