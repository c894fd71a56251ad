package io.holdfast.nbd.wire;

/**
 * Constants of the handshake (NBD specification, "Fixed newstyle negotiation", "Option types", "Option reply types").
 *
 * <pre>
 * greeting   S: u64 NBDMAGIC | u64 IHAVEOPT | u16 server flags        C: u32 client flags
 * option     C: u64 IHAVEOPT | u32 option | u32 length | data
 * reply      S: u64 REPLY_MAGIC | u32 option | u32 type | u32 length | data
 * end of EXPORT_NAME   S: u64 size | u16 transmission flags | 124 zero bytes unless NO_ZEROES
 * </pre>
 */
public final class Handshaking {
    public static final long MAGIC = 0x4e42444d41474943L; // "NBDMAGIC"
    public static final long OPTION_MAGIC = 0x49484156454f5054L; // "IHAVEOPT"
    public static final long REPLY_MAGIC = 0x0003e889045565a9L;

    public static final int GREETING_BYTES = 18;
    public static final int OPTION_HEADER_BYTES = 16;
    public static final int REPLY_HEADER_BYTES = 20;
    public static final int EXPORT_NAME_PADDING_BYTES = 124;

    /** Longest export name or meta context name (NBD specification, "Values": strings are at most 4,096 bytes). */
    public static final int NAME_LIMIT_BYTES = 4096;

    public static final int FLAG_FIXED_NEWSTYLE = 1;
    public static final int FLAG_NO_ZEROES = 1 << 1;

    public static final int OPT_EXPORT_NAME = 1;
    public static final int OPT_ABORT = 2;
    public static final int OPT_LIST = 3;
    public static final int OPT_STARTTLS = 5;
    public static final int OPT_INFO = 6;
    public static final int OPT_GO = 7;
    public static final int OPT_STRUCTURED_REPLY = 8;
    public static final int OPT_LIST_META_CONTEXT = 9;
    public static final int OPT_SET_META_CONTEXT = 10;
    public static final int OPT_EXTENDED_HEADERS = 11;

    public static final int REP_ACK = 1;
    public static final int REP_SERVER = 2;
    public static final int REP_INFO = 3;
    public static final int REP_META_CONTEXT = 4;

    public static final int REP_ERR_UNSUP = 0x8000_0001;
    public static final int REP_ERR_POLICY = 0x8000_0002;
    public static final int REP_ERR_INVALID = 0x8000_0003;
    public static final int REP_ERR_PLATFORM = 0x8000_0004;
    public static final int REP_ERR_TLS_REQD = 0x8000_0005;
    public static final int REP_ERR_UNKNOWN = 0x8000_0006;
    public static final int REP_ERR_SHUTDOWN = 0x8000_0007;
    public static final int REP_ERR_BLOCK_SIZE_REQD = 0x8000_0008;
    public static final int REP_ERR_TOO_BIG = 0x8000_0009;

    public static final int INFO_EXPORT = 0;
    public static final int INFO_NAME = 1;
    public static final int INFO_DESCRIPTION = 2;
    public static final int INFO_BLOCK_SIZE = 3;

    /** The one meta context of this module and the id under which the server announces it. */
    public static final String BASE_ALLOCATION = "base:allocation";

    public static final int BASE_ALLOCATION_ID = 1;

    private Handshaking() {}
}
