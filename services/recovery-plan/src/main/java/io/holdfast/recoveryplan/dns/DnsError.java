package io.holdfast.recoveryplan.dns;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** Why a record set could not be read or changed; docs/dns.md has the table. */
public enum DnsError implements ErrorCode {
    /** The settings do not have the server, its zones not the name, or its key cannot be read. Nothing was sent. */
    DNS_NOT_ALLOWED(Blame.CONFLICT),
    /** Not connected, or no answer in time. */
    DNS_UNREACHABLE(Blame.UNAVAILABLE),
    /** What came is not an answer of this server to this message. */
    DNS_ANSWER_INVALID(Blame.UNAVAILABLE),
    DNS_SERVER_FAILED(Blame.UNAVAILABLE),
    /** The server's clock is too far from the time of the signature. */
    DNS_CLOCK_DIFFERS(Blame.UNAVAILABLE),
    DNS_KEY_REFUSED(Blame.CONFLICT),
    DNS_REFUSED(Blame.CONFLICT),
    /** What stands there is not what the plan expects, or the name is an alias. */
    DNS_RECORD_UNEXPECTED(Blame.CONFLICT),
    /** Somebody else has changed it since the run read it. */
    DNS_RECORD_CHANGED(Blame.CONFLICT),
    /** The server agreed, and the record set is not what was asked for. */
    DNS_NOT_APPLIED(Blame.CONFLICT),
    /** It was not read before, so that it could not be put back. */
    DNS_NOT_READ(Blame.CONFLICT),
    /** A message that was sent before may still have an effect. */
    DNS_MESSAGE_PENDING(Blame.UNAVAILABLE),
    /** The run is being undone. */
    DNS_UNDO_BEGUN(Blame.CONFLICT);

    private final Blame blame;

    DnsError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }

    /** Whether the server has spoken about the message, under its signature: then nothing more comes of it. */
    public boolean isAnswer() {
        return switch (this) {
            case DNS_SERVER_FAILED, DNS_CLOCK_DIFFERS, DNS_REFUSED -> true;
            case DNS_NOT_ALLOWED,
                    DNS_UNREACHABLE,
                    DNS_ANSWER_INVALID,
                    DNS_KEY_REFUSED,
                    DNS_RECORD_UNEXPECTED,
                    DNS_RECORD_CHANGED,
                    DNS_NOT_APPLIED,
                    DNS_NOT_READ,
                    DNS_MESSAGE_PENDING,
                    DNS_UNDO_BEGUN -> false;
        };
    }
}
