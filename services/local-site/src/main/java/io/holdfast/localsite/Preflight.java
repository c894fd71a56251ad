package io.holdfast.localsite;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.adapter.json.SiteState;
import io.holdfast.localsite.adapter.json.StateFile;
import io.holdfast.localsite.adapter.linux.AvailableMemory;
import io.holdfast.localsite.adapter.linux.ChildLauncher;
import io.holdfast.localsite.adapter.linux.DirectoryLock;
import io.holdfast.localsite.adapter.linux.LeftBehind;
import io.holdfast.localsite.adapter.linux.PortCheck;
import io.holdfast.localsite.adapter.quarkus.Distribution;
import io.holdfast.localsite.plan.MemoryNeed;
import io.holdfast.localsite.plan.PortPlan;
import io.holdfast.localsite.plan.SiteDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Everything that can be known to be wrong before anything is started, each with its own code. */
final class Preflight {
    /** The journal-store keeps 2 GiB free and stands still below; a site that starts should be able to work. */
    private static final long LEAST_FREE_MEBIBYTES = 3072;

    private Preflight() {}

    static Distribution distribution(SiteOptions options) {
        return options.distribution().map(Distribution::new).orElseGet(Distribution::ofThisRepository);
    }

    /** Takes the directory, ends what an unclean end left behind in it, and checks ports, memory and space. */
    static DirectoryLock lockAndCheck(
            SiteOptions options, PortPlan ports, SiteDirectory directory, Consumer<String> progress) {
        ChildLauncher.checkTools();
        if (!options.services().isEmpty()) {
            distribution(options).check(options.services());
        }
        DirectoryLock lock = DirectoryLock.tryTake(directory.lock()).orElseThrow(() -> alreadyRunning(directory));
        try {
            endLeftBehind(directory, progress);
            checkSpace(directory.root());
            PortCheck.check(usedPorts(options, ports));
            if (options.checkMemory()) {
                MemoryNeed.of(options.parts()).check(AvailableMemory.mebibytes());
            }
            return lock;
        } catch (RuntimeException refused) {
            lock.close();
            throw refused;
        }
    }

    private static HoldfastException alreadyRunning(SiteDirectory directory) {
        String who;
        try {
            who = new StateFile(directory.state())
                    .read()
                    .map(state -> " (process %d, %s)".formatted(state.pid(), state.address()))
                    .orElse("");
        } catch (HoldfastException unreadable) {
            who = "";
        }
        return new HoldfastException(
                LocalSiteError.LOCAL_SITE_ALREADY_RUNNING,
                "A local site already runs in %s%s; stop it with 'local-site down --directory %s'."
                        .formatted(directory.root(), who, directory.root()));
    }

    /** We hold the lock, so the recorded site is gone; its parts should be too, and here that is made sure of. */
    private static void endLeftBehind(SiteDirectory directory, Consumer<String> progress) {
        StateFile file = new StateFile(directory.state());
        try {
            Optional<SiteState> recorded = file.read();
            recorded.ifPresent(state -> {
                List<String> ended = LeftBehind.end(state);
                if (!ended.isEmpty()) {
                    progress.accept("ended what an earlier run left behind: " + String.join(", ", ended));
                }
            });
            file.delete();
        } catch (HoldfastException unreadable) {
            Path aside = directory.state().resolveSibling("state.json.unreadable");
            progress.accept("%s It is kept as %s.".formatted(unreadable.getMessage(), aside.getFileName()));
            try {
                Files.move(directory.state(), aside, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException stays) {
                throw unreadable;
            }
        }
    }

    private static void checkSpace(Path root) {
        try {
            long freeMebibytes = Files.getFileStore(root).getUsableSpace() >> 20;
            if (freeMebibytes < LEAST_FREE_MEBIBYTES) {
                throw new HoldfastException(
                        LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                        "Only %d MiB are free under %s; a site needs %d MiB and room for the journal."
                                .formatted(freeMebibytes, root, LEAST_FREE_MEBIBYTES));
            }
        } catch (IOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                    "The free space under %s cannot be read: %s.".formatted(root, failed.getMessage()),
                    failed);
        }
    }

    private static Map<String, Integer> usedPorts(SiteOptions options, PortPlan ports) {
        Map<String, Integer> used = new HashMap<>();
        ports.all().forEach((port, number) -> {
            if (port.part().map(options.parts()::contains).orElse(true)) {
                used.put(port.text(), number);
            }
        });
        return used;
    }
}
