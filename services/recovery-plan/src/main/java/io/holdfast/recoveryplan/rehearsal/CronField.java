package io.holdfast.recoveryplan.rehearsal;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One field of a {@link Cron}.
 *
 * @param names of the values from {@code least} on; may be empty
 */
record CronField(String name, int least, int most, List<String> names) {
    private static final Pattern PART = Pattern.compile("(?:\\*|(\\w{1,3})(?:-(\\w{1,3}))?)(?:/(\\d{1,2}))?");
    private static final int MOST_CHARACTERS = 200;

    static CronField of(String name, int least, int most) {
        return new CronField(name, least, most, List.of());
    }

    static CronField named(String name, int least, int most, List<String> names) {
        return new CronField(name, least, most, names);
    }

    /** @throws IllegalArgumentException with what is wrong and what is allowed */
    BitSet parse(String text) {
        BitSet values = new BitSet();
        if (text.length() > MOST_CHARACTERS) {
            throw refused(text.substring(0, MOST_CHARACTERS) + "…");
        }
        for (String part : text.split(",", -1)) {
            Matcher found = PART.matcher(part);
            if (!found.matches()) {
                throw refused(part);
            }
            boolean all = found.group(1) == null;
            int first = all ? least : value(found.group(1));
            int step = found.group(3) == null ? 1 : Integer.parseInt(found.group(3));
            int last = last(found, all, first);
            if (step == 0 || last < first) {
                throw refused(part);
            }
            for (int value = first; value <= last; value += step) {
                values.set(value);
            }
        }
        return values;
    }

    /** {@code 5/10} means from 5 on. */
    private int last(Matcher found, boolean all, int first) {
        if (found.group(2) != null) {
            return value(found.group(2));
        }
        return all || found.group(3) != null ? most : first;
    }

    private int value(String text) {
        int named = names.indexOf(text.toUpperCase(Locale.ROOT));
        if (named >= 0) {
            return least + named;
        }
        int value = text.chars().allMatch(Character::isDigit) ? Integer.parseInt(text) : -1;
        if (value < least || value > most) {
            throw refused(text);
        }
        return value;
    }

    private IllegalArgumentException refused(String part) {
        return new IllegalArgumentException("its %s '%s' is not *, %d to %d%s, a range, a list or a step"
                .formatted(name, part, least, most, names.isEmpty() ? "" : ", " + String.join(" ", names)));
    }
}
