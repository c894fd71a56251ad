package io.holdfast.localsite;

import io.holdfast.localsite.part.Part;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/** A folder like the repository's {@code services} after a build, in which every service is a {@link FakeService}. */
public final class FakeDistribution {
    private FakeDistribution() {}

    static Path in(Path root) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, FakeService.class.getName());
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Arrays.stream(System.getProperty("java.class.path").split(":"))
                                .map(entry -> Path.of(entry).toUri().toString())
                                .collect(Collectors.joining(" ")));
        for (Part service : Part.services()) {
            Path jar = root.resolve(service.text()).resolve("target/quarkus-app/quarkus-run.jar");
            Files.createDirectories(jar.getParent());
            new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        }
        return root;
    }

    /** The first of 16 free ports; another program may still take one before the site does. */
    public static int freeBasePort() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int attempt = 0; attempt < 100; attempt++) {
            int base = 20_000 + 16 * random.nextInt(700);
            if (allFree(base)) {
                return base;
            }
        }
        throw new IllegalStateException("no 16 free ports in 100 attempts, seed " + seed);
    }

    private static boolean allFree(int base) {
        for (int port = base; port < base + 16; port++) {
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (!socket.isBound()) {
                    return false;
                }
            } catch (IOException taken) {
                return false;
            }
        }
        return true;
    }
}
