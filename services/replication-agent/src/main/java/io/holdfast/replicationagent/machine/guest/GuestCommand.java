package io.holdfast.replicationagent.machine.guest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A command that somebody wants to be run inside a machine's guest, without a shell.
 *
 * @param key names the wish; the command can see it
 * @param attempt from 1: a greater one runs the command anew if it had failed
 * @param timeout from its begin in the guest; and before that, for the guest's agent to answer. 1 s to 1 h
 * @param atMostOnce not begun again when nobody knows whether it was begun, or how it ended
 */
public record GuestCommand(
        String key, int attempt, String path, List<String> arguments, Duration timeout, boolean atMostOnce) {
    public static final Duration LONGEST = Duration.ofHours(1);
    private static final int MAX_ARGUMENTS = 32;
    private static final int MAX_CHARACTERS = 1_024;
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,200}");
    private static final Pattern WINDOWS = Pattern.compile("[A-Za-z]:[\\\\/].*");
    /** Nothing of the guest agent's own environment is kept when one is given: without these nothing much would run. */
    static final String UNIX_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    static final Map<String, String> OF_WINDOWS = Map.of(
            "SystemRoot",
            "C:\\Windows",
            "PATH",
            "C:\\Windows\\System32;C:\\Windows;C:\\Windows\\System32\\WindowsPowerShell\\v1.0");

    /** @throws HoldfastException {@code COMMAND_MALFORMED} for a value outside of its bounds */
    public GuestCommand {
        arguments = List.copyOf(arguments);
        require(KEY.matcher(key).matches(), "key", "1 to 200 printable characters without blanks");
        require(attempt >= 1, "attempt", "1 or more");
        require(
                (path.startsWith("/") || WINDOWS.matcher(path).matches()) && isText(path),
                "path",
                "absolute in the guest, at most 1024 characters");
        require(
                arguments.size() <= MAX_ARGUMENTS && arguments.stream().allMatch(GuestCommand::isText),
                "arguments",
                "at most 32 of at most 1024 characters");
        require(
                timeout.compareTo(Duration.ofSeconds(1)) >= 0 && timeout.compareTo(LONGEST) <= 0,
                "timeout_ms",
                "1000 to 3600000");
    }

    private static boolean isText(String text) {
        return text.length() <= MAX_CHARACTERS && text.indexOf('\0') < 0;
    }

    private static void require(boolean holds, String field, String allowed) {
        if (!holds) {
            throw new HoldfastException(AgentError.COMMAND_MALFORMED, "%s: allowed are %s".formatted(field, allowed));
        }
    }

    /** Whether both are the same wish, whatever the attempt. */
    boolean sameWish(GuestCommand other) {
        return key.equals(other.key)
                && path.equals(other.path)
                && arguments.equals(other.arguments)
                && timeout.equals(other.timeout)
                && atMostOnce == other.atMostOnce;
    }

    GuestDoor.Program program() {
        Map<String, String> environment =
                new LinkedHashMap<>(path.startsWith("/") ? Map.of("PATH", UNIX_PATH) : OF_WINDOWS);
        environment.put("HOLDFAST_IDEMPOTENCY_KEY", key);
        environment.put("HOLDFAST_ATTEMPT", Integer.toString(attempt));
        return new GuestDoor.Program(path, arguments, environment);
    }
}
