package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.platform.rest.Violation;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The revision of a plan as entity tag: {@code "3"}. */
final class PlanRevision {
    private static final Pattern TAG = Pattern.compile("\"?([1-9]\\d{0,17})\"?");

    private PlanRevision() {}

    static String tag(long revision) {
        return "\"" + revision + "\"";
    }

    /** @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_REQUEST} if it is missing or no revision */
    static long required(String ifMatch) {
        Matcher tag = TAG.matcher(ifMatch == null ? "" : ifMatch);
        if (!tag.matches()) {
            throw Violation.refuse(
                    "If-Match", "must be the revision of the plan that the change was made from, such as \"3\"");
        }
        return Long.parseLong(tag.group(1));
    }
}
