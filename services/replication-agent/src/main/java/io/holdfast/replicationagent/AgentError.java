package io.holdfast.replicationagent;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** What an agent refuses or fails with. */
public enum AgentError implements ErrorCode {
    /** The backing does not exist or is neither a file nor a block device. */
    BACKING_MISSING(Blame.NOT_FOUND),
    /** The backing, with symbolic links resolved, is not below a configured disk root. */
    BACKING_OUTSIDE_ROOTS(Blame.FORBIDDEN),
    /** The size is 0 or no multiple of 4096 bytes. */
    SIZE_NOT_ALIGNED(Blame.INVALID_REQUEST),
    /** The size is over what one volume may have. */
    VOLUME_TOO_LARGE(Blame.INVALID_REQUEST),
    /** Another volume of this agent, or another process, has the backing. */
    IN_USE_ELSEWHERE(Blame.CONFLICT),
    /** The backing cannot be opened for reading and writing. */
    BACKING_UNUSABLE(Blame.UNAVAILABLE),
    /** The image format is none of those that are supported. */
    FORMAT_UNSUPPORTED(Blame.INVALID_REQUEST),
    /** The socket, with symbolic links resolved, is not below a folder that the settings allow. */
    SOCKET_OUTSIDE_ROOTS(Blame.FORBIDDEN),
    /** The folder for sockets between the agent and QEMU cannot be used. */
    SOCKET_DIRECTORY_UNUSABLE(Blame.UNAVAILABLE),
    /** The folder for snapshots of disks that are captured in intervals cannot be used. */
    SCRATCH_UNUSABLE(Blame.UNAVAILABLE),
    /** The interval between polls is none of those that are allowed. */
    INTERVAL_NOT_ALLOWED(Blame.INVALID_REQUEST),
    /** QEMU's monitor cannot be connected to, or does not answer. */
    QEMU_UNREACHABLE(Blame.UNAVAILABLE),
    /** QEMU has no block node or device of the name. */
    QEMU_NODE_MISSING(Blame.NOT_FOUND),
    /** The disk cannot be captured in this QEMU: read-only, or its size has changed. */
    QEMU_NODE_UNSUITABLE(Blame.CONFLICT),
    /** Another product's block job runs in this QEMU: a copy, a backup, a commit. */
    QEMU_JOB_PRESENT(Blame.CONFLICT),
    /** QEMU's one NBD server serves somebody else on another socket. */
    QEMU_NBD_SERVER_TAKEN(Blame.CONFLICT),
    /** QEMU refused a step that should be possible; the message has its reason. */
    QEMU_REFUSED(Blame.UNAVAILABLE),
    /** The machine or volume id is attached already with other contents. */
    ALREADY_ATTACHED(Blame.CONFLICT),
    /** No such machine is attached. */
    VM_NOT_ATTACHED(Blame.NOT_FOUND),
    /** A client is connected to a disk of the machine. */
    VM_IN_USE(Blame.CONFLICT),
    /** A command without volumes, with too many of them, or with a malformed field. */
    COMMAND_MALFORMED(Blame.INVALID_REQUEST),
    /** A command of a kind that this agent does not know or that is not for agents. */
    COMMAND_UNSUPPORTED(Blame.INVALID_REQUEST),
    /** The command's time was over when it arrived. */
    COMMAND_EXPIRED(Blame.CONFLICT),
    /** A machine's order is not within its bounds; the message names the field and what is allowed. */
    MACHINE_SPEC_INVALID(Blame.INVALID_REQUEST),
    /** Another order is kept under this machine id. */
    MACHINE_DIFFERS(Blame.CONFLICT),
    /** This host's configuration has no network of the name. */
    NETWORK_UNKNOWN(Blame.INVALID_REQUEST),
    /** The machines of this host would have more memory together than its limit. */
    NOT_ENOUGH_MEMORY(Blame.CONFLICT),
    /** The host runs as many machines as it may. */
    TOO_MANY_MACHINES(Blame.CONFLICT),
    /** A program or a file that this machine needs is not installed on the host. */
    ADAPTER_MISSING(Blame.UNAVAILABLE),
    /** A machine could not be started; the message says at what. */
    MACHINE_NOT_STARTED(Blame.UNAVAILABLE),
    /** A machine's process or guest ended by itself. */
    MACHINE_ENDED(Blame.UNAVAILABLE),
    /** A machine runs, and one of its readiness probes does not pass yet. */
    PROBE_NOT_PASSED(Blame.UNAVAILABLE),
    /** No machine of this id runs here, so nothing can be done inside of it. */
    MACHINE_NOT_RUNNING(Blame.CONFLICT),
    /** The machine was given as many commands for its guest as it may. */
    TOO_MANY_GUEST_COMMANDS(Blame.CONFLICT),
    /** The guest's agent did not answer in time; the command was not begun. */
    GUEST_UNREACHABLE(Blame.UNAVAILABLE),
    /** The guest's agent would not begin the command; the message has its words. */
    GUEST_COMMAND_REFUSED(Blame.CONFLICT),
    /** A command in a guest ended with another exit code than 0. */
    GUEST_COMMAND_FAILED(Blame.UNAVAILABLE),
    /** A command in a guest did not end in its time, and may go on. */
    GUEST_COMMAND_TIMED_OUT(Blame.UNAVAILABLE),
    /** Whether a command was begun in a guest, or how it ended, is not known, and it must not be begun again. */
    GUEST_COMMAND_OUTCOME_UNKNOWN(Blame.CONFLICT),
    /** No machine of this id is attached here. */
    VM_UNKNOWN(Blame.NOT_FOUND),
    /** The guest was asked and is not down within the time that it was given; it may go on. */
    SHUTDOWN_TIMED_OUT(Blame.CONFLICT),
    /** The guest runs, and there is no way to ask it to shut down. */
    GUEST_STILL_RUNS(Blame.CONFLICT),
    /** More machines are being shut down than this agent does at once. */
    TOO_MANY_SHUTDOWNS(Blame.UNAVAILABLE),
    /** Another agent runs on this state directory. */
    STATE_DIRECTORY_IN_USE(Blame.CONFLICT),
    /** The state directory cannot be created, read or written. */
    STATE_DIRECTORY_UNUSABLE(Blame.UNAVAILABLE),
    /** A state file fails its checks and its contents cannot be replaced by a safe assumption. */
    STATE_FILE_DAMAGED(Blame.INTERNAL),
    /** The directory belongs to an agent with another id than the settings say. */
    IDENTITY_CHANGED(Blame.CONFLICT),
    /** The NBD port cannot be listened on. */
    NBD_PORT_UNAVAILABLE(Blame.UNAVAILABLE),
    /** The PEM files for the connection to the router cannot be used. */
    TLS_FILES_UNUSABLE(Blame.UNAVAILABLE);

    private final Blame blame;

    AgentError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
