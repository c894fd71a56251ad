package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.site.Lookup;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;

/** Recovery points as a person writes them. */
final class Points {
    static final String DESCRIPTION =
            "A checkpoint's id, an instant such as 2026-03-01T10:14:06Z, latest, latest-app: the newest application-consistent one, or latest-verified: the newest that a rehearsal has booted.";

    private Points() {}

    /** @param texts by name or id of a protection group */
    static ObjectNode of(Map<String, String> texts, Lookup lookup) {
        ObjectNode points = Words.object();
        texts.forEach((group, text) -> points.set(lookup.group(group), point(text)));
        return points;
    }

    private static ObjectNode point(String text) {
        if (text.equals("latest")) {
            return Words.object().put("latest", true);
        }
        if (text.equals("latest-app")) {
            return Words.object().put("latestApp", true);
        }
        if (text.equals("latest-verified")) {
            return Words.object().put("latestVerified", true);
        }
        try {
            return Words.object().put("time", Instant.parse(text).toString());
        } catch (DateTimeParseException noInstant) {
            return Words.object().put("checkpointId", text);
        }
    }
}
