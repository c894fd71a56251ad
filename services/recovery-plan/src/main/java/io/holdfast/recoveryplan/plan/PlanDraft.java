package io.holdfast.recoveryplan.plan;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A plan as somebody asks for it, not yet checked: any part may be missing ({@code null}) or wrong. */
public record PlanDraft(
        String name, List<GroupDraft> groups, ProcedureDraft.StepRulesDraft steps, ObjectivesDraft objectives) {
    public PlanDraft(String name, List<GroupDraft> groups) {
        this(name, groups, null, null);
    }

    /** Either may be {@code null}: nothing is promised. */
    public record ObjectivesDraft(Duration rpo, Duration rto) {}

    /**
     * @param bootDelay {@code null} means none
     * @param readiness {@code null} means the default of {@link PlanRules}
     * @param powerOn {@code null} means false
     * @param machines {@code null} means nothing said
     * @param procedure {@code null} means nothing said
     */
    public record GroupDraft(
            String name,
            List<String> pgIds,
            List<String> dependsOn,
            Duration bootDelay,
            ReadinessDraft readiness,
            Boolean powerOn,
            MachinesDraft machines,
            ProcedureDraft procedure) {

        /** A group around whose recovery nothing else happens. */
        public GroupDraft(
                String name,
                List<String> pgIds,
                List<String> dependsOn,
                Duration bootDelay,
                ReadinessDraft readiness,
                Boolean powerOn,
                MachinesDraft machines) {
            this(name, pgIds, dependsOn, bootDelay, readiness, powerOn, machines, null);
        }
    }

    /**
     * @param type {@code NBD_EXPORT}, {@code MACHINES} or {@code NONE}
     * @param timeout {@code null} means the default
     * @param probes of {@code MACHINES} only
     */
    public record ReadinessDraft(String type, Duration timeout, List<ProbeDraft> probes) {}

    /** @param type {@code TCP}, {@code HTTP}, {@code GUEST_AGENT} or {@code CONSOLE}; the fields that it does not use are {@code null} */
    public record ProbeDraft(String type, String vmId, String address, Integer port, String path, String text) {}

    public record MachinesDraft(
            List<String> hosts,
            Map<String, NetworkDraft> testNetworks,
            Map<String, NetworkDraft> liveNetworks,
            Boolean allowProductionNetworkInTest,
            List<List<String>> startOrder,
            Duration shutdownGrace,
            List<CardDraft> cards) {

        /** Nothing is said about single cards. */
        public MachinesDraft(
                List<String> hosts,
                Map<String, NetworkDraft> testNetworks,
                Map<String, NetworkDraft> liveNetworks,
                Boolean allowProductionNetworkInTest,
                List<List<String>> startOrder,
                Duration shutdownGrace) {
            this(hosts, testNetworks, liveNetworks, allowProductionNetworkInTest, startOrder, shutdownGrace, null);
        }
    }

    public record CardDraft(String vmId, String nic, CardSettingDraft test, CardSettingDraft live) {}

    /** @param mac {@code KEEP}, {@code NEW}, or a MAC */
    public record CardSettingDraft(
            String mac, List<String> addresses, List<String> gateways, List<String> dnsServers) {}

    /** Exactly one is given. */
    public record NetworkDraft(String isolated, String host) {}
}
