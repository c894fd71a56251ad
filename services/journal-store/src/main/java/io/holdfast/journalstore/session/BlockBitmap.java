package io.holdfast.journalstore.session;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * Which blocks of a volume stand in an overlay: one bit each, kept in pages that exist only where a bit is set, so that a large volume with few
 * private writes costs little memory. Safe for any number of threads.
 *
 * <p>Bit n of the bitmap is bit {@code n % 8} of byte {@code n / 8}, as {@link BitSet#toByteArray} says.
 */
public final class BlockBitmap {
    /** Bytes per page; a page covers 128 MiB of the volume. */
    public static final int PAGE_BYTES = 4096;

    private static final int PAGE_BITS = PAGE_BYTES * 8;

    private final long blockCount;
    private final BitSet[] pages;
    private final BitSet dirty = new BitSet();
    private long setCount;

    /** A page whose bits changed since it was written last. */
    public record Page(int number, byte[] bytes) {}

    public BlockBitmap(long blockCount) {
        this.blockCount = blockCount;
        this.pages = new BitSet[Math.toIntExact(Math.ceilDiv(blockCount, PAGE_BITS))];
    }

    /** Takes over a page as it was stored. Bits beyond the volume's end are ignored. */
    public synchronized void load(int page, byte[] bytes) {
        BitSet bits = BitSet.valueOf(bytes);
        long last = Math.min(PAGE_BITS, blockCount - (long) page * PAGE_BITS);
        bits.clear((int) Math.max(0, last), PAGE_BITS);
        if (!bits.isEmpty()) {
            setCount += bits.cardinality() - (pages[page] == null ? 0 : pages[page].cardinality());
            pages[page] = bits;
        }
    }

    public synchronized boolean isSet(long block) {
        BitSet page = pages[pageOf(block)];
        return page != null && page.get(bitOf(block));
    }

    /** How many blocks from {@code first} on, at most {@code limit}, have the same bit as {@code first}. At least 1. */
    public synchronized long run(long first, long limit) {
        boolean set = isSet(first);
        long at = first;
        long end = Math.min(blockCount, first + limit);
        while (at < end) {
            BitSet page = pages[pageOf(at)];
            long pageStart = (long) pageOf(at) * PAGE_BITS;
            long pageEnd = Math.min(end, pageStart + PAGE_BITS);
            if (page == null) {
                if (set) {
                    break;
                }
                at = pageEnd;
                continue;
            }
            int next = set ? page.nextClearBit(bitOf(at)) : page.nextSetBit(bitOf(at));
            if (next >= 0 && pageStart + next < pageEnd) {
                return Math.max(1, pageStart + next - first);
            }
            at = pageEnd;
        }
        return Math.max(1, at - first);
    }

    /** Sets the bits of {@code count} blocks. */
    public synchronized void set(long first, long count) {
        for (long at = first, end = first + count; at < end; ) {
            int number = pageOf(at);
            if (pages[number] == null) {
                pages[number] = new BitSet();
            }
            int from = bitOf(at);
            int to = (int) Math.min(PAGE_BITS, from + (end - at));
            int before = pages[number].get(from, to).cardinality();
            if (before < to - from) {
                pages[number].set(from, to);
                setCount += to - from - before;
                dirty.set(number);
            }
            at += to - from;
        }
    }

    /** Clears the bits of {@code count} blocks. */
    public synchronized void clear(long first, long count) {
        for (long at = first, end = first + count; at < end; ) {
            int number = pageOf(at);
            int from = bitOf(at);
            int to = (int) Math.min(PAGE_BITS, from + (end - at));
            int before = pages[number] == null ? 0 : pages[number].get(from, to).cardinality();
            if (before > 0) {
                pages[number].clear(from, to);
                setCount -= before;
                dirty.set(number);
            }
            at += to - from;
        }
    }

    /** The first block from {@code from} on whose bit is set; -1 = there is none. */
    public synchronized long nextSet(long from) {
        for (long at = from; at < blockCount; at = (long) (pageOf(at) + 1) * PAGE_BITS) {
            BitSet page = pages[pageOf(at)];
            int next = page == null ? -1 : page.nextSetBit(bitOf(at));
            if (next >= 0) {
                return (long) pageOf(at) * PAGE_BITS + next;
            }
        }
        return -1;
    }

    /** How many of {@code count} blocks have no bit yet. */
    public synchronized long clearIn(long first, long count) {
        long clear = 0;
        for (long at = first, end = first + count; at < end; ) {
            BitSet page = pages[pageOf(at)];
            int from = bitOf(at);
            int to = (int) Math.min(PAGE_BITS, from + (end - at));
            clear += to - from - (page == null ? 0 : page.get(from, to).cardinality());
            at += to - from;
        }
        return clear;
    }

    public synchronized long setCount() {
        return setCount;
    }

    /** Hands out the pages that have to be written; they count as written from now on. */
    public synchronized Deque<Page> takeDirty() {
        Deque<Page> taken = new ArrayDeque<>();
        for (int number = dirty.nextSetBit(0); number >= 0; number = dirty.nextSetBit(number + 1)) {
            byte[] bytes = new byte[PAGE_BYTES];
            byte[] used = pages[number].toByteArray();
            System.arraycopy(used, 0, bytes, 0, used.length);
            taken.add(new Page(number, bytes));
        }
        dirty.clear();
        return taken;
    }

    /** Writing failed: the pages have to be written again. */
    public synchronized void returnDirty(Iterable<Page> pages) {
        pages.forEach(page -> dirty.set(page.number()));
    }

    private static int pageOf(long block) {
        return (int) (block / PAGE_BITS);
    }

    private static int bitOf(long block) {
        return (int) (block % PAGE_BITS);
    }
}
