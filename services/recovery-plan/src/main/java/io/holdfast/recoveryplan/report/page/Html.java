package io.holdfast.recoveryplan.report.page;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/**
 * Writes HTML. Whatever comes from outside passes {@link #text}: names of plans, groups and machines, sentences of failures, and what guests print are chosen by
 * others.
 */
final class Html {
    private static final String UNKNOWN = "–";

    private final StringBuilder out = new StringBuilder();

    /** Markup of ours, as it is. */
    Html raw(String markup) {
        out.append(markup);
        return this;
    }

    /** Escaped for text and for attributes in double quotes; what is absent is a dash, never a zero. */
    Html text(Object value) {
        String shown = shown(value);
        for (int i = 0; i < shown.length(); i++) {
            char c = shown.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(isShown(c) ? c : '\uFFFD');
            }
        }
        return this;
    }

    /** Control characters, and those that turn the direction of what follows, are not shown: a page must read as it is written. */
    private static boolean isShown(char c) {
        boolean turns =
                c >= '\u202A' && c <= '\u202E' || c >= '\u2066' && c <= '\u2069' || c == '\u200E' || c == '\u200F';
        return !turns && (c == '\n' || c == '\t' || !Character.isISOControl(c));
    }

    Html heading(String title) {
        return raw("<h2>").text(title).raw("</h2>\n");
    }

    Html subheading(Object title) {
        return raw("<h3>").text(title).raw("</h3>\n");
    }

    /** A row of a table of names and values. */
    Html fact(String name, Object value) {
        return raw("<tr><th scope=\"row\">")
                .text(name)
                .raw("</th><td>")
                .text(value)
                .raw("</td></tr>\n");
    }

    /** As {@link #fact}, and nothing if there is no value. */
    Html factIfKnown(String name, Object value) {
        return value == null || value.toString().isEmpty() ? this : fact(name, value);
    }

    Html beginFacts() {
        return raw("<table class=\"facts\">\n");
    }

    Html beginTable(List<String> columns) {
        raw("<table><thead><tr>");
        columns.forEach(column -> raw("<th scope=\"col\">").text(column).raw("</th>"));
        return raw("</tr></thead><tbody>\n");
    }

    Html row(Object... cells) {
        raw("<tr>");
        for (Object cell : cells) {
            raw("<td>").text(cell).raw("</td>");
        }
        return raw("</tr>\n");
    }

    Html endTable() {
        return raw("</tbody></table>\n");
    }

    Html endFacts() {
        return raw("</table>\n");
    }

    /** What a machine or a program has said, line by line. */
    Html quoted(String words) {
        return raw("<pre>").text(words.strip()).raw("</pre>\n");
    }

    private static String shown(Object value) {
        return switch (value) {
            case null -> UNKNOWN;
            case Instant instant -> instant.truncatedTo(ChronoUnit.MILLIS).toString();
            case Duration duration -> duration(duration);
            case Boolean yes -> yes ? "yes" : "no";
            default -> value.toString().isEmpty() ? UNKNOWN : value.toString();
        };
    }

    private static String duration(Duration time) {
        long days = time.toDays();
        String clock = String.format(
                Locale.ROOT,
                "%d:%02d:%02d.%03d",
                time.toHoursPart(),
                time.toMinutesPart(),
                time.toSecondsPart(),
                time.toMillisPart());
        return days == 0 ? clock : days + " d " + clock;
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
