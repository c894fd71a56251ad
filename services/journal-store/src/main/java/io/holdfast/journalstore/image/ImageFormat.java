package io.holdfast.journalstore.image;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.Arrays;
import java.util.Locale;

/** What a point can be written out as, for hosts that do not speak NBD. */
public enum ImageFormat {
    /** The bytes of the disk; sparse. */
    RAW(""),
    /** QEMU, with 64 KiB clusters. */
    QCOW2(""),
    /** Hyper-V, growing. */
    VHDX("subformat=dynamic"),
    /** VMware, one sparse file. */
    VMDK("subformat=monolithicSparse,adapter_type=lsilogic");

    private final String options;

    ImageFormat(String options) {
        this.options = options;
    }

    /** As qemu-img and file names call it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For {@code qemu-img -o}; may be empty. */
    public String options() {
        return options;
    }

    /** @throws HoldfastException {@code INVALID_REQUEST} naming the formats there are */
    public static ImageFormat parse(String text) {
        return Arrays.stream(values())
                .filter(format -> format.text().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new HoldfastException(
                        CommonError.INVALID_REQUEST,
                        "'%s' is not a format; formats are raw, qcow2, vhdx and vmdk".formatted(text)));
    }
}
