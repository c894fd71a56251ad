package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.hosting.AttachmentStore;
import io.holdfast.replicationagent.hosting.VmAttachment;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All attachments in one file: a row per machine, followed by a row per volume of it. */
public final class FileAttachmentStore implements AttachmentStore {
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
        } catch (IndexOutOfBoundsException malformed) {
            throw damaged();
        } catch (HoldfastException notAnId) {
            throw damaged();
        }
    }

    private static List<VmAttachment> parse(List<List<String>> rows) {
        List<VmAttachment> machines = new ArrayList<>();
        for (List<String> row : rows) {
            if (row.getFirst().equals("vm")) {
                machines.add(new VmAttachment(VmId.parse(row.get(1)), row.get(2), List.of()));
            } else {
                VmAttachment vm = machines.removeLast();
                List<VolumeAttachment> volumes = new ArrayList<>(vm.volumes());
                volumes.add(new VolumeAttachment(VolumeId.parse(row.get(1)), row.get(2), row.get(3)));
                machines.add(new VmAttachment(vm.id(), vm.name(), volumes));
            }
        }
        return machines;
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
            rows.add(List.of("vm", vm.id().toString(), vm.name()));
            for (VolumeAttachment volume : vm.volumes()) {
                rows.add(List.of("volume", volume.id().toString(), volume.name(), volume.backing()));
            }
        }
        directory.replace(file(), StateText.write(rows));
    }
}
