package io.holdfast.recoveryplan.adapter.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.device.FileBlockDevice;
import io.holdfast.nbd.device.ForwardingBlockDevice;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.recoveryplan.run.OpenSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The readiness probe, against a real NBD server,")
class NbdExportProbeTest {
    private static final long SIZE = 1 << 20;

    @TempDir
    Path directory;

    private final NbdExportProbe probe = new NbdExportProbe(Duration.ofSeconds(2));
    private final List<Long> offsets = new CopyOnWriteArrayList<>();
    private volatile boolean lastBlockBroken;
    private FileBlockDevice disk;
    private NbdServer server;
    private int port;

    @BeforeEach
    void serve() throws IOException {
        disk = FileBlockDevice.create(directory.resolve("disk.raw"), SIZE);
        server = new NbdServer(ExportCatalog.single("vda", new ForwardingBlockDevice(disk) {
            @Override
            public void read(long offset, ByteBuffer dst) throws IOException {
                offsets.add(offset);
                if (lastBlockBroken && offset > 0) {
                    throw new NbdException(NbdError.EIO, "the disk is broken here");
                }
                super.read(offset, dst);
            }
        }));
        port = server.listenTcp("127.0.0.1", 0).getPort();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        disk.close();
    }

    @Test
    void readsTheFirstAndTheLastBlock() {
        probe.check(export("127.0.0.1:" + port, "vda", SIZE));

        assertThat(offsets).containsExactly(0L, SIZE - 4096);
    }

    @Test
    void failsIfTheLastBlockCannotBeRead() {
        lastBlockBroken = true;

        refused(export("127.0.0.1:" + port, "vda", SIZE), "vda");
    }

    @Test
    void failsIfTheExportIsNotThere() {
        refused(export("127.0.0.1:" + port, "vdb", SIZE), "vdb");
    }

    @Test
    void failsIfTheSizeIsAnother() {
        refused(export("127.0.0.1:" + port, "vda", SIZE * 2), "the session says");
    }

    @Test
    void failsIfNobodyListens() {
        server.close();

        refused(export("127.0.0.1:" + port, "vda", SIZE), "nbd://127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host",
                "host:",
                "host:0",
                "host:99999",
                "host:x",
                ":10809",
                "a b:1",
                "[::1",
                "no.such.host.invalid:10809"
            })
    void failsForAnAddressThatIsNone(String address) {
        refused(export(address, "vda", SIZE), "address");
    }

    private void refused(OpenSession.Export export, String message) {
        assertThatThrownBy(() -> probe.check(export))
                .isInstanceOfSatisfying(
                        HoldfastException.class,
                        refused -> assertThat(refused.code().name()).isEqualTo("EXPORT_NOT_READY"))
                .hasMessageContaining(message);
    }

    private static OpenSession.Export export(String address, String name, long size) {
        return new OpenSession.Export("volume", "vda", null, size, address, name);
    }
}
