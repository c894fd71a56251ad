package io.holdfast.e2e.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the demo says: numbered steps while it runs, a table at its end. */
final class Screen {
    private final Instant started = Instant.now();
    private final List<String[]> rows = new ArrayList<>();
    private int step;

    void step(String what) {
        System.out.printf("%n[%s] %d. %s%n", clock(), ++step, what);
    }

    void say(String format, Object... values) {
        System.out.printf(Locale.ROOT, "        " + format + "%n", values);
    }

    /** Remembers a row of the closing table. */
    void row(String what, String format, Object... values) {
        rows.add(new String[] {what, String.format(Locale.ROOT, format, values)});
    }

    void table() {
        int width = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
        int wide = rows.stream().mapToInt(row -> row[1].length()).max().orElse(0);
        String line = "+" + "-".repeat(width + 2) + "+" + "-".repeat(wide + 2) + "+";
        System.out.println("\n" + line);
        for (String[] row : rows) {
            System.out.printf("| %-" + width + "s | %-" + wide + "s |%n", row[0], row[1]);
        }
        System.out.println(line);
    }

    private String clock() {
        Duration since = Duration.between(started, Instant.now());
        return "%d:%02d".formatted(since.toMinutes(), since.toSecondsPart());
    }
}
