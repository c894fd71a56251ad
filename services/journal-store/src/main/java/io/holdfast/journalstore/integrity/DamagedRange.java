package io.holdfast.journalstore.integrity;

/** Blocks of a volume whose present bytes cannot be read. */
public record DamagedRange(int volumeIndex, long block, long blocks) {}
