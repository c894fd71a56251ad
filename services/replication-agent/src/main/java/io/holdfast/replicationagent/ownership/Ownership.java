package io.holdfast.replicationagent.ownership;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/**
 * Which place may run a machine, as the recovery site says.
 *
 * @param epoch 1 or more; grows with every change of the owner
 * @param recovered whether the site that recovered the machine owns it; else its source, this host
 * @param owner for people, at most {@value #MAX_OWNER} characters; empty = the source
 * @param sinceMicros since 1970
 * @param runId the run that moved it; empty = a person
 */
public record Ownership(long epoch, boolean recovered, String owner, long sinceMicros, String runId) {
    public static final int MAX_OWNER = 200;

    public Ownership {
        Objects.requireNonNull(runId, "runId");
        if (epoch < 1 || sinceMicros < 0) {
            throw new IllegalArgumentException("ownership of epoch " + epoch + " since " + sinceMicros);
        }
        if (owner.length() > MAX_OWNER || owner.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "an owner's name has at most " + MAX_OWNER + " characters and no control characters");
        }
    }

    /** A sentence for somebody who wonders why the machine's disks are refused. */
    public String sentence() {
        return "this machine is owned by %s since %s (epoch %d, %s); its disks are not served here"
                .formatted(
                        owner.isEmpty() ? "the site that recovered it" : "'" + owner + "'",
                        Instant.EPOCH.plus(sinceMicros, ChronoUnit.MICROS).truncatedTo(ChronoUnit.SECONDS),
                        epoch,
                        runId.isEmpty() ? "ordered by a person" : "run " + runId);
    }
}
