package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.protectiongroup.ownership.Ownership;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Body of POST /protection-groups/{id}/failover, and of its cancel and commit.
 *
 * @param runId the recovery run that takes, gives back or keeps the VMs
 * @param owner only when taking: name for people of the place that takes them; absent = "the recovery site"
 */
@Schema(name = "Failover")
public record FailoverBody(@Schema(required = true) String runId, String owner) {

    RunId run() {
        Read read = new Read();
        read.required("runId", runId);
        read.refuseIfBroken();
        return RunId.parse(runId);
    }

    Ownership.Holder holder() {
        if (owner != null && (owner.isBlank() || owner.length() > Ownership.MAX_OWNER_LENGTH)) {
            throw Violation.refuse(
                    "owner", "must be 1 to %d characters, or absent".formatted(Ownership.MAX_OWNER_LENGTH));
        }
        return new Ownership.Holder(run(), owner == null ? "the recovery site" : owner);
    }
}
