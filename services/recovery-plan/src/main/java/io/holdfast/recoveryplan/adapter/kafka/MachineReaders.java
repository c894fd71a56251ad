package io.holdfast.recoveryplan.adapter.kafka;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.Id;
import io.holdfast.platform.db.ConsumedPositions;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ReaderSettings;
import io.holdfast.platform.kafka.Received;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.platform.kafka.TopicReader;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.GuestCommandState;
import io.holdfast.proto.v1.HostState;
import io.holdfast.proto.v1.InventoryEvent;
import io.holdfast.proto.v1.MachineReport;
import io.holdfast.recoveryplan.machine.GuestRegister;
import io.holdfast.recoveryplan.machine.GuestWord;
import io.holdfast.recoveryplan.machine.HostRegister;
import io.holdfast.recoveryplan.machine.MachineCapture;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.machine.MachineScreen;
import io.holdfast.recoveryplan.machine.MachineWord;
import io.holdfast.recoveryplan.ownership.FenceRegister;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Learns from topics {@code inventory-events} and {@code agent-events} which hosts run machines, how these are, and which sources are fenced. */
@Singleton
public class MachineReaders {
    /** What machine.proto allows; longer words of an agent are cut. */
    private static final int LONGEST_TAIL = 2048;

    private static final int LONGEST_MESSAGE = 1000;

    private final HostRegister register;
    private final GuestRegister guests;
    private final FenceRegister fences;
    private final MachineScreen.Register screens;
    private final List<TopicReader<?>> readers;

    @Inject
    public MachineReaders(
            HoldfastKafka kafka,
            ConsumedPositions consumed,
            HostRegister register,
            GuestRegister guests,
            FenceRegister fences,
            MachineScreen.Register screens) {
        this.guests = guests;
        this.screens = screens;
        this.register = register;
        this.fences = fences;
        this.readers = List.of(
                reader(kafka, consumed, Topic.INVENTORY_EVENTS, InventoryEvent.parser(), this::inventory),
                reader(kafka, consumed, Topic.AGENT_EVENTS, AgentEvent.parser(), this::agent));
    }

    private static <M extends MessageLite> TopicReader<M> reader(
            HoldfastKafka kafka,
            ConsumedPositions consumed,
            Topic topic,
            Parser<M> parser,
            ConsumedPositions.Effect<M> effect) {
        String name = "recovery-plan." + topic.baseName();
        return kafka.reader(
                ReaderSettings.of(name, topic, consumed.start(name)).withoutGatingReadiness(),
                parser,
                consumed.handler(name, effect));
    }

    void start(@Observes StartupEvent event) {
        readers.forEach(TopicReader::start);
    }

    void stop(@Observes ShutdownEvent event) {
        readers.forEach(TopicReader::close);
    }

    private void inventory(Received<InventoryEvent> record) {
        if (record.message().isEmpty()) {
            register.forget(new HostId(Id.parseUuid("host", record.key())));
        } else if (record.message().get().hasHost()) {
            InventoryEvent event = record.message().get();
            HostState host = event.getHost();
            long limit = host.getHosting().getMemoryLimitBytes();
            long used = host.getHosting().getMemoryUsedBytes();
            register.learn(
                    new MachineHost(
                            HostId.parse(host.getHostId()),
                            cut(host.getName(), LONGEST_MESSAGE),
                            AgentId.parse(host.getAgentId()),
                            host.getAgentConnected(),
                            host.getHosting().getAdaptersCount() > 0,
                            0,
                            new HashSet<>(host.getHosting().getNetworksList())),
                    limit,
                    used,
                    event.getRevision());
        }
    }

    private void agent(Received<AgentEvent> record) {
        AgentEvent event = record.message().orElseGet(AgentEvent::getDefaultInstance);
        if (event.hasMachines()) {
            Map<UUID, MachineWord.Reported> machines = new HashMap<>();
            for (MachineReport report : event.getMachines().getMachinesList()) {
                machines.put(Id.parseUuid("machine", report.getMachineId()), reported(report));
            }
            register.report(AgentId.parse(event.getAgentId()), machines, instant(event.getAtMicros()));
            event.getMachines()
                    .getMachinesList()
                    .forEach(report -> guests.report(
                            Id.parseUuid("machine", report.getMachineId()),
                            seen(report),
                            instant(event.getAtMicros())));
        } else if (event.hasMachineScreen()) {
            screens.seen(AgentId.parse(event.getAgentId()), ScreenReports.read(event.getMachineScreen()));
        } else if (event.hasOwnership()) {
            AgentId agent = AgentId.parse(event.getAgentId());
            fences.reported(agent, FenceReports.read(agent, event.getOwnership()), instant(event.getAtMicros()));
        } else if (event.hasCommandResult()) {
            var result = event.getCommandResult();
            CommandId command = CommandId.parse(result.getCommandId());
            String code = cut(result.getErrorCode(), 64);
            String message = cut(result.getMessage(), LONGEST_MESSAGE);
            register.answered(command, result.getOk(), code, message);
            guests.answered(command, result.getOk(), code, message);
        }
    }

    private static MachineWord.Reported reported(MachineReport report) {
        return new MachineWord.Reported(
                switch (report.getState()) {
                    case STARTING -> MachineWord.State.STARTING;
                    case RUNNING -> MachineWord.State.RUNNING;
                    case FAILED -> MachineWord.State.FAILED;
                    case MACHINE_STATE_UNSPECIFIED, UNRECOGNIZED ->
                        throw new HoldfastException(
                                CommonError.INVALID_REQUEST,
                                "machine %s is reported in the unknown state %d"
                                        .formatted(report.getMachineId(), report.getStateValue()));
                },
                instant(report.getStateSinceMicros()),
                cut(report.getErrorCode(), 64),
                cut(report.getMessage(), LONGEST_MESSAGE),
                report.getReadyAtMicros() == 0 ? Optional.empty() : Optional.of(instant(report.getReadyAtMicros())),
                cut(report.getConsoleTail(), LONGEST_TAIL),
                report.hasCapture() ? Optional.of(capture(report.getCapture())) : Optional.empty());
    }

    private static List<GuestRegister.Seen> seen(MachineReport report) {
        return report.getGuestCommandsList().stream()
                .map(command -> new GuestRegister.Seen(
                        cut(command.getKey(), LONGEST_MESSAGE),
                        command.getAttempt(),
                        command.getState() == GuestCommandState.GUEST_COMMAND_ENDED
                                ? Optional.of(new GuestWord.Ended(
                                        cut(command.getErrorCode(), 64),
                                        cut(command.getMessage(), LONGEST_MESSAGE),
                                        cut(command.getOutput(), LONGEST_MESSAGE)))
                                : Optional.empty()))
                .toList();
    }

    private static MachineCapture capture(io.holdfast.proto.v1.MachineCapture capture) {
        return new MachineCapture(
                cut(capture.getQmpSocket(), LONGEST_MESSAGE),
                cut(capture.getGuestAgentSocket(), LONGEST_MESSAGE),
                capture.getDisksList().stream()
                        .map(disk -> new MachineCapture.Disk(
                                cut(disk.getVolumeId(), 64), cut(disk.getQemuNode(), LONGEST_MESSAGE)))
                        .toList());
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /** The database takes no NUL in a text; a console may well print one. */
    static String cut(String text, int longest) {
        String clean = text.replace('\0', '\uFFFD');
        return clean.length() <= longest ? clean : clean.substring(clean.length() - longest);
    }
}
