package io.holdfast.recoveryplan.drift;

import io.holdfast.recoveryplan.machine.MachineSpec;
import io.holdfast.recoveryplan.machine.MachineSpec.DirectBoot;
import io.holdfast.recoveryplan.machine.MachineSpec.Disk;
import io.holdfast.recoveryplan.machine.MachineSpec.Nic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What of a machine's specification changed. Disks are told apart by their volume and cards by their name, as plans name them; everything that is in a specification is
 * compared ({@code SpecChangesTest} counts the components).
 */
final class SpecChanges {
    private final List<Change> found = new ArrayList<>();

    private SpecChanges() {}

    static List<Change> between(MachineSpec before, MachineSpec now) {
        SpecChanges changes = new SpecChanges();
        changes.note("cpuCount", before.cpuCount(), now.cpuCount());
        changes.note("memoryBytes", before.memoryBytes(), now.memoryBytes());
        changes.note("firmware", before.firmware(), now.firmware());
        changes.note("machineType", before.machineType(), now.machineType());
        changes.disks(before.disks(), now.disks());
        changes.nics(before.nics(), now.nics());
        changes.note("kernel", boot(before, DirectBoot::kernel), boot(now, DirectBoot::kernel));
        changes.note("initrd", boot(before, DirectBoot::initrd), boot(now, DirectBoot::initrd));
        changes.note("kernelCommandLine", boot(before, DirectBoot::commandLine), boot(now, DirectBoot::commandLine));
        return List.copyOf(changes.found);
    }

    private static String boot(MachineSpec spec, Function<DirectBoot, String> part) {
        return spec.directBoot().map(part).orElse("");
    }

    private void disks(List<Disk> before, List<Disk> now) {
        each(
                "disk",
                byName(before, disk -> disk.volumeId().toString()),
                byName(now, disk -> disk.volumeId().toString()),
                (name, was, is) -> {
                    note(name + " bus", was.bus(), is.bus());
                    note(name + " serial", was.serial(), is.serial());
                });
        List<String> order = order(before, now);
        List<String> orderNow = order(now, before);
        note("bootOrder", String.join(" ", order), String.join(" ", orderNow));
    }

    /** Of the disks that are in both: one that came or went is told as such. */
    private static List<String> order(List<Disk> disks, List<Disk> others) {
        Set<Object> shared = others.stream().map(Disk::volumeId).collect(Collectors.toSet());
        return disks.stream()
                .map(Disk::volumeId)
                .filter(shared::contains)
                .map(Object::toString)
                .toList();
    }

    private void nics(List<Nic> before, List<Nic> now) {
        each("nic", byName(before, Nic::name), byName(now, Nic::name), (name, was, is) -> {
            note(name + " network", was.network(), is.network());
            note(name + " mac", was.mac(), is.mac());
            note(name + " model", was.model(), is.model());
        });
    }

    @FunctionalInterface
    private interface InBoth<T> {
        void compare(String name, T was, T is);
    }

    private <T> void each(String kind, Map<String, T> before, Map<String, T> now, InBoth<T> inBoth) {
        Set<String> names = new LinkedHashSet<>(before.keySet());
        names.addAll(now.keySet());
        for (String name : names) {
            String shown = kind + " " + name;
            if (!before.containsKey(name)) {
                found.add(new Change(shown, "", "added"));
            } else if (!now.containsKey(name)) {
                found.add(new Change(shown, "removed", ""));
            } else {
                inBoth.compare(shown, before.get(name), now.get(name));
            }
        }
    }

    private static <T> Map<String, T> byName(List<T> all, Function<T, String> name) {
        return all.stream()
                .collect(Collectors.toMap(name, Function.identity(), (first, _) -> first, LinkedHashMap::new));
    }

    private void note(String what, Object before, Object now) {
        if (!before.equals(now)) {
            found.add(new Change(what, before.toString(), now.toString()));
        }
    }
}
