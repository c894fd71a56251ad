package io.holdfast.inventory.adapter;

import io.holdfast.inventory.adapter.https.SiteAuthority;
import io.holdfast.inventory.adapter.https.SiteFiles;
import io.holdfast.kernel.id.SiteId;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/** Certificates and a port for the service under test, as an installation gives them. */
public class PairingTestResource implements QuarkusTestResourceLifecycleManager {
    private Path folder;

    @Override
    public Map<String, String> start() {
        try {
            folder = Files.createTempDirectory("pairing");
            SiteFiles files = new SiteAuthority(folder, "service").of(SiteId.parse(InventoryHarness.LOCAL_SITE));
            int port = freePort();
            return Map.of(
                    "holdfast.pairing.certificate", files.certificate().toString(),
                    "holdfast.pairing.key", files.key().toString(),
                    "holdfast.pairing.authority", files.authority().toString(),
                    "holdfast.pairing.listen-address", "127.0.0.1",
                    "holdfast.pairing.listen-port", Integer.toString(port),
                    "holdfast.pairing.advertised-address", "127.0.0.1:" + port);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    @Override
    public void stop() {
        if (folder == null) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(one);
            }
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }
}
