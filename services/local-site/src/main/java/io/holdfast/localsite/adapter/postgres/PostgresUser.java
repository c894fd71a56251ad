package io.holdfast.localsite.adapter.postgres;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** As whom PostgreSQL runs. It refuses to run as root, and in a container we often are. */
enum PostgresUser {
    /** We are not root: nothing to do. */
    SAME(List.of()),
    /** Root seen as nobody in a user namespace of its own: no files change hands, nothing needs to be readable. */
    NAMESPACE(List.of("unshare", "-U")),
    /** Where namespaces are forbidden: the account nobody, which must then own the data and reach it. */
    NOBODY(List.of("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"));

    private static final int TRIAL_LIMIT_SECONDS = 10;

    private final List<String> wrapper;

    PostgresUser(List<String> wrapper) {
        this.wrapper = wrapper;
    }

    List<String> wrapper() {
        return wrapper;
    }

    /**
     * Picks the first that works here.
     *
     * @throws HoldfastException {@code LOCAL_SITE_TOOL_MISSING} when root may use neither way
     */
    static PostgresUser choose() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return SAME;
        }
        for (PostgresUser candidate : List.of(NAMESPACE, NOBODY)) {
            if (candidate.works()) {
                return candidate;
            }
        }
        throw new HoldfastException(
                LocalSiteError.LOCAL_SITE_TOOL_MISSING,
                "PostgreSQL does not run as root, and neither 'unshare -U' nor 'setpriv --reuid nobody' may be used here; run as another user.");
    }

    private boolean works() {
        try {
            Process trial = new ProcessBuilder(
                            Stream.concat(wrapper.stream(), Stream.of("true")).toList())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!trial.waitFor(TRIAL_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                trial.destroyForcibly();
                return false;
            }
            return trial.exitValue() == 0;
        } catch (IOException missing) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Makes everything below the path belong to the account that PostgreSQL runs as. Both ways round: the same
     * directory may be used inside a container today and outside it tomorrow.
     */
    void own(Path path) {
        if (this == SAME) {
            return;
        }
        String owner = this == NOBODY ? "nobody" : "root";
        try {
            if (Files.getOwner(path).getName().equals(owner)) {
                return;
            }
            UserPrincipal principal =
                    FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(owner);
            try (Stream<Path> walk = Files.walk(path)) {
                // Deepest first, the path itself last: cut off half way, the next run begins again.
                List<Path> deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
                for (Path each : deepestFirst) {
                    Files.setOwner(each, principal);
                }
            }
        } catch (IOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                    "%s cannot be given to the account %s, as whom PostgreSQL runs: %s."
                            .formatted(path, owner, failed.getMessage()),
                    failed);
        }
    }
}
