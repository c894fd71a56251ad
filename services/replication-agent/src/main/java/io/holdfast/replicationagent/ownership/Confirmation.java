package io.holdfast.replicationagent.ownership;

/** Whether this start of the agent may serve: at once when the host was not restarted, else when a router has told, or too late. Not thread-safe. */
final class Confirmation {
    private final RestartRule rule;
    private final long beganAtNanos;
    private final String bootBefore;
    private boolean given;

    Confirmation(RestartRule rule, String bootBefore, long nowNanos) {
        this.rule = rule;
        this.bootBefore = bootBefore;
        this.beganAtNanos = nowNanos;
        this.given = bootBefore.equals(rule.bootId());
    }

    boolean isGiven() {
        return given;
    }

    /** To be kept: an agent that is restarted while it waits has to wait again. */
    String bootId() {
        return given ? rule.bootId() : bootBefore;
    }

    /** A router has told. True: it was the first, and somebody waited for it. */
    boolean give() {
        boolean first = !given;
        given = true;
        return first;
    }

    /** True, once: nobody has told within the limit, and the disks are served all the same. */
    boolean overdue(long nowNanos) {
        if (given
                || rule.unconfirmed() == RestartRule.Unconfirmed.REFUSE
                || nowNanos - beganAtNanos < rule.confirmLimit().toNanos()) {
            return false;
        }
        given = true;
        return true;
    }
}
