package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;

/** One way to say that a field of an order is not within its bounds. Stateless. */
final class SpecCheck {
    private static final int SHOWN = 80;

    private SpecCheck() {}

    /** @throws HoldfastException {@code MACHINE_SPEC_INVALID} */
    static void require(boolean holds, String field, Object value, String allowed) {
        if (!holds) {
            throw invalid(field, value, allowed);
        }
    }

    static HoldfastException invalid(String field, Object value, String allowed) {
        return new HoldfastException(
                AgentError.MACHINE_SPEC_INVALID,
                "%s is '%s'; allowed: %s".formatted(field, shown(String.valueOf(value)), allowed));
    }

    /** Only what a terminal can show, and not without end. */
    private static String shown(String value) {
        String plain = value.replaceAll("[^\\x20-\\x7e]", "?");
        return plain.length() <= SHOWN ? plain : plain.substring(0, SHOWN) + "…";
    }

    /** ASCII from space to tilde, so many characters. */
    static boolean isPrintable(String text, int least, int most) {
        return text.length() >= least && text.length() <= most && text.chars().allMatch(c -> c >= 0x20 && c <= 0x7e);
    }
}
