package io.holdfast.replicationrouter.adapter.node;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ReaderSettings;
import io.holdfast.platform.kafka.RecordHandler;
import io.holdfast.platform.kafka.StartPosition;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.platform.kafka.TopicReader;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.Policy;
import io.holdfast.replicationrouter.adapter.grpc.AgentLinkServer;
import io.holdfast.replicationrouter.adapter.journal.JournalHashes;
import io.holdfast.replicationrouter.adapter.kafka.ChangesWriter;
import io.holdfast.replicationrouter.adapter.kafka.EventWriter;
import io.holdfast.replicationrouter.adapter.kafka.KafkaClients;
import io.holdfast.replicationrouter.adapter.kafka.PartitionLease;
import io.holdfast.replicationrouter.adapter.kafka.TopicInlet;
import io.holdfast.replicationrouter.lease.Ownership;
import io.holdfast.replicationrouter.runtime.Router;
import io.holdfast.replicationrouter.runtime.RouterClock;
import io.holdfast.replicationrouter.runtime.RouterLoop;
import io.holdfast.replicationrouter.session.RouterError;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.jboss.logging.Logger;

/**
 * A running router. Start-up order: topics exist, policies are read to the end that they had at the start, the lease is held, commands
 * and their answers are read, then the port for agents opens. Each step waits for Kafka as long as it takes and says so;
 * agents meanwhile find no open port, keep their ring and try again.
 */
public final class RouterNode implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RouterNode.class);
    private static final Duration TICK = Duration.ofMillis(50);
    private static final Duration RETRY = Duration.ofSeconds(2);
    /** Retention of topic agent-commands: no command lives longer. */
    private static final Duration COMMAND_LIFE = Duration.ofHours(24);
    /** Journals repeat their status every two seconds; what is older says nothing. */
    private static final Duration JOURNAL_NEWS = Duration.ofMinutes(1);

    private final NodeOptions options;
    private final NodeMeters meters;
    private final KafkaClients kafka;
    private final HoldfastKafka topics;
    private final RouterLoop loop = new RouterLoop();
    /** Closed in reverse order of opening. */
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private final Router router;
    private final EventWriter events;
    private final Thread starter;
    private volatile NodeStage stage = NodeStage.WAITING_FOR_KAFKA;
    private volatile String detail = "";
    private volatile Optional<AgentLinkServer> server = Optional.empty();
    private volatile boolean closed;

    /** Begins to start; returns at once. */
    public RouterNode(NodeOptions options, HoldfastKafka topics, NodeMeters meters) {
        this(options, topics, meters, () -> "");
    }

    /**
     * Begins to start; returns at once.
     *
     * @param authorization value of the header with which journal-stores are asked
     */
    public RouterNode(NodeOptions options, HoldfastKafka topics, NodeMeters meters, Supplier<String> authorization) {
        this.options = options;
        this.meters = meters;
        this.kafka = new KafkaClients(options.kafka());
        this.topics = topics;
        this.events = new EventWriter(topics, meters::eventLost);
        ChangesWriter changes = new ChangesWriter(
                topics.nameOf(Topic.CHANGES),
                () -> kafka.changesProducer(
                        options.kafkaDeliveryTimeout(), options.router().inFlightBytes()),
                loop);
        this.router = new Router(options.router(), RouterClock.SYSTEM, loop, changes, events, meters);
        JournalHashes hashes = new JournalHashes(authorization);
        router.hashesAnsweredBy(hashes);
        opened.push(changes);
        opened.push(hashes);
        this.starter = Thread.ofPlatform().name("router-start").daemon(true).start(this::startUp);
    }

    public NodeStage stage() {
        return stage;
    }

    /** What the present stage waits for, or why it failed; empty when there is nothing to say. */
    public String detail() {
        return detail;
    }

    /** The port that agents connect to; empty until the router serves. */
    public Optional<Integer> port() {
        return server.map(AgentLinkServer::port);
    }

    private void startUp() {
        try {
            ensureTopics();
            TopicInlet inlet = new TopicInlet(router, loop);
            enter(NodeStage.READING_POLICIES);
            await(follow(Topic.POLICIES, new StartPosition.Beginning(), Policy.parser(), inlet.policies()));
            enter(NodeStage.WAITING_FOR_LEASE);
            await(holdLease());
            enter(NodeStage.READING_COMMANDS);
            StartPosition since = new StartPosition.FromTime(Instant.now().minus(COMMAND_LIFE));
            await(follow(Topic.AGENT_EVENTS, since, AgentEvent.parser(), inlet.agentEvents()));
            await(follow(Topic.AGENT_COMMANDS, since, AgentCommand.parser(), inlet.commands()));
            StartPosition lately = new StartPosition.FromTime(Instant.now().minus(JOURNAL_NEWS));
            follow(Topic.JOURNAL_EVENTS, lately, JournalEvent.parser(), inlet.journalEvents());
            openPort();
            loop.every(TICK, router::tick);
            enter(NodeStage.SERVING);
        } catch (HoldfastException wrong) {
            detail = wrong.toString();
            enter(NodeStage.FAILED);
            LOG.errorf("The router does not start: %s", wrong);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException defect) {
            detail = defect.toString();
            enter(NodeStage.FAILED);
            LOG.error("The router does not start; this is a defect of ours", defect);
        }
    }

    private void ensureTopics() throws InterruptedException {
        while (!closed) {
            try {
                topics.topics()
                        .ensure(
                                Topic.CHANGES,
                                Topic.POLICIES,
                                Topic.AGENT_COMMANDS,
                                Topic.AGENT_EVENTS,
                                Topic.REPLICATION_STATUS,
                                Topic.JOURNAL_EVENTS);
                return;
            } catch (HoldfastException failure) {
                if (!failure.code().blame().retryable()) {
                    throw failure;
                }
                detail = failure.getMessage();
                LOG.warnf("Waiting for Kafka: %s", failure.getMessage());
                Thread.sleep(RETRY);
            }
        }
        throw new InterruptedException("closed");
    }

    private <M extends MessageLite> CompletableFuture<Void> follow(
            Topic topic, StartPosition start, Parser<M> parser, RecordHandler<M> handler) {
        TopicReader<M> reader =
                topics.reader(ReaderSettings.of("router-" + topic.baseName(), topic, start), parser, handler);
        open(reader.start());
        return reader.caughtUp();
    }

    private CompletableFuture<Void> holdLease() {
        String address = options.advertisedAddress();
        String group = topics.nameOf(Topic.CHANGES) + ".owners";
        Admin admin = kafka.admin();
        open(admin);
        PartitionLease lease = new PartitionLease(
                topics.nameOf(Topic.CHANGES),
                group,
                () -> kafka.leaseMember(
                        group,
                        PartitionLease.clientId(address),
                        address.replaceAll("[^A-Za-z0-9._-]", "-"),
                        options.leaseTimeout()),
                admin,
                this::owns);
        open(lease);
        return lease.joined();
    }

    /** Returns when the router acts by the new ownership: the lease must not be given up before. */
    private void owns(Ownership ownership) {
        LOG.infof("Partitions owned here: %s; elsewhere: %s", ownership.own(), ownership.others());
        try {
            CompletableFuture.runAsync(() -> router.ownership(ownership), loop).get(5, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException unanswered) {
            LOG.warnf("The router did not take a change of ownership in time: %s", unanswered);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private void openPort() {
        AgentLinkServer opening = AgentLinkServer.start(
                options.listenPort(),
                options.tls(),
                options.connectionWindowBytes(),
                router,
                loop,
                () -> meters.rejected(RouterError.IDENTITY_MISSING.name()));
        open(opening);
        server = Optional.of(opening);
    }

    /** Waits without a limit, and says every now and then that it does. */
    private void await(CompletableFuture<Void> step) throws InterruptedException {
        while (true) {
            try {
                step.get(10, TimeUnit.SECONDS);
                detail = "";
                return;
            } catch (TimeoutException waiting) {
                detail = "still " + stage;
                LOG.warnf("The router is not ready yet: %s", stage);
            } catch (ExecutionException failed) {
                throw new IllegalStateException(failed.getCause());
            }
        }
    }

    private void enter(NodeStage next) {
        if (!closed) {
            stage = next;
            LOG.infof("Router %s: %s", options.router().routerId(), next);
        }
    }

    private void open(AutoCloseable part) {
        synchronized (opened) {
            opened.push(part);
        }
    }

    /** Tells agents, gives the lease back, and releases everything. */
    @Override
    public void close() {
        closed = true;
        stage = NodeStage.STOPPED;
        starter.interrupt();
        join(starter);
        try {
            CompletableFuture.runAsync(router::stop, loop).get(2, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException late) {
            LOG.warnf("Agents were not told that the router stops: %s", late);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        synchronized (opened) {
            while (!opened.isEmpty()) {
                closeQuietly(opened.pop());
            }
        }
        loop.close();
        events.close();
    }

    private static void join(Thread thread) {
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception failure) {
            LOG.warnf("%s was not closed in order: %s", part.getClass().getSimpleName(), failure);
        }
    }
}
