package io.holdfast.testkit.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;

/** The unpacked packages that guests are made of. */
public record GuestParts(Path root) {
    private static final Path CACHE = Path.of("build-tools", ".cache", "guest", "root");

    /**
     * Where {@code build-tools/guest-parts} of this repository has put them.
     *
     * @throws IllegalStateException when it has not run
     */
    public static GuestParts find() {
        Path start = Path.of("").toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve(CACHE))) {
                return new GuestParts(folder.resolve(CACHE));
            }
        }
        throw new IllegalStateException(
                "no parts of test guests above " + start + "; 'make deps' (build-tools/guest-parts) fetches them");
    }

    /**
     * The appliance of libguestfs that {@code build-tools/guest-appliance} has made.
     *
     * @throws IllegalStateException when it has not run
     */
    public static Path appliance() {
        Path appliance = applianceFolder();
        if (!Files.exists(appliance.resolve("README.fixed"))) {
            throw new IllegalStateException(
                    "there is no " + appliance + "; 'make deps' (build-tools/guest-appliance) makes it");
        }
        return appliance;
    }

    /** Where {@link #appliance} is, or would be: for settings of what runs as well without it. */
    public static Path applianceFolder() {
        return find().root().resolveSibling("appliance");
    }

    Path kernel() {
        return one("boot/vmlinuz-*");
    }

    Path program(String path) {
        Path program = root.resolve(path);
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException("there is no " + program + "; run build-tools/guest-parts again");
        }
        return program;
    }

    /** The kernel module of this name, compressed or not. */
    Path module(String name) {
        return one("lib/modules/**/" + name + ".ko*");
    }

    private Path one(String pattern) {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + root + "/" + pattern);
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(matcher::matches)
                    .max(Path::compareTo)
                    .orElseThrow(() -> new IllegalStateException("there is no " + pattern + " in " + root));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    Path loader() {
        return program("lib64/ld-linux-x86-64.so.2");
    }

    /** The shared libraries that a program is linked with, itself and the loader left out. */
    List<Path> librariesOf(Path program, Path... folders) {
        String search = Stream.concat(
                        Stream.of(folders).map(Path::toString),
                        Stream.of("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")
                                .map(root::resolve)
                                .map(Path::toString))
                .reduce((a, b) -> a + ":" + b)
                .orElseThrow();
        return Tool.run(loader().toString(), "--library-path", search, "--list", program.toString())
                .lines()
                .map(String::strip)
                .filter(line -> line.contains(" => /"))
                .map(line -> Path.of(line.substring(line.indexOf("=> ") + 3, line.lastIndexOf(" ("))))
                .filter(library -> !library.getFileName().toString().startsWith("ld-linux"))
                .toList();
    }
}
