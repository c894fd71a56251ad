package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.changestream.TransferForm;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.Ack;
import io.holdfast.proto.v1.Assignments;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.CutMarker;
import io.holdfast.proto.v1.PgAssignment;
import io.holdfast.proto.v1.Reject;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.Welcome;
import io.holdfast.replicationagent.hosting.GroupAssignment;
import io.holdfast.replicationagent.stream.ReplicationStream.MarkerOutcome;
import io.holdfast.replicationagent.uplink.RouterAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Judges what a router sends. A frame that breaks the protocol ends the session: nothing of it is carried out.
 *
 * <p>Acknowledgements, markers and holds act at once, as they only touch memory; whatever touches files is queued for the control thread.
 */
final class FrameReader {
    private static final System.Logger LOG = System.getLogger(FrameReader.class.getName());
    private static final int MIN_HEARTBEAT_MS = 100;
    private static final int MAX_HEARTBEAT_MS = 60_000;

    private final RouterSession session;
    private final SessionHost host;
    private final HoldDesk holds;
    private final FreezeDesk freezes;
    private boolean welcomed;

    FrameReader(RouterSession session, SessionHost host) {
        this.session = session;
        this.host = host;
        this.holds = new HoldDesk(session, host);
        this.freezes = new FreezeDesk(host.quiescence(), session::answer);
    }

    /** The session is over: nobody can end what it began. */
    void sessionEnded() {
        holds.sessionEnded();
        freezes.sessionEnded();
    }

    void take(RouterFrame frame) {
        try {
            if (!welcomed && !frame.hasWelcome() && !frame.hasReject()) {
                throw violation("frame " + frame.getFrameCase() + " before Welcome");
            }
            boolean queued =
                    switch (frame.getFrameCase()) {
                        case WELCOME -> welcome(frame.getWelcome());
                        case REJECT -> reject(frame.getReject());
                        case ACK -> ack(frame.getAck());
                        case ASSIGNMENTS -> assign(frame.getAssignments());
                        case CUT_MARKER -> cut(frame.getCutMarker());
                        case OWNERSHIPS -> host.ownerships(session, OwnershipFrames.read(frame.getOwnerships()));
                        case COMMAND -> host.command(session, frame.getCommand());
                        case REDIRECT ->
                            host.redirect(
                                    PgId.parse(frame.getRedirect().getPgId()),
                                    RouterAddress.parse(frame.getRedirect().getRouterAddress()));
                        case RESET ->
                            host.reset(
                                    PgId.parse(frame.getReset().getPgId()),
                                    new Epoch(frame.getReset().getEpoch()),
                                    frame.getReset().getReason());
                        case HOLD -> holds.hold(frame.getHold());
                        case RELEASE -> holds.release(frame.getRelease());
                        case FREEZE -> {
                            freezes.freeze(frame.getFreeze());
                            yield true;
                        }
                        case THAW -> {
                            freezes.thaw(frame.getThaw());
                            yield true;
                        }
                        case CREDIT -> session.credit(frame.getCredit().getBytes());
                        case HASH_REPLY -> {
                            host.hashes(frame.getHashReply());
                            yield true;
                        }
                        case RESEND -> host.resend(frame.getResend());
                        // A frame that this version does not know: the rest of the session is still of use.
                        case FRAME_NOT_SET -> true;
                    };
            if (!queued) {
                session.finish("PROTOCOL_VIOLATION", "more orders than the agent can queue");
            }
        } catch (HoldfastException | IllegalArgumentException malformed) {
            session.finish("PROTOCOL_VIOLATION", "frame " + frame.getFrameCase() + ": " + malformed.getMessage());
        }
    }

    private boolean welcome(Welcome welcome) {
        int millis = welcome.getHeartbeatIntervalMs();
        if (welcomed || millis < MIN_HEARTBEAT_MS || millis > MAX_HEARTBEAT_MS) {
            throw violation("Welcome a second time, or with a heartbeat of " + millis + " ms");
        }
        welcomed = true;
        session.welcomed(Duration.ofMillis(millis), welcome.getCreditBytes());
        return true;
    }

    private boolean reject(Reject reject) {
        Duration wait = Duration.ofMillis(Math.min(Integer.toUnsignedLong(reject.getRetryAfterMs()), 600_000));
        session.finish(reject.getCode(), reject.getMessage(), wait);
        return true;
    }

    private boolean ack(Ack ack) {
        Epoch epoch = new Epoch(ack.getEpoch());
        Seq seq = new Seq(ack.getSeq());
        host.stream(PgId.parse(ack.getPgId())).ifPresent(stream -> {
            if (!stream.outlet().ack(epoch, seq)) {
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "An acknowledgement does not fit; group=" + ack.getPgId() + " epoch=" + epoch + " seq=" + seq);
            }
        });
        return true;
    }

    private boolean assign(Assignments assignments) {
        List<GroupAssignment> groups = new ArrayList<>();
        for (PgAssignment group : assignments.getGroupsList()) {
            GroupAssignment assignment = Frames.assignment(group);
            groups.add(assignment);
            if (group.getCodec() != Codec.CODEC_UNSPECIFIED && group.getCodec() != Codec.UNRECOGNIZED) {
                session.useCodec(assignment.pg(), group.getCodec());
            }
        }
        session.keepCodecs(groups.stream().map(GroupAssignment::pg).collect(Collectors.toSet()));
        return host.assign(groups, TransferForm.read(assignments.getLinkRate()));
    }

    private boolean cut(CutMarker cut) {
        PgId pg = PgId.parse(cut.getPgId());
        CheckpointId checkpoint = CheckpointId.parse(cut.getCheckpointId());
        MarkerOutcome outcome =
                host.stream(pg).map(stream -> stream.cutMarker(checkpoint)).orElse(MarkerOutcome.NOT_IN_SYNC);
        if (outcome != MarkerOutcome.CUT) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "A marker was not put into the stream; group=" + pg + " checkpoint=" + checkpoint + " reason="
                            + outcome);
        }
        return true;
    }

    private static IllegalArgumentException violation(String what) {
        return new IllegalArgumentException(what);
    }
}
