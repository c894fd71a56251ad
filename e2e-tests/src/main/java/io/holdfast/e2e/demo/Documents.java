package io.holdfast.e2e.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files that the demo protects, damages and compares. All of them follow from a seed. */
final class Documents {
    private static final String[] WORDS = {
        "ledger",
        "invoice",
        "order",
        "customer",
        "balance",
        "shipment",
        "receipt",
        "contract",
        "payroll",
        "audit",
        "stock",
        "claim"
    };

    private Documents() {}

    /** Writes {@code count} files of text and binary data, {@code bytes} each, into folders of 25. */
    static void write(Path root, String prefix, int count, int bytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        try {
            for (int i = 0; i < count; i++) {
                Path folder = Files.createDirectories(root.resolve("%s-%02d".formatted(prefix, i / 25)));
                boolean text = i % 2 == 0;
                Path file = folder.resolve("%s-%03d.%s".formatted(WORDS[i % WORDS.length], i, text ? "txt" : "bin"));
                try (OutputStream out = Files.newOutputStream(file)) {
                    out.write(text ? sentences(random, bytes) : noise(random, bytes));
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static byte[] sentences(SplittableRandom random, int bytes) {
        StringBuilder text = new StringBuilder(bytes + 16);
        while (text.length() < bytes) {
            text.append(WORDS[random.nextInt(WORDS.length)])
                    .append(' ')
                    .append(random.nextInt(1_000_000))
                    .append('\n');
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] noise(SplittableRandom random, int bytes) {
        byte[] noise = new byte[bytes];
        random.nextBytes(noise);
        return noise;
    }

    /** What an attacker does: every file keeps its name and its size and loses its content. */
    static int encryptAll(Path root, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int done = 0;
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                Files.write(file, noise(random, Math.toIntExact(Files.size(file))));
                done++;
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return done;
    }

    /** SHA-256 of every file below {@code root}, by its path from there. */
    static Map<String, String> digests(Path root) {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                digests.put(root.relativize(file).toString(), digest(file));
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return digests;
    }

    private static String digest(Path file) throws IOException {
        MessageDigest sha256 = sha256();
        try (var in = new DigestInputStream(Files.newInputStream(file), sha256)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
