package io.holdfast.replicationagent.quiesce;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * A command that runs inside a guest, without a shell.
 *
 * @param path absolute, in the guest
 * @param timeout 1 ms to {@link #MOST}
 */
public record Hook(String path, List<String> arguments, Duration timeout) {
    public static final Duration MOST = Duration.ofSeconds(60);
    public static final int MAX_ARGUMENTS = 32;
    /** Of path and of each argument. */
    public static final int MAX_CHARACTERS = 1_024;

    /** @throws IllegalArgumentException for a path that is not absolute and plain, and for values outside of their ranges */
    public Hook {
        if (arguments.stream().anyMatch(Objects::isNull)) {
            throw new IllegalArgumentException("the hook " + path + " has an argument that is null");
        }
        arguments = List.copyOf(arguments);
        if (!path.startsWith("/") || path.contains("/../") || path.endsWith("/..") || path.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException("the hook path '" + path + "' is not an absolute path without '..'");
        }
        if (arguments.size() > MAX_ARGUMENTS
                || arguments.stream().anyMatch(argument -> argument.length() > MAX_CHARACTERS)) {
            throw new IllegalArgumentException("the hook " + path + " has more than " + MAX_ARGUMENTS
                    + " arguments, or one of more than " + MAX_CHARACTERS + " characters");
        }
        if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(MOST) > 0) {
            throw new IllegalArgumentException(
                    "the hook " + path + " has a timeout of " + timeout + "; up to " + MOST + " is allowed");
        }
    }
}
