package io.holdfast.e2e.story;

import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.tools.Command;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.SiteOptions;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.part.RestartPolicy;
import io.holdfast.localsite.plan.Port;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The site that an application was lost at, once it is back: a second whole site beside {@link TestSite}, empty but for the old disks. */
final class HomeSite implements AutoCloseable {
    private static final int BASE_PORT = 28_400;

    private final LocalSite site;
    private final SiteClient client;

    private HomeSite(LocalSite site) {
        this.site = site;
        this.client = new SiteClient(site.address(), site.token("e2e", Role.ADMIN, Duration.ofHours(1)));
    }

    /**
     * @param distribution the folder of the packaged services
     * @param disks folder that its agent may boot kernels from
     */
    static HomeSite start(Path folder, Path distribution, Path disks) throws IOException {
        return new HomeSite(LocalSite.start(
                SiteOptions.in(folder)
                        .basePort(BASE_PORT)
                        .distribution(distribution)
                        .diskRoot(disks)
                        .restarts(RestartPolicy.NEVER)
                        .build(),
                line -> System.out.println("site A: " + line)));
    }

    LocalSite site() {
        return site;
    }

    SiteClient client() {
        return client;
    }

    /** Imports a disk that a VM had here: what it has in common with the one that runs elsewhere need not be sent. */
    void seed(ProtectedMachine group, String volume, Path disk) {
        String file = volume + ".raw";
        try {
            Files.copy(disk, site.directory().seeds().resolve(file));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        group.importSeed(volume, file, RecordsVm.PATIENCE);
    }

    /** Whether a disk equals, byte by byte, what the last checkpoint of a planned failover to this site holds of it. */
    boolean isLastCheckpointEqual(ProtectedMachine group, String volume, Path disk) {
        String checkpoint = group.checkpoints().stream()
                .filter(one -> one.path("kind").asText().equals("USER"))
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
        String there =
                "nbd://127.0.0.1:%d/%s/%s@%s".formatted(site.port(Port.JOURNAL_NBD), group.pgId(), volume, checkpoint);
        return Command.tryRun(
                                RecordsVm.PATIENCE,
                                "qemu-img",
                                "compare",
                                "-f",
                                "raw",
                                "-F",
                                "raw",
                                disk.toString(),
                                there)
                        .exitCode()
                == 0;
    }

    @Override
    public void close() {
        site.close();
    }
}
