package io.holdfast.replicationagent;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The settings {@code holdfast.agent.*} as they are written; {@link AgentSettings} is what they mean. */
@ConfigMapping(prefix = "holdfast.agent")
public interface AgentConfig {
    /** This agent's id. Not set: generated at the first start and kept in the state directory. */
    Optional<String> id();

    /** The host's id. Not set: as {@link #id}. */
    Optional<String> hostId();

    /**
     * What the site knows the machine by when everything else about it has changed, at most 64 characters. Not set: what the firmware or the system says. To be set where two
     * hosts say the same: cloned systems, or several agents on one machine.
     */
    Optional<String> hardwareUuid();

    /** Folder for what has to survive a restart. Belongs to one agent; should be on a disk that is fast to force. */
    String stateDirectory();

    /** Routers of the recovery site, host:port, tried in turn. */
    List<String> routers();

    /** Address on which guests reach the disks. NBD has no authentication: keep it on the host itself. */
    @WithDefault("127.0.0.1")
    String nbdBindAddress();

    @WithDefault("10809")
    int nbdPort();

    /** Folders below which backing files and devices may lie. */
    List<String> diskRoots();

    /** Folder for sockets between the agent and the QEMUs of running machines. At most 60 characters, and QEMU's user must be able to enter it. */
    @WithDefault("/run/holdfast")
    String socketDirectory();

    /** Folders below which the monitor and guest agent sockets of running machines may lie. */
    @WithDefault("/run/libvirt,/var/lib/libvirt/qemu")
    List<String> qemuSocketRoots();

    /**
     * How long a guest's request waits when the process dies that serves an image that is not raw. Longer rides out slower restarts, shorter tells the guest sooner that
     * its disk is gone.
     */
    @WithDefault("30s")
    Duration imageWait();

    /** Folder for snapshots of disks that are captured in intervals: room for what guests overwrite while a poll is sent. QEMU's user writes there. */
    @WithDefault("/var/lib/holdfast/scratch")
    String scratchDirectory();

    /** Memory for changes that are not acknowledged. Larger rides out longer outages and bursts before volumes go to BITMAP. */
    @WithDefault("64MiB")
    String ringSize();

    /** Largest batch, and the unit in which ring memory is lent. Larger compresses better and costs latency. */
    @WithDefault("1MiB")
    String batchSize();

    /** How long a batch waits to fill. Larger means fewer batches and a higher RPO. */
    @WithDefault("20ms")
    Duration batchLinger();

    @WithDefault("10s")
    Duration connectTimeout();

    @WithDefault("500ms")
    Duration reconnectFirst();

    @WithDefault("30s")
    Duration reconnectMost();

    /** DSCP of the packets to routers, 0 to 63, for the network's own rules: 8 (CS1) is less than best effort, 18 (AF21) more. */
    @WithDefault("0")
    int linkDscp();

    /** How often marks of the write-intent map are looked at. Larger keeps marks longer: fewer forced marks, longer delta syncs. */
    @WithDefault("10s")
    Duration intentSettleInterval();

    /** How long a stop may take to get everything acknowledged. Larger makes the next start's delta sync shorter. */
    @WithDefault("10s")
    Duration stopTimeout();

    /** JSON file with the commands that run in guests before a freeze and after a thaw (docs/app-consistent.md). Not set: none. */
    Optional<String> hooksFile();

    /** Folders in the guest below which such commands may lie. */
    @WithDefault("/etc/holdfast/hooks/")
    List<String> hookRoots();

    /** Machines that this host runs for recovery runs (docs/machines.md). */
    MachinesConfig machines();

    /** Which place may run this host's machines (docs/ownership.md). */
    OwnershipConfig ownership();

    /** The settings {@code holdfast.agent.ownership.*}. */
    interface OwnershipConfig {
        /** After a restart of the host: how long its disks wait for a router to say who owns the machines. Longer is safer after a failover, and a longer outage without a recovery site. */
        @WithDefault("60s")
        Duration confirmLimit();

        /** What follows when none has said so: {@code SERVE}, a protected site starts without its recovery site; {@code REFUSE}, disks are refused until one has. */
        @WithDefault("SERVE")
        String unconfirmed();

        /** File that says which start of the host this is. Another one only in tests. */
        @WithDefault("/proc/sys/kernel/random/boot_id")
        String bootIdFile();
    }

    /** The settings {@code holdfast.agent.machines.*}. */
    interface MachinesConfig {
        /** Memory that machines of recovery runs may have on this host together. Not set: half of the host's. */
        Optional<String> memoryLimit();

        /** Networks of the host that machines can be connected to, by name. */
        Map<String, NetworkConfig> networks();

        /** Folders below which kernels and initial file systems may lie that machines boot directly. Not set: none may. */
        Optional<List<String>> bootRoots();

        /** What runs them: {@code QEMU}, processes of this agent; {@code LIBVIRT}, domains of this host's libvirt; {@code KUBEVIRT}, VirtualMachine objects of its cluster. */
        @WithDefault("QEMU")
        String hypervisor();

        /** The program, by name or path; for {@code QEMU}. libvirt chooses by itself. */
        @WithDefault("qemu-system-x86_64")
        String qemu();

        /** The connection; for {@code LIBVIRT}. A libvirt on this host, as taps and sockets are this host's. */
        @WithDefault("qemu:///system")
        String libvirtUri();

        /** The API server; for {@code KUBEVIRT}. */
        @WithDefault("https://kubernetes.default.svc")
        String kubernetesUrl();

        /** Folder with the files token and ca.crt of a service account. */
        @WithDefault("/var/run/secrets/kubernetes.io/serviceaccount")
        String kubernetesAccount();

        /** Of the machines and everything made for them. */
        @WithDefault("holdfast-machines")
        String kubernetesNamespace();

        /** This host's name as a node of the cluster: its machines run here. Not set: anywhere, and machines of one run may not see each other. */
        Optional<String> kubernetesNode();

        /** What executes guests: {@code auto} takes KVM where the host lets it and emulates else; {@code kvm}; {@code tcg}, emulation, about ten times slower. */
        @WithDefault("auto")
        String accelerator();

        /** UEFI firmware for machines that start from it. */
        @WithDefault("/usr/share/OVMF/OVMF_CODE_4M.fd")
        String uefiCode();

        /** What the firmware's variables of a new machine are copied from. */
        @WithDefault("/usr/share/OVMF/OVMF_VARS_4M.fd")
        String uefiVariables();

        /** Whether an orderly end of the agent cuts the power of its machines; else they outlive it. */
        @WithDefault("false")
        boolean endWithAgent();
    }

    /** A network of the host. */
    interface NetworkConfig {
        /** The bridge that machines' cards are connected to; it is there. */
        String bridge();
    }
}
