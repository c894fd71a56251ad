package io.holdfast.inventory.adapter.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.holdfast.inventory.mirror.GroupStatus;
import io.holdfast.inventory.mirror.Health;
import io.holdfast.inventory.mirror.SiteStatus;
import io.holdfast.inventory.mirror.VmStatus;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The lists of a status as one site tells them and the other keeps them. What cannot be is refused, whoever says it: text without bound or with control characters, an id twice,
 * more than a status may have.
 */
public final class StatusJson {
    private StatusJson() {}

    /** @param cutMicros since the epoch; left out = not known */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Group(String id, String name, String lifecycle, String health, Long cutMicros) {}

    /** @param owner left out = the VM's source */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Vm(String id, String name, String group, long epoch, String owner) {}

    public static List<Group> ofGroups(List<GroupStatus> groups) {
        return groups.stream()
                .map(group -> new Group(
                        group.id().toString(),
                        group.name(),
                        group.lifecycle(),
                        group.health().name(),
                        group.newestCheckpoint().map(StatusJson::micros).orElse(null)))
                .toList();
    }

    public static List<Vm> ofVms(List<VmStatus> vms) {
        return vms.stream()
                .map(vm -> new Vm(
                        vm.id().toString(),
                        vm.name(),
                        vm.group().toString(),
                        vm.epoch(),
                        vm.owner().isEmpty() ? null : vm.owner()))
                .toList();
    }

    /** @throws HoldfastException {@code INVALID_REQUEST} */
    public static List<GroupStatus> groups(List<Group> told) {
        return read(
                told,
                SiteStatus.MOST_GROUPS,
                Group::id,
                group -> new GroupStatus(
                        PgId.parse(group.id()),
                        text(group.name()),
                        text(group.lifecycle()),
                        Health.valueOf(group.health()),
                        Optional.ofNullable(group.cutMicros()).map(StatusJson::instant)));
    }

    /** @throws HoldfastException {@code INVALID_REQUEST} */
    public static List<VmStatus> vms(List<Vm> told) {
        return read(
                told,
                SiteStatus.MOST_VMS,
                Vm::id,
                vm -> new VmStatus(
                        VmId.parse(vm.id()),
                        text(vm.name()),
                        PgId.parse(vm.group()),
                        vm.epoch(),
                        vm.owner() == null ? "" : text(vm.owner())));
    }

    private static <F, T> List<T> read(List<F> told, int most, Function<F, String> id, Function<F, T> read) {
        if (told.size() > most) {
            throw refused("it has more than %d entries".formatted(most), null);
        }
        var ids = new HashSet<String>();
        try {
            return told.stream()
                    .map(one -> {
                        if (!ids.add(id.apply(one))) {
                            throw refused("it has an id twice", null);
                        }
                        return read.apply(one);
                    })
                    .toList();
        } catch (IllegalArgumentException | NullPointerException malformed) {
            throw refused("an entry is not what it should be", malformed);
        }
    }

    /** @throws HoldfastException {@code INVALID_REQUEST} for what is no label */
    public static String text(String label) {
        if (label == null || !SiteStatus.label(label).equals(label)) {
            throw refused("a name is too long or has characters that no name has", null);
        }
        return label;
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static HoldfastException refused(String why, Exception cause) {
        return new HoldfastException(CommonError.INVALID_REQUEST, "a list cannot be taken: " + why, cause);
    }
}
