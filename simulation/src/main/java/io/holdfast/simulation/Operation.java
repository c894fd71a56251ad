package io.holdfast.simulation;

/**
 * What a guest does to a disk.
 *
 * @param sector first 512-byte sector
 * @param sectors how many
 * @param stamp what each sector says afterwards; 0 = zeroes
 * @param discard given up rather than zeroed
 */
record Operation(SimDisk disk, int sector, int sectors, long stamp, boolean discard) {
    long offset() {
        return (long) sector * Content.SECTOR_BYTES;
    }

    long length() {
        return (long) sectors * Content.SECTOR_BYTES;
    }

    @Override
    public String toString() {
        return "%s sectors %d+%d of disk %d, stamp %d"
                .formatted(discard ? "trim" : stamp == 0 ? "zero" : "write", sector, sectors, disk.index(), stamp);
    }
}
