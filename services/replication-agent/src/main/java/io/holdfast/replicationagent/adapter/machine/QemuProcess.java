package io.holdfast.replicationagent.adapter.machine;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.adapter.machine.MachineFolders.MachineFiles;
import io.holdfast.replicationagent.adapter.qga.QgaGuestAgents;
import io.holdfast.replicationagent.adapter.qmp.QmpClient;
import io.holdfast.replicationagent.adapter.qmp.QmpEvent;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.adapter.qmp.QmpLimits;
import io.holdfast.replicationagent.machine.MachineCapture;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import io.holdfast.replicationagent.machine.Screenshot;
import io.holdfast.replicationagent.machine.guest.GuestDoor;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One QEMU and the connection to its monitor. */
final class QemuProcess implements RunningMachine {
    private static final QmpLimits LIMITS = new QmpLimits(Duration.ofSeconds(10), Duration.ofSeconds(10), 1 << 20, 4);
    private static final Duration GUEST_AGENT = Duration.ofSeconds(3);
    private static final int READ_BYTES = 64 << 10;
    /** A guest that prints without end must not keep its machine's thread. */
    private static final int MOST_READS = 4;

    private static final int LOG_TAIL = 2 << 10;
    /** Of what QEMU complains of; it says little, unless something fails again and again. */
    static final int MAX_LOG_BYTES = 1 << 20;

    private final ProcessIdentity identity;
    private final MachineFiles files;
    private final QmpClient qmp;
    private final ConsoleLog console;
    private final QgaGuestAgents guestAgents;
    private final Events events;
    private final boolean endWithAgent;
    private final MachineCapture capture;
    private volatile String guestEnd = "";

    private QemuProcess(
            ProcessIdentity identity,
            MachineFiles files,
            MachineCapture capture,
            Events events,
            QmpClient qmp,
            boolean endWithAgent) {
        this.capture = capture;
        this.identity = identity;
        this.files = files;
        this.qmp = qmp;
        this.console = new ConsoleLog(files.console());
        this.guestAgents = new QgaGuestAgents(List.of(files.socketFolder()));
        this.events = events;
        this.endWithAgent = endWithAgent;
    }

    /** Why the guest ended, in QEMU's words. */
    private static final class Events {
        private volatile String reason = "";

        void take(QmpEvent event) {
            if (event.name().equals("SHUTDOWN")) {
                reason = event.text("reason");
            }
        }
    }

    /**
     * Connects to the monitor and makes sure that it is this machine's.
     *
     * @param endWithAgent whether {@link #leave} cuts its power
     * @throws QmpException as {@link QmpClient#connect}
     * @throws MachineFailure it is another's
     */
    static QemuProcess connect(ProcessIdentity identity, MachineOrder order, MachineFiles files, boolean endWithAgent)
            throws QmpException, MachineFailure {
        Events events = new Events();
        QmpClient qmp = QmpClient.connect(files.monitor(), LIMITS, events::take, () -> {});
        boolean ours = false;
        try {
            String uuid = qmp.execute("query-uuid").path("UUID").asText();
            if (!uuid.equals(order.id().uuid().toString())) {
                throw new MachineFailure("the monitor at " + files.monitor() + " is machine " + uuid + "'s");
            }
            QemuProcess process = new QemuProcess(identity, files, captureOf(order, files), events, qmp, endWithAgent);
            process.lookAfterGuest();
            ours = true;
            return process;
        } finally {
            if (!ours) {
                qmp.close();
            }
        }
    }

    /** Takes down the link of a card that is connected to nothing. */
    void takeLinkDown(int card) throws MachineFailure {
        command("set_link", Map.of("name", "net" + card, "up", false));
    }

    private JsonNode command(String name, Map<String, ?> arguments) throws MachineFailure {
        try {
            return qmp.execute(name, arguments);
        } catch (QmpException failed) {
            throw new MachineFailure("QEMU: " + failed.getMessage(), failed);
        }
    }

    @Override
    public void release() throws MachineFailure {
        if (guestEnd.isEmpty()) {
            command("cont", Map.of());
        }
    }

    @Override
    public Optional<String> poll() {
        if (!identity.isAlive()) {
            return Optional.of("QEMU ended by itself" + lastWords());
        }
        try {
            // In this order: what it printed before it ended is there then.
            lookAfterGuest();
            takeOverConsole();
            boundLog(files.log());
        } catch (QmpException lost) {
            return Optional.of(
                    identity.isAlive()
                            ? "QEMU cannot be controlled any more: " + lost.getMessage()
                            : "QEMU ended by itself" + lastWords());
        } catch (IOException unwritable) {
            // The state directory is full: the guest's words are in memory still.
        }
        return guestEnd.isEmpty() ? Optional.empty() : Optional.of(guestEnd);
    }

    private void lookAfterGuest() throws QmpException {
        String status = qmp.execute("query-status").path("status").asText();
        switch (status) {
            case "shutdown" -> guestEnd = "the guest ended" + (events.reason.isEmpty() ? "" : ": " + events.reason);
            case "guest-panicked" -> guestEnd = "the guest's kernel panicked";
            case "internal-error" -> guestEnd = "QEMU cannot execute the guest any further" + lastWords();
            default -> {}
        }
    }

    private void takeOverConsole() throws IOException {
        for (int i = 0; i < MOST_READS; i++) {
            String data = qmp.execute(
                            "ringbuf-read", Map.of("device", "console", "size", READ_BYTES, "format", "base64"))
                    .asText();
            if (data.isEmpty()) {
                return;
            }
            byte[] bytes = Base64.getDecoder().decode(data);
            console.append(bytes);
            if (bytes.length < READ_BYTES / 2) {
                return;
            }
        }
    }

    /** Begins the log anew once it is too long. QEMU appends, so what it says next stands at the beginning. */
    static void boundLog(Path log) throws IOException {
        if (Files.exists(log) && Files.size(log) > MAX_LOG_BYTES) {
            try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
                file.truncate(0);
            }
        }
    }

    private String lastWords() {
        String log = logOf(files);
        return log.isEmpty() ? "; it said nothing" : ": " + log;
    }

    /** The end of what QEMU complained of, in one line. */
    static String logOf(MachineFiles files) {
        try {
            String all = Files.readString(files.log(), StandardCharsets.ISO_8859_1);
            return all.substring(Math.max(0, all.length() - LOG_TAIL)).strip().replaceAll("\\p{Cntrl}+", " | ");
        } catch (IOException absent) {
            return "";
        }
    }

    @Override
    public String console() {
        return console.text();
    }

    @Override
    public Optional<Screenshot> screenshot() {
        try {
            qmp.execute("screendump", Map.of("filename", files.display().toString()));
            try (InputStream in = Files.newInputStream(files.display())) {
                return Screenshot.of(in.readNBytes(Screenshot.MAX_DISPLAY_BYTES));
            } finally {
                Files.deleteIfExists(files.display());
            }
        } catch (IOException unavailable) {
            // Such as a QEMU that has just ended, or a disk that is full.
            return Optional.empty();
        }
    }

    @Override
    public Optional<MachineCapture> capture() {
        // A process that an older agent has made has none.
        return Files.exists(files.capture()) ? Optional.of(capture) : Optional.empty();
    }

    private static MachineCapture captureOf(MachineOrder order, MachineFiles files) {
        Map<VolumeId, String> nodes = new HashMap<>();
        for (int i = 0; i < order.spec().disks().size(); i++) {
            nodes.put(order.spec().disks().get(i).volume(), QemuCommand.diskNode(i));
        }
        return new MachineCapture(files.capture().toString(), files.guestAgent().toString(), nodes);
    }

    @Override
    public boolean isCaptured() {
        try {
            return !qmp.execute("query-block-jobs").isEmpty();
        } catch (QmpException gone) {
            return false;
        }
    }

    @Override
    public void askToShutDown() {
        try {
            qmp.execute("system_powerdown");
        } catch (QmpException deaf) {
            // Its power is cut at the end of the grace time.
        }
        try {
            guestAgents.requestShutdown(files.guestAgent(), Deadline.in(GUEST_AGENT));
        } catch (GuestAgentException deaf) {
            // The button was pressed at least.
        }
    }

    @Override
    public GuestDoor guest() {
        return guestAgents.door(files.guestAgent());
    }

    @Override
    public Optional<String> probeGuestAgent() {
        try {
            guestAgents.connect(files.guestAgent(), Deadline.in(GUEST_AGENT)).close();
            return Optional.empty();
        } catch (GuestAgentException silent) {
            return Optional.of(silent.getMessage());
        }
    }

    @Override
    public void cut() {
        qmp.close();
        identity.kill();
    }

    @Override
    public void leave() {
        qmp.close();
        if (endWithAgent) {
            identity.kill();
        }
    }
}
