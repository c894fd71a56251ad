package io.holdfast.e2e.demo;

import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.Journey;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.SiteOptions;
import io.holdfast.localsite.identity.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code make demo}: starts a site of its own, tells {@link DemoStory} and {@link HomewardStory}, stops the site. Exits with 0 only when every file and every record
 * came back.
 *
 * <p>Everything is kept in {@code .local-site/demo} of the repository until the next demo.
 */
public final class Demo {
    private static final int BASE_PORT = 19_400;

    private Demo() {}

    public static void main(String[] arguments) throws IOException {
        Path repository = repository(List.of(arguments));
        Path directory = repository.resolve(".local-site").resolve("demo");
        deleteAll(directory);
        Path work = Files.createDirectories(directory.resolve("work"));
        System.out.println("Starting a whole site on this machine: Kafka, PostgreSQL, five services, one agent.");
        boolean recovered = false;
        try (LocalSite site = LocalSite.start(
                SiteOptions.in(directory.resolve("site"))
                        .basePort(BASE_PORT)
                        .distribution(repository.resolve("services"))
                        .diskRoot(work)
                        .build(),
                System.out::println)) {
            SiteClient client = new SiteClient(site.address(), site.token("demo", Role.ADMIN, Duration.ofHours(1)));
            Screen screen = new Screen();
            recovered = new DemoStory(client, work, screen).tell()
                    && goHome(new Journey.SiteB(site, client, repository.resolve("services"), work), work, screen);
            screen.row("Verdict", recovered ? "RECOVERED, and home again" : "FAILED");
            screen.table();
        } catch (HoldfastException | IllegalStateException | SiteClient.RefusedException | AssertionError failed) {
            System.err.println("demo: " + failed.getMessage());
            System.err.println("demo: logs are in .local-site/demo/site/logs");
        }
        System.exit(recovered ? 0 : 1);
    }

    private static boolean goHome(Journey.SiteB here, Path work, Screen screen) throws IOException {
        Path folder = Files.createDirectories(work.resolve("journey"));
        try (Journey journey = new Journey(here, folder, "shop")) {
            return new HomewardStory(journey, work, screen).tell();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while guests were prepared", interrupted);
        }
    }

    private static Path repository(List<String> arguments) {
        int at = arguments.indexOf("--repository");
        if (at < 0 || at + 1 >= arguments.size()) {
            System.err.println("demo: call it as e2e-tests/demo or make demo");
            System.exit(2);
        }
        return Path.of(arguments.get(at + 1)).toAbsolutePath().normalize();
    }

    private static void deleteAll(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
