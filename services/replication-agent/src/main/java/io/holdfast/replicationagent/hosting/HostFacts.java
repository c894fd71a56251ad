package io.holdfast.replicationagent.hosting;

/** @param hardwareUuid what stays when everything else about a host changes; empty = unknown */
public record HostFacts(String hardwareUuid, long memoryBytes, int cpuCount) {}
