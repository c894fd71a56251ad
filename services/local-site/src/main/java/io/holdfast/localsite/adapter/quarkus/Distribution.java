package io.holdfast.localsite.adapter.quarkus;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.part.Part;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the packaged services are: in the repository after a build, or in any folder with one folder per service.
 *
 * @param root holds {@code <service>/target/quarkus-app/quarkus-run.jar} or {@code <service>/quarkus-app/...}
 */
public record Distribution(Path root) {
    public Distribution {
        root = root.toAbsolutePath().normalize();
    }

    /**
     * The repository's {@code services} folder: found upwards from where this class was loaded, then from the working
     * directory.
     *
     * @throws HoldfastException {@code LOCAL_SITE_SERVICE_NOT_BUILT} when neither lies in a checkout
     */
    public static Distribution ofThisRepository() {
        return Stream.of(loadedFrom(), Optional.of(Path.of("").toAbsolutePath()))
                .flatMap(Optional::stream)
                .flatMap(start -> Stream.iterate(start, folder -> folder != null, Path::getParent))
                .map(folder -> folder.resolve("services"))
                .filter(services -> Files.isDirectory(services.resolve("local-site")))
                .findFirst()
                .map(Distribution::new)
                .orElseThrow(
                        () -> new HoldfastException(
                                LocalSiteError.LOCAL_SITE_SERVICE_NOT_BUILT,
                                "Not inside a Holdfast checkout; name the folder of the packaged services with --distribution."));
    }

    private static Optional<Path> loadedFrom() {
        try {
            return Optional.of(Path.of(Distribution.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI()));
        } catch (URISyntaxException | RuntimeException notAFile) {
            return Optional.empty();
        }
    }

    /** The runnable jar of a service, whether it exists or not. */
    public Path jar(Part service) {
        Path packaged = root.resolve(service.text()).resolve("quarkus-app/quarkus-run.jar");
        return Files.exists(packaged)
                ? packaged
                : root.resolve(service.text()).resolve("target/quarkus-app/quarkus-run.jar");
    }

    /**
     * @throws HoldfastException {@code LOCAL_SITE_SERVICE_NOT_BUILT}, naming every missing one
     */
    public void check(Collection<Part> services) {
        List<String> missing = services.stream()
                .filter(service -> !Files.isRegularFile(jar(service)))
                .map(service -> service + " (" + jar(service) + ")")
                .toList();
        if (!missing.isEmpty()) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_SERVICE_NOT_BUILT,
                    "Not built: %s. Run 'make build', or name another folder with --distribution."
                            .formatted(String.join(", ", missing)));
        }
    }
}
