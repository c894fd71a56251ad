package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.hosting.AttachmentStore;
import io.holdfast.replicationagent.hosting.BackingFormat;
import io.holdfast.replicationagent.hosting.Capture;
import io.holdfast.replicationagent.hosting.VmAttachment;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All attachments in one file: a row per machine, followed by a row per volume of it and, when it is known what the machine is, the rows of {@link MachineText}. */
public final class FileAttachmentStore implements AttachmentStore {
    private static final String INLINE = "inline";
    private static final String TAP = "tap";
    private static final String INTERVAL = "interval";

    private final StateDirectory directory;

    public FileAttachmentStore(StateDirectory directory) {
        this.directory = directory;
    }

    private Path file() {
        return directory.file("attachments");
    }

    @Override
    public List<VmAttachment> load() {
        Optional<byte[]> bytes = directory.read(file());
        if (bytes.isEmpty()) {
            return List.of();
        }
        try {
            return parse(StateText.read(bytes.get()).orElseThrow(this::damaged));
        } catch (IndexOutOfBoundsException | NumberFormatException malformed) {
            throw damaged();
        } catch (HoldfastException notAnId) {
            throw damaged();
        }
    }

    private static List<VmAttachment> parse(List<List<String>> rows) {
        List<VmAttachment> machines = new ArrayList<>();
        Map<Integer, List<List<String>>> described = new HashMap<>();
        for (List<String> row : rows) {
            if (MachineText.isOneOf(row)) {
                described
                        .computeIfAbsent(machines.size() - 1, _ -> new ArrayList<>())
                        .add(row);
            } else if (row.getFirst().equals("vm")) {
                machines.add(new VmAttachment(
                        VmId.parse(row.get(1)), row.get(2), List.of(), capture(row), row.size() > 6 ? row.get(6) : ""));
            } else {
                VmAttachment vm = machines.removeLast();
                List<VolumeAttachment> volumes = new ArrayList<>(vm.volumes());
                volumes.add(
                        row.size() > 4
                                ? new VolumeAttachment(
                                        VolumeId.parse(row.get(1)),
                                        row.get(2),
                                        row.get(3),
                                        BackingFormat.parse(row.get(4)),
                                        row.get(5))
                                : new VolumeAttachment(VolumeId.parse(row.get(1)), row.get(2), row.get(3)));
                machines.add(vm.withVolumes(volumes));
            }
        }
        described.forEach(
                (index, spec) -> machines.set(index, machines.get(index).withMachine(MachineText.read(spec))));
        return machines;
    }

    /** A row of the first format ends behind the name: inline. */
    private static Capture capture(List<String> row) {
        return switch (row.size() > 3 ? row.get(3) : INLINE) {
            case INLINE -> Capture.INLINE;
            case TAP -> new Capture.Tap(row.get(4));
            case INTERVAL -> new Capture.Interval(row.get(4), Integer.parseInt(row.get(5)));
            default -> throw new IndexOutOfBoundsException("capture " + row.get(3));
        };
    }

    private static List<String> row(VmAttachment vm) {
        return switch (vm.capture()) {
            case Capture.Inline _ ->
                List.of("vm", vm.id().toString(), vm.name(), INLINE, "", "0", vm.guestAgentSocket());
            case Capture.Tap tap ->
                List.of("vm", vm.id().toString(), vm.name(), TAP, tap.qmpSocket(), "0", vm.guestAgentSocket());
            case Capture.Interval polled ->
                List.of(
                        "vm",
                        vm.id().toString(),
                        vm.name(),
                        INTERVAL,
                        polled.qmpSocket(),
                        Integer.toString(polled.intervalMs()),
                        vm.guestAgentSocket());
        };
    }

    private HoldfastException damaged() {
        return new HoldfastException(
                AgentError.STATE_FILE_DAMAGED,
                "the list of attached machines in %s is damaged; restore it, or delete it and attach the machines again"
                        .formatted(file()));
    }

    @Override
    public void save(List<VmAttachment> attachments) {
        List<List<String>> rows = new ArrayList<>();
        for (VmAttachment vm : attachments) {
            rows.add(row(vm));
            for (VolumeAttachment volume : vm.volumes()) {
                rows.add(List.of(
                        "volume",
                        volume.id().toString(),
                        volume.name(),
                        volume.backing(),
                        volume.format().text(),
                        volume.qemuNode()));
            }
            vm.machine().map(MachineText::rows).ifPresent(rows::addAll);
        }
        directory.replace(file(), StateText.write(rows));
    }
}
