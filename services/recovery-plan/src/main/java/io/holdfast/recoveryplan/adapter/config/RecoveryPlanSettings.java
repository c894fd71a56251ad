package io.holdfast.recoveryplan.adapter.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Settings of this service, checked at start. {@code docs/recovery-runs.md} says what a larger or smaller value costs. */
@ConfigMapping(prefix = "holdfast.recovery-plan")
public interface RecoveryPlanSettings {

    /** Address of the journal-store, or of the site's proxy, without {@code /api}. */
    @NotNull
    URI journalStoreUrl();

    @WithDefault("2s")
    @DurationMin(millis = 100)
    @DurationMax(minutes = 1)
    Duration journalStoreConnectTimeout();

    @WithDefault("10s")
    @DurationMin(millis = 100)
    @DurationMax(minutes = 5)
    Duration journalStoreRequestTimeout();

    /** How often one request is sent within one attempt of a step. */
    @WithDefault("2")
    @Min(1)
    @Max(10)
    int journalStoreAttempts();

    /** Address of protection-group, or of the site's proxy, without {@code /api}; by default that of the journal-store. */
    Optional<URI> protectionGroupUrl();

    /** How long one attempt of a machine's step listens for the agent. */
    @WithDefault("5s")
    @DurationMin(millis = 100)
    @DurationMax(minutes = 1)
    Duration machineAnswerWait();

    /** How long a router keeps an order about a machine for an agent that is away. */
    @WithDefault("30s")
    @DurationMin(seconds = 1)
    @DurationMax(minutes = 10)
    Duration machineOrderExpiry();

    /** From the first order until a machine that does not run fails its run. */
    @WithDefault("5m")
    @DurationMin(seconds = 1)
    @DurationMax(hours = 1)
    Duration machineStartLimit();

    /** How long a commit may wait for replication to be seen as stopped. */
    @WithDefault("10m")
    @DurationMin(seconds = 1)
    @DurationMax(hours = 1)
    Duration commitLimit();

    /** How long a PLANNED run waits for its fences, and for an agent's late word about a shut-down. */
    @WithDefault("2m")
    @DurationMin(seconds = 1)
    @DurationMax(hours = 1)
    Duration fenceLimit();

    /** How long a run stays with an instance that does not answer any more. */
    @WithDefault("15s")
    @DurationMin(seconds = 2)
    @DurationMax(minutes = 10)
    Duration leaseDuration();

    /** How often runs are looked for that are due and that nobody executes. */
    @WithDefault("1s")
    @DurationMin(millis = 50)
    @DurationMax(minutes = 1)
    Duration scanInterval();

    /** Runs that this instance works on at the same time; a READY run that waits does not count. */
    @WithDefault("8")
    @Min(1)
    @Max(100)
    int parallelRuns();

    /** Steps of one run that may be under way at the same time. */
    @WithDefault("4")
    @Min(1)
    @Max(64)
    int parallelSteps();

    /** Runs of all plans that have not ended; an order beyond is refused with TOO_MANY_RUNS. */
    @WithDefault("50")
    @Min(1)
    @Max(10_000)
    int maxLiveRuns();

    /** How often choosing a point or opening a session is tried. */
    @WithDefault("5")
    @Min(1)
    @Max(100)
    int stepAttempts();

    @WithDefault("500ms")
    @DurationMin(millis = 10)
    @DurationMax(minutes = 1)
    Duration firstRetryDelay();

    @WithDefault("30s")
    @DurationMin(millis = 10)
    @DurationMax(minutes = 10)
    Duration longestRetryDelay();

    /** Between two readiness probes of a group. */
    @WithDefault("500ms")
    @DurationMin(millis = 10)
    @DurationMax(minutes = 1)
    Duration probeInterval();

    /** For connecting to an export and for each read. */
    @WithDefault("5s")
    @DurationMin(millis = 100)
    @DurationMax(minutes = 1)
    Duration probeTimeout();

    /** How long closing sessions is tried before the run ends as CLEANUP_INCOMPLETE. */
    @WithDefault("24h")
    @DurationMin(seconds = 1)
    @DurationMax(days = 7)
    Duration cleanupLimit();

    /** What plans may call; nothing unless it is said. */
    Hooks hooks();

    interface Hooks {
        /** Directory of the programs that hooks may run; not set = none. */
        Optional<Path> programDirectory();

        /** Hosts, as {@code host} or {@code host:port}, that hooks may send requests to; not set = none. */
        Optional<List<String>> httpHosts();

        /** Directory with a file for each secret that hooks may send in headers; not set = none. */
        Optional<Path> secretDirectory();
    }

    /** Name servers whose record sets plans may name (docs/dns.md); none unless it is said. */
    Dns dns();

    interface Dns {
        /** By the name that plans use. */
        Map<String, Server> servers();

        /** Of one message and its answer. */
        @WithDefault("5s")
        @DurationMin(millis = 100)
        @DurationMax(minutes = 1)
        Duration timeout();
    }

    interface Server {
        /** Host name or address of the primary. */
        @NotBlank
        String address();

        @WithDefault("53")
        @Min(1)
        @Max(65_535)
        int port();

        /** Zones that runs may change. */
        @NotEmpty
        List<String> zones();

        /** Of the key that messages are signed with. */
        @NotBlank
        String keyName();

        @WithDefault("HMAC_SHA256")
        KeyAlgorithm algorithm();

        /** File with the key's secret in base64. */
        @NotNull
        Path secretFile();
    }

    enum KeyAlgorithm {
        HMAC_SHA256,
        HMAC_SHA384,
        HMAC_SHA512
    }

    /** Age of the last good test from which a preflight warns. */
    @WithDefault("180d")
    @DurationMin(hours = 1)
    @DurationMax(days = 3650)
    Duration testOverdueAfter();
}
