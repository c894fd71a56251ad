package io.holdfast.simulation;

/**
 * What a block holds, as one number, and a whole image as one sum that changes with each block. Disks of the simulation are told apart by the
 * stamp at the start of each 512-byte sector; the rest of a sector is zero.
 */
final class Content {
    static final int SECTOR_BYTES = 512;
    static final int SECTORS_PER_BLOCK = 8;
    static final int BLOCK_BYTES = 4096;

    private Content() {}

    /** 0 exactly for a block of zeroes. */
    static long ofBlock(long[] stamps, int block) {
        long sum = 0;
        for (int i = 0; i < SECTORS_PER_BLOCK; i++) {
            sum += ofSector(stamps[block * SECTORS_PER_BLOCK + i], i);
        }
        return sum;
    }

    /** What a sector adds to the number of its block. */
    static long ofSector(long stamp, int place) {
        return stamp == 0 ? 0 : mix(stamp * SECTORS_PER_BLOCK + place);
    }

    /** What a block adds to the sum of its image. */
    static long inImage(int volume, long block, long digest) {
        return digest == 0 ? 0 : mix(digest ^ mix((long) volume << 40 | block));
    }

    private static long mix(long z) {
        long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }
}
