package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.BootFiles.HostFiles;
import io.holdfast.replicationagent.adapter.machine.MachineFolders.MachineFiles;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRunner;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Machines as QEMU processes, each in a session of its own, so that it outlives the agent. */
public final class QemuRunner implements MachineRunner {
    private static final System.Logger LOG = System.getLogger(QemuRunner.class.getName());
    /** Until the monitor answers: by then QEMU has opened all disks. */
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long POLL_NANOS = 20_000_000;

    private final String program;
    private final MachineSettings settings;
    private final BootFiles boot;
    private final MachineFolders folders;

    /** @param program of QEMU, a name on the search path or a path */
    public QemuRunner(String program, MachineSettings settings, MachineFolders folders) {
        this.program = program;
        this.settings = settings;
        this.boot = new BootFiles(settings);
        this.folders = folders;
    }

    @Override
    public List<String> adapters() {
        return Programs.find(program).isPresent() ? List.of("qemu") : List.of();
    }

    @Override
    public void check(MachineOrder order) {
        if (adapters().isEmpty()) {
            throw new HoldfastException(
                    AgentError.ADAPTER_MISSING,
                    "%s is not installed on this host, so it cannot run machines".formatted(program));
        }
        boot.filesOf(order);
    }

    @Override
    public RunningMachine start(MachineOrder order) throws MachineFailure {
        MachineFiles files = folders.of(order.id());
        try {
            remove(order);
            files.create();
            HostFiles host = boot.filesOf(order);
            if (order.spec().firmware() == Firmware.UEFI) {
                Files.copy(settings.uefiVariables(), files.uefiVariables(), StandardCopyOption.REPLACE_EXISTING);
            }
            Process process = spawn(QemuCommand.of(program, settings, order, folders, host), files);
            return connected(process, order, files);
        } catch (IOException failed) {
            throw new MachineFailure("the machine's process could not be made: " + failed.getMessage(), failed);
        } catch (HoldfastException changedSince) {
            throw new MachineFailure(changedSince.getMessage(), changedSince);
        }
    }

    private static Process spawn(List<String> command, MachineFiles files) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "setsid", "sh", "-c", ProcessIdentity.NOTING, files.processId().toString()));
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(files.log().toFile()));
        builder.environment().put("LC_ALL", "C");
        return builder.start();
    }

    private RunningMachine connected(Process process, MachineOrder order, MachineFiles files) throws MachineFailure {
        long end = System.nanoTime() + START_NANOS;
        boolean done = false;
        try {
            String reason = "its monitor did not come up within 60 s";
            while (System.nanoTime() - end < 0 && process.isAlive()) {
                Optional<ProcessIdentity> identity = ProcessIdentity.read(files.processId());
                if (identity.isPresent() && Files.exists(files.monitor())) {
                    try {
                        QemuProcess machine =
                                QemuProcess.connect(identity.get(), order, files, settings.endWithAgent());
                        for (int card = 0; card < order.spec().nics().size(); card++) {
                            if (!order.connections().containsKey(card)) {
                                machine.takeLinkDown(card);
                            }
                        }
                        done = true;
                        return machine;
                    } catch (QmpException notYet) {
                        reason = notYet.getMessage();
                    }
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
            String said = QemuProcess.logOf(files);
            throw new MachineFailure("QEMU did not start: " + (said.isEmpty() ? reason : said));
        } finally {
            if (!done) {
                process.destroyForcibly();
                ProcessIdentity.read(files.processId()).ifPresent(ProcessIdentity::kill);
            }
        }
    }

    @Override
    public Optional<RunningMachine> adopt(MachineOrder order) {
        MachineFiles files = folders.of(order.id());
        Optional<ProcessIdentity> identity =
                ProcessIdentity.read(files.processId()).filter(ProcessIdentity::isAlive);
        if (identity.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(QemuProcess.connect(identity.get(), order, files, settings.endWithAgent()));
        } catch (QmpException | MachineFailure deaf) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A machine's process does not answer and is ended; machine=" + order.id() + ": "
                            + deaf.getMessage());
            identity.get().kill();
            return Optional.empty();
        }
    }

    @Override
    public void clear(MachineOrder order) {
        try {
            remove(order);
        } catch (IOException failed) {
            throw new HoldfastException(
                    AgentError.STATE_DIRECTORY_UNUSABLE,
                    "files of machine %s cannot be removed: %s".formatted(order.id(), failed),
                    failed);
        }
    }

    private void remove(MachineOrder order) throws IOException {
        MachineFiles files = folders.of(order.id());
        ProcessIdentity.read(files.processId()).ifPresent(ProcessIdentity::kill);
        files.delete();
    }

    @Override
    public String lastConsole(MachineOrder order) {
        return ConsoleLog.read(folders.of(order.id()).console());
    }
}
