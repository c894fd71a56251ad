package io.holdfast.testkit.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a guest boots: a kernel and its first file system, which stays in memory. Built in a fraction of a second; may be shared by any number of guests.
 *
 * <p>The first file system holds busybox, the QEMU guest agent, sqlite3 and the programs that a guest can run, one per resource file of this package: {@code idle},
 * {@code files}, {@code records}, {@code sqlite}, {@code postgres}.
 */
public record GuestImage(Path kernel, Path initramfs) {
    private static final List<String> PROGRAMS = List.of("idle", "files", "records", "sqlite", "postgres");
    private static final List<String> MODULES = List.of(
            "virtio_ring",
            "virtio",
            "virtio_pci_modern_dev",
            "virtio_pci_legacy_dev",
            "virtio_pci",
            "virtio_blk",
            "virtio_console",
            "failover",
            "net_failover",
            "virtio_net");

    /**
     * Builds.
     *
     * @param folder gets the file; created when missing
     * @param scripts more executable files by their path in the guest, such as {@code etc/qemu/fsfreeze-hook}
     */
    public static GuestImage build(GuestParts parts, Path folder, Map<String, String> scripts) {
        try {
            Files.createDirectories(folder);
            Path file = Files.createTempFile(folder, "initramfs", ".cpio");
            try (CpioArchive archive = new CpioArchive(file)) {
                archive.file("init", resource("init"), true);
                archive.file("sbin/shutdown", resource("shutdown"), true);
                for (String program : PROGRAMS) {
                    archive.file("usr/holdfast/" + program, resource(program), true);
                }
                for (Map.Entry<String, String> script : scripts.entrySet()) {
                    archive.file(script.getKey(), script.getValue().getBytes(StandardCharsets.UTF_8), true);
                }
                for (String module : MODULES) {
                    Path source = parts.module(module);
                    archive.file("modules/" + source.getFileName(), source);
                }
                addPrograms(parts, archive);
            }
            return new GuestImage(parts.kernel(), file);
        } catch (IOException failed) {
            throw new UncheckedIOException("the test guest could not be built in " + folder, failed);
        }
    }

    private static void addPrograms(GuestParts parts, CpioArchive archive) throws IOException {
        archive.file("bin/busybox", parts.program("bin/busybox"));
        archive.link("bin/sh", "busybox");
        archive.file("lib64/" + parts.loader().getFileName(), parts.loader());
        Set<Path> libraries = new LinkedHashSet<>();
        for (String program : List.of("usr/sbin/qemu-ga", "usr/bin/sqlite3")) {
            Path source = parts.program(program);
            archive.file("bin/" + source.getFileName(), source);
            libraries.addAll(parts.librariesOf(source));
        }
        for (Path library : libraries) {
            archive.file("lib/" + library.getFileName(), library);
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = GuestImage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("no resource " + name + " beside " + GuestImage.class.getName());
            }
            return in.readAllBytes();
        }
    }
}
