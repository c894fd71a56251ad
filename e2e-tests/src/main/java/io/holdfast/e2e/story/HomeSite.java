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
import java.util.Optional;

/** The site that an application was lost at, once it is back: a second whole site beside {@link TestSite}, empty but for the old disks. */
final class HomeSite implements AutoCloseable {
    private static final int BASE_PORT = 28_400;
    /** Branch that keeps what the old disks hold. */
    static final String OLD_DISKS = "old-site";

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

    /**
     * Imports a disk that a VM had here: what it has in common with the one that runs elsewhere need not be sent, and what it alone has stays to be read.
     */
    void seed(ProtectedMachine group, String volume, Path disk) {
        group.importAndKeepSeed(volume, putSeed(volume, disk), OLD_DISKS, RecordsVm.PATIENCE);
    }

    /** Puts an old disk where it can be imported from. Gives the name that it has there. */
    String putSeed(String volume, Path disk) {
        String file = volume + ".raw";
        try {
            Files.copy(disk, site.directory().seeds().resolve(file));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return file;
    }

    /** Whether a disk equals, byte by byte, what the last checkpoint of a planned failover to this site holds of it. */
    boolean isLastCheckpointEqual(ProtectedMachine group, String volume, Path disk) {
        return isEqual(disk, group, volume, committed(group).orElseGet(() -> lastCheckpoint(group)));
    }

    /** The run is committed: what it has begun with is the end of the branch that the commit has left, and no checkpoint of the present any more. */
    private Optional<String> committed(ProtectedMachine group) {
        return client.all(group.journalPath() + "/branches").stream()
                .filter(branch -> branch.path("kind").asText().equals("COMMIT"))
                .map(branch -> "branch:" + branch.path("name").asText())
                .findFirst();
    }

    private static String lastCheckpoint(ProtectedMachine group) {
        return group.checkpoints().stream()
                .filter(one -> one.path("kind").asText().equals("USER"))
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
    }

    /** Whether what an old disk held when it was imported can still be read here, byte by byte. */
    boolean isOldDiskKept(ProtectedMachine group, String volume, Path disk) {
        return isEqual(disk, group, volume, "branch:" + OLD_DISKS);
    }

    private boolean isEqual(Path disk, ProtectedMachine group, String volume, String point) {
        // The agent that served the disk, and refuses it now, keeps a lock on it; reading takes none.
        String here = "driver=raw,file.driver=file,file.locking=off,file.filename=" + disk;
        String there =
                "driver=raw,file.driver=nbd,file.server.type=inet,file.server.host=127.0.0.1,file.server.port=%d,file.export=%s/%s@%s"
                        .formatted(site.port(Port.JOURNAL_NBD), group.pgId(), volume, point);
        var compared = Command.tryRun(RecordsVm.PATIENCE, "qemu-img", "compare", "--image-opts", here, there);
        if (compared.exitCode() > 1) {
            throw new AssertionError("%s and %s cannot be compared: %s".formatted(here, there, compared.output()));
        }
        return compared.exitCode() == 0;
    }

    @Override
    public void close() {
        site.close();
    }
}
