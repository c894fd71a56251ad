package io.holdfast.recoveryplan.plan;

/**
 * Which MAC a card has.
 *
 * @param mac of {@link Policy#GIVEN}, in lower case; else empty
 */
public record MacRule(Policy policy, String mac) {
    public static final MacRule KEEP = new MacRule(Policy.KEEP, "");
    public static final MacRule NEW = new MacRule(Policy.NEW, "");

    public enum Policy {
        /** The one that it has at its own site. */
        KEEP,
        /** A locally administered one of this run, VM and card; the same in every attempt. */
        NEW,
        GIVEN
    }

    /** As in a plan. */
    public String text() {
        return policy == Policy.GIVEN ? mac : policy.name();
    }
}
