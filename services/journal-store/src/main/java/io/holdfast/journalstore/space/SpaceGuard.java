package io.holdfast.journalstore.space;

/**
 * Whether there is room to apply. Two marks, so that a volume at the edge does not pause and resume with every file that
 * comes and goes.
 *
 * @param reserveBytes apply pauses when less is free
 * @param resumeBytes apply goes on when at least this is free
 */
public record SpaceGuard(long reserveBytes, long resumeBytes) {
    public SpaceGuard {
        if (reserveBytes < 0 || resumeBytes < reserveBytes) {
            throw new IllegalArgumentException("reserve %d, resume %d: both 0 or more, resume not below the reserve"
                    .formatted(reserveBytes, resumeBytes));
        }
    }

    /** Resumes with a quarter more than the reserve. */
    public static SpaceGuard withReserve(long reserveBytes) {
        return new SpaceGuard(reserveBytes, reserveBytes + reserveBytes / 4);
    }

    public enum Verdict {
        ROOM,
        PAUSE
    }

    public Verdict judge(Verdict before, long freeBytes) {
        return switch (before) {
            case ROOM -> freeBytes < reserveBytes ? Verdict.PAUSE : Verdict.ROOM;
            case PAUSE -> freeBytes >= resumeBytes ? Verdict.ROOM : Verdict.PAUSE;
        };
    }
}
