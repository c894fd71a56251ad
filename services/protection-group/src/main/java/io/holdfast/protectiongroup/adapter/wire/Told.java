package io.holdfast.protectiongroup.adapter.wire;

import io.holdfast.changestream.TransferForm;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.protectiongroup.checkpoint.CheckpointRequest;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.health.Condition;
import io.holdfast.protectiongroup.membership.MemberVm;
import io.holdfast.protectiongroup.ownership.Ownership;
import io.holdfast.protectiongroup.policy.PolicyContent;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.CutCheckpoint;
import io.holdfast.proto.v1.DeleteJournal;
import io.holdfast.proto.v1.JournalCommand;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.Policy;
import io.holdfast.proto.v1.PolicyState;
import io.holdfast.proto.v1.ProtectedVolume;
import io.holdfast.proto.v1.ProtectionEvent;
import java.time.Instant;
import java.util.List;

/** Our values as messages to other parts. */
public final class Told {
    private Told() {}

    public static Policy policy(PgId group, PolicyContent content, long revision, Codec codec) {
        return Policy.newBuilder()
                .setPgId(group.toString())
                .setRevision(revision)
                .setName(content.name())
                .setState(
                        switch (content.state()) {
                            case REPLICATE -> PolicyState.REPLICATE;
                            case PAUSED -> PolicyState.PAUSED;
                            case REMOVED -> PolicyState.REMOVED;
                        })
                .setPartition(content.partition())
                .addAllMembers(content.vms().stream().map(Told::member).toList())
                .setCheckpointIntervalMs(Math.toIntExact(
                        content.objectives().checkpointInterval().toMillis()))
                .setHistoryWindowMs(content.objectives().history().toMillis())
                .setJournalLimitBytes(content.objectives().journalLimitBytes())
                .setCodec(codec)
                .setPriority(content.objectives().transfer().priority())
                .setRate(TransferForm.write(content.objectives().transfer().rate()))
                .setSync(TransferForm.write(content.objectives().transfer().sync()))
                .setAppCheckpointIntervalMs(Math.toIntExact(
                        content.objectives().appCheckpointInterval().toMillis()))
                .build();
    }

    public static ProtectionEvent protection(
            ProtectionGroup group, String shownLifecycle, List<Condition> conditions, long revision, Instant now) {
        return ProtectionEvent.newBuilder()
                .setPgId(group.id().toString())
                .setRevision(revision)
                .setAtMicros(Micros.of(now))
                .setName(group.name())
                .setLifecycle(shownLifecycle)
                .addAllMembers(
                        group.membership().vms().stream().map(Told::member).toList())
                .addAllConditions(conditions.stream().map(Told::condition).toList())
                .build();
    }

    /** Goes to one agent's key, but is carried out by the router that owns the group. */
    public static AgentCommand cut(CheckpointRequest request, AgentId agent) {
        return AgentCommand.newBuilder()
                .setCommandId(request.command().toString())
                .setAgentId(agent.toString())
                .setIssuedAtMicros(Micros.of(request.requestedAt()))
                .setExpiresAtMicros(Micros.of(request.expiresAt()))
                .setCutCheckpoint(CutCheckpoint.newBuilder()
                        .setPgId(request.group().toString())
                        .setCheckpointId(request.checkpoint().toString())
                        .setKind(CheckpointKind.USER)
                        .setName(request.name()))
                .build();
    }

    public static JournalCommand deleteJournal(PgId group, CommandId command, Instant now) {
        return JournalCommand.newBuilder()
                .setCommandId(command.toString())
                .setPgId(group.toString())
                .setIssuedAtMicros(Micros.of(now))
                .setDeleteJournal(DeleteJournal.getDefaultInstance())
                .build();
    }

    private static Member member(MemberVm vm) {
        Member.Builder member = Member.newBuilder()
                .setVmId(vm.id().toString())
                .setVmName(vm.name())
                .setAgentId(vm.agent().toString())
                .addAllVolumes(vm.includedVolumes().stream()
                        .map(volume -> ProtectedVolume.newBuilder()
                                .setVolumeId(volume.id().toString())
                                .setName(volume.name())
                                .setSizeBytes(volume.sizeBytes())
                                .build())
                        .toList());
        if (vm.ownership().epoch() > 0) {
            member.setOwnership(ownership(vm.ownership()));
        }
        return member.build();
    }

    private static io.holdfast.proto.v1.Ownership ownership(Ownership ownership) {
        var told = io.holdfast.proto.v1.Ownership.newBuilder()
                .setEpoch(ownership.epoch())
                .setSinceMicros(Micros.of(ownership.since()));
        ownership.holder().ifPresent(holder -> told.setRecovered(true)
                .setOwner(holder.owner())
                .setRunId(holder.run().toString()));
        return told.build();
    }

    private static io.holdfast.proto.v1.Condition condition(Condition condition) {
        return io.holdfast.proto.v1.Condition.newBuilder()
                .setType(condition.type().shown())
                .setStatus(condition.verdict().status().name())
                .setReason(condition.verdict().reason().name())
                .setMessage(condition.verdict().message())
                .setSeverity(condition.verdict().severity().name())
                .setSinceMicros(Micros.of(condition.since()))
                .build();
    }
}
