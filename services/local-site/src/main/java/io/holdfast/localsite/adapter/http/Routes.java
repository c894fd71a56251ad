package io.holdfast.localsite.adapter.http;

import io.holdfast.localsite.part.Part;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Decides where a request goes, from its raw path (docs/rest-api.md). Pure.
 *
 * <p>The path is passed on as it came, so it must mean the same to us and to the service: dot segments, empty segments,
 * backslashes and encoded separators, which the two might read differently, are refused and not tidied up.
 */
final class Routes {
    private static final int LONGEST_PATH_CHARS = 2_000;
    private static final Map<String, Part> API = Map.ofEntries(
            Map.entry("sites", Part.INVENTORY),
            Map.entry("hosts", Part.INVENTORY),
            Map.entry("agents", Part.INVENTORY),
            Map.entry("vms", Part.INVENTORY),
            Map.entry("volumes", Part.INVENTORY),
            Map.entry("protection-groups", Part.PROTECTION_GROUP),
            Map.entry("capacity", Part.PROTECTION_GROUP),
            Map.entry("journals", Part.JOURNAL_STORE),
            Map.entry("relays", Part.JOURNAL_STORE),
            Map.entry("plans", Part.RECOVERY_PLAN),
            Map.entry("rehearsals", Part.RECOVERY_PLAN),
            Map.entry("runs", Part.RECOVERY_PLAN));

    private final Set<Part> parts;

    /**
     * @param parts the parts that the site has
     */
    Routes(Set<Part> parts) {
        this.parts = Set.copyOf(parts);
    }

    Target of(String rawPath) {
        if (rawPath == null || !rawPath.startsWith("/") || rawPath.length() > LONGEST_PATH_CHARS) {
            return new Target.Refused(
                    400,
                    "INVALID_REQUEST",
                    "A path begins with / and has at most %d characters.".formatted(LONGEST_PATH_CHARS));
        }
        if (isAmbiguous(rawPath)) {
            return new Target.Refused(
                    400,
                    "INVALID_REQUEST",
                    "A path has no empty or dot segments, no backslash and no encoded /, \\, . or control character.");
        }
        String[] segments = rawPath.substring(1).split("/", -1);
        return switch (segments[0]) {
            case "" -> new Target.Index();
            case "status" -> segments.length == 1 ? new Target.Status() : unknown();
            case "api" -> api(segments, rawPath);
            case "metrics" -> ofService(segments, "/q/metrics");
            case "openapi" -> ofService(segments, "/q/openapi");
            case "control" -> control(segments);
            default -> unknown();
        };
    }

    private static boolean isAmbiguous(String rawPath) {
        String lower = rawPath.toLowerCase(Locale.ROOT);
        boolean trick = lower.contains("\\")
                || lower.contains(";")
                || lower.contains("%2f")
                || lower.contains("%5c")
                || lower.contains("%2e")
                || lower.contains("%25")
                || lower.contains("%7f")
                || lower.contains("//");
        if (trick || lower.chars().anyMatch(character -> character <= 0x20 || character >= 0x7f)) {
            return true;
        }
        for (String segment : lower.split("/")) {
            // %00 to %1f are control characters.
            if (segment.equals(".") || segment.equals("..") || segment.contains("%0") || segment.contains("%1")) {
                return true;
            }
        }
        return false;
    }

    private Target api(String[] segments, String rawPath) {
        if (segments.length < 3 || !segments[1].equals("v1")) {
            return unknown();
        }
        Part part = API.get(segments[2]);
        return part == null ? unknown() : present(part, rawPath);
    }

    private Target ofService(String[] segments, String servicePath) {
        if (segments.length != 2) {
            return unknown();
        }
        for (Part service : Part.services()) {
            if (service.text().equals(segments[1])) {
                return present(service, servicePath);
            }
        }
        return unknown();
    }

    private Target present(Part part, String rawPath) {
        return parts.contains(part)
                ? new Target.Service(part, rawPath)
                : new Target.Refused(404, "LOCAL_SITE_PART_UNKNOWN", "This site runs without %s.".formatted(part));
    }

    private static Target control(String[] segments) {
        return segments.length == 4 && segments[1].equals("parts")
                ? new Target.Control(segments[2], segments[3])
                : unknown();
    }

    private static Target unknown() {
        return new Target.Refused(404, "NOT_FOUND", "Nothing is served under this path; GET / lists what is where.");
    }
}
