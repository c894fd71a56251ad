package io.holdfast.protectiongroup.health;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.StreamWord;
import io.holdfast.protectiongroup.dataplane.SyncEvidence;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.health.Verdict.Severity;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.membership.MemberVolume;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** InSync and AgentsConnected: what the routers and the journal say about the group's streams. */
final class StreamRules {
    private StreamRules() {}

    static Verdict inSync(ProtectionGroup group, DataPlane dataPlane, Instant now) {
        var troubled = group.membership().vms().stream()
                .flatMap(vm -> vm.volumes().stream())
                .filter(volume -> volume.obstacle().isPresent())
                .map(MemberVolume::name)
                .toList();
        if (!troubled.isEmpty()) {
            return Verdict.not(
                    Reason.VOLUME_NEEDS_ATTENTION,
                    Severity.CRITICAL,
                    "The inventory has something against %s; mend it or exclude the volume."
                            .formatted(named(troubled)));
        }
        if (group.lifecycle() instanceof Lifecycle.FailedOver) {
            return Verdict.not(
                    Reason.FAILED_OVER,
                    Severity.WARNING,
                    "The VMs run where they were recovered; nothing is replicated from their source.");
        }
        if (group.lifecycle() instanceof Lifecycle.Paused) {
            return Verdict.not(
                    Reason.REPLICATION_PAUSED,
                    Severity.WARNING,
                    "Replication is paused; changes are noted and not sent.");
        }
        var expected = group.membership().includedByAgent();
        return switch (SyncEvidence.of(expected, dataPlane, now)) {
            case SyncEvidence.AllInSync all -> Verdict.fine(Reason.ALL_VOLUMES_IN_SYNC, "Every volume is in sync.");
            case SyncEvidence.OutOfSync not ->
                group.lifecycle() instanceof Lifecycle.InitialSync
                        ? Verdict.not(
                                Reason.INITIAL_SYNC_RUNNING,
                                Severity.INFO,
                                "The first copy of the volumes is under way.")
                        : Verdict.not(
                                Reason.VOLUMES_OUT_OF_SYNC,
                                Severity.WARNING,
                                "A volume is being brought into sync again (%s).".formatted(not.reason()));
            case SyncEvidence.Nothing nothing -> {
                boolean streamsKnown = expected.keySet().stream().allMatch(agent -> dataPlane
                        .freshStream(agent, now)
                        .filter(StreamWord::tellsOfVolumes)
                        .isPresent());
                yield streamsKnown
                        ? Verdict.unknown(
                                Reason.JOURNAL_CATCHING_UP,
                                Severity.INFO,
                                "Agents report their volumes in sync; the journal has not confirmed it.")
                        : Verdict.unknown(
                                Reason.STREAM_STATE_UNKNOWN,
                                Severity.WARNING,
                                "The state of a stream is not known now.");
            }
        };
    }

    static Verdict agentsConnected(ProtectionGroup group, DataPlane dataPlane, Instant now) {
        List<String> away = new ArrayList<>();
        List<String> unheard = new ArrayList<>();
        for (AgentId agent : group.membership().includedByAgent().keySet()) {
            var stream = dataPlane.freshStream(agent, now);
            if (stream.isEmpty()) {
                unheard.add(agent.toString());
            } else if (!stream.get().connected()) {
                away.add(agent.toString());
            }
        }
        if (!away.isEmpty()) {
            return Verdict.not(
                    Reason.AGENT_DISCONNECTED,
                    Severity.CRITICAL,
                    "Agent %s is not connected to this site.".formatted(named(away)));
        }
        return unheard.isEmpty()
                ? Verdict.fine(Reason.ALL_AGENTS_CONNECTED, "Every agent of the group is connected.")
                : Verdict.unknown(
                        Reason.ROUTER_SILENT,
                        Severity.WARNING,
                        "No router has spoken of agent %s lately.".formatted(named(unheard)));
    }

    /** The first few names; a message has a bound. */
    private static String named(List<String> names) {
        int shown = Math.min(3, names.size());
        String text = String.join(", ", names.subList(0, shown));
        return shown == names.size() ? text : text + " and %d more".formatted(names.size() - shown);
    }
}
