package io.holdfast.replicationagent.machine;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * One copy of a VM that one run started. Given by the control plane, never reused.
 *
 * @param text 1 to 64 letters, digits, dots, underscores and hyphens; begins with a letter or digit, so that it can be the name of a file
 */
public record MachineId(String text) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** @throws io.holdfast.kernel.error.HoldfastException {@code MACHINE_SPEC_INVALID} */
    public MachineId {
        SpecCheck.require(
                FORM.matcher(text).matches(),
                "machine_id",
                text,
                "1 to 64 letters, digits, dots, underscores and hyphens, the first a letter or digit");
    }

    /** What the machine itself is known by: its own id if that is a UUID, else one made of it. */
    public UUID uuid() {
        try {
            UUID same = UUID.fromString(text);
            if (same.toString().equals(text)) {
                return same;
            }
        } catch (IllegalArgumentException another) {
            // One is made of it.
        }
        return UUID.nameUUIDFromBytes(("holdfast machine " + text).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return text;
    }
}
