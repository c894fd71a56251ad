package io.holdfast.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.nbd.device.ErrorFilter;
import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our server against the clients that people run: nbdinfo, nbdcopy, qemu-img, qemu-io and fio. */
class ForeignClientsTest {
    private static final int SIZE = 16 << 20;

    @TempDir
    Path folder;

    private final Random random = new Random(12);
    private Fixture fixture;
    private Path source;

    @BeforeEach
    void serve() throws IOException {
        fixture = Fixture.serving(folder, SIZE);
        source = folder.resolve("source.raw");
        try (FileBlockDevice image = FileBlockDevice.create(source, SIZE)) {
            image.write(1 << 20, ByteBuffer.wrap(Fixture.randomBytes(random, 3 << 20)), false);
            image.write(SIZE - 8192, ByteBuffer.wrap(Fixture.randomBytes(random, 8192)), false);
        }
    }

    @AfterEach
    void everyToolLeftNothingBehind() throws IOException {
        fixture.awaitIdle();
        assertThat(fixture.server.stats().protocolErrors()).isZero();
        fixture.close();
    }

    private void theDiskEqualsTheSource() throws IOException {
        assertThat(Files.mismatch(fixture.file, source)).isEqualTo(-1);
    }

    @Test
    void nbdinfoListsAndDescribes() throws IOException {
        String server = "nbd://127.0.0.1:" + fixture.address.getPort();
        assertThat(Tool.run("nbdinfo", "--list", server).expectSuccess().output())
                .contains("export=\"disk\"")
                .contains("export-size: " + SIZE);
        assertThat(Tool.run("nbdinfo", "--json", fixture.uri()).expectSuccess().output())
                .contains("\"protocol\": \"newstyle-fixed\"")
                .contains("\"structured\": true")
                .contains("\"export-size\": " + SIZE)
                .contains("\"base:allocation\"")
                .contains("\"can_multi_conn\": true")
                .contains("\"can_fast_zero\": true")
                .contains("\"can_df\": true")
                .contains("\"is_read_only\": false")
                .contains("\"block_size_maximum\": 33554432");
    }

    @Test
    void nbdinfoMapShowsDataAndHoles() throws IOException {
        fixture.disk.write(1 << 20, ByteBuffer.wrap(Fixture.randomBytes(random, 65_536)), false);
        String map = Tool.run("nbdinfo", "--map", fixture.uri()).expectSuccess().output();
        assertThat(map.strip().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .containsExactly(
                        "0 1048576 3 hole,zero",
                        "1048576 65536 0 data",
                        "1114112 " + (SIZE - 1_114_112) + " 3 hole,zero");
    }

    @Test
    void nbdcopyCopiesBothWaysAndKeepsHoles() throws IOException {
        Tool.run("nbdcopy", "--flush", source.toString(), fixture.uri()).expectSuccess();
        theDiskEqualsTheSource();
        assertThat(fixture.disk.extents(0, SIZE).getFirst().kind()).isEqualTo(Extent.Kind.HOLE);

        Path back = folder.resolve("back.raw");
        Tool.run("nbdcopy", fixture.uri(), back.toString()).expectSuccess();
        assertThat(Files.mismatch(back, source)).isEqualTo(-1);
    }

    @Test
    void qemuImgKnowsConvertsAndCompares() throws IOException {
        assertThat(Tool.run("qemu-img", "info", "-f", "raw", fixture.uri())
                        .expectSuccess()
                        .output())
                .contains("virtual size: 16 MiB");
        Tool.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", source.toString(), fixture.uri())
                .expectSuccess();
        theDiskEqualsTheSource();
        assertThat(Tool.run("qemu-img", "compare", "-f", "raw", "-F", "raw", source.toString(), fixture.uri())
                        .expectSuccess()
                        .output())
                .contains("Images are identical");
        Path qcow = folder.resolve("copy.qcow2");
        Tool.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", fixture.uri(), qcow.toString())
                .expectSuccess();
        Tool.run("qemu-img", "compare", "-f", "qcow2", "-F", "raw", qcow.toString(), source.toString())
                .expectSuccess();
    }

    @Test
    void qemuImgBenchRunsWritesAndReadsWithFlushes() throws IOException {
        Tool.run(
                        "qemu-img",
                        "bench",
                        "-f",
                        "raw",
                        "-w",
                        "-c",
                        "20000",
                        "-d",
                        "64",
                        "--flush-interval=500",
                        fixture.uri())
                .expectSuccess();
        Tool.run("qemu-img", "bench", "-f", "raw", "-c", "20000", "-d", "64", "-s", "65536", fixture.uri())
                .expectSuccess();
    }

    @Test
    void qemuIoWritesZeroesDiscardsAndFlushes() throws IOException {
        String output = Tool.run(
                        "qemu-io",
                        "-f",
                        "raw",
                        "-d",
                        "unmap",
                        "-c",
                        "aio_write -P 0xab 0 64k",
                        "-c",
                        "aio_write -P 0xcd 64k 64k",
                        "-c",
                        "aio_write -f -P 0xef 128k 64k",
                        "-c",
                        "aio_flush",
                        "-c",
                        "write -f -P 0x11 1M 512",
                        "-c",
                        "write -z 64k 4k",
                        "-c",
                        "write -z -u -f 68k 4k",
                        "-c",
                        "discard 0 64k",
                        "-c",
                        "flush",
                        "-c",
                        "read -P 0xcd 72k 56k",
                        "-c",
                        "read -P 0 64k 8k",
                        "-c",
                        "read -P 0xef 128k 64k",
                        "-c",
                        "read -P 0x11 1M 512",
                        fixture.uri())
                .expectSuccess()
                .output();
        assertThat(output).doesNotContain("failed").contains("discard 65536/65536 bytes at offset 0");
        assertThat(Fixture.read(fixture.disk, 0, 65_536)).as("discarded").containsOnly(0);
        assertThat(Fixture.read(fixture.disk, 73_728, 57_344)).containsOnly(0xcd);
        assertThat(fixture.disk.extents(0, 65_536)).containsExactly(new Extent(0, 65_536, Extent.Kind.HOLE));
    }

    @Test
    void qemuIoSeesTheErrorOfTheDevice() throws IOException {
        ErrorFilter[] filter = new ErrorFilter[1];
        try (Fixture failing = Fixture.serving(folder, SIZE, below -> {
            filter[0] = new ErrorFilter(below);
            return filter[0];
        })) {
            filter[0].failWhen(operation -> operation.touches(4096, 4096), NbdError.ENOSPC);
            Tool.Outcome outcome =
                    Tool.run("qemu-io", "-f", "raw", "-c", "write 0 4k", "-c", "write 4k 4k", failing.uri());
            assertThat(outcome.output())
                    .contains("wrote 4096/4096 bytes at offset 0")
                    .contains("write failed: No space left on device");
        }
    }

    @Test
    void fioVerifiesWhatItWroteAtDepth32OverSeveralConnections() throws IOException {
        Tool.Outcome outcome = Tool.run(
                "fio",
                "--name=verify",
                "--ioengine=nbd",
                "--uri=" + fixture.uri(),
                "--rw=randwrite",
                "--bsrange=4k-64k",
                "--bs_unaligned=0",
                "--size=4M",
                "--numjobs=4",
                "--offset_increment=4M",
                "--iodepth=32",
                "--verify=crc32c",
                "--verify_fatal=1",
                "--do_verify=1",
                "--fsync=64",
                "--verify_state_save=0",
                "--randseed=99");
        outcome.expectSuccess();
        assertThat(outcome.output()).contains("err= 0").doesNotContain("verify: bad");
    }

    @Test
    void toolsConnectOverAUnixSocket() throws IOException {
        Path socket = folder.resolve("s");
        fixture.server.listen(UnixDomainSocketAddress.of(socket));
        String uri = "nbd+unix:///disk?socket=" + socket;
        Tool.run("nbdcopy", source.toString(), uri).expectSuccess();
        theDiskEqualsTheSource();
        Tool.run("qemu-img", "compare", "-f", "raw", "-F", "raw", source.toString(), uri)
                .expectSuccess();
    }

    @Test
    void aReadOnlyExportIsReadOnlyForEverybody() throws IOException {
        try (FileBlockDevice image = FileBlockDevice.openReadOnly(source);
                var server = new io.holdfast.nbd.server.NbdServer(ExportCatalog.single("disk", image))) {
            String uri = "nbd://127.0.0.1:" + server.listenTcp("127.0.0.1", 0).getPort() + "/disk";
            assertThat(Tool.run("nbdinfo", "--json", uri).expectSuccess().output())
                    .contains("\"is_read_only\": true");
            assertThat(Tool.run("nbdcopy", source.toString(), uri).status()).isNotZero();
            Tool.run("qemu-img", "compare", "-U", "-f", "raw", "-F", "raw", source.toString(), uri)
                    .expectSuccess();
        }
    }
}
