package io.holdfast.simulation;

import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.Policy;
import io.holdfast.proto.v1.PolicyState;
import io.holdfast.proto.v1.ProtectedVolume;
import io.holdfast.replicationrouter.adapter.kafka.PolicyMapper;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import java.util.List;

/** A protection group: its policy, what its disks were, and its journal. */
final class SimGroup {
    private final PgId pg;
    private final AgentId agent;
    private final VmId vm;
    private final List<SimDisk> disks;
    private final Oracle oracle;
    private SimJournal journal;
    private long revision = 1;
    private boolean paused;

    SimGroup(PgId pg, AgentId agent, VmId vm, List<SimDisk> disks) {
        this.pg = pg;
        this.agent = agent;
        this.vm = vm;
        this.disks = disks;
        this.oracle = new Oracle(disks);
    }

    PgId pg() {
        return pg;
    }

    List<SimDisk> disks() {
        return disks;
    }

    Oracle oracle() {
        return oracle;
    }

    SimJournal journal() {
        return journal;
    }

    void journal(SimJournal made) {
        journal = made;
    }

    boolean paused() {
        return paused;
    }

    void pause(boolean now) {
        paused = now;
        revision++;
        journal.follow(journalPolicy());
    }

    GroupPolicy routerPolicy() {
        return PolicyMapper.read(policy());
    }

    JournalPolicy journalPolicy() {
        return io.holdfast.journalstore.adapter.kafka.PolicyMapper.map(policy());
    }

    private Policy policy() {
        Member.Builder member = Member.newBuilder()
                .setVmId(vm.toString())
                .setVmName("simulated")
                .setAgentId(agent.toString());
        disks.forEach(disk -> member.addVolumes(ProtectedVolume.newBuilder()
                .setVolumeId(disk.id().toString())
                .setName("disk" + disk.index())
                .setSizeBytes(disk.size())));
        return Policy.newBuilder()
                .setPgId(pg.toString())
                .setRevision(revision)
                .setName("simulated")
                .setState(paused ? PolicyState.PAUSED : PolicyState.REPLICATE)
                .addMembers(member)
                .setCheckpointIntervalMs(1000)
                .setHistoryWindowMs(3_600_000)
                .setCodec(Codec.NONE)
                .build();
    }
}
