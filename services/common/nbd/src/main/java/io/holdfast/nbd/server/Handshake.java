package io.holdfast.nbd.server;

import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.server.OptionData.MalformedOptionException;
import io.holdfast.nbd.wire.ExportInfo;
import io.holdfast.nbd.wire.Handshaking;
import io.holdfast.nbd.wire.Inlet;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The server's side of the fixed newstyle handshake: greets, answers options, and ends with an open export or without one. TLS and extended
 * headers are not offered (UNSUP). Source: NBD specification, "Newstyle negotiation", "Option types".
 *
 * <p>Used by one thread; the caller limits the time by closing the channel.
 */
final class Handshake {
    private static final System.Logger LOG = System.getLogger(Handshake.class.getName());

    private static final int OPTION_DATA_LIMIT_BYTES = 64 << 10;
    private static final int OPTION_SKIP_LIMIT_BYTES = 1 << 20;
    private static final int OPTION_LIMIT = 1024;
    /** A catalog with more entries is listed up to here; the others can be opened by name. */
    private static final int LIST_LIMIT = 10_000;

    private static final List<String> CONTEXTS = List.of(Handshaking.BASE_ALLOCATION);

    private final Inlet inlet;
    private final OptionReplies replies;
    private final ExportCatalog catalog;
    private boolean structured;
    private boolean padding;
    /** The export for which base:allocation is selected, or null. */
    private String contextExport;

    Handshake(Inlet inlet, OptionReplies replies, ExportCatalog catalog) {
        this.inlet = inlet;
        this.replies = replies;
        this.catalog = catalog;
    }

    /**
     * Runs to the end.
     *
     * @return null if the client left without opening an export
     * @throws IOException if the connection failed or the client broke the protocol
     */
    Negotiated run() throws IOException {
        replies.greeting();
        replies.flush();
        if (!inlet.require(4, false)) {
            return null;
        }
        int clientFlags = inlet.buffer().getInt();
        if ((clientFlags & ~(Handshaking.FLAG_FIXED_NEWSTYLE | Handshaking.FLAG_NO_ZEROES)) != 0) {
            throw new ProtocolException("unknown client flags 0x" + Integer.toHexString(clientFlags));
        }
        padding = (clientFlags & Handshaking.FLAG_NO_ZEROES) == 0;
        for (int i = 0; i < OPTION_LIMIT && inlet.require(Handshaking.OPTION_HEADER_BYTES, false); i++) {
            long magic = inlet.buffer().getLong();
            int option = inlet.buffer().getInt();
            long length = inlet.buffer().getInt() & 0xffff_ffffL;
            if (magic != Handshaking.OPTION_MAGIC || length > OPTION_SKIP_LIMIT_BYTES) {
                throw new ProtocolException(
                        "option " + option + ", magic 0x" + Long.toHexString(magic) + ", length " + length);
            }
            if (option == Handshaking.OPT_ABORT) {
                inlet.skip(length);
                replies.ack(option);
                replies.flush();
                return null;
            }
            Negotiated result = answer(option, (int) length);
            replies.flush();
            if (result != null) {
                return result;
            }
        }
        return null;
    }

    private Negotiated answer(int option, int length) throws IOException {
        if (length > OPTION_DATA_LIMIT_BYTES) {
            inlet.skip(length);
            refuse(option, Handshaking.REP_ERR_TOO_BIG, "option data is limited to " + OPTION_DATA_LIMIT_BYTES);
            return null;
        }
        ByteBuffer data = ByteBuffer.allocate(length);
        inlet.readFully(data);
        data.flip();
        try {
            switch (option) {
                case Handshaking.OPT_EXPORT_NAME -> {
                    return exportName(OptionData.exportName(data));
                }
                case Handshaking.OPT_GO, Handshaking.OPT_INFO -> {
                    return infoOrGo(option, OptionData.infoQuery(data));
                }
                case Handshaking.OPT_LIST -> {
                    OptionData.empty(data);
                    list(option);
                }
                case Handshaking.OPT_STRUCTURED_REPLY -> {
                    OptionData.empty(data);
                    structured = true;
                    replies.ack(option);
                }
                case Handshaking.OPT_LIST_META_CONTEXT, Handshaking.OPT_SET_META_CONTEXT ->
                    contexts(option, OptionData.contextQuery(data));
                default ->
                    refuse(
                            option,
                            Handshaking.REP_ERR_UNSUP,
                            option == Handshaking.OPT_STARTTLS
                                    ? "TLS is not offered here"
                                    : "option " + Integer.toUnsignedString(option) + " is not supported");
            }
        } catch (MalformedOptionException e) {
            refuse(option, Handshaking.REP_ERR_INVALID, e.getMessage());
        } catch (ExportRefusedException e) {
            refuse(option, replyType(e.reason()), e.getMessage());
        }
        return null;
    }

    /** EXPORT_NAME knows no error reply: the only way to refuse is to close. */
    private void refuse(int option, int type, String message) throws IOException {
        if (option == Handshaking.OPT_EXPORT_NAME) {
            throw new ProtocolException("EXPORT_NAME refused: " + message);
        }
        replies.error(option, type, message);
    }

    private static int replyType(ExportRefusedException.Reason reason) {
        return switch (reason) {
            case UNKNOWN, OTHER -> Handshaking.REP_ERR_UNKNOWN;
            case POLICY -> Handshaking.REP_ERR_POLICY;
            case SHUTDOWN -> Handshaking.REP_ERR_SHUTDOWN;
        };
    }

    private Negotiated exportName(String name) throws IOException {
        Negotiated opened = open(name);
        if (opened.info().blockSizes().minimum() > 1) {
            LOG.log(System.Logger.Level.DEBUG, "export ''{0}'': the client cannot learn the block sizes", name);
        }
        return sending(opened, () -> {
            replies.exportNameAnswer(opened.info().size(), opened.info().flags(), padding);
            replies.flush();
        });
    }

    private Negotiated infoOrGo(int option, OptionData.InfoQuery query) throws IOException {
        Negotiated opened = open(query.name());
        if (opened.info().blockSizes().minimum() > 1 && !query.wanted().contains(Handshaking.INFO_BLOCK_SIZE)) {
            ExportOpener.close(opened.lease());
            replies.error(
                    option,
                    Handshaking.REP_ERR_BLOCK_SIZE_REQD,
                    "ask for block sizes: this export has a minimum of "
                            + opened.info().blockSizes().minimum());
            return null;
        }
        sending(opened, () -> describe(option, opened, query.wanted()));
        if (option == Handshaking.OPT_GO) {
            return sending(opened, () -> acknowledge(option));
        }
        // Before the answer: a client that has it can rely on the lease being gone.
        ExportOpener.close(opened.lease());
        acknowledge(option);
        return null;
    }

    private void acknowledge(int option) throws IOException {
        replies.ack(option);
        replies.flush();
    }

    private void describe(int option, Negotiated opened, List<Integer> wanted) throws IOException {
        ExportInfo info = opened.info();
        replies.infoExport(option, info.size(), info.flags());
        if (wanted.contains(Handshaking.INFO_NAME)) {
            replies.infoText(option, Handshaking.INFO_NAME, bytes(opened.name()));
        }
        String description = opened.lease().description();
        if (wanted.contains(Handshaking.INFO_DESCRIPTION) && !description.isEmpty()) {
            replies.infoText(option, Handshaking.INFO_DESCRIPTION, bytes(description));
        }
        // Also unasked for: a client that does not know it must ignore it, and one that does is spared refused
        // requests.
        replies.infoBlockSize(
                option,
                info.blockSizes().minimum(),
                info.blockSizes().preferred(),
                info.blockSizes().maximum());
    }

    private interface Sending {
        void run() throws IOException;
    }

    /** The export stays open only if the client could be told. */
    private static Negotiated sending(Negotiated opened, Sending sending) throws IOException {
        boolean sent = false;
        try {
            sending.run();
            sent = true;
            return opened;
        } finally {
            if (!sent) {
                ExportOpener.close(opened.lease());
            }
        }
    }

    private Negotiated open(String name) throws IOException {
        return ExportOpener.open(catalog, name, structured, structured && name.equals(contextExport));
    }

    private void list(int option) throws IOException {
        List<ExportCatalog.Entry> entries;
        try {
            entries = catalog.list();
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "the exports could not be listed", e);
            replies.error(option, Handshaking.REP_ERR_PLATFORM, "the exports cannot be listed now");
            return;
        }
        for (ExportCatalog.Entry entry : entries.subList(0, Math.min(entries.size(), LIST_LIMIT))) {
            replies.server(option, bytes(entry.name()), bytes(entry.description()));
        }
        replies.ack(option);
    }

    private void contexts(int option, OptionData.ContextQuery query) throws IOException {
        boolean set = option == Handshaking.OPT_SET_META_CONTEXT;
        if (!structured) {
            replies.error(option, Handshaking.REP_ERR_INVALID, "negotiate structured replies first");
            return;
        }
        if (set) {
            contextExport = null;
        }
        // "base:" and no query at all are wildcards for listing only.
        boolean wildcard = !set && (query.queries().isEmpty() || query.queries().contains("base:"));
        for (String context : CONTEXTS) {
            if (wildcard || query.queries().contains(context)) {
                replies.metaContext(option, set ? Handshaking.BASE_ALLOCATION_ID : 0, context);
                if (set) {
                    contextExport = query.name();
                }
            }
        }
        replies.ack(option);
    }

    /** Strings of ours obey the same limit as the client's. */
    private static byte[] bytes(String text) {
        byte[] all = text.getBytes(StandardCharsets.UTF_8);
        if (all.length <= Handshaking.NAME_LIMIT_BYTES) {
            return all;
        }
        int end = Handshaking.NAME_LIMIT_BYTES;
        while ((all[end] & 0xc0) == 0x80) {
            end--; // not in the middle of a character
        }
        return java.util.Arrays.copyOf(all, end);
    }
}
