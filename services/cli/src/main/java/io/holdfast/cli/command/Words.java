package io.holdfast.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What people type, read strictly. */
final class Words {
    private static final ObjectMapper JSON = new JsonMapper();
    private static final Pattern SHORT = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})(B|KiB|MiB|GiB|TiB)?");
    private static final int MOST_FILE_BYTES = 4 << 20;
    private static final int MOST_LINE_CHARACTERS = 4096;

    private Words() {}

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** {@code 90s}, {@code 15m}, {@code 4h}, {@code 7d}, or ISO 8601. */
    static Duration duration(String option, String text) {
        Matcher number = SHORT.matcher(text);
        if (number.matches()) {
            long amount = Long.parseLong(number.group(1));
            return switch (number.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        }
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException malformed) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "%s: '%s' is no duration; say 90s, 15m, 4h or PT4H".formatted(option, text),
                    malformed);
        }
    }

    /** {@code 512MiB}, or a number of bytes. */
    static long bytes(String option, String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw new CommandFailure(ExitCode.USAGE, "%s: '%s' is no size; say 512MiB or 2GiB".formatted(option, text));
        }
        int shift =
                switch (size.group(2) == null ? "B" : size.group(2)) {
                    case "KiB" -> 10;
                    case "MiB" -> 20;
                    case "GiB" -> 30;
                    case "TiB" -> 40;
                    default -> 0;
                };
        try {
            return Math.multiplyExact(Long.parseLong(size.group(1)), 1L << shift);
        } catch (ArithmeticException tooLarge) {
            throw new CommandFailure(ExitCode.USAGE, "%s: '%s' is too large".formatted(option, text), tooLarge);
        }
    }

    /** JSON from a file, or from standard input for {@code -}. */
    static JsonNode file(Path path) {
        try {
            byte[] bytes = path.toString().equals("-") ? System.in.readNBytes(MOST_FILE_BYTES + 1) : readAtMost(path);
            if (bytes.length > MOST_FILE_BYTES) {
                throw new CommandFailure(ExitCode.USAGE, "%s is larger than 4 MiB".formatted(path));
            }
            JsonNode read = JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
            if (read == null || !read.isObject()) {
                throw new CommandFailure(ExitCode.USAGE, "%s holds no JSON object".formatted(path));
            }
            return read;
        } catch (JsonProcessingException malformed) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "%s, line %d: %s"
                            .formatted(path, malformed.getLocation().getLineNr(), malformed.getOriginalMessage()),
                    malformed);
        } catch (IOException unreadable) {
            throw new CommandFailure(ExitCode.USAGE, "%s cannot be read: %s".formatted(path, unreadable), unreadable);
        }
    }

    /**
     * Asks on the terminal.
     *
     * @throws CommandFailure {@code USAGE} when there is none, {@code FAILED} when the answer is not yes
     */
    static void agree(String sentence) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new CommandFailure(ExitCode.USAGE, "nobody can be asked here; give --yes");
        }
        String answer = console.readLine("%s Go on? Type yes: ", sentence);
        if (!"yes".equals(answer)) {
            throw new CommandFailure(ExitCode.FAILED, "nothing was done");
        }
    }

    /** The first line of standard input. */
    static String line(String option) {
        try {
            String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            if (line == null || line.isBlank() || line.length() > MOST_LINE_CHARACTERS) {
                throw new CommandFailure(ExitCode.USAGE, "%s: standard input has no such line".formatted(option));
            }
            return line.strip();
        } catch (IOException unreadable) {
            throw new CommandFailure(
                    ExitCode.USAGE, "%s: standard input cannot be read: %s".formatted(option, unreadable), unreadable);
        }
    }

    private static byte[] readAtMost(Path path) throws IOException {
        try (var in = Files.newInputStream(path)) {
            return in.readNBytes(MOST_FILE_BYTES + 1);
        }
    }
}
