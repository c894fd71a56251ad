package io.holdfast.inventory.adapter.persistence;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.inventory.host.Hosting;
import io.holdfast.inventory.vm.MachineSpec;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import java.util.List;
import java.util.Optional;

/**
 * JSON columns, in forms of their own: what is stored must not change with how replies look, or with a value's Java. Fields of a newer version are
 * ignored, so that a rollback of the service can read its rows.
 */
final class StoredJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private StoredJson() {}

    private record MachineForm(
            int cpuCount,
            long memoryBytes,
            MachineSpec.Firmware firmware,
            String machineType,
            List<DiskForm> disks,
            List<MachineSpec.Nic> nics,
            MachineSpec.DirectBoot directBoot) {}

    private record DiskForm(String volumeId, String bus, String serial) {}

    static String write(MachineSpec spec) {
        return text(new MachineForm(
                spec.cpuCount(),
                spec.memoryBytes(),
                spec.firmware(),
                spec.machineType(),
                spec.disks().stream()
                        .map(disk -> new DiskForm(disk.volume().toString(), disk.bus(), disk.serial()))
                        .toList(),
                spec.nics(),
                spec.directBoot().orElse(null)));
    }

    static String write(Hosting hosting) {
        return text(hosting);
    }

    private static String text(Object form) {
        try {
            return MAPPER.writeValueAsString(form);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("stored forms are texts and numbers", impossible);
        }
    }

    static MachineSpec machine(String text) {
        MachineForm form = read("machine", MachineForm.class, text);
        return new MachineSpec(
                form.cpuCount(),
                form.memoryBytes(),
                form.firmware(),
                form.machineType(),
                form.disks().stream()
                        .map(disk -> new MachineSpec.Disk(VolumeId.parse(disk.volumeId()), disk.bus(), disk.serial()))
                        .toList(),
                form.nics(),
                Optional.ofNullable(form.directBoot()));
    }

    static Hosting hosting(String text) {
        return read("hosting", Hosting.class, text);
    }

    private static <T> T read(String column, Class<T> type, String text) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JsonProcessingException malformed) {
            throw new HoldfastException(
                    CommonError.MALFORMED_DATA, "column %s does not hold what it should".formatted(column), malformed);
        }
    }
}
