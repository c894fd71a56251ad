package io.holdfast.nbd;

/**
 * An export cannot be opened. A catalog throws it to make the server answer the option with the matching error and this message;
 * the client throws it when a server answered so. Source: NBD specification, "Option reply types".
 */
public final class ExportRefusedException extends NbdIoException {
    private static final long serialVersionUID = 1L;

    /** Why; each maps to one option reply type. */
    public enum Reason {
        /** No export has this name (NBD_REP_ERR_UNKNOWN). */
        UNKNOWN,
        /** It exists and this client, or any client at this time, must not open it (NBD_REP_ERR_POLICY). */
        POLICY,
        /** The serving side is stopping (NBD_REP_ERR_SHUTDOWN). */
        SHUTDOWN,
        /** Any other refusal, such as a missing negotiation step. */
        OTHER
    }

    private final Reason reason;

    public ExportRefusedException(Reason reason, String message) {
        super(message, null);
        this.reason = reason;
    }

    /** A refusal for a name that no export has. */
    public static ExportRefusedException unknown(String name) {
        return new ExportRefusedException(Reason.UNKNOWN, "no export is named '" + name + "'");
    }

    public Reason reason() {
        return reason;
    }
}
