package io.holdfast.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.nbd.server.NbdServer;
import io.holdfast.nbd.wire.Handshaking;
import io.holdfast.nbd.wire.Transmission;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server against the chapters "Newstyle negotiation" and "Option types" of the NBD specification. */
class HandshakeConformanceTest {
    private static final long SIZE = 1 << 20;

    @TempDir
    Path folder;

    private Fixture fixture;
    private RawClient client;

    @BeforeEach
    void connect() throws IOException {
        fixture = Fixture.serving(folder, SIZE);
        client = RawClient.greeted(fixture.address);
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        fixture.awaitIdle();
        fixture.close();
    }

    private List<RawClient.OptionReply> ask(int option, byte... data) throws IOException {
        client.option(option, data);
        List<RawClient.OptionReply> replies = client.readUntilEnd();
        assertThat(replies).allSatisfy(reply -> assertThat(reply.option()).isEqualTo(option));
        return replies;
    }

    private int errorOf(int option, byte... data) throws IOException {
        return ask(option, data).getLast().type();
    }

    private void structured() throws IOException {
        assertThat(errorOf(Handshaking.OPT_STRUCTURED_REPLY)).isEqualTo(Handshaking.REP_ACK);
    }

    @Test
    void goTellsSizeFlagsAndBlockSizesThenTransmissionBegins() throws IOException {
        List<RawClient.OptionReply> replies = ask(
                Handshaking.OPT_GO, RawClient.infoQuery("disk", Handshaking.INFO_NAME, Handshaking.INFO_BLOCK_SIZE));

        assertThat(replies).extracting(RawClient.OptionReply::type).containsExactly(3, 3, 3, 1);
        ByteBuffer export = ByteBuffer.wrap(replies.getFirst().data());
        assertThat(export.getShort()).isZero();
        assertThat(export.getLong()).isEqualTo(SIZE);
        int flags = export.getShort() & 0xffff;
        assertThat(flags)
                .isEqualTo(Transmission.FLAG_HAS_FLAGS
                        | Transmission.FLAG_SEND_FLUSH
                        | Transmission.FLAG_SEND_FUA
                        | Transmission.FLAG_SEND_TRIM
                        | Transmission.FLAG_SEND_WRITE_ZEROES
                        | Transmission.FLAG_CAN_MULTI_CONN
                        | Transmission.FLAG_SEND_FAST_ZERO);
        assertThat(replies.get(1).data()).isEqualTo(RawClient.bytes(out -> {
            out.writeShort(1);
            out.writeBytes("disk");
        }));
        assertThat(replies.get(2).data()).isEqualTo(RawClient.bytes(out -> {
            out.writeShort(3);
            out.writeInt(1);
            out.writeInt(4096);
            out.writeInt(32 << 20);
        }));
        client.request(0, Transmission.CMD_FLUSH, 7, 0, 0);
        assertThat(client.readSimple()).isEqualTo(new RawClient.Simple(0, 7));
    }

    @Test
    void sendDfIsAdvertisedOnlyWithStructuredReplies() throws IOException {
        structured();

        byte[] export = ask(Handshaking.OPT_INFO, RawClient.infoQuery("disk"))
                .getFirst()
                .data();

        assertThat(ByteBuffer.wrap(export).getShort(10) & Transmission.FLAG_SEND_DF)
                .isNotZero();
    }

    @Test
    void infoLeavesTheHandshakeOpen() throws IOException {
        assertThat(errorOf(Handshaking.OPT_INFO, RawClient.infoQuery("disk"))).isEqualTo(Handshaking.REP_ACK);
        assertThat(errorOf(Handshaking.OPT_GO, RawClient.infoQuery(""))).isEqualTo(Handshaking.REP_ACK);
    }

    @ParameterizedTest
    @ValueSource(ints = {Handshaking.OPT_INFO, Handshaking.OPT_GO})
    void anUnknownNameIsRefusedWithATextAndTheNextTryMaySucceed(int option) throws IOException {
        RawClient.OptionReply refusal =
                ask(option, RawClient.infoQuery("no-such-disk")).getLast();

        assertThat(refusal.type()).isEqualTo(Handshaking.REP_ERR_UNKNOWN);
        assertThat(refusal.text()).contains("no-such-disk");
        assertThat(errorOf(Handshaking.OPT_GO, RawClient.infoQuery("disk"))).isEqualTo(Handshaking.REP_ACK);
    }

    @Test
    void exportNameWithoutNoZeroesAddsTheHistoricPadding() throws IOException {
        try (RawClient old = new RawClient(fixture.address)) {
            old.greet(Handshaking.FLAG_FIXED_NEWSTYLE);
            old.option(Handshaking.OPT_EXPORT_NAME, "disk".getBytes(StandardCharsets.UTF_8));
            assertThat(old.in.readLong()).isEqualTo(SIZE);
            assertThat(old.in.readUnsignedShort() & Transmission.FLAG_HAS_FLAGS).isNotZero();
            assertThat(old.readBytes(124)).containsOnly(0);
            old.request(0, Transmission.CMD_FLUSH, 1, 0, 0);
            assertThat(old.readSimple().error()).isZero();
        }
    }

    @Test
    void exportNameWithNoZeroesHasNoPadding() throws IOException {
        client.option(Handshaking.OPT_EXPORT_NAME, "disk".getBytes(StandardCharsets.UTF_8));
        assertThat(client.in.readLong()).isEqualTo(SIZE);
        client.in.readShort();
        client.request(0, Transmission.CMD_FLUSH, 1, 0, 0);
        assertThat(client.readSimple().error()).isZero();
    }

    @Test
    void exportNameOfAnUnknownExportClosesTheConnection() throws IOException {
        client.option(Handshaking.OPT_EXPORT_NAME, "nope".getBytes(StandardCharsets.UTF_8));
        client.expectClosed();
    }

    @Test
    void listNamesTheExports() throws IOException {
        List<RawClient.OptionReply> replies = ask(Handshaking.OPT_LIST);

        assertThat(replies).extracting(RawClient.OptionReply::type).containsExactly(Handshaking.REP_SERVER, 1);
        assertThat(replies.getFirst().data()).isEqualTo(RawClient.bytes(out -> {
            out.writeInt(4);
            out.writeBytes("disk");
        }));
    }

    @ParameterizedTest
    @ValueSource(ints = {Handshaking.OPT_LIST, Handshaking.OPT_STRUCTURED_REPLY})
    void optionsWithoutDataRefuseData(int option) throws IOException {
        assertThat(errorOf(option, (byte) 1)).isEqualTo(Handshaking.REP_ERR_INVALID);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, Handshaking.OPT_STARTTLS, 9 + 1000, Handshaking.OPT_EXTENDED_HEADERS, -1})
    void optionsThatAreNotSupportedSaySo(int option) throws IOException {
        assertThat(errorOf(option, new byte[3])).isEqualTo(Handshaking.REP_ERR_UNSUP);
        assertThat(errorOf(Handshaking.OPT_LIST)).isEqualTo(Handshaking.REP_ACK);
    }

    @Test
    void abortIsAcknowledgedAndTheConnectionEnds() throws IOException {
        assertThat(errorOf(Handshaking.OPT_ABORT)).isEqualTo(Handshaking.REP_ACK);
        client.expectClosed();
    }

    @Test
    void metaContextsNeedStructuredReplies() throws IOException {
        byte[] query = RawClient.contextQuery("disk", "base:allocation");
        assertThat(errorOf(Handshaking.OPT_LIST_META_CONTEXT, query)).isEqualTo(Handshaking.REP_ERR_INVALID);
        assertThat(errorOf(Handshaking.OPT_SET_META_CONTEXT, query)).isEqualTo(Handshaking.REP_ERR_INVALID);
    }

    @Test
    void listingMetaContextsKnowsWildcards() throws IOException {
        structured();
        for (byte[] query : List.of(
                RawClient.contextQuery("disk"),
                RawClient.contextQuery("disk", "base:"),
                RawClient.contextQuery("disk", "x-other:thing", "base:allocation"))) {
            List<RawClient.OptionReply> replies = ask(Handshaking.OPT_LIST_META_CONTEXT, query);
            assertThat(replies).extracting(RawClient.OptionReply::type).containsExactly(4, 1);
            assertThat(replies.getFirst().text()).endsWith("base:allocation");
        }
        assertThat(ask(Handshaking.OPT_LIST_META_CONTEXT, RawClient.contextQuery("disk", "qemu:dirty")))
                .hasSize(1);
    }

    @Test
    void settingMetaContextsIgnoresWildcardsAndUnknownOnes() throws IOException {
        structured();
        assertThat(ask(Handshaking.OPT_SET_META_CONTEXT, RawClient.contextQuery("disk", "base:", "base:other")))
                .hasSize(1);
        assertThat(ask(Handshaking.OPT_SET_META_CONTEXT, RawClient.contextQuery("disk")))
                .hasSize(1);
        assertThat(ask(Handshaking.OPT_SET_META_CONTEXT, RawClient.contextQuery("disk", "base:allocation")))
                .hasSize(2);
    }

    @Test
    void aContextSelectedForAnotherExportDoesNotCount() throws IOException {
        structured();
        ask(Handshaking.OPT_SET_META_CONTEXT, RawClient.contextQuery("other", "base:allocation"));
        ask(Handshaking.OPT_GO, RawClient.infoQuery("disk"));
        client.request(0, Transmission.CMD_BLOCK_STATUS, 1, 0, 4096);
        assertThat(client.readChunk().error()).isEqualTo(NbdError.EINVAL.code());
    }

    @Test
    void malformedOptionDataIsInvalidAndTheHandshakeGoesOn() throws IOException {
        structured();
        List<byte[]> malformed = List.of(
                new byte[0],
                new byte[] {0, 0, 0},
                RawClient.bytes(out -> out.writeInt(5)),
                RawClient.bytes(out -> out.writeInt(-1)),
                RawClient.bytes(out -> {
                    out.writeInt(4);
                    out.writeBytes("disk");
                    out.writeShort(2);
                }),
                RawClient.bytes(out -> {
                    out.writeInt(2);
                    out.write(new byte[] {(byte) 0xc3, 0x28});
                    out.writeShort(0);
                }),
                RawClient.bytes(out -> {
                    out.writeInt(1);
                    out.write(0);
                    out.writeShort(0);
                }),
                RawClient.bytes(out -> {
                    out.write(RawClient.infoQuery("disk"));
                    out.write(9);
                }),
                RawClient.infoQuery("x".repeat(4097)));
        for (byte[] data : malformed) {
            assertThat(errorOf(Handshaking.OPT_GO, data)).isEqualTo(Handshaking.REP_ERR_INVALID);
            assertThat(errorOf(Handshaking.OPT_SET_META_CONTEXT, data)).isEqualTo(Handshaking.REP_ERR_INVALID);
        }
        assertThat(errorOf(Handshaking.OPT_GO, RawClient.infoQuery("disk"))).isEqualTo(Handshaking.REP_ACK);
    }

    @Test
    void longOptionDataIsSkippedAndRefused() throws IOException {
        assertThat(errorOf(Handshaking.OPT_GO, new byte[100_000])).isEqualTo(Handshaking.REP_ERR_TOO_BIG);
        assertThat(errorOf(Handshaking.OPT_LIST)).isEqualTo(Handshaking.REP_ACK);
    }

    @Test
    void absurdlyLongOptionDataEndsTheConnection() throws IOException {
        client.out.writeLong(Handshaking.OPTION_MAGIC);
        client.out.writeInt(Handshaking.OPT_GO);
        client.out.writeInt(-1);
        client.send();
        client.expectClosed();
    }

    @Test
    void anUnknownClientFlagEndsTheConnection() throws IOException {
        try (RawClient odd = new RawClient(fixture.address)) {
            odd.greet(1 << 7);
            odd.expectClosed();
        }
    }

    @Test
    void aWrongOptionMagicEndsTheConnection() throws IOException {
        client.out.writeLong(0x1234);
        client.out.writeLong(0);
        client.send();
        client.expectClosed();
    }

    @Test
    void anExportWithLargeBlocksWantsTheClientToAskForThem() throws IOException {
        BlockSizes sizes = new BlockSizes(4096, 4096, 1 << 20);
        try (Fixture strict = Fixture.serving(folder, SIZE, device -> Fixture.withBlockSizes(device, sizes));
                RawClient asking = RawClient.greeted(strict.address)) {
            asking.option(Handshaking.OPT_GO, RawClient.infoQuery("disk"));
            assertThat(asking.readUntilEnd().getLast().type()).isEqualTo(Handshaking.REP_ERR_BLOCK_SIZE_REQD);
            asking.option(Handshaking.OPT_GO, RawClient.infoQuery("disk", Handshaking.INFO_BLOCK_SIZE));
            assertThat(asking.readUntilEnd().getLast().type()).isEqualTo(Handshaking.REP_ACK);
        }
    }

    @Test
    void aReadOnlyExportOffersNoTrimAndNoZeroing() throws IOException {
        Set<Capability> all = Set.of(Capability.values());
        try (Fixture readOnly = Fixture.serving(folder, SIZE, device -> Fixture.withCapabilities(device, all));
                RawClient asking = RawClient.greeted(readOnly.address)) {
            asking.option(Handshaking.OPT_INFO, RawClient.infoQuery("disk"));
            int flags = ByteBuffer.wrap(asking.readUntilEnd().getFirst().data()).getShort(10);
            assertThat(flags & Transmission.FLAG_READ_ONLY).isNotZero();
            assertThat(flags
                            & (Transmission.FLAG_SEND_TRIM
                                    | Transmission.FLAG_SEND_WRITE_ZEROES
                                    | Transmission.FLAG_SEND_FAST_ZERO))
                    .isZero();
        }
    }

    @Test
    void refusalsOfACatalogBecomeTheMatchingErrorsAndEveryLeaseIsClosedOnce() throws IOException {
        AtomicInteger open = new AtomicInteger();
        ExportCatalog catalog = new ExportCatalog() {
            @Override
            public Lease open(String name) throws IOException {
                switch (name) {
                    case "policy" ->
                        throw new ExportRefusedException(ExportRefusedException.Reason.POLICY, "held by a test");
                    case "shutdown" ->
                        throw new ExportRefusedException(ExportRefusedException.Reason.SHUTDOWN, "stopping");
                    case "broken" -> throw new IllegalStateException("secret detail");
                    default -> {
                        open.incrementAndGet();
                        return new Lease() {
                            @Override
                            public BlockDevice device() {
                                return fixture.disk;
                            }

                            @Override
                            public String description() {
                                return "for tests";
                            }

                            @Override
                            public void close() {
                                open.decrementAndGet();
                            }
                        };
                    }
                }
            }

            @Override
            public List<Entry> list() {
                throw new IllegalStateException("not now");
            }
        };
        try (NbdServer server = new NbdServer(catalog)) {
            InetSocketAddress address = server.listenTcp("127.0.0.1", 0);
            try (RawClient asking = RawClient.greeted(address)) {
                for (var expected : java.util.Map.of(
                                "policy", Handshaking.REP_ERR_POLICY,
                                "shutdown", Handshaking.REP_ERR_SHUTDOWN,
                                "broken", Handshaking.REP_ERR_UNKNOWN)
                        .entrySet()) {
                    asking.option(Handshaking.OPT_GO, RawClient.infoQuery(expected.getKey()));
                    RawClient.OptionReply reply = asking.readUntilEnd().getLast();
                    assertThat(reply.type()).as(expected.getKey()).isEqualTo(expected.getValue());
                    assertThat(reply.text()).doesNotContain("secret");
                }
                asking.option(Handshaking.OPT_LIST);
                assertThat(asking.readUntilEnd().getLast().type()).isEqualTo(Handshaking.REP_ERR_PLATFORM);
                asking.option(Handshaking.OPT_INFO, RawClient.infoQuery("fine", Handshaking.INFO_DESCRIPTION));
                assertThat(asking.readUntilEnd().get(1).text()).endsWith("for tests");
                assertThat(open).hasValue(0);
                asking.option(Handshaking.OPT_GO, RawClient.infoQuery("fine"));
                asking.readUntilEnd();
                assertThat(open).hasValue(1);
            }
            Await.until("the lease is closed", () -> open.get() == 0, open::get);
        }
    }
}
