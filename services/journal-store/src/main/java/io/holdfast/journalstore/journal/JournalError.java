package io.holdfast.journalstore.journal;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** What can go wrong with a journal, as seen by its users. */
public enum JournalError implements ErrorCode {
    /** This store has no journal of that group. */
    JOURNAL_NOT_FOUND(Blame.NOT_FOUND),
    /** The group has no such volume at that point. */
    VOLUME_NOT_FOUND(Blame.NOT_FOUND),
    /** Text that should name a point (checkpoint, lsn:n, instant, latest) names none. */
    POINT_MALFORMED(Blame.INVALID_REQUEST),
    /** No checkpoint has this id, or it was never listed. */
    CHECKPOINT_NOT_FOUND(Blame.NOT_FOUND),
    /** The tail has passed the checkpoint. */
    CHECKPOINT_EXPIRED(Blame.CONFLICT),
    /** The tail has passed the LSN or instant. */
    LSN_EXPIRED(Blame.CONFLICT),
    /** The journal has not reached this LSN. */
    LSN_NOT_REACHED(Blame.CONFLICT),
    /** The point lies inside a sync: the disks at this point are a mixture of two instants. */
    NOT_CONSISTENT(Blame.CONFLICT),
    /** No recovery session has this id. */
    SESSION_NOT_FOUND(Blame.NOT_FOUND),
    /** The session's point is not readable (again) yet. */
    SESSION_RESTORING(Blame.UNAVAILABLE),
    /** The session's point was lost together with Kafka's records; the session can only be deleted. */
    SESSION_LOST(Blame.CONFLICT),
    /** The session is being committed, was committed, or has ended. */
    SESSION_NOT_OPEN(Blame.CONFLICT),
    /** The commit has passed its point of no return. */
    COMMIT_IS_FINAL(Blame.CONFLICT),
    /** The session serves a part of the group; a commit makes all volumes what they were at its point. */
    SESSION_IS_PART(Blame.CONFLICT),
    /** A commit is under way. */
    COMMIT_RUNS(Blame.CONFLICT),
    /** Replication of the group goes on: a commit would fight with it for the volumes. */
    REPLICATION_RUNS(Blame.CONFLICT),
    /** What should leave the history is in use by a session, an open view or a held checkpoint. */
    HISTORY_IN_USE(Blame.CONFLICT),
    /** The branch of the last commit, or the one that keeps what a volume was seeded with, has to be released first. */
    BRANCH_RETAINED(Blame.CONFLICT),
    /** Another branch of the journal has this name. */
    BRANCH_NAME_TAKEN(Blame.CONFLICT),
    /** The branch is an old disk, which can be read and nothing more. */
    BRANCH_READ_ONLY(Blame.CONFLICT),
    /** The journal has no branch of that name. */
    BRANCH_NOT_FOUND(Blame.NOT_FOUND),
    /** Where a branch and the present differ is not known now, or not any more. */
    DIFFERENCES_UNKNOWN(Blame.CONFLICT),
    /** The point lies on a branch, not in the journal's present history. */
    POINT_ON_BRANCH(Blame.CONFLICT),
    /** The store has no export of that id. */
    EXPORT_NOT_FOUND(Blame.NOT_FOUND),
    /** The store has no directory for exported images. */
    EXPORTS_DISABLED(Blame.CONFLICT),
    /** The export was not done within its time; its point was given back to ageing. */
    EXPORT_TIMED_OUT(Blame.CONFLICT),
    /** The store was stopped, or died, while the export waited or ran. */
    EXPORT_INTERRUPTED(Blame.CONFLICT),
    /** The store has no file view of that id. */
    FILE_VIEW_NOT_FOUND(Blame.NOT_FOUND),
    /** The store has no folder for file views. */
    FILES_DISABLED(Blame.CONFLICT),
    /** As many file views are open as the settings allow. */
    FILE_VIEWS_EXHAUSTED(Blame.EXHAUSTED),
    /** The file view is still being opened. */
    FILE_VIEW_NOT_READY(Blame.CONFLICT),
    /** Nobody used the file view for too long, or it has had its whole time. */
    FILE_VIEW_EXPIRED(Blame.CONFLICT),
    /** The file view could not be opened, or its appliance ended. */
    FILE_VIEW_FAILED(Blame.CONFLICT),
    /** The file view was not ready, or one of its answers not there, within its time. */
    FILE_VIEW_TIMED_OUT(Blame.UNAVAILABLE),
    /** An earlier request of the same file view takes too long. */
    FILE_VIEW_BUSY(Blame.UNAVAILABLE),
    /** The volumes have no file system of that name, or none at all. */
    NO_FILE_SYSTEM(Blame.NOT_FOUND),
    /** A file system cannot be mounted, or what stands there cannot be read: it is damaged, encrypted or of an unknown kind. */
    FILE_SYSTEM_UNREADABLE(Blame.CONFLICT),
    /** The file system has nothing at that path. */
    FILE_NOT_FOUND(Blame.NOT_FOUND),
    /** What is there is a folder or a device: it has no content. */
    NOT_A_FILE(Blame.CONFLICT),
    /** What is there is not a folder. */
    NOT_A_FOLDER(Blame.CONFLICT),
    /** The folder has more names than can be listed. */
    FOLDER_TOO_LARGE(Blame.CONFLICT),
    /** libguestfs, or a program that it needs, is not installed. */
    FILE_TOOLS_MISSING(Blame.UNAVAILABLE),
    /** The appliance that reads file systems could not start, or ended. */
    FILE_TOOLS_FAILED(Blame.UNAVAILABLE),
    /** The program that writes formats other than raw cannot be started. */
    CONVERTER_MISSING(Blame.UNAVAILABLE),
    /** The program that writes formats other than raw failed, or was killed. */
    CONVERTER_FAILED(Blame.INTERNAL),
    /** The file that should be written exists. */
    TARGET_EXISTS(Blame.CONFLICT),
    /** As many sessions or exports are open as the settings allow. */
    TOO_MANY_OPEN(Blame.EXHAUSTED),
    /** The journal has not applied the asked place of the stream yet. */
    NOT_APPLIED_YET(Blame.CONFLICT),
    /** The range or chunk size cannot be hashed, or does not lie in the volume. */
    INVALID_RANGE(Blame.INVALID_REQUEST),
    /** As many requests of this kind as may be are under way. */
    TOO_MANY_REQUESTS(Blame.EXHAUSTED),
    /** The file to seed from is not in the folder of seeds, or not an image of the given format. */
    SEED_UNUSABLE(Blame.INVALID_REQUEST),
    /** The volume's first sync has begun, or the volume was protected before: a seed would come too late. */
    SEED_TOO_LATE(Blame.CONFLICT),
    /** The service ended while it seeded; the replica is as it was. */
    SEED_INTERRUPTED(Blame.UNAVAILABLE),
    /** No task of the volume has this id; the newest 64 of a journal are kept. */
    TASK_NOT_FOUND(Blame.NOT_FOUND),
    /** Seeding is switched off: there is no folder of seeds. */
    SEEDING_OFF(Blame.CONFLICT),
    /** The journal cannot be deleted now. */
    JOURNAL_IN_USE(Blame.CONFLICT),
    /** The group's policy is not REMOVED. */
    JOURNAL_STILL_PROTECTED(Blame.CONFLICT),
    /** The journal's own files contradict each other or fail their checks. */
    JOURNAL_DAMAGED(Blame.INTERNAL),
    /** The manifest says a format that this version does not know. */
    FORMAT_VERSION_UNKNOWN(Blame.CONFLICT),
    /** Another process holds the data directory. */
    DATA_DIRECTORY_IN_USE(Blame.CONFLICT),
    /** Topic `changes` keeps less than ten flush intervals. */
    KAFKA_RETENTION_TOO_SHORT(Blame.INVALID_REQUEST),
    /** The free-space reserve or the journal's size limit is reached. */
    NO_SPACE(Blame.EXHAUSTED),
    /** A record names a volume that the group does not have. */
    UNKNOWN_VOLUME(Blame.INVALID_REQUEST),
    /** A change reaches beyond the end of its volume. */
    OUT_OF_BOUNDS(Blame.INVALID_REQUEST),
    /** A record of a group without a policy. */
    UNKNOWN_GROUP(Blame.INVALID_REQUEST),
    /** A batch of an agent that has no volume in the group. */
    UNKNOWN_STREAM(Blame.INVALID_REQUEST),
    /** A record of topic `changes` is not what its contract says. */
    MALFORMED_RECORD(Blame.INVALID_REQUEST),
    /** Records of the stream are missing. */
    STREAM_GAP(Blame.CONFLICT),
    /** Kafka no longer has records that the journal still needed. */
    KAFKA_RECORDS_LOST(Blame.CONFLICT);

    private final Blame blame;

    JournalError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
