package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CheckpointMachine;
import io.holdfast.proto.v1.CheckpointRecord;
import io.holdfast.proto.v1.StreamPosition;
import io.holdfast.replicationrouter.checkpoint.Cut;
import io.holdfast.replicationrouter.checkpoint.GroupCuts.Action;
import io.holdfast.replicationrouter.checkpoint.GroupCuts.CheckpointFacts;
import java.util.List;

/** Makes the record of a cut for topic {@code changes}. */
final class CheckpointRecords {
    private CheckpointRecords() {}

    /** @param machines what is known of the group's machines, with ids of their own */
    static ChangesRecord of(PgId pg, Action.WriteRecord write, List<CheckpointMachine> machines) {
        Cut cut = write.cut();
        CheckpointFacts facts = write.facts();
        CheckpointRecord.Builder record = CheckpointRecord.newBuilder()
                .setCheckpointId(cut.id().toString())
                .setKind(
                        switch (facts.kind()) {
                            case CRASH -> CheckpointKind.CRASH;
                            case APP -> CheckpointKind.APP;
                            case USER -> CheckpointKind.USER;
                        })
                .setName(cut.name())
                .setCutAtMicros(cut.cutAtMicros())
                .setVolumeCount(cut.volumeCount())
                .setPolicyRevision(cut.policyRevision())
                .setFrozenMicros(facts.frozenMicros())
                .setHeldMicros(facts.heldMicros())
                .addAllMachines(machines);
        facts.appFailure()
                .ifPresent(failure -> record.setAppFailureCode(failure.code()).setAppFailureMessage(failure.message()));
        facts.positions()
                .forEach((stream, position) -> record.addPositions(StreamPosition.newBuilder()
                        .setAgentId(stream.agent().toString())
                        .setEpoch(position.epoch().value())
                        .setSeq(position.seq().value())));
        return ChangesRecord.newBuilder()
                .setPgId(pg.toString())
                .setCheckpoint(record)
                .build();
    }
}
