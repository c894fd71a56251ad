package io.holdfast.journalstore.seeding;

import java.util.Arrays;
import java.util.Optional;

/** Image formats that a replica can be seeded from. */
public enum SeedFormat {
    RAW("raw"),
    QCOW2("qcow2"),
    /** Virtual PC's format, which QEMU calls vpc. */
    VHD("vpc"),
    VHDX("vhdx"),
    VMDK("vmdk");

    private final String driver;

    SeedFormat(String driver) {
        this.driver = driver;
    }

    /** QEMU's name of it. */
    public String driver() {
        return driver;
    }

    public static Optional<SeedFormat> parse(String text) {
        return Arrays.stream(values())
                .filter(format -> format.name().equalsIgnoreCase(text))
                .findFirst();
    }
}
