package io.holdfast.replicationagent.machine;

import java.util.List;
import java.util.Set;

/** What this host can do for machines, and what they have of it now. */
public record HostCapacity(List<String> adapters, Set<String> networks, long memoryLimitBytes, long memoryUsedBytes) {}
