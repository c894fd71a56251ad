package io.holdfast.cli.failback;

import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.site.Lookup;
import io.holdfast.cli.site.Site;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which host of a site's inventory is the one that a machine of the other site runs on: what a person has said, else the one with its hardware UUID. Hosts are
 * read once.
 */
public final class Links {
    private final Site here;
    private final Site there;
    /** By VM, as a person names it; the empty name is every other VM. */
    private final Map<String, String> said = new HashMap<>();

    private final Map<String, String> ids = new HashMap<>();
    private final Map<String, Optional<String>> byHardware = new HashMap<>();

    /**
     * @param here the site that captures
     * @param there the site of the machines
     * @param words {@code HOST}, or {@code VM=HOST}
     */
    public Links(Site here, Site there, List<String> words) {
        this.here = here;
        this.there = there;
        for (String word : words) {
            int equals = word.indexOf('=');
            String vm = equals < 0 ? "" : word.substring(0, equals);
            if (said.put(vm, word.substring(equals + 1)) != null) {
                throw new CommandFailure(
                        ExitCode.USAGE, "two hosts are named for %s".formatted(vm.isEmpty() ? "all VMs" : vm));
            }
        }
    }

    /** @param machineHost of the other site; empty = not known */
    Optional<String> of(String vmId, String vmName, Optional<String> machineHost) {
        String host = said.getOrDefault(vmId, said.getOrDefault(vmName, said.get("")));
        return host == null
                ? machineHost.flatMap(id -> byHardware.computeIfAbsent(id, this::withHardwareOf))
                : Optional.of(ids.computeIfAbsent(host, new Lookup(here)::host));
    }

    private Optional<String> withHardwareOf(String machineHost) {
        String uuid =
                there.get("api/v1/hosts/" + machineHost).path("hardwareUuid").asText("");
        List<String> same = here.list("api/v1/hosts").stream()
                .filter(host ->
                        !uuid.isEmpty() && host.path("hardwareUuid").asText("").equals(uuid))
                .map(host -> host.path("id").asText())
                .toList();
        return same.size() == 1 ? Optional.of(same.getFirst()) : Optional.empty();
    }
}
