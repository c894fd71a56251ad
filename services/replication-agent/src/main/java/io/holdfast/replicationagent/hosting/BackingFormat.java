package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import java.util.Arrays;
import java.util.Locale;

/** Formats of image files, under the names that QEMU gives them. Never guessed from the contents: a guest could write another format's header. */
public enum BackingFormat {
    RAW,
    QCOW2,
    VPC,
    VHDX,
    VMDK;

    /** The name in QEMU, contracts and state files. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @param text a format's name; empty = raw
     * @throws HoldfastException {@code FORMAT_UNSUPPORTED}
     */
    public static BackingFormat parse(String text) {
        return text.isEmpty()
                ? RAW
                : Arrays.stream(values())
                        .filter(format -> format.text().equals(text))
                        .findFirst()
                        .orElseThrow(() -> new HoldfastException(
                                AgentError.FORMAT_UNSUPPORTED,
                                "'%s' is no image format of ours; raw, qcow2, vpc, vhdx and vmdk are".formatted(text)));
    }
}
