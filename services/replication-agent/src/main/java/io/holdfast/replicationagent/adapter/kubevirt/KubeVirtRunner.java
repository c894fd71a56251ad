package io.holdfast.replicationagent.adapter.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.ConsoleLog;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.adapter.machine.MachineSettings;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineNetworks;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRunner;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Machines as VirtualMachine objects of a cluster. */
public final class KubeVirtRunner implements MachineRunner {
    /** Until the pod is scheduled, its images are there, and the guest waits. */
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(180);
    /** Until a deleted object is gone. */
    private static final long END_SECONDS = 60;

    private static final long POLL_NANOS = 500_000_000;
    private static final long OFFER_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final MachineSettings settings;
    private final String node;
    private final MachineFolders folders;
    private final KubeApi api;
    private final KubeNames names;
    private final KubeNetworks networks;
    private volatile boolean offered;
    private volatile long askedNanos = System.nanoTime() - OFFER_NANOS;

    public KubeVirtRunner(Hypervisor.KubeVirt cluster, MachineSettings settings, MachineFolders folders) {
        this.settings = settings;
        this.node = cluster.node();
        this.folders = folders;
        this.api = new KubeApi(cluster);
        this.names = new KubeNames(cluster.namespace(), folders.owner());
        this.networks = new KubeNetworks(settings.bridges(), folders, names, api);
    }

    /** Networks of the cluster that machines of this runner are in. */
    public MachineNetworks networks() {
        return networks;
    }

    /** Asked for again in the background, every five seconds. */
    @Override
    public List<String> adapters() {
        long now = System.nanoTime();
        if (now - askedNanos >= OFFER_NANOS) {
            askedNanos = now;
            Thread.ofVirtual().name("holdfast-kubevirt-offer").start(() -> {
                try {
                    requireKubeVirt();
                    offered = true;
                } catch (HoldfastException away) {
                    offered = false;
                }
            });
        }
        return offered ? List.of("kubevirt") : List.of();
    }

    private void requireKubeVirt() {
        try {
            if (api.get(names.machines() + "?limit=1").isEmpty()) {
                throw missing("it does not know VirtualMachine objects: KubeVirt is not installed");
            }
        } catch (KubeRefused refused) {
            throw missing(refused.getMessage());
        }
    }

    private static HoldfastException missing(String why) {
        return new HoldfastException(
                AgentError.ADAPTER_MISSING, "machines cannot be run in this cluster: %s".formatted(why));
    }

    @Override
    public void check(MachineOrder order) {
        VirtualMachine.check(order);
        requireKubeVirt();
    }

    @Override
    public RunningMachine start(MachineOrder order) throws MachineFailure {
        boolean done = false;
        try {
            remove(order);
            folders.of(order.id()).create();
            created(order, names.scripts(), VirtualMachine.script(order, names));
            JsonNode made = created(
                    order,
                    names.machines(),
                    VirtualMachine.of(order, names, node, link -> networks.attachmentOf(order, link)));
            awaitPaused(order);
            done = true;
            return machine(order, made);
        } catch (IOException | KubeRefused failed) {
            throw new MachineFailure("the cluster did not start the machine: " + failed.getMessage(), failed);
        } finally {
            if (!done) {
                endUnwanted(order);
            }
        }
    }

    /** One of the name that is ours is the one whose answer was lost: what was there before is gone. */
    private JsonNode created(MachineOrder order, String path, JsonNode object) throws KubeRefused {
        try {
            return api.create(path, object);
        } catch (KubeRefused refused) {
            if (refused.isConflict()) {
                Optional<JsonNode> there = api.get(path + "/" + KubeNames.machine(order));
                if (there.filter(found -> names.isOurs(found, order)).isPresent()) {
                    return there.get();
                }
            }
            throw refused;
        }
    }

    private void awaitPaused(MachineOrder order) throws MachineFailure, KubeRefused {
        long end = System.nanoTime() + START_NANOS;
        while (true) {
            Optional<JsonNode> instance = api.get(names.instancePath(order));
            String phase = instance.map(Instance::phase).orElse("");
            if (phase.equals("Running") && instance.filter(Instance::isPaused).isPresent()) {
                return;
            }
            boolean over = instance.filter(Instance::hasEnded).isPresent();
            if (over || System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
                throw new MachineFailure("the cluster did not start the machine within %d s: phase '%s', %s"
                        .formatted(TimeUnit.NANOSECONDS.toSeconds(START_NANOS), phase, reason(order, instance)));
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** What the cluster says of a machine that does not run. */
    private String reason(MachineOrder order, Optional<JsonNode> instance) throws KubeRefused {
        JsonNode machine = api.get(names.machinePath(order)).orElse(null);
        String status = machine == null
                ? "deleted"
                : machine.path("status").path("printableStatus").asText("without a status");
        return status + instance.map(Instance::troubles).orElse("");
    }

    /** Best effort: its guest was never let go, and StopMachine looks again. */
    private void endUnwanted(MachineOrder order) {
        try {
            deleteOurs(names.machinePath(order), order);
            deleteOurs(names.scriptPath(order), order);
        } catch (KubeRefused | HoldfastException left) {
            // Found again under its name.
        }
    }

    private Optional<JsonNode> ours(MachineOrder order) throws KubeRefused {
        return ours(names.machinePath(order), order);
    }

    private Optional<JsonNode> ours(String path, MachineOrder order) throws KubeRefused {
        return api.get(path).filter(found -> names.isOurs(found, order));
    }

    private void deleteOurs(String path, MachineOrder order) throws KubeRefused {
        if (ours(path, order).isPresent()) {
            api.delete(path);
        }
    }

    private KubeVirtMachine machine(MachineOrder order, JsonNode object) {
        return new KubeVirtMachine(
                this,
                api,
                names,
                order,
                new KubeVirtMachine.Traits(
                        object.path("metadata").path("uid").asText(),
                        folders.of(order.id()).console(),
                        settings.endWithAgent()));
    }

    @Override
    public Optional<RunningMachine> adopt(MachineOrder order) {
        try {
            return ours(order)
                    .filter(found -> !found.path("metadata").has("deletionTimestamp"))
                    .filter(_ -> !hasEnded(order))
                    .map(found -> machine(order, found));
        } catch (KubeRefused refused) {
            throw missing(refused.getMessage());
        }
    }

    private boolean hasEnded(MachineOrder order) {
        try {
            return api.get(names.instancePath(order)).map(Instance::hasEnded).orElse(true);
        } catch (KubeRefused refused) {
            throw missing(refused.getMessage());
        }
    }

    @Override
    public void clear(MachineOrder order) {
        try {
            remove(order);
        } catch (KubeRefused refused) {
            throw missing(refused.getMessage());
        } catch (IOException failed) {
            throw new HoldfastException(
                    AgentError.STATE_DIRECTORY_UNUSABLE,
                    "files of machine %s cannot be removed: %s".formatted(order.id(), failed),
                    failed);
        }
    }

    private void remove(MachineOrder order) throws KubeRefused, IOException {
        end(order);
        deleteOurs(names.scriptPath(order), order);
        folders.of(order.id()).delete();
    }

    /**
     * Deletes the machine and waits until nothing of it runs.
     *
     * @throws HoldfastException {@code ADAPTER_MISSING} after {@value #END_SECONDS} s: the cluster has not ended it
     */
    void end(MachineOrder order) throws KubeRefused {
        if (ours(order).isEmpty()) {
            return;
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
        api.delete(names.machinePath(order));
        while (ours(order).isPresent() || api.get(names.instancePath(order)).isPresent()) {
            if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
                throw missing("it has not ended machine %s within %d s".formatted(order.id(), END_SECONDS));
            }
            LockSupport.parkNanos(POLL_NANOS / 5);
        }
    }

    @Override
    public String lastConsole(MachineOrder order) {
        return ConsoleLog.read(folders.of(order.id()).console());
    }

    @Override
    public void close() {
        api.close();
    }
}
