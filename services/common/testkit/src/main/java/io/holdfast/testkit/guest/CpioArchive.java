package io.holdfast.testkit.guest;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** Writes the archive that Linux unpacks as its first file system (kernel documentation, "initramfs buffer format", newc). */
final class CpioArchive implements AutoCloseable {
    private static final int DIRECTORY = 0040755;
    private static final int FILE = 0100000;
    private static final int LINK = 0120777;

    private final OutputStream out;
    private final Set<String> directories = new HashSet<>();
    private long written;
    private int inode = 1;

    CpioArchive(Path file) throws IOException {
        out = new BufferedOutputStream(Files.newOutputStream(file));
    }

    void file(String path, byte[] contents, boolean executable) throws IOException {
        parents(path);
        entry(path, FILE | (executable ? 0755 : 0644), contents);
    }

    void file(String path, Path source) throws IOException {
        file(path, Files.readAllBytes(source), Files.isExecutable(source));
    }

    void link(String path, String target) throws IOException {
        parents(path);
        entry(path, LINK, target.getBytes(StandardCharsets.UTF_8));
    }

    /** The kernel makes no directory by itself. */
    private void parents(String path) throws IOException {
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            if (directories.add(path.substring(0, slash))) {
                entry(path.substring(0, slash), DIRECTORY, new byte[0]);
            }
        }
    }

    private void entry(String path, int mode, byte[] contents) throws IOException {
        byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
        // magic, ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
        write("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
                .formatted(inode++, mode, 0, 0, 1, 0, contents.length, 0, 0, 0, 0, name.length, 0)
                .getBytes(StandardCharsets.US_ASCII));
        write(name);
        pad();
        write(contents);
        pad();
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }

    private void pad() throws IOException {
        write(new byte[(int) (-written & 3)]);
    }

    @Override
    public void close() throws IOException {
        entry("TRAILER!!!", 0, new byte[0]);
        out.close();
    }
}
