package io.holdfast.recoveryplan.adapter.runtime;

import io.holdfast.platform.security.ServiceToken;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.adapter.dns.DnsServers;
import io.holdfast.recoveryplan.adapter.hook.HookLimits;
import io.holdfast.recoveryplan.adapter.hook.Hooks;
import io.holdfast.recoveryplan.adapter.http.ServiceHttp;
import io.holdfast.recoveryplan.adapter.journal.JournalStoreClient;
import io.holdfast.recoveryplan.adapter.metrics.RecoveryMetrics;
import io.holdfast.recoveryplan.adapter.nbd.NbdExportProbe;
import io.holdfast.recoveryplan.adapter.persistence.JpaRunStore;
import io.holdfast.recoveryplan.adapter.persistence.SqlDnsMessages;
import io.holdfast.recoveryplan.adapter.persistence.SqlFences;
import io.holdfast.recoveryplan.adapter.persistence.SqlGuestOrders;
import io.holdfast.recoveryplan.adapter.persistence.SqlHostRegister;
import io.holdfast.recoveryplan.adapter.persistence.SqlMachineOrders;
import io.holdfast.recoveryplan.adapter.persistence.SqlMachineScreens;
import io.holdfast.recoveryplan.adapter.persistence.SqlSourceOrders;
import io.holdfast.recoveryplan.adapter.protection.ProtectionGroupClient;
import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.execution.RunDriver;
import io.holdfast.recoveryplan.execution.RunLimits;
import io.holdfast.recoveryplan.execution.RunScheduler;
import io.holdfast.recoveryplan.execution.StepPerformer;
import io.holdfast.recoveryplan.execution.StepWork;
import io.holdfast.recoveryplan.report.LiveFacts;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Executors;

/** Puts the features and the adapters together. */
@ApplicationScoped
public class Wiring {

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    JournalStoreClient journals(RecoveryPlanSettings settings, ServiceToken token) {
        return new JournalStoreClient(
                settings.journalStoreUrl(),
                token::authorizationHeader,
                settings.journalStoreConnectTimeout(),
                settings.journalStoreRequestTimeout(),
                settings.journalStoreAttempts());
    }

    void close(@Disposes JournalStoreClient journals) {
        journals.close();
    }

    @Produces
    @Singleton
    ProtectionGroupClient protectionGroups(RecoveryPlanSettings settings, ServiceToken token) {
        return new ProtectionGroupClient(new ServiceHttp(
                "protection-group",
                settings.protectionGroupUrl().orElseGet(settings::journalStoreUrl),
                token::authorizationHeader,
                new ServiceHttp.Limits(
                        settings.journalStoreConnectTimeout(),
                        settings.journalStoreRequestTimeout(),
                        settings.journalStoreAttempts())));
    }

    void close(@Disposes ProtectionGroupClient groups) {
        groups.close();
    }

    @Produces
    @Singleton
    StepWork work(
            JournalStoreClient journals,
            ProtectionGroupClient groups,
            SqlHostRegister hosts,
            SqlMachineOrders orders,
            SqlSourceOrders sources,
            SqlFences fences,
            Hooks hooks,
            SqlGuestOrders guests,
            DnsZones zones,
            SqlDnsMessages dnsMessages,
            Clock clock,
            RecoveryPlanSettings settings) {
        return new StepWork(new StepWork.Parts(
                journals,
                new NbdExportProbe(settings.probeTimeout()),
                hosts,
                orders,
                groups,
                groups,
                sources,
                fences,
                hooks,
                guests,
                new StepWork.Names(zones, dnsMessages),
                clock));
    }

    @Produces
    @Singleton
    DnsZones zones(RecoveryPlanSettings settings, Clock clock) {
        return DnsServers.zones(settings.dns(), clock);
    }

    @Produces
    @Singleton
    Hooks hooks(RecoveryPlanSettings settings) {
        return new Hooks(new HookLimits(
                settings.hooks().programDirectory(),
                settings.hooks().httpHosts().orElse(List.of()),
                settings.hooks().secretDirectory()));
    }

    void close(@Disposes Hooks hooks) {
        hooks.close();
    }

    @Produces
    @Singleton
    LiveFacts facts(SqlFences fences, SqlHostRegister hosts, SqlMachineScreens screens) {
        return new LiveFacts(fences, hosts, screens);
    }

    @Produces
    @Singleton
    RunDriver driver(
            JpaRunStore store, StepWork stepWork, RecoveryPlanSettings settings, RecoveryMetrics metrics, Clock clock) {
        StepPerformer work = metrics.timed(stepWork);
        // Bounded by the drivers: parallel-runs × parallel-steps threads.
        return new RunDriver(
                store, new RunScheduler(limits(settings)), work, Executors.newVirtualThreadPerTaskExecutor(), clock);
    }

    static RunLimits limits(RecoveryPlanSettings settings) {
        return new RunLimits(
                settings.stepAttempts(),
                settings.firstRetryDelay(),
                settings.longestRetryDelay(),
                settings.probeInterval(),
                settings.cleanupLimit(),
                settings.parallelSteps(),
                settings.machineStartLimit(),
                settings.commitLimit(),
                settings.fenceLimit());
    }
}
