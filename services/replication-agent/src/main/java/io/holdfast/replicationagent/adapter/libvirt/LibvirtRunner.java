package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.BootFiles;
import io.holdfast.replicationagent.adapter.machine.BootFiles.HostFiles;
import io.holdfast.replicationagent.adapter.machine.ConsoleLog;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.adapter.machine.MachineSettings;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRunner;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;

/** Machines as transient domains of a libvirt on this host: nothing of them stays when they end, and nobody can start them a second time. */
public final class LibvirtRunner implements MachineRunner {
    /** For answers that need nothing of a guest. */
    static final Duration ANSWER = Duration.ofSeconds(10);
    /** Until QEMU has opened all disks. */
    private static final Duration START = Duration.ofSeconds(60);
    /** libvirt tries SIGTERM for 10 s before SIGKILL. */
    static final Duration END = Duration.ofSeconds(40);

    private static final System.Logger LOG = System.getLogger(LibvirtRunner.class.getName());
    /** VIR_DOMAIN_START_PAUSED. */
    private static final int PAUSED = 1;

    private final MachineSettings settings;
    private final BootFiles boot;
    private final MachineFolders folders;
    private final LibvirtLink link;

    public LibvirtRunner(Hypervisor.Libvirt libvirt, MachineSettings settings, MachineFolders folders) {
        this.settings = settings;
        this.boot = new BootFiles(settings);
        this.folders = folders;
        this.link = new LibvirtLink(libvirt.uri());
    }

    @Override
    public List<String> adapters() {
        return link.isUp() ? List.of("libvirt") : List.of();
    }

    @Override
    public void check(MachineOrder order) {
        DomainXml.check(order);
        boot.filesOf(order);
        ask(ANSWER, Connect::getLibVersion);
    }

    @Override
    public RunningMachine start(MachineOrder order) throws MachineFailure {
        DomainFiles files = new DomainFiles(folders.of(order.id()));
        boolean done = false;
        try {
            remove(order);
            files.create();
            HostFiles host = bootFiles(order);
            if (order.spec().firmware() == Firmware.UEFI) {
                Files.copy(settings.uefiVariables(), files.uefiVariables(), StandardCopyOption.REPLACE_EXISTING);
            }
            int domain = link.call(START, libvirt -> create(libvirt, order, host), _ -> endUnwanted(order));
            LibvirtMachine machine = machine(order, domain);
            done = true;
            return machine;
        } catch (IOException | LibvirtException failed) {
            throw new MachineFailure("libvirt did not start the machine: " + failed.getMessage(), failed);
        } finally {
            if (!done) {
                endUnwanted(order);
            }
        }
    }

    private HostFiles bootFiles(MachineOrder order) throws MachineFailure {
        try {
            return boot.filesOf(order);
        } catch (HoldfastException changedSince) {
            throw new MachineFailure(changedSince.getMessage(), changedSince);
        }
    }

    private int create(Connect libvirt, MachineOrder order, HostFiles host) throws LibvirtException {
        String type = DomainType.choose(settings.accelerator(), libvirt.getCapabilities());
        Domain domain = libvirt.domainCreateXML(DomainXml.of(type, order, folders, host), PAUSED);
        try {
            return domain.getID();
        } finally {
            domain.free();
        }
    }

    /** Best effort: its guest was never let go, and StopMachine looks again. */
    private void endUnwanted(MachineOrder order) {
        try {
            destroy(order);
        } catch (HoldfastException left) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A domain that did not start may be left until its machine is stopped; domain="
                            + DomainXml.nameOf(order) + ": " + left.getMessage());
        }
    }

    private LibvirtMachine machine(MachineOrder order, int domain) throws IOException {
        DomainFiles files = new DomainFiles(folders.of(order.id()));
        return new LibvirtMachine(
                link,
                new LibvirtMachine.Identity(order, folders.owner(), domain),
                new Printed(files),
                settings.endWithAgent());
    }

    @Override
    public Optional<RunningMachine> adopt(MachineOrder order) {
        int domain = ask(ANSWER, libvirt -> {
            Optional<Domain> found = Domains.find(libvirt, order, folders.owner());
            if (found.isEmpty()) {
                return -1;
            }
            try {
                return found.get().getID();
            } finally {
                found.get().free();
            }
        });
        if (domain < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(machine(order, domain));
        } catch (IOException unusable) {
            throw unusable(order, unusable);
        }
    }

    @Override
    public void clear(MachineOrder order) {
        try {
            remove(order);
        } catch (IOException failed) {
            throw unusable(order, failed);
        }
    }

    private static HoldfastException unusable(MachineOrder order, IOException failed) {
        return new HoldfastException(
                AgentError.STATE_DIRECTORY_UNUSABLE,
                "files of machine %s cannot be used: %s".formatted(order.id(), failed),
                failed);
    }

    private void remove(MachineOrder order) throws IOException {
        destroy(order);
        new DomainFiles(folders.of(order.id())).delete();
    }

    private void destroy(MachineOrder order) {
        ask(END, libvirt -> {
            Optional<Domain> domain = Domains.find(libvirt, order, folders.owner());
            if (domain.isPresent()) {
                LibvirtMachine.destroy(domain.get());
            }
            return null;
        });
    }

    /** @throws HoldfastException also when libvirt says no: what was asked is always possible, but perhaps not now */
    private <T> T ask(Duration limit, LibvirtLink.Call<T> call) {
        try {
            return link.call(limit, call);
        } catch (LibvirtException refused) {
            throw LibvirtMachine.refused(refused);
        }
    }

    @Override
    public String lastConsole(MachineOrder order) {
        return ConsoleLog.read(folders.of(order.id()).console());
    }

    @Override
    public void close() {
        link.close();
    }
}
