package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.RunId;
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
        if (owner != null) {
            Read read = new Read();
            read.text("owner", owner, Ownership.MAX_OWNER_LENGTH);
            read.refuseIfBroken();
        }
        return new Ownership.Holder(run(), owner == null ? "the recovery site" : owner);
    }
}
