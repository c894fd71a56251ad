package io.holdfast.inventory.adapter.quarkus;

import io.holdfast.inventory.adapter.kafka.AgentEvents;
import io.holdfast.inventory.adapter.kafka.GroupEvents;
import io.holdfast.inventory.mirror.GroupBoard;
import io.holdfast.inventory.site.SiteBook;
import io.holdfast.inventory.vm.VmBook;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.platform.db.ConsumedPositions;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ReaderSettings;
import io.holdfast.platform.kafka.StartPosition;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.platform.kafka.TopicReader;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.ProtectionEvent;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Starts and stops what runs by itself. */
@Singleton
public class Lifecycle {
    private static final String READER = "inventory.agent-events";

    private final SiteBook sites;
    private final VmBook vms;
    private final InventorySettings settings;
    private final SiteId localSite;
    private final GroupBoard board;
    private final TopicReader<AgentEvent> reader;
    private final TopicReader<ProtectionEvent> groups;
    private final TopicReader<JournalEvent> journals;

    public Lifecycle(
            SiteBook sites,
            VmBook vms,
            AgentEvents events,
            GroupEvents groupEvents,
            GroupBoard board,
            InventorySettings settings,
            ConsumedPositions positions,
            HoldfastKafka kafka,
            @ConfigProperty(name = "holdfast.site.id") String siteId) {
        this.sites = sites;
        this.vms = vms;
        this.settings = settings;
        this.localSite = SiteId.parse(siteId);
        this.reader = kafka.reader(
                // What is known is worth showing while Kafka is away.
                ReaderSettings.of(READER, Topic.AGENT_EVENTS, positions.start(READER))
                        .withoutGatingReadiness(),
                AgentEvent.parser(),
                positions.handler(READER, events::take));
        this.board = board;
        this.groups = kafka.reader(
                ReaderSettings.of("inventory.protection-events", Topic.PROTECTION_EVENTS, StartPosition.beginning())
                        .withoutGatingReadiness(),
                ProtectionEvent.parser(),
                groupEvents::takeGroup);
        this.journals = kafka.reader(
                ReaderSettings.of("inventory.journal-events", Topic.JOURNAL_EVENTS, StartPosition.end())
                        .withoutGatingReadiness(),
                JournalEvent.parser(),
                groupEvents::takeJournal);
    }

    void start(@Observes StartupEvent event) {
        QuarkusTransaction.requiringNew().run(() -> sites.runsAt(localSite, settings.siteName()));
        reader.start();
        groups.start().caughtUp().thenRun(board::readWhole);
        journals.start();
    }

    void stop(@Observes ShutdownEvent event) {
        reader.close();
        groups.close();
        journals.close();
    }

    @Scheduled(every = "15s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void giveUpOverdueCommands() {
        QuarkusTransaction.requiringNew().run(vms::giveUpOverdue);
    }
}
