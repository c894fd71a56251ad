package io.holdfast.replicationrouter.adapter.quarkus;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Settings of the router. Each is checked at start; a wrong one stops the start with INVALID_CONFIGURATION.
 */
@ConfigMapping(prefix = "holdfast.router")
public interface RouterConfig {
    /** Port for agents; 0 = any free one. */
    @WithDefault("9443")
    int listenPort();

    /** host:port under which agents reach this router; other routers redirect agents here. Also the router's id. */
    String advertisedAddress();

    /** Agents send a heartbeat this often; three without one end a session. Smaller: a loss is seen sooner, more traffic. */
    @WithDefault("2s")
    Duration heartbeatInterval();

    /** How long a connection may take to say Hello. */
    @WithDefault("10s")
    Duration helloTimeout();

    /**
     * How long a marker may take. Larger: slow agents still get their checkpoint; smaller: a lost marker holds back the
     * next checkpoint for less time.
     */
    @WithDefault("10s")
    Duration cutTimeout();

    /**
     * For how long agents of a group with several streams hold the completions of guest writes at most, while their markers are set; 1 ms to 500 ms. The
     * budget is 20 ms. Smaller: guests wait less when a checkpoint fails; larger: slow links still get their checkpoints.
     */
    @WithDefault("500ms")
    Duration holdLimit();

    /** For how long guests stay frozen for an APP checkpoint at most; 1 ms to 10 s, after which Windows lets go by itself. */
    @WithDefault("10s")
    Duration freezeLimit();

    @WithDefault("2s")
    Duration statusInterval();

    /** Agents at once. Each may hold one batch (4 MiB) over the in-flight budget and one connection window. */
    @WithDefault("32")
    int maxSessions();

    /**
     * Change bytes between agents and Kafka. Larger: more throughput when Kafka's answers are slow; costs up to three times its size in
     * memory. When it is used up agents are not read until Kafka answers.
     */
    @WithDefault("32MiB")
    String inFlightLimit();

    /**
     * HTTP/2 window of a connection. Larger: more throughput over long distances (window / round trip); costs memory per
     * agent while Kafka is slow.
     */
    @WithDefault("2MiB")
    String connectionWindow();

    /** How long a silent router keeps its partitions before another one gets them; the broker's minimum is 6 s. */
    @WithDefault("10s")
    Duration leaseTimeout();

    /** Bytes per second of everything that one agent sends to this site, such as 20MiB; empty = unlimited. At least 16KiB. */
    Optional<String> linkRate();

    /** Parts of the week, in UTC, with another rate; the first that covers now decides. At most 16. */
    List<LinkWindow> linkWindows();

    /** One part of the week. */
    interface LinkWindow {
        /** On which it begins; empty = every day. */
        Optional<Set<DayOfWeek>> days();

        /** Whole minutes of the day; {@code to} that is not later than {@code from} lies on the next day. */
        LocalTime from();

        LocalTime to();

        /** True: nothing is sent in the window. */
        @WithDefault("false")
        boolean closed();

        /** As {@link RouterConfig#linkRate}. */
        Optional<String> rate();
    }
}
