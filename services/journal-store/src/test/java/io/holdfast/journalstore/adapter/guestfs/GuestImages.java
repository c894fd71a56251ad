package io.holdfast.journalstore.adapter.guestfs;

import io.holdfast.journalstore.fixture.Tools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Disks with real file systems, made without mounting anything. */
final class GuestImages {
    static final long MIB = 1 << 20;
    static final int BIG_BYTES = (int) (24 * MIB) + 4711;
    static final long SPARSE_BYTES = 40 * MIB;
    /** Names that a careless program would take for something else. */
    static final List<String> HOSTILE = List.of(
            "-rf", "two\nlines", "tab\tand\"quotes\"'", "back\\slash", "$(reboot)`;&|", " ", "*", "\u001b[31mred");
    /** Names that this test's own locale may not be able to say. */
    static final List<String> FOREIGN = List.of("Grüße-文件", "\u202etxt.exe");

    private final Path folder;

    GuestImages(Path folder) {
        this.folder = folder;
    }

    static byte[] big() {
        byte[] bytes = new byte[BIG_BYTES];
        new Random(65).nextBytes(bytes);
        return bytes;
    }

    /** ext4 on the whole disk. */
    Path ext4() throws IOException, InterruptedException {
        Path tree = Files.createDirectories(folder.resolve("tree"));
        Files.createDirectories(tree.resolve("etc/empty"));
        Files.writeString(tree.resolve("etc/hostname"), "db1\n");
        Files.write(tree.resolve("big.bin"), big());
        try (RandomAccessFile sparse =
                new RandomAccessFile(tree.resolve("sparse").toFile(), "rw")) {
            sparse.setLength(SPARSE_BYTES);
            sparse.seek(SPARSE_BYTES / 2);
            sparse.write("in the middle".getBytes(StandardCharsets.UTF_8));
        }
        Files.writeString(tree.resolve("nothing"), "");
        Path hostile = Files.createDirectories(tree.resolve("hostile"));
        for (String name : HOSTILE) {
            Files.writeString(hostile.resolve(name), "content of " + name);
        }
        Path many = Files.createDirectories(tree.resolve("many"));
        for (int i = 0; i < 250; i++) {
            Files.createFile(many.resolve("n%03d".formatted(i)));
        }
        Files.createSymbolicLink(tree.resolve("link-to-name"), Path.of("etc/hostname"));
        Files.createSymbolicLink(tree.resolve("absolute"), Path.of("/etc/hostname"));
        Files.createSymbolicLink(tree.resolve("outside"), Path.of("../../../../../../etc/os-release"));
        Files.createSymbolicLink(tree.resolve("to-proc"), Path.of("/proc/1/environ"));
        Files.createSymbolicLink(tree.resolve("circle"), Path.of("circle"));
        Path image = disk("ext4.raw", 128 * MIB);
        Tools.run("mkfs.ext4", "-q", "-F", "-L", "data", "-d", tree.toString(), image.toString());
        // What cannot be made by a name that Java takes, or without being root.
        Path commands = folder.resolve("debugfs");
        ByteArrayOutputStream script = new ByteArrayOutputStream();
        script.writeBytes("cd hostile\nmknod disk b 8 0\nmknod pipe p\n".getBytes(StandardCharsets.UTF_8));
        String write = "write " + tree.resolve("etc/hostname") + " ";
        for (String name : FOREIGN) {
            script.writeBytes((write + name + "\n").getBytes(StandardCharsets.UTF_8));
        }
        script.writeBytes((write + "caf\u00e9\n").getBytes(StandardCharsets.ISO_8859_1));
        Files.write(commands, script.toByteArray());
        // It echoes its commands, which are not all text.
        Path quiet = Files.writeString(
                folder.resolve("quiet"), "debugfs -w -f '%s' '%s' >/dev/null\n".formatted(commands, image));
        Tools.run("sh", quiet.toString());
        return image;
    }

    /** A file system of its own that cannot be mounted: what its superblock leads to is not there. */
    Path damagedExt4() throws IOException, InterruptedException {
        Path image = disk("damaged.raw", 16 * MIB);
        Tools.run("mkfs.ext4", "-q", "-F", "-b", "4096", "-L", "broken", image.toString());
        try (RandomAccessFile disk = new RandomAccessFile(image.toFile(), "rw")) {
            // Behind the first block, which has the superblock, come the descriptors, the bitmaps and the inodes.
            disk.seek(4096);
            byte[] nonsense = new byte[(int) (2 * MIB)];
            new Random(7).nextBytes(nonsense);
            disk.write(nonsense);
        }
        return image;
    }

    Path xfs() throws IOException, InterruptedException {
        Path content = Files.writeString(folder.resolve("of-xfs"), "on xfs\n");
        Path proto = Files.writeString(folder.resolve("proto"), """
                /dummy
                0 0
                d--755 0 0
                srv d--750 1000 1001
                  notes ---640 1000 1001 %s
                $
                $
                """.formatted(content));
        Path image = disk("xfs.raw", 320 * MIB);
        Tools.run("mkfs.xfs", "-q", "-f", "-L", "xfsdata", "-p", proto.toString(), image.toString());
        return image;
    }

    /** A partition table with one NTFS. */
    Path ntfs() throws IOException, InterruptedException {
        Path part = disk("ntfs-part.raw", 16 * MIB);
        Tools.run("mkntfs", "-Q", "-F", "-q", "-L", "windows", part.toString());
        Path content = Files.writeString(folder.resolve("of-ntfs"), "on ntfs\r\n");
        Path copy = Files.writeString(
                folder.resolve("copy-to-ntfs"),
                "LC_ALL=C.UTF-8 ntfscp -f '%s' '%s' 'Bericht für Müller.txt'\n".formatted(part, content));
        Tools.run("sh", copy.toString());
        Path image = disk("ntfs.raw", 18 * MIB);
        try (RandomAccessFile disk = new RandomAccessFile(image.toFile(), "rw")) {
            // One entry of type 7 from sector 2048 on, 32,768 sectors long, and the mark at the end.
            disk.seek(446);
            disk.write(HexFormat.of().parseHex("00" + "000000" + "07" + "000000" + "00080000" + "00800000"));
            disk.seek(510);
            disk.write(HexFormat.of().parseHex("55aa"));
            disk.seek(MIB);
            disk.write(Files.readAllBytes(part));
        }
        return image;
    }

    private Path disk(String name, long sizeBytes) throws IOException {
        Path image = folder.resolve(name);
        try (RandomAccessFile disk = new RandomAccessFile(image.toFile(), "rw")) {
            disk.setLength(sizeBytes);
        }
        return image;
    }
}
