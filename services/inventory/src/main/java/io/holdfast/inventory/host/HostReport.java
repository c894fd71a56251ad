package io.holdfast.inventory.host;

import io.holdfast.kernel.id.HostId;
import java.util.Optional;

/** What an agent says of the machine it runs on, apart from its VMs. */
public record HostReport(
        HostId id,
        String name,
        Optional<String> hardwareUuid,
        long memoryBytes,
        int cpuCount,
        String softwareVersion,
        String nbdAddress,
        Hosting hosting) {}
