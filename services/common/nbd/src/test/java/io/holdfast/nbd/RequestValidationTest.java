package io.holdfast.nbd;

import static io.holdfast.nbd.wire.Transmission.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.nbd.wire.Transmission;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which a request can be wrong, the error it gets, and that the connection is as good as before. */
class RequestValidationTest {
    private static final int SIZE = 1 << 20;
    private static final BlockSizes SIZES = new BlockSizes(512, 4096, 65_536);

    private record Row(NbdError error, int flags, int command, long offset, long count) {}

    private static Row row(NbdError error, int flags, int command, long offset, long count) {
        return new Row(error, flags, command, offset, count);
    }

    @TempDir
    Path folder;

    private static final Row[] WRITABLE = {
        row(null, 0, CMD_READ, 0, 512),
        row(null, CMD_FLAG_FUA, CMD_READ, SIZE - 512, 512),
        row(null, CMD_FLAG_DF, CMD_READ, 0, 65_536),
        row(NbdError.EINVAL, 0, CMD_READ, 0, 0),
        row(NbdError.EINVAL, 0, CMD_READ, SIZE, 512),
        row(NbdError.EINVAL, 0, CMD_READ, SIZE - 512, 1024),
        row(NbdError.EINVAL, 0, CMD_READ, -512, 512),
        row(NbdError.EINVAL, 0, CMD_READ, Long.MIN_VALUE, 512),
        row(NbdError.EINVAL, 0, CMD_READ, Long.MAX_VALUE, 512),
        row(NbdError.EINVAL, 0, CMD_READ, 1, 512),
        row(NbdError.EINVAL, 0, CMD_READ, 512, 511),
        row(NbdError.EINVAL, 0, CMD_READ, 0, 66_048),
        row(NbdError.EINVAL, 0, CMD_READ, 0, 0xffff_ffffL),
        row(NbdError.EOVERFLOW, CMD_FLAG_DF, CMD_READ, 0, 66_048),
        row(NbdError.EINVAL, CMD_FLAG_NO_HOLE, CMD_READ, 0, 512),
        row(NbdError.EINVAL, CMD_FLAG_REQ_ONE, CMD_READ, 0, 512),
        row(NbdError.EINVAL, 1 << 9, CMD_READ, 0, 512),
        row(null, CMD_FLAG_FUA, CMD_WRITE, 0, 512),
        row(NbdError.EINVAL, 0, CMD_WRITE, 0, 0),
        row(NbdError.EINVAL, CMD_FLAG_DF, CMD_WRITE, 0, 512),
        row(NbdError.ENOSPC, 0, CMD_WRITE, SIZE, 512),
        row(NbdError.ENOSPC, 0, CMD_WRITE, SIZE - 512, 1024),
        row(NbdError.ENOSPC, 0, CMD_WRITE, -1024, 512),
        row(NbdError.EINVAL, 0, CMD_WRITE, 256, 512),
        row(NbdError.EINVAL, 0, CMD_WRITE, 0, 66_048),
        row(null, CMD_FLAG_NO_HOLE | CMD_FLAG_FUA, CMD_WRITE_ZEROES, 0, SIZE),
        row(NbdError.ENOSPC, 0, CMD_WRITE_ZEROES, 512, SIZE),
        row(NbdError.EINVAL, 0, CMD_WRITE_ZEROES, 100, 512),
        row(NbdError.EINVAL, CMD_FLAG_REQ_ONE, CMD_WRITE_ZEROES, 0, 512),
        row(null, CMD_FLAG_FUA, CMD_TRIM, 0, SIZE),
        row(NbdError.EINVAL, 0, CMD_TRIM, 0, 0xffff_fe00L),
        row(NbdError.EINVAL, 0, CMD_TRIM, SIZE, 512),
        row(NbdError.EINVAL, CMD_FLAG_NO_HOLE, CMD_TRIM, 0, 512),
        row(null, 0, CMD_FLUSH, 0, 0),
        row(NbdError.EINVAL, 0, CMD_FLUSH, 512, 0),
        row(NbdError.EINVAL, 0, CMD_FLUSH, 0, 512),
        row(NbdError.EINVAL, CMD_FLAG_NO_HOLE, CMD_FLUSH, 0, 0),
        row(NbdError.EINVAL, 0, CMD_CACHE, 0, 512),
        row(null, CMD_FLAG_REQ_ONE, CMD_BLOCK_STATUS, 0, SIZE),
        row(NbdError.EINVAL, 0, CMD_BLOCK_STATUS, 0, SIZE + 512),
        row(NbdError.EINVAL, 0, CMD_BLOCK_STATUS, 0, 0),
        row(NbdError.EINVAL, CMD_FLAG_FAST_ZERO, CMD_BLOCK_STATUS, 0, 512),
        row(NbdError.EINVAL, 0, 8, 0, 512),
        row(NbdError.EINVAL, 0, 65_535, 0, 0),
    };

    private static final Row[] READ_ONLY = {
        row(null, 0, CMD_READ, 0, 512),
        row(NbdError.EPERM, 0, CMD_WRITE, 0, 512),
        row(NbdError.EPERM, 0, CMD_WRITE, SIZE, 512),
        row(NbdError.EPERM, 0, CMD_TRIM, 0, 512),
        row(NbdError.EPERM, 0, CMD_WRITE_ZEROES, 0, 512),
        row(NbdError.EINVAL, CMD_FLAG_FUA, CMD_READ, 0, 512),
        row(NbdError.EINVAL, 0, CMD_FLUSH, 0, 0),
    };

    private static final Row[] PLAIN = {
        row(null, 0, CMD_WRITE, 0, 512),
        row(NbdError.EINVAL, CMD_FLAG_FUA, CMD_WRITE, 0, 512),
        row(NbdError.EINVAL, 0, CMD_TRIM, 0, 512),
        row(NbdError.EINVAL, 0, CMD_WRITE_ZEROES, 0, 512),
        row(NbdError.EINVAL, 0, CMD_FLUSH, 0, 0),
    };

    @Test
    void aWritableExportJudgesEveryRequestAsSpecified() throws IOException {
        judge(null, WRITABLE);
    }

    @Test
    void aReadOnlyExportRefusesEveryChangeWithEperm() throws IOException {
        judge(EnumSet.of(Capability.READ_ONLY), READ_ONLY);
    }

    @Test
    void whatWasNotAdvertisedIsRefused() throws IOException {
        judge(EnumSet.noneOf(Capability.class), PLAIN);
    }

    private void judge(Set<Capability> capabilities, Row... rows) throws IOException {
        try (Fixture fixture = Fixture.serving(folder, SIZE, device -> {
                    BlockDevice sized = Fixture.withBlockSizes(device, SIZES);
                    return capabilities == null ? sized : Fixture.withCapabilities(sized, capabilities);
                });
                RawClient client = fixture.raw(true)) {
            long cookie = 100;
            for (Row row : rows) {
                byte[] payload = new byte[row.command == CMD_WRITE ? (int) row.count : 0];
                client.request(row.flags, row.command, ++cookie, row.offset, (int) row.count, payload);
                boolean chunked = row.error != null || row.command == CMD_READ || row.command == CMD_BLOCK_STATUS;
                if (!chunked) {
                    assertThat(client.readSimple()).as(row.toString()).isEqualTo(new RawClient.Simple(0, cookie));
                    continue;
                }
                RawClient.Chunk chunk = client.readChunk();
                assertThat(chunk.cookie()).as(row.toString()).isEqualTo(cookie);
                assertThat(chunk.type() == REPLY_ERROR).as("refused: " + row).isEqualTo(row.error != null);
                if (row.error != null) {
                    assertThat(chunk.error()).as(row.toString()).isEqualTo(row.error.code());
                    assertThat(chunk.message())
                            .contains(Transmission.commandName(row.command))
                            .contains("offset " + Long.toUnsignedString(row.offset))
                            .contains("count " + row.count);
                }
            }
        }
    }

    @Test
    void aRefusedWriteOfUpTo64MiBIsSkippedAndTheNextRequestIsUnderstood() throws IOException {
        try (Fixture fixture = Fixture.serving(folder, SIZE);
                RawClient client = fixture.raw(false)) {
            byte[] tooMuch = new byte[33 << 20];
            client.request(0, CMD_WRITE, 1, 0, tooMuch.length, tooMuch);
            assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(NbdError.EINVAL.code(), 1));
            client.request(0, CMD_FLUSH, 2, 0, 0);
            assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, 2));
        }
    }

    @Test
    void aWriteOfMoreThan64MiBEndsTheConnection() throws IOException {
        try (Fixture fixture = Fixture.serving(folder, SIZE)) {
            try (RawClient client = fixture.raw(false)) {
                client.request(0, CMD_WRITE, 1, 0, (64 << 20) + 1);
                client.expectClosed();
            }
            assertThat(fixture.server.stats().protocolErrors()).isEqualTo(1);
        }
    }
}
