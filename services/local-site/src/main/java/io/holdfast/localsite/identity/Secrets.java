package io.holdfast.localsite.identity;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/** Random passwords by name, one private file each, made when first asked for. */
public record Secrets(Path directory) {
    private static final SecureRandom RANDOM = new SecureRandom();

    public Secrets {
        PrivateFiles.directory(directory);
    }

    /** 32 characters of letters, digits, {@code -} and {@code _}; the same at every call. */
    public synchronized String get(String name) {
        Path file = directory.resolve(name);
        if (!Files.exists(file)) {
            PrivateFiles.write(file, random() + "\n");
        }
        return PrivateFiles.read(file);
    }

    /** A fresh secret that is kept nowhere. */
    public static String random() {
        byte[] bytes = new byte[24];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
