package io.holdfast.replicationagent.adapter.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.ConsoleLog;
import io.holdfast.replicationagent.adapter.qga.QgaDoor;
import io.holdfast.replicationagent.machine.MachineCapture;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import io.holdfast.replicationagent.machine.Machines;
import io.holdfast.replicationagent.machine.Screenshot;
import io.holdfast.replicationagent.machine.guest.GuestDoor;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One VirtualMachine object and what runs of it. */
final class KubeVirtMachine implements RunningMachine {
    private static final System.Logger LOG = System.getLogger(KubeVirtMachine.class.getName());
    /** A cluster's API server serves everybody: it is asked less often than a process of one's own. */
    private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final KubeVirtRunner runner;
    private final KubeApi api;
    private final KubeNames names;
    private final MachineOrder order;
    private final Traits traits;
    private volatile String console = "";
    private Optional<String> end = Optional.empty();
    private long askedNanos = System.nanoTime() - ASK_NANOS;
    private boolean silent;

    /**
     * @param uid the object's: another of the same name is another machine
     * @param console where what it printed is kept
     * @param endWithAgent whether {@link #leave} cuts its power
     */
    record Traits(String uid, Path console, boolean endWithAgent) {}

    KubeVirtMachine(KubeVirtRunner runner, KubeApi api, KubeNames names, MachineOrder order, Traits traits) {
        this.runner = runner;
        this.api = api;
        this.names = names;
        this.order = order;
        this.traits = traits;
    }

    /** Empty = this machine is not there any more. */
    private Optional<JsonNode> machine() throws KubeRefused {
        return api.get(names.machinePath(order))
                .filter(found -> names.isOurs(found, order)
                        && found.path("metadata").path("uid").asText().equals(traits.uid()));
    }

    @Override
    public void release() throws MachineFailure {
        try {
            JsonNode instance = api.get(names.instancePath(order))
                    .orElseThrow(() -> new MachineFailure("the machine's instance is gone"));
            if (Instance.isPaused(instance)) {
                api.put(names.unpause(order), JSON.createObjectNode());
            }
            synchronized (this) {
                askedNanos = System.nanoTime() - ASK_NANOS;
            }
        } catch (KubeRefused refused) {
            throw new MachineFailure("the cluster: " + refused.getMessage(), refused);
        }
    }

    @Override
    public synchronized Optional<String> poll() {
        long now = System.nanoTime();
        if (end.isEmpty() && now - askedNanos >= ASK_NANOS) {
            askedNanos = now;
            try {
                look();
                silent = false;
            } catch (HoldfastException | KubeRefused unanswered) {
                notHeard(unanswered);
            }
        }
        return end;
    }

    private void look() throws KubeRefused {
        if (machine().isEmpty()) {
            end = Optional.of("somebody has deleted the machine in the cluster");
            return;
        }
        Optional<JsonNode> instance = api.get(names.instancePath(order));
        // In this order: what it printed before it ended is there then.
        if (instance.isPresent()) {
            takeOverConsole(instance.get().path("metadata").path("uid").asText());
        }
        if (instance.isEmpty() || Instance.hasEnded(instance.get())) {
            end = Optional.of("the guest has ended; the cluster says '%s'%s"
                    .formatted(
                            instance.map(Instance::phase).orElse("stopped"),
                            instance.map(Instance::troubles).orElse("")));
        }
    }

    private void takeOverConsole(String uid) throws KubeRefused {
        JsonNode pods = api.get(names.pods() + "?labelSelector=kubevirt.io/created-by%3D" + uid)
                .orElse(JSON.createObjectNode());
        for (JsonNode pod : pods.path("items")) {
            String name = pod.path("metadata").path("name").asText();
            Optional<String> log = api.text(names.pods() + "/" + name
                    + "/log?container=guest-console-log&tailLines=1000&limitBytes=" + 4 * ConsoleLog.KEPT);
            if (log.isPresent()) {
                keep(log.get());
            }
        }
    }

    /** What a guest prints is not trusted. */
    private void keep(String log) {
        String plain = log.replaceAll("[^\\n\\t\\x20-\\x7e\\xa0-\\xff]", ".");
        console = plain.substring(Math.max(0, plain.length() - ConsoleLog.KEPT));
        try {
            Files.writeString(traits.console(), console, StandardCharsets.ISO_8859_1);
        } catch (IOException full) {
            // It is in memory still.
        }
    }

    private void notHeard(Exception unanswered) {
        if (!silent) {
            silent = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Whether a machine runs is not known, and it counts as running; machine=" + order.id() + ": "
                            + unanswered.getMessage());
        }
    }

    @Override
    public String console() {
        return console;
    }

    /** KubeVirt shows displays over VNC only. */
    @Override
    public Optional<Screenshot> screenshot() {
        return Optional.empty();
    }

    @Override
    public Optional<MachineCapture> capture() {
        return Optional.empty();
    }

    @Override
    public boolean isCaptured() {
        // A pod's QEMU ends with its guest, whoever captures it.
        return false;
    }

    @Override
    public void askToShutDown() {
        try {
            api.put(names.stop(order), JSON.createObjectNode().put("gracePeriod", Machines.MAX_GRACE.toSeconds()));
        } catch (KubeRefused | HoldfastException deaf) {
            // Its power is cut at the end of the grace time.
        }
    }

    /** KubeVirt keeps the guest's agent to itself. */
    @Override
    public GuestDoor guest() {
        return new QgaDoor((command, _, _) -> {
            throw new GuestAgentException(
                    GuestAgentException.Kind.REFUSED, command + ": KubeVirt gives nobody else its guest's agent");
        });
    }

    @Override
    public Optional<String> probeGuestAgent() {
        try {
            return api.get(names.instancePath(order))
                            .filter(Instance::hasGuestAgent)
                            .isPresent()
                    ? Optional.empty()
                    : Optional.of("the cluster does not see the guest's agent");
        } catch (KubeRefused | HoldfastException unanswered) {
            return Optional.of(String.valueOf(unanswered.getMessage()));
        }
    }

    @Override
    public void cut() {
        try {
            if (machine().isPresent()) {
                runner.end(order);
            }
        } catch (KubeRefused refused) {
            throw new HoldfastException(
                    AgentError.ADAPTER_MISSING,
                    "the cluster does not end the machine: " + refused.getMessage(),
                    refused);
        }
        synchronized (this) {
            end = Optional.of("its power was cut");
        }
    }

    @Override
    public void leave() {
        if (traits.endWithAgent()) {
            try {
                cut();
            } catch (HoldfastException away) {
                notHeard(away);
            }
        }
    }
}
